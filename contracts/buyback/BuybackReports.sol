// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IBuyback} from "./IBuyback.sol";

/// @title What people owe the buyback: the vault its reports, the auditor the half-yearly records
/// @dev Nobody can be forced to declare honestly, or at all. What can be done is done: half of what is declared must
/// come along, every word is an event, and lateness shows.
abstract contract BuybackReports is IBuyback {
  using SafeERC20 for IERC20;

  uint256 private constant _QUARTER = 91 days;
  uint256 private constant _HALF_YEAR = 182 days;
  uint256 private constant _GRACE = 30 days;

  address private immutable _VAULT;
  address private immutable _AUDITOR;

  uint32 private _declarations;
  uint48 private _declaredAt;
  uint32 private _records;
  uint48 private _attestedAt;

  constructor(address vault_, address auditor_) {
    if (vault_.code.length == 0) revert BuybackAddressInvalid(vault_);
    if (auditor_ == address(0)) revert BuybackAddressInvalid(auditor_);
    (_VAULT, _AUDITOR) = (vault_, auditor_);
    (_declaredAt, _attestedAt) = (uint48(block.timestamp), uint48(block.timestamp));
  }

  /// @inheritdoc IBuyback
  function declare(address currency, uint256 revenue, uint256 cost, uint256 added, bytes32 report) external payable {
    if (msg.sender != _VAULT) revert BuybackNotVault(msg.sender);
    if (!_isListed(currency)) revert BuybackCurrencyInvalid(currency);
    if (cost > revenue) revert BuybackCostAboveRevenue(revenue, cost);
    if (report == 0) revert BuybackHashZero();
    uint256 profit = revenue - cost;
    uint256 least = profit / 2 + (profit % 2);
    if (added < least) revert BuybackAddedTooLittle(added, least);

    _declaredAt = uint48(block.timestamp);
    emit ProfitDeclared(++_declarations, currency, revenue, cost, added, report);
    _receive(currency, added);
  }

  /// @inheritdoc IBuyback
  function attest(bytes32 record) external {
    if (msg.sender != _AUDITOR) revert BuybackNotAuditor(msg.sender);
    if (record == 0) revert BuybackHashZero();
    _attestedAt = uint48(block.timestamp);
    emit Attested(++_records, record);
  }

  /// @inheritdoc IBuyback
  function overdue() external view returns (bool round, bool report, bool record) {
    uint256 due = _roundDue();
    round = due < block.timestamp && block.timestamp - due > _GRACE;
    report = block.timestamp > _declaredAt + _QUARTER + _GRACE;
    record = block.timestamp > _attestedAt + _HALF_YEAR + _GRACE;
  }

  /// @notice Who attests twice a year
  function auditor() external view returns (address) {
    return _AUDITOR;
  }

  /// @notice Who declares profit made outside the chain, and has what is left after the end
  function vault() public view returns (address) {
    return _VAULT;
  }

  function _isListed(address token) internal view virtual returns (bool);

  /// @dev When the next round may be opened, never if there is none.
  function _roundDue() internal view virtual returns (uint256);

  function _receive(address currency, uint256 amount) private {
    uint256 expected = currency == address(0) ? amount : 0;
    if (msg.value != expected) revert BuybackValueMismatch(expected, msg.value);
    if (currency == address(0) || amount == 0) return;

    uint256 before = IERC20(currency).balanceOf(address(this));
    IERC20(currency).safeTransferFrom(msg.sender, address(this), amount);
    uint256 moved = IERC20(currency).balanceOf(address(this)) - before;
    if (moved != amount) revert BuybackTokenOdd(currency, amount, moved);
  }
}
