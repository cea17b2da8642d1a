// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IYuanFeed} from "../price/IYuanFeed.sol";
import {IMZ} from "../token/IMZ.sol";
import {IPublicSale} from "./IPublicSale.sol";

/// @title The platform's public sale
/// @dev Keeps its own ledger: what lies here by force is nobody's and changes no sum. Whether it succeeded follows from
/// sums and time alone, so that neither a feed nor a finaliser can keep anyone from their money. It has no owner.
contract PublicSale is IPublicSale {
  using SafeERC20 for IMZ;

  uint256 private constant _YUAN = 1e18;

  IMZ private immutable _MZ;
  IYuanFeed private immutable _FEED;

  Terms private _terms;
  uint256[2] private _sold;
  uint256 private _raised;
  bool private _finalised;
  mapping(address buyer => Purchase) private _purchases;

  /// @param mz the MZ token; the sum of the caps must be sent here before anyone can buy
  /// @param feed prices in yuan
  constructor(IMZ mz, IYuanFeed feed, Terms memory terms_) {
    if (address(mz).code.length == 0) revert SaleAddressInvalid(address(mz));
    if (address(feed).code.length == 0) revert SaleAddressInvalid(address(feed));
    if (terms_.proceeds.code.length == 0) revert SaleAddressInvalid(terms_.proceeds);
    if (terms_.unsoldTo == address(this) || terms_.unsoldTo == address(mz)) revert SaleAddressInvalid(terms_.unsoldTo);
    (uint256 one, uint256 two) = (terms_.caps[0], terms_.caps[1]);
    if (one > type(uint96).max || two > type(uint96).max) revert SaleTermsInvalid();
    if (terms_.softCap == 0 || terms_.softCap > one + two) revert SaleTermsInvalid();
    if (terms_.opens >= terms_.closes || terms_.mzPerYuan == 0) revert SaleTermsInvalid();
    (_MZ, _FEED, _terms) = (mz, feed, terms_);
  }

  /// @notice Ether alone says neither what to buy nor how much of it at least
  receive() external payable {
    revert SaleUseBuy();
  }

  /// @inheritdoc IPublicSale
  function buy(Tranche tranche, uint256 minimum) external payable returns (uint256 bought) {
    (uint256 opens, uint256 closes) = (_terms.opens, _terms.closes);
    if (block.timestamp < opens || block.timestamp >= closes) revert SaleClosed(opens, closes);
    uint256 left = _terms.caps[uint256(tranche)] - _sold[uint256(tranche)];
    if (left == 0) revert SaleSoldOut(tranche);
    uint256 held = _MZ.balanceOf(address(this));
    if (held < _offered()) revert SaleNotFunded(_offered(), held);

    bought = quote(msg.value);
    uint256 paid = msg.value;
    if (bought > left) {
      paid = Math.mulDiv(msg.value, left, bought, Math.Rounding.Ceil);
      bought = left;
    }
    if (bought == 0 || bought < minimum) revert SaleBelowMinimum(bought, minimum);

    _sold[uint256(tranche)] += bought;
    _raised += paid;
    Purchase storage mine = _purchases[msg.sender];
    // Ether in existence and a cap of 96 bits both fit.
    mine.paid += uint128(paid);
    mine.bought += uint128(bought);
    emit Bought(msg.sender, tranche, paid, bought, msg.value - paid);

    if (paid != msg.value) _send(msg.sender, msg.value - paid);
  }

  /// @inheritdoc IPublicSale
  function claim(address to) external returns (uint256 amount) {
    if (!succeeded()) revert SaleNotSucceeded();
    amount = _take().bought;
    emit PurchaseClaimed(msg.sender, to, amount);
    _MZ.safeTransfer(to, amount);
  }

  /// @inheritdoc IPublicSale
  function refund(address to) external returns (uint256 amount) {
    if (!failed()) revert SaleNotFailed();
    amount = _take().paid;
    emit PurchaseRefunded(msg.sender, to, amount);
    _send(to, amount);
  }

  /// @inheritdoc IPublicSale
  function finalise() external {
    bool success = succeeded();
    if (!success && !failed()) revert SaleNotOver();
    if (_finalised) revert SaleFinalised();
    _finalised = true;

    uint256 sold = success ? _sold[0] + _sold[1] : 0;
    uint256 unsold = _offered() - sold;
    uint256 proceeds = success ? _raised : 0;
    emit Finalised(success, sold, proceeds, unsold);

    if (unsold != 0) {
      if (_terms.unsoldTo == address(0)) _MZ.burn(unsold);
      else _MZ.safeTransfer(_terms.unsoldTo, unsold);
    }
    if (proceeds != 0) _send(_terms.proceeds, proceeds);
  }

  /// @inheritdoc IPublicSale
  function soldOf(Tranche tranche) external view returns (uint256) {
    return _sold[uint256(tranche)];
  }

  /// @inheritdoc IPublicSale
  function raised() external view returns (uint256) {
    return _raised;
  }

  /// @inheritdoc IPublicSale
  function purchaseOf(address buyer) external view returns (Purchase memory) {
    return _purchases[buyer];
  }

  /// @inheritdoc IPublicSale
  function terms() external view returns (Terms memory) {
    return _terms;
  }

  /// @inheritdoc IPublicSale
  function quote(uint256 amount) public view returns (uint256) {
    return Math.mulDiv(_FEED.yuanOf(address(0), amount), _terms.mzPerYuan, _YUAN);
  }

  /// @inheritdoc IPublicSale
  function succeeded() public view returns (bool) {
    uint256 sold = _sold[0] + _sold[1];
    return sold == _offered() || (block.timestamp >= _terms.closes && sold >= _terms.softCap);
  }

  /// @inheritdoc IPublicSale
  function failed() public view returns (bool) {
    return block.timestamp >= _terms.closes && _sold[0] + _sold[1] < _terms.softCap;
  }

  /// @dev What the caller has, which is then nothing.
  function _take() private returns (Purchase memory mine) {
    mine = _purchases[msg.sender];
    if (mine.bought == 0) revert SaleNothingDue(msg.sender);
    delete _purchases[msg.sender];
  }

  /// @dev To the buyer's own choice, or where genesis fixed it.
  // slither-disable-next-line arbitrary-send-eth
  function _send(address to, uint256 amount) private {
    (bool sent, ) = to.call{value: amount}("");
    if (!sent) revert SaleSendRefused(to, amount);
  }

  function _offered() private view returns (uint256) {
    return _terms.caps[0] + _terms.caps[1];
  }
}
