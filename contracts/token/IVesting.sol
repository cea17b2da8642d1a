// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A vesting schedule
/// @notice Tokens that are sent here belong to one beneficiary, little by little. The terms are part of the code.
interface IVesting {
  /// @notice Who receives what and when
  /// @param beneficiary whose tokens these are, for good
  /// @param start unix seconds from which the tokens grow
  /// @param cliff seconds after the start before which nothing is due
  /// @param length seconds after the start until everything is due
  struct Terms {
    address beneficiary;
    uint48 start;
    uint48 cliff;
    uint48 length;
  }

  /// @notice Emitted when the beneficiary has taken what was due
  event Released(address indexed token, address indexed beneficiary, uint256 amount);

  /// @notice Thrown when somebody else wants to choose the moment
  error VestingNotBeneficiary(address caller);
  /// @notice Thrown when nothing is due yet
  error VestingNothingDue(address token);
  /// @notice Thrown when a token moved another amount than it was told
  error VestingTokenOdd(address token, uint256 expected, uint256 moved);
  /// @notice Thrown when the implementation itself is used: it has no terms
  error VestingBare();

  /// @notice Sends what is due to the beneficiary; only the beneficiary may ask
  function release(address token) external returns (uint256 amount);

  /// @notice What `release` would send now
  function due(address token) external view returns (uint256);

  /// @notice What has been sent so far
  function released(address token) external view returns (uint256);

  /// @notice Of `total` units that were here from the start, those due at `time`
  function vested(uint256 total, uint256 time) external view returns (uint256);

  /// @notice The terms
  function terms() external view returns (Terms memory);
}
