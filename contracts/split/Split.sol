// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ISplit} from "./ISplit.sol";

/// @title What every split delegates to
/// @dev A clone carries its parts as immutable arguments: 20 bytes of address and 2 bytes of basis points each.
/// `Splits` has checked them.
contract Split is ISplit {
  using SafeCast for uint256;
  using SafeERC20 for IERC20;

  uint256 private constant _BPS = 10_000;
  uint256 private constant _PART_BYTES = 22;
  /// @dev What a payee may burn when it is sent ether; plenty for a smart wallet.
  uint256 private constant _PUSH_GAS = 50_000;

  /// @dev `income`: all there ever was. `kept`: what of it is still here on purpose, credits and rounding.
  struct Book {
    uint128 income;
    uint128 kept;
  }

  address private immutable _SELF;

  mapping(address token => Book) private _books;
  mapping(address token => mapping(address payee => uint256 amount)) private _credits;
  bool private transient _busy;

  modifier locked() {
    _lock();
    _;
    _busy = false;
  }

  constructor() {
    _SELF = address(this);
  }

  /// @notice Ether is income like any token
  receive() external payable {
    if (address(this) == _SELF) revert SplitBare();
  }

  /// @inheritdoc ISplit
  // Locked, and nothing in here reads the book again before it is written; a zero means that there is nothing to do.
  // slither-disable-next-line reentrancy-eth,incorrect-equality
  function distribute(address token) external locked returns (uint256 amount) {
    bytes memory packed = _packed();
    Book storage book = _books[token];
    (uint256 before, uint256 kept) = (book.income, book.kept);
    amount = _beyond(token, kept);
    if (amount == 0) revert SplitNothingToDistribute(token);

    uint256 income = (before + amount).toUint128();
    kept += amount;
    uint256 count = packed.length / _PART_BYTES;
    for (uint256 i; i < count; ++i) {
      (address payee, uint256 bps) = _part(packed, i);
      uint256 part;
      // 128 bits times 16 bits fit into 256, and income is not less than before.
      unchecked {
        part = (income * bps) / _BPS - (before * bps) / _BPS;
      }
      if (part == 0) continue;
      if (_tryPush(token, payee, part, _PUSH_GAS)) kept -= part;
      else _credit(token, payee, part);
    }
    // Written last, which the lock makes safe: nothing in here reads it before.
    // Income was bounded above, and what is kept is part of it.
    (book.income, book.kept) = (uint128(income), uint128(kept));
    emit Distributed(token, amount);
  }

  /// @inheritdoc ISplit
  function withdraw(address token, address to) external locked returns (uint256 amount) {
    if (to == address(0) || to == address(this) || to == token) revert SplitReceiverRefused(to);
    return _withdraw(token, msg.sender, to);
  }

  /// @inheritdoc ISplit
  function withdrawFor(address token, address payee) external locked returns (uint256 amount) {
    return _withdraw(token, payee, payee);
  }

  /// @inheritdoc ISplit
  function parts() external view returns (Part[] memory all) {
    bytes memory packed = _packed();
    all = new Part[](packed.length / _PART_BYTES);
    for (uint256 i; i < all.length; ++i) {
      (address payee, uint256 bps) = _part(packed, i);
      all[i] = Part({payee: payee, bps: uint16(bps)});
    }
  }

  /// @inheritdoc ISplit
  function pending(address token) external view returns (uint256) {
    return _beyond(token, _books[token].kept);
  }

  /// @inheritdoc ISplit
  function credit(address token, address payee) external view returns (uint256) {
    return _credits[token][payee];
  }

  function _credit(address token, address payee, uint256 amount) private {
    _credits[token][payee] += amount;
    emit Credited(payee, token, amount);
  }

  function _withdraw(address token, address payee, address to) private returns (uint256 amount) {
    amount = _credits[token][payee];
    if (amount == 0) revert SplitNoCredit(token, payee);
    delete _credits[token][payee];
    _books[token].kept -= uint128(amount);
    emit Withdrawn(payee, token, to, amount);
    if (!_tryPush(token, to, amount, gasleft())) revert SplitSendRefused(token, to, amount);
  }

  // Only what is the payee's by its parts or its credit is ever sent.
  // slither-disable-next-line arbitrary-send-eth
  function _tryPush(address token, address to, uint256 amount, uint256 gasLimit) private returns (bool sent) {
    if (token != address(0)) return IERC20(token).trySafeTransfer(to, amount);
    // solhint-disable-next-line avoid-low-level-calls
    (sent, ) = to.call{value: amount, gas: gasLimit}("");
  }

  /// @dev A token may take back what it gave; then there is nothing to divide.
  function _beyond(address token, uint256 kept) private view returns (uint256) {
    uint256 balance = token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
    return balance > kept ? balance - kept : 0;
  }

  function _packed() private view returns (bytes memory) {
    if (address(this) == _SELF) revert SplitBare();
    return Clones.fetchCloneArgs(address(this));
  }

  /// @dev `i` must be below packed.length / 22.
  function _part(bytes memory packed, uint256 i) private pure returns (address payee, uint256 bps) {
    uint256 word;
    uint256 offset = 32 + i * _PART_BYTES;
    // Reads 32 bytes of which the first 22 are inside `packed`; the rest is shifted out. Writes no memory.
    // solhint-disable-next-line no-inline-assembly
    assembly ("memory-safe") {
      word := mload(add(packed, offset))
    }
    return (address(uint160(word >> 96)), uint16(word >> 80));
  }

  function _lock() private {
    if (_busy) revert SplitBusy();
    _busy = true;
  }
}
