// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVesting} from "./IVesting.sol";

/// @title Where vesting schedules are made
/// @notice Anyone makes a schedule; the same terms always give the same one. Nobody owns a schedule or the factory.
interface IVestings {
  /// @notice Emitted when a schedule did not exist before
  event VestingCreated(address indexed vesting, address indexed beneficiary);

  /// @notice Thrown for a beneficiary 0
  error VestingBeneficiaryZero();
  /// @notice Thrown for no length, a cliff behind the end, or an end that no clock reaches
  error VestingScheduleInvalid(uint256 start, uint256 cliff, uint256 length);

  /// @notice Makes the schedule of these terms, or finds it
  function create(IVesting.Terms calldata terms) external returns (address vesting);

  /// @notice Where the schedule of these terms is or would be; refuses what `create` refuses
  function predict(IVesting.Terms calldata terms) external view returns (address vesting);

  /// @notice Whether an address is a schedule made here
  function isVesting(address account) external view returns (bool);

  /// @notice What every schedule delegates to
  function implementation() external view returns (address);
}
