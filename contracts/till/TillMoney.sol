// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IMZ} from "../token/IMZ.sol";
import {ITill} from "./ITill.sol";

/// @title The Till's hands: taking money in, giving it out, keeping what its owner has to fetch
/// @dev Knows nothing of prices and fees. Nothing here or above it reads the Till's own balance to learn what it owns:
/// donations and forced ether belong to nobody and change no sum.
abstract contract TillMoney is ITill {
  using SafeERC20 for IERC20;

  /// @dev What a receiver may burn when it is sent ether on somebody else's transaction; plenty for a smart wallet,
  /// too little to make a release or a refund expensive.
  uint256 private constant _PUSH_GAS = 50_000;

  IMZ internal immutable _MZ;
  address internal immutable _TEMPLATES;

  mapping(address token => mapping(address payee => uint256 amount)) private _credits;

  /// @dev True while a token's or a receiver's code runs. Cleared before an instance is called back: by then every
  /// effect is done, and an instance may use the Till like anybody else.
  bool private transient _busy;

  modifier locked() {
    _lock();
    _;
    _busy = false;
  }

  constructor(IMZ mz_, address templates_) {
    if (address(mz_).code.length == 0) revert TillAddressInvalid(address(mz_));
    if (templates_.code.length == 0) revert TillAddressInvalid(templates_);
    _MZ = mz_;
    _TEMPLATES = templates_;
  }

  /// @inheritdoc ITill
  function withdraw(address token, address to) external locked returns (uint256 amount) {
    _checkReceiver(token, to);
    amount = _withdraw(token, msg.sender, to);
  }

  /// @inheritdoc ITill
  function withdrawFor(address token, address payee) external locked returns (uint256 amount) {
    amount = _withdraw(token, payee, payee);
  }

  /// @inheritdoc ITill
  function mz() external view returns (address) {
    return address(_MZ);
  }

  /// @inheritdoc ITill
  function templates() external view returns (address) {
    return _TEMPLATES;
  }

  /// @inheritdoc ITill
  function credit(address token, address payee) external view returns (uint256) {
    return _credits[token][payee];
  }

  /// @dev Somebody may have sent the same signature before us; then the allowance is already there, and if it is not,
  /// the transfer says so.
  function _usePermit(address token, Permit calldata permit) internal locked {
    if (token.code.length == 0) revert TillCalleeWithoutCode(token);
    try
      IERC20Permit(token).permit(msg.sender, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s)
    {} catch {}
  }

  /// @dev Ether comes with the call or not at all.
  function _checkValue(address token, uint256 gross) internal view {
    uint256 expected = token == address(0) ? gross : 0;
    if (msg.value != expected) revert TillValueMismatch(expected, msg.value);
  }

  /// @dev Money sent to any of these would be lost, or counted twice.
  function _checkReceiver(address token, address to) internal view {
    if (to == address(0) || to == token || to == address(_MZ) || to == address(this) || to == _TEMPLATES) {
      revert TillReceiverRefused(to);
    }
  }

  /// @dev An instance is a receiver with code.
  function _checkCallee(address token, address instance) internal view {
    _checkReceiver(token, instance);
    if (instance.code.length == 0) revert TillCalleeWithoutCode(instance);
  }

  /// @dev Takes `amount` from the caller. Ether is already here; MZ is known to move what it is told.
  function _pull(address token, uint256 amount) internal {
    if (token == address(0)) return;
    if (token == address(_MZ)) {
      IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
      return;
    }
    if (token.code.length == 0) revert TillCalleeWithoutCode(token);

    uint256 before = IERC20(token).balanceOf(address(this));
    IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
    uint256 present = IERC20(token).balanceOf(address(this));

    uint256 moved = present > before ? present - before : 0;
    if (moved != amount) revert TillTokenOdd(token, amount, moved);
  }

  /// @dev Gives `amount` to `to`, or undoes everything.
  function _push(address token, address to, uint256 amount) internal {
    if (!_tryPush(token, to, amount, gasleft())) revert TillSendRefused(token, to, amount);
  }

  /// @dev Gives `amount` to `to`; if it does not take it, the amount waits as a credit and nobody else is held up.
  function _pushOrCredit(address token, address to, uint256 amount) internal {
    if (!_tryPush(token, to, amount, _PUSH_GAS)) _credit(token, to, amount);
  }

  function _credit(address token, address payee, uint256 amount) internal {
    _credits[token][payee] += amount;
    emit Credited(payee, token, amount);
  }

  function _withdraw(address token, address payee, address to) private returns (uint256 amount) {
    amount = _credits[token][payee];
    if (amount == 0) revert TillNoCredit(token, payee);
    delete _credits[token][payee];
    emit Withdrawn(payee, token, to, amount);
    _push(token, to, amount);
  }

  /// @dev `gasLimit` binds for ether only; tokens are called with all there is. A token that says no must not have
  /// moved anything, one that says yes must have moved exactly `amount`.
  // Every caller has taken the amount from somewhere first: a payment, a pot, a credit.
  // slither-disable-next-line arbitrary-send-eth
  function _tryPush(address token, address to, uint256 amount, uint256 gasLimit) private returns (bool sent) {
    if (amount == 0) return true;
    if (token == address(0)) {
      (sent, ) = to.call{value: amount, gas: gasLimit}("");
      return sent;
    }
    if (token == address(_MZ)) return IERC20(token).trySafeTransfer(to, amount);

    uint256 before = IERC20(token).balanceOf(address(this));
    sent = IERC20(token).trySafeTransfer(to, amount);
    uint256 present = IERC20(token).balanceOf(address(this));

    uint256 moved = before > present ? before - present : 0;
    uint256 expected = sent ? amount : 0;
    if (moved != expected || present > before) revert TillTokenOdd(token, expected, moved);
  }

  function _lock() private {
    if (_busy) revert TillBusy();
    _busy = true;
  }
}
