// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The interface most price readers on EVM chains know
interface IAggregatorV3 {
  /// @notice Decimals of every answer
  function decimals() external view returns (uint8);

  /// @notice What is priced in what
  function description() external view returns (string memory);

  /// @notice Version of the aggregator
  function version() external view returns (uint256);

  /// @notice An earlier answer
  function getRoundData(
    uint80 round
  ) external view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

  /// @notice The latest answer
  function latestRoundData()
    external
    view
    returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
