// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMZ} from "../token/IMZ.sol";
import {BuybackPrices} from "./BuybackPrices.sol";
import {BuybackReports} from "./BuybackReports.sol";
import {IBuyback} from "./IBuyback.sol";

/// @title The platform's buyback
/// @dev There is no pool and no router: nothing to sandwich. It has no owner. Money goes out in `fill` alone until
/// the end, and then to the vault alone.
contract Buyback is BuybackPrices, BuybackReports {
  using SafeERC20 for IERC20;

  uint256 private constant _ROUNDS = 8;
  uint256 private constant _PERIOD = 90 days;
  uint256 private constant _MOST_CURRENCIES = 4;
  /// @dev A fill is at least this part of its lot.
  uint256 private constant _SMALLEST_PART = 100;
  uint256 private constant _BALANCE_GAS = 200_000;

  IMZ private immutable _MZ;

  uint8 private _round;
  uint48 private _opened;
  uint48 private _nextOpening;
  Currency[] private _currencies;
  mapping(address currency => Lot) private _lots;

  /// @param mz the MZ token
  /// @param feed prices in yuan, asked once per currency
  /// @param vault who declares profit made outside the chain
  /// @param auditor who attests twice a year
  /// @param firstPrice yuan with 18 decimals for one MZ, where every currency's anchor begins
  /// @param currencies_ one to four, MZ not among them
  constructor(
    IMZ mz,
    address feed,
    address vault,
    address auditor,
    uint256 firstPrice,
    Currency[] memory currencies_
  ) BuybackPrices(feed, firstPrice) BuybackReports(vault, auditor) {
    if (address(mz).code.length == 0) revert BuybackAddressInvalid(address(mz));
    if (currencies_.length == 0 || currencies_.length > _MOST_CURRENCIES) revert BuybackCurrencyInvalid(address(0));
    for (uint256 i; i < currencies_.length; ++i) {
      address token = currencies_[i].token;
      bool fits = token == address(0) || (token.code.length != 0 && token != address(mz));
      if (!fits || currencies_[i].minimum == 0 || _isListed(token)) revert BuybackCurrencyInvalid(token);
      _currencies.push(currencies_[i]);
    }
    _MZ = mz;
    _nextOpening = uint48(block.timestamp + _PERIOD);
  }

  /// @notice Ether from anyone is money to buy with
  receive() external payable {}

  /// @inheritdoc IBuyback
  function open() external returns (uint256 round) {
    round = _round + 1;
    if (round > _ROUNDS) revert BuybackFinished();
    if (block.timestamp < _nextOpening) revert BuybackTooEarly(_nextOpening);
    (_round, _opened, _nextOpening) = (uint8(round), uint48(block.timestamp), uint48(block.timestamp + _PERIOD));
    emit RoundOpened(round, block.timestamp, block.timestamp + AUCTION);

    bool offered;
    for (uint256 i; i < _currencies.length; ++i) {
      if (_offer(_currencies[i], round)) offered = true;
    }
    if (!offered) revert BuybackNothingToOffer();
  }

  /// @inheritdoc IBuyback
  // A lot is gone when its rest is exactly 0; a sale of nothing is no sale.
  // slither-disable-next-line incorrect-equality
  function fill(
    address currency,
    uint256 amount,
    uint256 minimum,
    uint256 deadline
  ) external returns (uint256 paid, uint256 burned) {
    if (block.timestamp > deadline) revert BuybackExpired(deadline);
    Lot memory lot = _lots[currency];
    uint256 price = _priceOf(currency, lot);
    uint256 rest = lot.budget - lot.spent;
    if (rest == 0) revert BuybackSoldOut(currency);

    (paid, burned) = _trade(amount, price, rest);
    uint256 least = Math.ceilDiv(lot.budget, _SMALLEST_PART);
    if (paid == 0 || (paid < least && paid != rest)) revert BuybackFillTooSmall(paid, least);
    if (paid < minimum) revert BuybackBelowMinimum(paid, minimum);

    // Paid is part of a budget of 128 bits; the MZ are taken below, and there are fewer than 2^87 of them.
    lot.spent += uint128(paid);
    lot.bought += uint128(burned);
    _lots[currency] = lot;
    emit Filled(lot.round, currency, msg.sender, burned, paid, price);

    _MZ.burnFrom(msg.sender, burned);
    _pay(msg.sender, currency, paid);
  }

  /// @inheritdoc IBuyback
  // Nothing is nothing: no near miss counts.
  // slither-disable-next-line incorrect-equality
  function forward(address currency) external returns (uint256 amount) {
    if (!ended()) revert BuybackNotEnded();
    if (currency == address(_MZ)) revert BuybackCurrencyInvalid(currency);
    amount = _balanceOf(currency);
    if (amount == 0) revert BuybackNothingToForward(currency);
    emit Forwarded(currency, amount);
    _pay(vault(), currency, amount);
  }

  /// @inheritdoc IBuyback
  function priceOf(address currency) external view returns (uint256) {
    return _priceOf(currency, _lots[currency]);
  }

  /// @inheritdoc IBuyback
  function lotOf(address currency) external view returns (Lot memory) {
    return _lots[currency];
  }

  /// @inheritdoc IBuyback
  function currencies() external view returns (Currency[] memory) {
    return _currencies;
  }

  /// @inheritdoc IBuyback
  function latestRound() public view returns (uint256 round, uint256 opened, uint256 nextOpening) {
    return (_round, _opened, _nextOpening);
  }

  /// @inheritdoc IBuyback
  // A supply of exactly 0 is the end.
  // slither-disable-next-line incorrect-equality
  function ended() public view returns (bool) {
    return (_round == _ROUNDS && block.timestamp - _opened > AUCTION) || _MZ.totalSupply() == 0;
  }

  function _isListed(address token) internal view override returns (bool) {
    for (uint256 i; i < _currencies.length; ++i) {
      if (_currencies[i].token == token) return true;
    }
    return false;
  }

  function _roundDue() internal view override returns (uint256) {
    return _round == _ROUNDS ? type(uint256).max : _nextOpening;
  }

  /// @dev Whatever is wrong with one currency makes it wait; it cannot keep the others from being offered.
  // slither-disable-next-line incorrect-equality
  function _offer(Currency memory currency, uint256 round) private returns (bool) {
    uint256 budget = _balanceOf(currency.token);
    uint256 anchor = budget < currency.minimum ? 0 : _nextAnchor(currency.token, budget, _lots[currency.token]);
    if (anchor == 0) {
      emit LotWaits(round, currency.token, budget);
      return false;
    }
    _lots[currency.token] = Lot(uint128(budget), 0, 0, uint120(anchor), uint8(round));
    emit LotOpened(round, currency.token, budget, anchor);
    return true;
  }

  /// @dev To the seller whose MZ have just burned, or to the vault after the end.
  // slither-disable-next-line arbitrary-send-eth
  function _pay(address to, address currency, uint256 amount) private {
    if (currency == address(0)) {
      (bool sent, ) = to.call{value: amount}("");
      if (!sent) revert BuybackSendRefused(to, amount);
      return;
    }
    uint256 before = IERC20(currency).balanceOf(address(this));
    IERC20(currency).safeTransfer(to, amount);
    uint256 present = IERC20(currency).balanceOf(address(this));
    uint256 moved = before > present ? before - present : 0;
    if (moved != amount) revert BuybackTokenOdd(currency, amount, moved);
  }

  /// @dev 0 for a token that does not say, and never more than a lot can hold.
  function _balanceOf(address token) private view returns (uint256) {
    if (token == address(0)) return Math.min(address(this).balance, type(uint128).max);
    // solhint-disable-next-line avoid-low-level-calls
    (bool ok, bytes memory answer) = token.staticcall{gas: _BALANCE_GAS}(
      abi.encodeCall(IERC20.balanceOf, (address(this)))
    );
    if (!ok || answer.length != 32) return 0;
    return Math.min(abi.decode(answer, (uint256)), type(uint128).max);
  }

  /// @dev Round 0 is no round.
  // slither-disable-next-line incorrect-equality
  function _priceOf(address currency, Lot memory lot) private view returns (uint256) {
    uint256 elapsed = block.timestamp - _opened;
    if (lot.round == 0 || lot.round != _round || elapsed > AUCTION) revert BuybackClosed(currency);
    return _priceAfter(elapsed, lot.anchor);
  }
}
