// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ITemplates} from "../registry/ITemplates.sol";
import {IInstance} from "./IInstance.sol";
import {ITill} from "./ITill.sol";
import {TillFees} from "./TillFees.sol";

/// @title Escrow: money that can still go back
/// @dev A pot is named by its instance, so that nobody but that instance can ask for it. Before the first release every
/// payer is owed exactly what they paid; from it on the pot takes no more deposits, so that nobody's money can fill a
/// hole that a release has made.
abstract contract TillPots is TillFees {
  using Address for address;

  /// @notice The longest time a pot may wait, in seconds
  uint256 public constant MAX_TERM = 1_100 days;

  mapping(bytes32 key => Pot) private _pots;
  mapping(bytes32 key => mapping(address payer => uint256 amount)) private _paidIn;

  /// @dev The pot whose instance is being asked right now. Its expiry is not known yet, so nothing may happen to it;
  /// and one question is asked at a time.
  bytes32 private transient _inFlight;

  /// @inheritdoc ITill
  function hold(address token, uint256 gross, address instance, bytes32 ref, bytes calldata data) external payable {
    _hold(token, gross, instance, ref, data);
  }

  /// @inheritdoc ITill
  // The permit runs under the lock, which is only let go when it has ended.
  // slither-disable-next-line reentrancy-no-eth
  function holdWithPermit(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data,
    Permit calldata permit
  ) external {
    _usePermit(token, permit);
    _hold(token, gross, instance, ref, data);
  }

  /// @inheritdoc ITill
  function release(address token, bytes32 ref, uint256 gross, address to) external locked returns (uint256) {
    bytes32 key = potOf(msg.sender, token, ref);
    _checkReceiver(token, to);
    _checkNotInFlight(key);
    Pot memory held = _pots[key];
    if (gross > held.left) revert TillPotTooSmall(key, held.left, gross);
    if (block.timestamp > held.expiry) revert TillPotExpired(key, held.expiry);
    Cut memory cut = _cut(gross, held.feeBps, msg.sender);

    held.left -= uint96(gross);
    held.closed = true;
    _pots[key] = held;

    uint256 burned;
    if (token == address(_MZ)) {
      burned = cut.fee;
      _MZ.burn(cut.fee);
      if (cut.share != 0) _push(token, cut.payee, cut.share);
    } else {
      _earn(token, cut.fee);
      if (cut.share != 0) _credit(token, cut.payee, cut.share);
    }
    _pushOrCredit(token, to, cut.net);
    emit Settled(msg.sender, to, ref, token, gross, cut.fee, cut.share, cut.payee, burned);
    return cut.net;
  }

  /// @inheritdoc ITill
  function refund(address token, bytes32 ref, address payer) external returns (uint256 amount) {
    amount = _refund(potOf(msg.sender, token, ref), token, payer);
    emit Refunded(payer, msg.sender, ref, token, amount, true);
  }

  /// @inheritdoc ITill
  function reclaim(address instance, address token, bytes32 ref, address payer) external returns (uint256 amount) {
    bytes32 key = potOf(instance, token, ref);
    _checkNotInFlight(key);
    uint256 expiry = _pots[key].expiry;
    if (block.timestamp <= expiry) revert TillPotNotExpired(key, expiry);
    amount = _refund(key, token, payer);
    emit Refunded(payer, instance, ref, token, amount, false);
  }

  /// @inheritdoc ITill
  function pot(address instance, address token, bytes32 ref) external view returns (Pot memory) {
    return _pots[potOf(instance, token, ref)];
  }

  /// @inheritdoc ITill
  function paidIn(address instance, address token, bytes32 ref, address payer) external view returns (uint256) {
    return _paidIn[potOf(instance, token, ref)][payer];
  }

  /// @inheritdoc ITill
  function potOf(address instance, address token, bytes32 ref) public pure returns (bytes32) {
    return keccak256(abi.encode(instance, token, ref));
  }

  function _hold(address token, uint256 gross, address instance, bytes32 ref, bytes calldata data) private {
    _checkCallee(token, instance);
    _checkNotUpgradeable(instance);
    bytes32 key = potOf(instance, token, ref);
    if (_inFlight != 0) revert TillPotInFlight(_inFlight);

    bool first = _deposit(key, token, gross);

    // Written twice on purpose: read by whatever the instance calls back.
    // slither-disable-next-line write-after-write
    _inFlight = key;
    uint256 expiry = _askInstance(token, gross, instance, ref, data);
    _inFlight = 0;

    if (first) {
      uint256 latest = block.timestamp + MAX_TERM;
      if (expiry <= block.timestamp || expiry > latest) revert TillExpiryInvalid(expiry, latest);
      _pots[key].expiry = uint48(expiry);
    } else {
      expiry = _pots[key].expiry;
    }
    // Only here is the expiry known. The pot was in flight until now: nothing can have happened to it in between.
    emit Held(msg.sender, instance, ref, token, gross, expiry);
  }

  function _deposit(bytes32 key, address token, uint256 gross) private locked returns (bool first) {
    if (gross == 0 || gross > type(uint96).max) revert TillAmountInvalid(gross);
    _checkValue(token, gross);
    Pot memory held = _pots[key];
    first = held.total == 0;
    if (held.closed) revert TillPotClosed(key);
    if (!first && block.timestamp > held.expiry) revert TillPotExpired(key, held.expiry);
    uint256 total = held.total + gross;
    if (total > type(uint96).max) revert TillPotFull(key, total);

    _pull(token, gross);

    // Both sums were just bounded by 96 bits; left is never above total, and equal to it while the pot is open.
    held.total = uint96(total);
    held.left = uint96(total);
    if (first) held.feeBps = uint8(_FEE_BPS);
    _pots[key] = held;
    _paidIn[key][msg.sender] += gross;
  }

  function _askInstance(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data
  ) private returns (uint256 expiry) {
    bytes memory answer = instance.functionCall(
      abi.encodeCall(IInstance.onHold, (msg.sender, token, gross, ref, data))
    );
    if (answer.length < 64 || bytes4(answer) != IInstance.onHold.selector) {
      revert TillCalleeRefused(instance, bytes4(answer));
    }
    (, expiry) = abi.decode(answer, (bytes32, uint256));
  }

  function _refund(bytes32 key, address token, address payer) private locked returns (uint256 amount) {
    _checkNotInFlight(key);
    uint256 had = _paidIn[key][payer];
    if (had == 0) revert TillNotPayer(key, payer);
    Pot memory held = _pots[key];
    if (held.left == 0) revert TillPotTooSmall(key, 0, had);

    // While the pot is open left equals total and this is `had` to the unit; the last payer takes what rounding left.
    amount = (had * held.left) / held.total;
    held.left -= uint96(amount);
    held.total -= uint96(had);
    delete _paidIn[key][payer];
    // A closed pot stays closed when everybody has been refunded; an open one is as if it had never been.
    if (held.total == 0 && !held.closed) delete _pots[key];
    else _pots[key] = held;

    _pushOrCredit(token, payer, amount);
  }

  function _checkNotInFlight(bytes32 key) private view {
    if (key == _inFlight) revert TillPotInFlight(key);
  }

  /// @dev Whoever can change an instance's code could make it release what others put in.
  function _checkNotUpgradeable(address instance) private view {
    if (ITemplates(_TEMPLATES).isUpgradeable(instance)) revert TillInstanceUpgradeable(instance);
  }
}
