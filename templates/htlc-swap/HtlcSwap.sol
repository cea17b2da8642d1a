// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IHtlcSwap} from "./IHtlcSwap.sol";

/// @title HTLC swap
/// @notice Locks of one currency for anybody; nobody runs it.
/// @dev A clone: its arguments are in its code. A lock's payer is part of its name, so nobody can take a name before
/// its payer; a secret that is seen before its transaction is mined pays the same recipient, whoever sends it.
contract HtlcSwap is IHtlcSwap, IInstance {
  struct Arguments {
    address token;
    uint32 shortest;
    uint32 longest;
  }

  struct Lock {
    address payer;
    uint96 gross;
    address recipient;
    uint48 deadline;
    Stage stage;
    bytes32 hash;
  }

  /// @dev After the deadline, for whoever still has to call `refund`; then the Till gives the money back.
  uint256 private constant _GRACE = 30 days;

  ITill private immutable _TILL;
  address private immutable _IMPLEMENTATION = address(this);

  mapping(bytes32 name => Lock) private _locks;

  constructor(ITill till) {
    _TILL = till;
  }

  /// @inheritdoc IInstance
  function onHold(
    address payer,
    address currency,
    uint256 gross,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    require(msg.sender == address(_TILL), SwapCallerNotTill(msg.sender));
    require(currency == given.token, SwapTokenRefused(currency));
    require(given.shortest != 0 && given.shortest <= given.longest, SwapTermsInvalid());
    Lock memory wanted = _read(payer, gross, data);
    _checkDeadline(given, wanted.deadline);
    bytes32 lock = lockOf(payer, wanted.recipient, wanted.gross, wanted.hash, wanted.deadline);
    require(ref == lock, SwapRefUnknown(lock, ref));
    Stage stage = _locks[lock].stage;
    require(stage == Stage.None, SwapStageWrong(stage));

    _locks[lock] = wanted;
    emit SwapLocked(lock, payer, wanted.recipient, gross, wanted.hash, wanted.deadline);
    return (IInstance.onHold.selector, wanted.deadline + _GRACE);
  }

  /// @inheritdoc IInstance
  function onPayment(address, address, uint256, uint256, bytes32, bytes calldata) external pure returns (bytes4) {
    revert SwapTakesNoPayment();
  }

  /// @inheritdoc IHtlcSwap
  function claim(bytes32 lock, bytes32 secret) external {
    Lock memory found = _open(lock);
    require(block.timestamp <= found.deadline, SwapDeadline(found.deadline));
    // A secret is right or wrong.
    // slither-disable-next-line incorrect-equality
    require(hashOf(secret) == found.hash, SwapSecretWrong(found.hash));

    _locks[lock].stage = Stage.Claimed;
    emit SwapClaimed(lock, secret);
    // What the recipient received is in the Till's own receipt.
    // slither-disable-next-line unused-return
    _TILL.release(_arguments().token, lock, found.gross, found.recipient);
  }

  /// @inheritdoc IHtlcSwap
  function refund(bytes32 lock) external {
    Lock memory found = _open(lock);
    require(block.timestamp > found.deadline, SwapDeadline(found.deadline));
    _giveBack(lock, found);
  }

  /// @inheritdoc IHtlcSwap
  function decline(bytes32 lock) external {
    Lock memory found = _open(lock);
    require(msg.sender == found.recipient, SwapNotAllowed(found.recipient, msg.sender));
    _giveBack(lock, found);
  }

  /// @inheritdoc IHtlcSwap
  function standing(
    bytes32 lock
  )
    external
    view
    returns (Stage stage, uint256 gross, address recipient, address payer, bytes32 hash, uint256 deadline)
  {
    Lock memory found = _locks[lock];
    return (found.stage, found.gross, found.recipient, found.payer, found.hash, found.deadline);
  }

  /// @inheritdoc IHtlcSwap
  function netOf(uint256 gross) external view returns (uint256 net) {
    // Only the net is asked for.
    // slither-disable-next-line unused-return
    (, , , net) = _TILL.quote(gross, address(this));
  }

  /// @inheritdoc IHtlcSwap
  function isClaimable(bytes32 lock) external view returns (bool) {
    return _locks[lock].stage == Stage.Locked && block.timestamp <= _locks[lock].deadline;
  }

  /// @inheritdoc IHtlcSwap
  function isRefundable(bytes32 lock) external view returns (bool) {
    return _locks[lock].stage == Stage.Locked && block.timestamp > _locks[lock].deadline;
  }

  /// @inheritdoc IHtlcSwap
  function deadlineOf(bytes32 lock) external view returns (uint256) {
    return _locks[lock].deadline;
  }

  /// @inheritdoc IHtlcSwap
  function recipientOf(bytes32 lock) external view returns (address) {
    return _locks[lock].recipient;
  }

  /// @inheritdoc IHtlcSwap
  function token() external view returns (address) {
    return _arguments().token;
  }

  /// @inheritdoc IHtlcSwap
  function bounds() external view returns (uint256 shortest, uint256 longest) {
    Arguments memory given = _arguments();
    return (given.shortest, given.longest);
  }

  /// @inheritdoc IHtlcSwap
  function lockOf(
    address payer,
    address recipient,
    uint96 gross,
    bytes32 hash,
    uint48 deadline
  ) public view returns (bytes32 lock) {
    return keccak256(abi.encode(block.chainid, address(this), payer, recipient, gross, hash, deadline));
  }

  /// @inheritdoc IHtlcSwap
  function hashOf(bytes32 secret) public pure returns (bytes32 hash) {
    return sha256(abi.encode(secret));
  }

  function _giveBack(bytes32 lock, Lock memory found) private {
    _locks[lock].stage = Stage.Refunded;
    emit SwapRefunded(lock);
    // slither-disable-next-line unused-return
    _TILL.refund(_arguments().token, lock, found.payer);
  }

  function _checkDeadline(Arguments memory given, uint256 deadline) private view {
    (uint256 first, uint256 last) = (block.timestamp + given.shortest, block.timestamp + given.longest);
    require(deadline >= first && deadline <= last, SwapDeadlineRefused(first, last, deadline));
  }

  function _open(bytes32 lock) private view returns (Lock memory found) {
    require(address(this) != _IMPLEMENTATION, SwapBareImplementation());
    found = _locks[lock];
    require(found.stage == Stage.Locked, SwapStageWrong(found.stage));
  }

  function _arguments() private view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, SwapBareImplementation());
    return abi.decode(Clones.fetchCloneArgs(address(this)), (Arguments));
  }

  function _read(address payer, uint256 gross, bytes calldata data) private pure returns (Lock memory) {
    (address recipient, bytes32 hash, uint48 deadline) = abi.decode(data, (address, bytes32, uint48));
    require(recipient != address(0), SwapRecipientInvalid());
    return Lock(payer, uint96(gross), recipient, deadline, Stage.Locked, hash);
  }
}
