// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVesting} from "./IVesting.sol";

/// @title What every vesting schedule delegates to
/// @dev A clone carries its terms as immutable arguments; `Vestings` has checked them. What is due is computed from all
/// that ever came, so neither the number of releases nor a donation changes what the beneficiary has in the end.
contract Vesting is IVesting {
  using SafeERC20 for IERC20;

  address private immutable _SELF;

  mapping(address token => uint256 amount) private _released;

  constructor() {
    _SELF = address(this);
  }

  /// @inheritdoc IVesting
  // Nothing is nothing: no near miss counts.
  // slither-disable-next-line incorrect-equality
  function release(address token) external returns (uint256 amount) {
    Terms memory agreed = terms();
    if (msg.sender != agreed.beneficiary) revert VestingNotBeneficiary(msg.sender);
    amount = due(token);
    if (amount == 0) revert VestingNothingDue(token);

    uint256 before = IERC20(token).balanceOf(address(this));
    _released[token] += amount;
    emit Released(token, agreed.beneficiary, amount);

    IERC20(token).safeTransfer(agreed.beneficiary, amount);
    uint256 moved = before - IERC20(token).balanceOf(address(this));
    if (moved != amount) revert VestingTokenOdd(token, amount, moved);
  }

  /// @inheritdoc IVesting
  function released(address token) external view returns (uint256) {
    return _released[token];
  }

  /// @inheritdoc IVesting
  function due(address token) public view returns (uint256) {
    uint256 gone = _released[token];
    uint256 grown = vested(IERC20(token).balanceOf(address(this)) + gone, block.timestamp);
    return grown > gone ? grown - gone : 0;
  }

  /// @inheritdoc IVesting
  function vested(uint256 total, uint256 time) public view returns (uint256) {
    Terms memory agreed = terms();
    if (time < uint256(agreed.start) + agreed.cliff) return 0;
    uint256 elapsed = time - agreed.start;
    return elapsed >= agreed.length ? total : Math.mulDiv(total, elapsed, agreed.length);
  }

  /// @inheritdoc IVesting
  function terms() public view returns (Terms memory) {
    if (address(this) == _SELF) revert VestingBare();
    return abi.decode(Clones.fetchCloneArgs(address(this)), (Terms));
  }
}
