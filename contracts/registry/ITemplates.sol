// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICatalogue} from "./ICatalogue.sol";
import {ITenures} from "./ITenures.sol";

/// @title The library of contract templates
/// @notice Anyone publishes a contract under a name of their own, sets a price and is paid in MZ at every use. Whoever
/// uses a template gets an instance of their own, and the registry remembers where it came from: its origin. An origin
/// exists if and only if the price of that version, less what its author let go, was paid in the transaction that made
/// the instance and the published code was deployed. It says which code runs, not that the code or its author is
/// honest.
/// @dev Nobody has a privilege here: there is no owner, no pause, no list of the admitted. Amounts are in wei of MZ,
/// shares and fees in basis points (1/10,000), times in seconds since 1970. Versions count from 1.
interface ITemplates is ICatalogue, ITenures {
  /// @notice One wish to use a template.
  /// @param id the template, `idOf(author, name)`
  /// @param version the version, from 1
  /// @param agreed `agreedOf(id, version)` as the user saw it: code, manifest, terms and flags in one hash
  /// @param salt the user's choice; the instance's address follows from user, id, version, salt, code and arguments
  /// @param code templates published by `publishCode`: the creation code, without arguments. Otherwise empty
  /// @param args `publishCode`: constructor arguments, appended to the creation code; `publishClone`: the parameters,
  /// which the instance carries in its own code; `publishUpgradeable`: empty, parameters go into `init`
  /// @param init call data for the instance once everything is deployed; empty means no call
  struct Use {
    bytes32 id;
    uint32 version;
    bytes32 agreed;
    bytes32 salt;
    bytes code;
    bytes args;
    bytes init;
  }

  /// @notice A signed allowance of MZ (EIP-2612) for this registry.
  /// @param value what the registry may take, in wei of MZ
  /// @param deadline the last second at which the signature holds
  struct Permit {
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
  }

  /// @notice A template was used and paid for.
  /// @param paid the price in wei of MZ, all of it: the payee received `paid - burned`
  /// @param burned the fee in wei of MZ, destroyed in the same transaction
  event Used(
    bytes32 indexed id,
    uint32 indexed version,
    address indexed user,
    address instance,
    uint256 paid,
    uint256 burned
  );

  /// @notice The fee of a registry lies between two bounds, in basis points.
  error TemplatesFeeOutOfBounds(uint256 feeBps, uint256 least, uint256 most);
  /// @notice The instance would be longer than the chain deploys, in bytes.
  error TemplatesRuntimeTooLarge(uint256 size, uint256 most);
  /// @notice What the user agreed to is not what is published.
  /// @param expected `agreedOf(id, version)` now
  /// @param given the hash in the wish
  error TemplatesTermsMismatch(bytes32 expected, bytes32 given);
  /// @notice The code is not the published one: brought by the user, deployed, or changed behind the clones.
  error TemplatesCodeMismatch(bytes32 expected, bytes32 given);
  /// @notice A template whose code the registry already has takes none from the user.
  error TemplatesCodeUnexpected(uint256 size);
  /// @notice The same user made this very instance before; choose another salt.
  error TemplatesInstanceExists(address instance);
  /// @notice One transaction combines at most 16 templates.
  error TemplatesTooMany(uint256 count, uint256 most);
  /// @notice A proxy carries no arguments in its code; an upgradeable template takes them in `init`.
  error TemplatesArgumentsUnexpected(uint256 size);
  /// @notice Call data of exactly one word would be taken for an upgrade by a proxy, and is no call of a function.
  error TemplatesCallMalformed(uint256 size);

  /// @notice Pays the price and makes an instance. You must have approved this registry for the price in MZ.
  /// @dev Order: check and pay, record the origin, deploy, verify the code, call `init`. The instance's initialiser is
  /// called by this registry: it must take owners from its arguments, never from its caller.
  /// @return instance your new contract
  function use(Use calldata wish) external returns (address instance);

  /// @notice `use` with a signed allowance instead of an approval. A signature that was already used does no harm.
  function useWithPermit(Use calldata wish, Permit calldata permit) external returns (address instance);

  /// @notice Uses up to 16 templates at once; all or none. Instances may be told each other's predicted addresses.
  /// @dev Everything is checked and paid first, then all origins recorded, all deployed, all verified, all initialised.
  function compose(Use[] calldata wishes) external returns (address[] memory instances);

  /// @notice `use`, recording the new instance as the successor of one of yours, whoever published either.
  function replace(address old, Use calldata wish) external returns (address instance);

  /// @notice `compose` with a signed allowance instead of an approval.
  function composeWithPermit(
    Use[] calldata wishes,
    Permit calldata permit
  ) external returns (address[] memory instances);

  /// @notice Where the instance of this wish will be when `user` is the one who asks.
  function predict(Use calldata wish, address user) external view returns (address instance);

  /// @notice Which version an instance was made from, and the share of its trades that the author is due, on the terms
  /// of the day it was made. All zero for contracts that were not made here.
  function origin(address instance) external view returns (bytes32 id, uint32 version, uint16 shareBps, address payee);

  /// @notice The part of `origin` that every trade needs: who is due how many basis points; zero for other contracts.
  function shareOf(address instance) external view returns (address payee, uint16 shareBps);

  /// @notice Whether an instance's code can still be changed by its owner.
  function isUpgradeable(address instance) external view returns (bool);

  /// @notice Who is making this instance right now; 0 once its initialiser has run.
  /// @dev For initialisers that need the maker's consent (say, of a work's owner): they are called by this registry, so
  /// `msg.sender` says nothing. Answers only about the instances named in that maker's own call, so code that runs on
  /// the way cannot borrow the consent for a contract of its choice.
  function makerOf(address instance) external view returns (address maker);

  /// @notice What is burned when `price` is paid, in wei of MZ; rounded up, so that no use is free of it.
  function feeOn(uint256 price) external view returns (uint256 fee);

  /// @notice The fee of every use, in basis points.
  function feeBps() external view returns (uint256);
}
