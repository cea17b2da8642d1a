// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {Charges} from "./Charges.sol";
import {IRetirable} from "./IRetirable.sol";
import {ITemplates} from "./ITemplates.sol";
import {ITenures} from "./ITenures.sol";
import {IUpgradeable} from "./IUpgradeable.sol";

/// @title Where instances come from, and what their owners do with them
/// @dev Everything is written before an instance's code runs. Whatever that code calls finds the new state.
abstract contract Tenures is Charges {
  /// @dev One slot per instance; everything that a trade needs is in it. Only an upgrade by the owner changes it.
  struct Origin {
    address payee;
    uint16 shareBps;
    uint32 version;
    uint40 number;
    bool upgradeable;
  }

  struct Tenure {
    address owner;
    bool retired;
    address heir;
    address successor;
  }

  mapping(address instance => Origin) internal _origins;
  mapping(address instance => Tenure) internal _tenures;

  /// @inheritdoc ITenures
  function upgrade(address instance, uint32 version, bytes32 agreed, bytes calldata migrateData) external {
    _checkOwner(instance);
    Origin memory from = _origins[instance];
    bytes32 id = _idOf(from.number);
    require(version > from.version, TemplatesVersionNotLater(from.version, version));
    Release storage release = _agreedRelease(id, version, agreed);
    require(from.upgradeable && release.flags & _UPGRADEABLE != 0, TemplatesNotUpgradeable(id, version));
    address implementation = release.implementation;
    _checkCode(implementation, release.codeHash);

    _origins[instance] = _originOf(release, id, version);
    (uint256 paid, uint256 burned) = _charge(release, id, version, migrateData);
    emit InstanceUpgraded(instance, id, version, from.version, paid, burned);
    // A proxy answers nothing to this.
    // slither-disable-next-line unused-return
    Address.functionCall(instance, abi.encode(implementation));
    _checkAnswer(instance, IUpgradeable(instance).migrate(from.version, migrateData), IUpgradeable.migrate.selector);
  }

  /// @inheritdoc ITenures
  function freeze(address instance) external {
    _checkOwner(instance);
    Origin storage found = _origins[instance];
    require(found.upgradeable, TemplatesNotUpgradeable(_idOf(found.number), found.version));
    found.upgradeable = false;
    emit Frozen(instance);
  }

  /// @inheritdoc ITenures
  function claim(address instance, bytes32 salt, bytes32 creationHash) external {
    address owner = _tenures[instance].owner;
    require(owner == address(0), TemplatesClaimed(instance, owner));
    Origin memory found = _origins[instance];
    // The address commits to the salt, and the salt to whoever asked for the instance.
    require(found.number != 0, TemplatesNotMaker(instance, msg.sender));
    bytes32 making = _saltOf(msg.sender, _idOf(found.number), found.version, salt);
    require(Create2.computeAddress(making, creationHash) == instance, TemplatesNotMaker(instance, msg.sender));

    _own(instance);
  }

  /// @inheritdoc ITenures
  function transferOwnership(address instance, address to) external {
    Tenure storage tenure = _tenures[instance];
    require(tenure.owner == msg.sender, TemplatesNotOwner(instance, msg.sender));
    tenure.heir = to;
    emit OwnershipOffered(instance, msg.sender, to);
  }

  /// @inheritdoc ITenures
  function acceptOwnership(address instance) external {
    Tenure storage tenure = _tenures[instance];
    require(tenure.heir == msg.sender, TemplatesNotOffered(instance, msg.sender));
    emit OwnershipTransferred(instance, tenure.owner, msg.sender);
    tenure.owner = msg.sender;
    tenure.heir = address(0);
  }

  /// @inheritdoc ITenures
  function retireInstance(address instance) external {
    _checkOwner(instance);
    _tenures[instance].retired = true;
    emit InstanceRetired(instance, msg.sender);
    _checkAnswer(instance, IRetirable(instance).onRetire(), IRetirable.onRetire.selector);
  }

  /// @inheritdoc ITenures
  function ownerOf(address instance) external view returns (address) {
    return _tenures[instance].owner;
  }

  /// @inheritdoc ITenures
  function pendingOwnerOf(address instance) external view returns (address) {
    return _tenures[instance].heir;
  }

  /// @inheritdoc ITenures
  function successorOf(address instance) external view returns (address) {
    return _tenures[instance].successor;
  }

  /// @inheritdoc ITenures
  function isRetired(address instance) external view returns (bool) {
    return _tenures[instance].retired;
  }

  /// @inheritdoc ITemplates
  function origin(address instance) external view returns (bytes32 id, uint32 version, uint16 shareBps, address payee) {
    Origin memory found = _origins[instance];
    if (found.number != 0) id = _idOf(found.number);
    return (id, found.version, found.shareBps, found.payee);
  }

  /// @inheritdoc ITemplates
  function shareOf(address instance) external view returns (address payee, uint16 shareBps) {
    Origin memory found = _origins[instance];
    return (found.payee, found.shareBps);
  }

  /// @inheritdoc ITemplates
  function isUpgradeable(address instance) external view returns (bool) {
    return _origins[instance].upgradeable;
  }

  /// @dev The instance's first owner.
  function _own(address instance) internal {
    _tenures[instance].owner = msg.sender;
    emit OwnershipTransferred(instance, address(0), msg.sender);
  }

  function _originOf(Release storage release, bytes32 id, uint32 version) internal view returns (Origin memory) {
    return
      Origin({
        payee: release.payee,
        shareBps: release.shareBps,
        version: version,
        number: _numberOf(id),
        upgradeable: release.flags & _UPGRADEABLE != 0
      });
  }

  /// @dev Ended instances have nothing left to decide.
  function _checkOwner(address instance) internal view {
    Tenure memory tenure = _tenures[instance];
    require(tenure.owner == msg.sender, TemplatesNotOwner(instance, msg.sender));
    require(!tenure.retired && tenure.successor == address(0), TemplatesInstanceEnded(instance));
  }

  /// @dev Checked whenever code is relied on: it can have been destroyed in the transaction that published it.
  function _checkCode(address bearer, bytes32 expected) internal view {
    bytes32 given = bearer.codehash;
    require(given == expected, TemplatesCodeMismatch(expected, given));
  }

  function _saltOf(address user, bytes32 id, uint32 version, bytes32 salt) internal pure returns (bytes32) {
    return keccak256(abi.encode(user, id, version, salt));
  }

  function _checkAnswer(address instance, bytes4 answer, bytes4 expected) private pure {
    require(answer == expected, TemplatesInstanceRefused(instance, answer));
  }
}
