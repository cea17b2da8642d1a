// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IYuanFeed} from "./IYuanFeed.sol";

/// @title A yuan price feed kept by several reporters
/// @notice The answer is the median of at least three fresh reports. It moves at most 5 % per hour, and always arrives.
/// @dev Prices are yuan with 18 decimals for one whole unit (10^decimals) of a currency; 0 is ether.
interface IYuanReports is IYuanFeed {
  /// @notice One answer
  /// @param price yuan with 18 decimals
  /// @param updatedAt unix seconds when it was computed
  /// @param freshUntil unix seconds until and including which it counts
  struct Answer {
    uint128 price;
    uint48 updatedAt;
    uint48 freshUntil;
  }

  /// @notice Emitted for every report; `observedAt` in unix seconds
  event Reported(address indexed currency, address indexed reporter, uint256 price, uint256 observedAt);

  /// @notice Emitted when a report made a new answer; `median` is what it would be without the step limit
  event Answered(address indexed currency, uint80 indexed round, uint256 price, uint256 median);

  /// @notice Emitted when the timelock wants another reporter in a seat
  event ReporterProposed(uint256 indexed seat, address indexed present, address indexed replacement, uint256 ready);

  /// @notice Emitted when a seat has another reporter
  event ReporterRotated(uint256 indexed seat, address indexed former, address indexed present);

  /// @notice Thrown unless there are 3 to 11 reporters
  error YuanFeedSeatsOutOfBounds(uint256 count);
  /// @notice Thrown for a reporter that is 0 or has a seat already
  error YuanFeedReporterInvalid(address reporter);
  /// @notice Thrown for a timelock without code
  error YuanFeedTimelockInvalid(address timelock);
  /// @notice Thrown when the caller has no seat
  error YuanFeedNotReporter(address caller);
  /// @notice Thrown for a price of 0 or above 2^112 - 1
  error YuanFeedPriceInvalid(uint256 price);
  /// @notice Thrown unless the observation is newer than the reporter's last, at most an hour old, not of the future
  error YuanFeedObservationInvalid(uint256 observedAt, uint256 earliest, uint256 latest);
  /// @notice Thrown for a currency whose decimals cannot be read or exceed 36
  error YuanFeedCurrencyInvalid(address currency);
  /// @notice Thrown when a round does not exist
  error YuanFeedRoundUnknown(address currency, uint80 round);
  /// @notice Thrown when somebody else than the timelock changes reporters
  error YuanFeedNotTimelock(address caller);
  /// @notice Thrown before the 7 days are over
  error YuanFeedRotationEarly(uint256 ready);
  /// @notice Thrown when no change of this seat waits
  error YuanFeedRotationMissing(uint256 seat);

  /// @notice Says what a currency costs; reporters only
  /// @param currency a token, 0 for ether
  /// @param price yuan with 18 decimals for one whole unit
  /// @param observedAt unix seconds when the price was seen
  function report(address currency, uint256 price, uint256 observedAt) external;

  /// @notice Wants another reporter in a seat, 7 days from now; timelock only
  function proposeRotation(uint256 seat, address replacement) external;

  /// @notice Makes the change once the 7 days are over; anyone may call
  function rotate(uint256 seat) external;

  /// @notice The latest answer, fresh or not, and its number; number 0: there is none
  function latest(address currency) external view returns (uint80 round, Answer memory answer);

  /// @notice An earlier answer
  function answerOf(address currency, uint80 round) external view returns (Answer memory answer);

  /// @notice The last report of a reporter; `observedAt` 0: none
  function reportOf(address currency, address reporter) external view returns (uint256 price, uint256 observedAt);

  /// @notice Who reports
  function reporters() external view returns (address[] memory);
}
