// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the owner of an instance may do: upgrade, replace, retire, hand it on
/// @notice The owner in the registry's eyes is whoever made the instance, or was handed it. For instances that cannot
/// be upgraded nothing is kept until their maker claims them, so that a use costs no more than it must.
/// @dev Part of `ITemplates`. Authors have no say over instances.
interface ITenures {
  /// @notice An instance has another owner; `from` is 0 when its maker claims it.
  event OwnershipTransferred(address indexed instance, address indexed from, address indexed to);
  /// @notice The owner offers an instance to somebody, who has to accept; 0 withdraws the offer.
  event OwnershipOffered(address indexed instance, address indexed owner, address indexed to);
  /// @notice An instance moved to a later version, on that version's terms.
  /// @param paid the price in wei of MZ, all of it: the payee received `paid - burned`
  event InstanceUpgraded(
    address indexed instance,
    bytes32 indexed id,
    uint32 indexed version,
    uint32 fromVersion,
    uint256 paid,
    uint256 burned
  );
  /// @notice An instance can never be upgraded again.
  event Frozen(address indexed instance);
  /// @notice The owner named another instance as the one to use instead; what waits in the old one's pots winds down.
  event Replaced(address indexed instance, address indexed successor);
  /// @notice The owner ended an instance, which sent its funds where its own rules send them.
  event InstanceRetired(address indexed instance, address indexed owner);

  /// @notice Only the instance's owner may do this; makers of instances that cannot be upgraded claim them first.
  error TemplatesNotOwner(address instance, address caller);
  /// @notice The caller did not make this instance with this salt and creation code.
  error TemplatesNotMaker(address instance, address caller);
  /// @notice The instance has an owner already.
  error TemplatesClaimed(address instance, address owner);
  /// @notice Ownership of this instance was not offered to the caller.
  error TemplatesNotOffered(address instance, address caller);
  /// @notice Instances of this template, or this version of it, are not upgradeable.
  error TemplatesNotUpgradeable(bytes32 id, uint32 version);
  /// @notice Upgrades lead to later versions only.
  error TemplatesVersionNotLater(uint32 present, uint32 version);
  /// @notice The instance was retired or replaced.
  error TemplatesInstanceEnded(address instance);
  /// @notice The instance does not take part: it has to answer with its function's selector.
  error TemplatesInstanceRefused(address instance, bytes4 answer);

  /// @notice Moves your upgradeable instance to a later version of its own template, on the terms you agreed to: its
  /// price is paid, and from then on its trade share is due. The new code's `migrate` is told the version before.
  /// @param agreed `agreedOf(id, version)` as you saw it
  /// @param migrateData what the new version's `migrate` asks for
  function upgrade(address instance, uint32 version, bytes32 agreed, bytes calldata migrateData) external;

  /// @notice Gives up upgrades of your instance for good; from then on the Till takes deposits for it.
  function freeze(address instance) external;

  /// @notice Makes yourself the owner of an instance that you made and that cannot be upgraded.
  /// @param salt the salt of the wish it was made with
  /// @param creationHash keccak-256 of its whole creation code: with `salt` it gives the instance's address
  function claim(address instance, bytes32 salt, bytes32 creationHash) external;

  /// @notice Offers your instance to `to`, who owns it after `acceptOwnership`; 0 withdraws the offer.
  function transferOwnership(address instance, address to) external;

  /// @notice Takes an instance that was offered to you.
  function acceptOwnership(address instance) external;

  /// @notice Ends your instance: it is told (`IRetirable.onRetire`), and sends its funds where its own rules send them.
  function retireInstance(address instance) external;

  /// @notice The owner in the registry's eyes; 0 for instances nobody has claimed.
  function ownerOf(address instance) external view returns (address owner);

  /// @notice To whom an instance is offered, 0 for nobody.
  function pendingOwnerOf(address instance) external view returns (address heir);

  /// @notice What its owner named to be used instead, 0 for nothing.
  function successorOf(address instance) external view returns (address successor);

  /// @notice Whether its owner ended it.
  function isRetired(address instance) external view returns (bool);
}
