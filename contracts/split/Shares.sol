// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IShares} from "./IShares.sol";

/// @title What all shares delegate to
/// @dev Before shares move, income is counted and both sides are settled: what came earlier cannot be bought later.
/// The supply never changes, so entitlements are kept as income times shares, undivided and exact: settling often costs
/// nothing. A clone carries name, symbol and currency as immutable arguments.
contract Shares is IShares, ERC20 {
  using SafeERC20 for IERC20;

  address private immutable _ISSUER;
  address private immutable _SELF;

  uint128 private _income;
  uint128 private _paid;
  bool private _initialised;
  mapping(address holder => uint256 income) private _settledAt;
  mapping(address holder => uint256 incomeTimesShares) private _owed;
  bool private transient _busy;

  constructor() ERC20("", "") {
    (_ISSUER, _SELF) = (msg.sender, address(this));
  }

  /// @notice Ether is income if it is the currency, and lost otherwise, as any other foreign token
  receive() external payable {
    if (address(this) == _SELF) revert SharesBare();
  }

  /// @inheritdoc IShares
  function initialise(address[] calldata holders, uint256[] calldata amounts) external {
    if (msg.sender != _ISSUER || address(this) == _SELF || _initialised) revert SharesNotIssuer(msg.sender);
    _initialised = true;
    for (uint256 i; i < holders.length; ++i) _mint(holders[i], amounts[i]);
  }

  /// @inheritdoc IShares
  function collect() external returns (uint256 amount) {
    return _collect();
  }

  /// @inheritdoc IShares
  function claim(address to) external returns (uint256 amount) {
    if (to == address(0) || to == address(this)) revert SharesReceiverRefused(to);
    return _claim(msg.sender, to);
  }

  /// @inheritdoc IShares
  function claimFor(address holder) external returns (uint256 amount) {
    return _claim(holder, holder);
  }

  /// @inheritdoc IShares
  function claimable(address holder) external view returns (uint256) {
    uint256 since = _income + _beyond() - _settledAt[holder];
    return (_owed[holder] + balanceOf(holder) * since) / totalSupply();
  }

  /// @inheritdoc IShares
  function income() external view returns (uint256) {
    return _income;
  }

  /// @inheritdoc IShares
  function currency() public view returns (address token) {
    (, , token) = _arguments();
  }

  /// @inheritdoc ERC20
  function name() public view override returns (string memory text) {
    (text, , ) = _arguments();
  }

  /// @inheritdoc ERC20
  function symbol() public view override returns (string memory text) {
    (, text, ) = _arguments();
  }

  /// @dev Every way shares move comes through here. The first holders are made before anything can be shared out.
  function _update(address from, address to, uint256 value) internal override {
    if (to == address(this)) revert SharesReceiverRefused(to);
    if (from != address(0)) {
      _collect();
      _settle(from);
      _settle(to);
    }
    super._update(from, to, value);
  }

  // The lock is what is written last; everything else is settled before money moves.
  // slither-disable-next-line reentrancy-eth
  function _claim(address holder, address to) private returns (uint256 amount) {
    _collect();
    _settle(holder);
    uint256 supply = totalSupply();
    amount = _owed[holder] / supply;
    if (amount == 0) revert SharesNothingDue(holder);

    _owed[holder] %= supply;
    _paid += uint128(amount);
    emit IncomeClaimed(holder, to, amount);

    _busy = true;
    _send(currency(), to, amount);
    _busy = false;
  }

  /// @dev While money is on its way out the balance does not say what has come in.
  // slither-disable-next-line incorrect-equality
  function _collect() private returns (uint256 amount) {
    if (_busy) revert SharesBusy();
    amount = _beyond();
    if (amount == 0) return 0;
    _income += uint128(amount);
    emit Collected(amount);
  }

  /// @dev Nothing earned since means nothing to add, exactly.
  // slither-disable-next-line incorrect-equality
  function _settle(address holder) private {
    uint256 since = _income - _settledAt[holder];
    if (since == 0) return;
    // Shares have 96 bits and income has 128.
    _owed[holder] += balanceOf(holder) * since;
    _settledAt[holder] = _income;
  }

  /// @dev The holder's own income, to the holder or where the holder says.
  // slither-disable-next-line arbitrary-send-eth
  function _send(address token, address to, uint256 amount) private {
    if (token == address(0)) {
      (bool sent, ) = to.call{value: amount}("");
      if (!sent) revert SharesSendRefused(to, amount);
      return;
    }
    uint256 before = IERC20(token).balanceOf(address(this));
    IERC20(token).safeTransfer(to, amount);
    uint256 moved = before - IERC20(token).balanceOf(address(this));
    if (moved != amount) revert SharesTokenOdd(token, amount, moved);
  }

  /// @dev Income that has not been counted, as far as all income ever fits into 128 bits.
  function _beyond() private view returns (uint256) {
    address token = currency();
    uint256 balance = token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
    uint256 fresh = Math.saturatingSub(balance, _income - _paid);
    return Math.min(fresh, type(uint128).max - _income);
  }

  function _arguments() private view returns (string memory, string memory, address) {
    if (address(this) == _SELF) revert SharesBare();
    return abi.decode(Clones.fetchCloneArgs(address(this)), (string, string, address));
  }
}
