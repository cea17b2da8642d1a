// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IYuanFeed} from "../price/IYuanFeed.sol";
import {ITemplates} from "../registry/ITemplates.sol";
import {ITill} from "./ITill.sol";
import {TillMoney} from "./TillMoney.sol";

/// @title The Till's arithmetic: what a trade divides into, and the books of what the platform earned
/// @dev Revenue exists in foreign currencies only; a fee in MZ burns and is counted by the supply.
abstract contract TillFees is TillMoney {
  /// @notice Bounds of the settlement fee in basis points, from the whitepaper's 0.5 % to 1 %
  uint256 public constant MIN_FEE_BPS = 50;
  uint256 public constant MAX_FEE_BPS = 100;

  uint256 internal constant _BPS = 10_000;
  uint256 private constant _MAX_GROSS = type(uint112).max;
  /// @dev A mean Gregorian year of 31,556,952 seconds in four parts.
  uint256 private constant _QUARTER = 7_889_238;
  /// @dev One MZ counts 0.35 yuan when it pays a fee.
  uint256 private constant _MZ_PER_YUAN_NUMERATOR = 100;
  uint256 private constant _MZ_PER_YUAN_DENOMINATOR = 35;
  uint256 private constant _FEED_GAS = 200_000;

  /// @dev One storage word per currency, so that a payment writes only one: the running quarter and what it earned so
  /// far, and what all quarters have earned that was not swept yet.
  struct Book {
    uint32 quarter;
    uint112 earned;
    uint112 unswept;
  }

  struct Cut {
    uint256 fee;
    uint256 share;
    address payee;
    uint256 net;
  }

  uint256 internal immutable _FEE_BPS;
  address private immutable _FEED;
  address private immutable _BUYBACK;
  address private immutable _VAULT;

  mapping(address token => Book) private _books;
  mapping(address token => mapping(uint256 quarter => uint256 amount)) private _pastRevenue;

  constructor(address feed_, address buyback_, address vault_, uint256 feeBps_) {
    if (feeBps_ < MIN_FEE_BPS || feeBps_ > MAX_FEE_BPS) revert TillFeeOutOfBounds(feeBps_);
    if (feed_ != address(0) && feed_.code.length == 0) revert TillAddressInvalid(feed_);
    _FEED = feed_;
    _BUYBACK = buyback_;
    _VAULT = vault_;
    _FEE_BPS = feeBps_;
  }

  /// @inheritdoc ITill
  function sweep(address token) external locked returns (uint256 toBuyback, uint256 toVault) {
    if (_BUYBACK == address(0) || _VAULT == address(0)) revert TillSweepClosed();
    uint256 amount = _books[token].unswept;
    if (amount == 0) revert TillNothingToSweep(token);

    toVault = amount / 2;
    toBuyback = amount - toVault;
    _books[token].unswept = 0;
    emit Swept(token, toBuyback, toVault);

    _push(token, _BUYBACK, toBuyback);
    _push(token, _VAULT, toVault);
  }

  /// @inheritdoc ITill
  function feed() external view returns (address) {
    return _FEED;
  }

  /// @inheritdoc ITill
  function buyback() external view returns (address) {
    return _BUYBACK;
  }

  /// @inheritdoc ITill
  function vault() external view returns (address) {
    return _VAULT;
  }

  /// @inheritdoc ITill
  function feeBps() external view returns (uint256) {
    return _FEE_BPS;
  }

  /// @inheritdoc ITill
  function quote(
    uint256 gross,
    address to
  ) external view returns (uint256 fee, uint256 share, address payee, uint256 net) {
    Cut memory cut = _cut(gross, _FEE_BPS, to);
    return (cut.fee, cut.share, cut.payee, cut.net);
  }

  /// @inheritdoc ITill
  function unswept(address token) external view returns (uint256) {
    return _books[token].unswept;
  }

  /// @inheritdoc ITill
  function revenue(address token, uint256 quarter) external view returns (uint256) {
    Book memory book = _books[token];
    // A quarter's number, not an amount.
    // slither-disable-next-line incorrect-equality
    return book.quarter == quarter ? book.earned : _pastRevenue[token][quarter];
  }

  /// @inheritdoc ITill
  function feeInMZ(address token, uint256 gross) public view returns (uint256 mzFee) {
    uint256 fee = _feeOn(gross, _FEE_BPS);
    if (token == address(_MZ)) return fee;
    uint256 yuan = _yuanOf(token, fee);
    return Math.mulDiv(yuan, _MZ_PER_YUAN_NUMERATOR, _MZ_PER_YUAN_DENOMINATOR, Math.Rounding.Ceil);
  }

  /// @inheritdoc ITill
  function currentQuarter() public view returns (uint256) {
    return block.timestamp / _QUARTER;
  }

  /// @dev The one formula. The share is looked up for the receiver, never for the payer.
  function _cut(uint256 gross, uint256 rate, address receiver) internal view returns (Cut memory cut) {
    cut.fee = _feeOn(gross, rate);
    uint256 shareBps;
    (cut.payee, shareBps) = ITemplates(_TEMPLATES).shareOf(receiver);
    if (cut.payee != address(0)) cut.share = (gross * shareBps) / _BPS;
    cut.net = gross - cut.fee - cut.share;
  }

  /// @dev Enters a fee into the books.
  function _earn(address token, uint256 fee) internal {
    Book memory book = _books[token];
    uint256 quarter = currentQuarter();
    if (book.quarter != quarter) {
      if (book.earned != 0) _pastRevenue[token][book.quarter] = book.earned;
      book.quarter = uint32(quarter);
      book.earned = 0;
    }
    // A fee is at most a hundredth of a gross that fits into 112 bits.
    book.earned += uint112(fee);
    book.unswept += uint112(fee);
    _books[token] = book;
  }

  /// @dev Rounded up, so that dust pays too.
  function _feeOn(uint256 gross, uint256 rate) private pure returns (uint256) {
    if (gross == 0 || gross > _MAX_GROSS) revert TillAmountInvalid(gross);
    return Math.ceilDiv(gross * rate, _BPS);
  }

  /// @dev 0 for "no fresh price", whatever the reason: a feed must never be able to stop a trade.
  function _yuanOf(address token, uint256 amount) private view returns (uint256 yuan) {
    if (_FEED == address(0)) return 0;
    // solhint-disable-next-line avoid-low-level-calls
    (bool ok, bytes memory answer) = _FEED.staticcall{gas: _FEED_GAS}(
      abi.encodeCall(IYuanFeed.yuanOf, (token, amount))
    );
    if (!ok || answer.length != 32) return 0;
    yuan = abi.decode(answer, (uint256));
    return yuan > type(uint128).max ? 0 : yuan;
  }
}
