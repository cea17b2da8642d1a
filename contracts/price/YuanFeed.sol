// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IYuanFeed} from "./IYuanFeed.sol";
import {IYuanReports} from "./IYuanReports.sol";
import {YuanReporters} from "./YuanReporters.sol";

/// @title The platform's price feed
/// @dev No report is refused for being far off: the answer walks towards the median instead. A limit that refuses
/// would leave the feed stuck behind the first real jump.
contract YuanFeed is YuanReporters {
  /// @notice How old an observation may be, in seconds
  uint256 public constant MAX_AGE = 1 hours;
  /// @notice How far the answer may move per hour since the last one, in basis points
  uint256 public constant STEP_BPS = 500;
  /// @notice How many fresh reports make an answer
  uint256 public constant QUORUM = 3;

  uint256 private constant _WHOLE = 10_000 * 1 hours;
  uint256 private constant _MOST_DECIMALS = 36;

  struct Report {
    uint128 price;
    uint48 observedAt;
  }

  /// @dev `unit` is 10^decimals, 0 until the first report.
  struct Currency {
    uint128 unit;
    uint80 round;
  }

  mapping(address currency => Currency) private _currencies;
  mapping(address currency => mapping(uint80 round => Answer)) private _answers;
  mapping(address currency => mapping(address reporter => Report)) private _reports;

  /// @param reporters_ 3 to 11, all different
  /// @param timelock_ who may change them
  constructor(address[] memory reporters_, address timelock_) YuanReporters(reporters_, timelock_) {}

  /// @inheritdoc IYuanReports
  function report(address currency, uint256 price, uint256 observedAt) external {
    if (!_hasSeat(msg.sender)) revert YuanFeedNotReporter(msg.sender);
    if (price == 0 || price > type(uint112).max) revert YuanFeedPriceInvalid(price);
    Report storage mine = _reports[currency][msg.sender];
    uint256 earliest = Math.max(uint256(mine.observedAt) + 1, Math.saturatingSub(block.timestamp, MAX_AGE));
    if (observedAt < earliest || observedAt > block.timestamp) {
      revert YuanFeedObservationInvalid(observedAt, earliest, block.timestamp);
    }
    if (_currencies[currency].unit == 0) _currencies[currency].unit = _unitOf(currency);

    // Both were just bounded.
    (mine.price, mine.observedAt) = (uint128(price), uint48(observedAt));
    emit Reported(currency, msg.sender, price, observedAt);

    _answer(currency);
  }

  /// @inheritdoc IYuanFeed
  function yuanOf(address currency, uint256 amount) external view returns (uint256 yuan) {
    Currency memory known = _currencies[currency];
    Answer memory answer = _answers[currency][known.round];
    if (block.timestamp > answer.freshUntil) revert YuanFeedStale(currency);
    return Math.mulDiv(amount, answer.price, known.unit);
  }

  /// @inheritdoc IYuanReports
  function latest(address currency) external view returns (uint80 round, Answer memory answer) {
    round = _currencies[currency].round;
    return (round, _answers[currency][round]);
  }

  /// @inheritdoc IYuanReports
  function answerOf(address currency, uint80 round) external view returns (Answer memory answer) {
    answer = _answers[currency][round];
    if (answer.updatedAt == 0) revert YuanFeedRoundUnknown(currency, round);
  }

  /// @inheritdoc IYuanReports
  function reportOf(address currency, address reporter) external view returns (uint256 price, uint256 observedAt) {
    Report memory found = _reports[currency][reporter];
    return (found.price, found.observedAt);
  }

  /// @dev A new answer if there are enough fresh reports; otherwise the last one ages.
  function _answer(address currency) private {
    (uint256[] memory prices, uint256 freshUntil) = _freshReports(currency);
    if (prices.length < QUORUM) return;
    uint256 median = _medianOf(prices);
    uint80 round = _currencies[currency].round;
    Answer memory last = _answers[currency][round];

    uint256 price = round == 0 ? median : _within(median, last.price, block.timestamp - last.updatedAt);
    _currencies[currency].round = ++round;
    _answers[currency][round] = Answer(uint128(price), uint48(block.timestamp), uint48(freshUntil));
    emit Answered(currency, round, price, median);
  }

  /// @return prices of the fresh reports
  /// @return freshUntil when the third newest of them is too old
  function _freshReports(address currency) private view returns (uint256[] memory prices, uint256 freshUntil) {
    address[] memory seated = reporters();
    prices = new uint256[](seated.length);
    uint256[] memory times = new uint256[](seated.length);
    uint256 count;
    for (uint256 i; i < seated.length; ++i) {
      Report memory found = _reports[currency][seated[i]];
      if (found.price == 0 || found.observedAt + MAX_AGE < block.timestamp) continue;
      (prices[count], times[count]) = (found.price, found.observedAt);
      ++count;
    }
    prices = Arrays.slice(prices, 0, count);
    if (count >= QUORUM) freshUntil = Arrays.sort(Arrays.slice(times, 0, count))[count - QUORUM] + MAX_AGE;
  }

  function _unitOf(address currency) private view returns (uint128) {
    if (currency == address(0)) return 1e18;
    if (currency.code.length == 0) revert YuanFeedCurrencyInvalid(currency);
    try IERC20Metadata(currency).decimals() returns (uint8 decimals) {
      if (decimals > _MOST_DECIMALS) revert YuanFeedCurrencyInvalid(currency);
      return uint128(10 ** decimals);
    } catch {
      revert YuanFeedCurrencyInvalid(currency);
    }
  }

  /// @dev Odd or even decides, not chance.
  // slither-disable-next-line weak-prng,incorrect-equality
  function _medianOf(uint256[] memory prices) private pure returns (uint256) {
    uint256[] memory sorted = Arrays.sort(prices);
    uint256 middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// @dev The room grows with the time since the last answer and is never 0 upwards once a second has passed.
  function _within(uint256 price, uint256 last, uint256 elapsed) private pure returns (uint256) {
    uint256 room = _WHOLE + STEP_BPS * elapsed;
    uint256 highest = Math.mulDiv(last, room, _WHOLE, Math.Rounding.Ceil);
    uint256 lowest = Math.mulDiv(last, _WHOLE, room);
    return Math.min(Math.max(price, lowest), highest);
  }
}
