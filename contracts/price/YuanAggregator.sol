// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IYuanFeed} from "./IYuanFeed.sol";
import {IYuanReports} from "./IYuanReports.sol";

/// @title One currency of the yuan feed as an AggregatorV3
/// @dev Unlike most aggregators it refuses to answer with a stale price: a reader that forgets to check is not hurt.
contract YuanAggregator is IAggregatorV3 {
  IYuanReports private immutable _FEED;
  address private immutable _CURRENCY;

  string private _description;

  /// @param feed_ the yuan feed
  /// @param currency_ a token, 0 for ether
  /// @param description_ for example "ETH / CNY"
  constructor(IYuanReports feed_, address currency_, string memory description_) {
    (_FEED, _CURRENCY, _description) = (feed_, currency_, description_);
  }

  /// @inheritdoc IAggregatorV3
  function description() external view returns (string memory) {
    return _description;
  }

  /// @inheritdoc IAggregatorV3
  function getRoundData(uint80 round) external view returns (uint80, int256, uint256, uint256, uint80) {
    return _round(round, _FEED.answerOf(_CURRENCY, round));
  }

  /// @inheritdoc IAggregatorV3
  function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
    (uint80 round, IYuanReports.Answer memory answer) = _FEED.latest(_CURRENCY);
    if (block.timestamp > answer.freshUntil) revert IYuanFeed.YuanFeedStale(_CURRENCY);
    return _round(round, answer);
  }

  /// @inheritdoc IAggregatorV3
  function decimals() external pure returns (uint8) {
    return 18;
  }

  /// @inheritdoc IAggregatorV3
  function version() external pure returns (uint256) {
    return 1;
  }

  function _round(
    uint80 round,
    IYuanReports.Answer memory answer
  ) private pure returns (uint80, int256, uint256, uint256, uint80) {
    return (round, int256(uint256(answer.price)), answer.updatedAt, answer.updatedAt, round);
  }
}
