// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IYuanFeed} from "../price/IYuanFeed.sol";
import {IBuyback} from "./IBuyback.sol";

/// @title The buyback's arithmetic: where a price begins, how it rises, what the next round begins with
abstract contract BuybackPrices is IBuyback {
  /// @notice How long a round's auction lasts, in seconds
  uint256 public constant AUCTION = 72 hours;

  /// @dev A price of one unit for one MZ.
  uint256 private constant _ONE = 1e27;
  uint256 private constant _BITS = 120;
  /// @dev The 259,200th root of 3, times 2^120: what the price is multiplied by each second.
  uint256 private constant _PER_SECOND = 0x10000471c2497d1849587c501bdc455;
  uint256 private constant _FEED_GAS = 200_000;

  address private immutable _FEED;
  uint256 private immutable _FIRST_PRICE;

  constructor(address feed, uint256 firstPrice) {
    if (feed.code.length == 0) revert BuybackAddressInvalid(feed);
    if (firstPrice == 0) revert BuybackPriceInvalid();
    (_FEED, _FIRST_PRICE) = (feed, firstPrice);
  }

  /// @dev Half the anchor, times 3^(elapsed / 72 hours). An anchor has 120 bits, the factor 122.
  // slither-disable-next-line incorrect-equality
  function _priceAfter(uint256 elapsed, uint256 anchor) internal pure returns (uint256) {
    uint256 factor = 1 << _BITS;
    uint256 square = _PER_SECOND;
    for (uint256 left = elapsed; left != 0; left >>= 1) {
      if (left & 1 == 1) factor = (factor * square) >> _BITS;
      square = (square * square) >> _BITS;
    }
    return (anchor * factor) >> (_BITS + 1);
  }

  /// @return paid what `amount` MZ are worth, at most the rest of the lot
  /// @return burned the MZ taken for it, rounded up if it is the rest
  function _trade(uint256 amount, uint256 price, uint256 rest) internal pure returns (uint256 paid, uint256 burned) {
    paid = Math.mulDiv(amount, price, _ONE);
    if (paid <= rest) return (paid, amount);
    return (rest, Math.mulDiv(rest, _ONE, price, Math.Rounding.Ceil));
  }

  /// @dev 0: no price. One patient seller or a few small sales cannot walk it: it moves by what at least half of a lot
  /// was sold for, or up because hardly anybody sold, and by a quarter at most.
  function _nextAnchor(address currency, uint256 budget, Lot memory last) internal view returns (uint256) {
    uint256 old = last.anchor;
    if (old == 0) return _firstAnchor(currency, budget);
    uint256 highest = Math.min((old * 5) / 4, type(uint120).max);
    if (uint256(last.spent) * 10 < last.budget) return highest;
    if (uint256(last.spent) * 2 < last.budget) return old;
    uint256 mean = Math.mulDiv(last.spent, _ONE, last.bought);
    return Math.min(Math.max(mean, (old * 3) / 4), highest);
  }

  /// @dev What the budget is worth in yuan says what a yuan is in the currency; decimals need not be known.
  // slither-disable-next-line incorrect-equality
  function _firstAnchor(address currency, uint256 budget) private view returns (uint256) {
    // solhint-disable-next-line avoid-low-level-calls
    (bool ok, bytes memory answer) = _FEED.staticcall{gas: _FEED_GAS}(
      abi.encodeCall(IYuanFeed.yuanOf, (currency, budget))
    );
    if (!ok || answer.length != 32) return 0;
    uint256 yuan = abi.decode(answer, (uint256));
    if (yuan == 0 || yuan > type(uint128).max) return 0;
    (bool fits, uint256 worth) = Math.tryMul(budget * 1e9, _FIRST_PRICE);
    uint256 anchor = fits ? worth / yuan : 0;
    return anchor > type(uint120).max ? 0 : anchor;
  }
}
