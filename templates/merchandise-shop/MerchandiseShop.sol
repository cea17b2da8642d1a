// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRetirable} from "contracts/registry/IRetirable.sol";
import {ITemplates} from "contracts/registry/ITemplates.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IWorks} from "contracts/works/IWorks.sol";
import {IMerchandiseShop} from "./IMerchandiseShop.sol";
import {ShopOrders} from "./ShopOrders.sol";

/// @title Merchandise shop
/// @notice One shop: goods, orders in escrow, a seller's pledge against breach, and every sale divided at once.
/// @dev A clone: its arguments are in its code. An order has a pot of its own with one payer, named by the buyer's own
/// count, so that nobody can take a buyer's reference in flight. A pledge's first penalty closes its pot.
contract MerchandiseShop is ShopOrders, IInstance, IRetirable {
  using SafeERC20 for IERC20;

  uint256 private constant _MOST_PARTS = 8;
  uint256 private constant _LONGEST = 1_000 days;

  IWorks private immutable _WORKS;
  ITemplates private immutable _TEMPLATES;

  constructor(ITill till, IERC20 mz, IWorks works, ITemplates templates) ShopOrders(till, mz) {
    _WORKS = works;
    _TEMPLATES = templates;
  }

  /// @inheritdoc IMerchandiseShop
  function open() external {
    Arguments memory given = _arguments();
    require(!_sales.opened, ShopOpened(true));
    Part[] memory paid = _partsOf(given);
    uint256 sum;
    for (uint256 i; i < paid.length; ++i) {
      require(paid[i].payee != address(0) || given.work != 0, ShopTermsInvalid());
      sum += paid[i].bps;
    }
    require(sum == _BPS && paid.length <= _MOST_PARTS, ShopTermsInvalid());
    require(given.seller != address(0) && given.penaltyBps <= _BPS, ShopTermsInvalid());
    bool fair = given.shipping >= 1 days && given.objection >= 1 days && given.ruling >= 1 days;
    require(fair && _termOf(given) <= _LONGEST, ShopTermsInvalid());
    if (given.work != 0) {
      address holder = _WORKS.ownerOf(given.work);
      address maker = _TEMPLATES.makerOf(address(this));
      require(maker == holder, ShopWorkNotOwned(holder, maker));
    }

    _sales.opened = true;
    emit Opened(given.seller, given.work);
  }

  /// @inheritdoc IMerchandiseShop
  function offer(uint32 item, uint96 price, uint32 stock, bytes32 text_) external returns (uint256 number) {
    _only(_arguments().seller);
    require(!_sales.ended, ShopEnded());
    require(item <= _sales.items && price != 0, ShopItemUnknown(item));

    number = item == 0 ? ++_sales.items : item;
    Item storage offered = _items[number];
    (offered.price, offered.stock, offered.edition) = (price, stock, offered.edition + 1);
    emit Offered(number, offered.edition, price, stock, text_);
  }

  /// @inheritdoc IInstance
  function onHold(
    address payer,
    address token,
    uint256 gross,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    require(msg.sender == address(_TILL), ShopCallerNotTill(msg.sender));
    require(token == address(_MZ), ShopTokenRefused(token));
    _checkOpen();
    bool pledging = uint256(ref) >> 96 == 0;
    uint256 expiry = pledging ? _takePledge(given, payer, gross, ref) : _takeOrder(given, payer, gross, ref, data);
    return (IInstance.onHold.selector, expiry);
  }

  /// @inheritdoc IInstance
  function onPayment(address, address, uint256, uint256, bytes32, bytes calldata) external pure returns (bytes4) {
    revert ShopTakesNoPayment();
  }

  /// @inheritdoc IMerchandiseShop
  function dispatch(uint256 number, bytes32 proof) external {
    Arguments memory given = _arguments();
    _only(given.seller);
    Order memory order = _in(number, State.Paid);
    require(block.timestamp <= order.until, ShopOver(order.until));

    uint256 until = block.timestamp + given.objection;
    (_orders[number].state, _orders[number].until) = (State.Sent, uint48(until));
    emit Sent(number, proof, until);
  }

  /// @inheritdoc IMerchandiseShop
  function takeBack(uint256 number) external {
    Arguments memory given = _arguments();
    _only(given.seller);
    Order memory order = _orders[number];
    require(_isLive(order.state), ShopStateWrong(order.state));

    _close(given, number, order, 0, order.state == State.Paid);
  }

  /// @inheritdoc IMerchandiseShop
  function confirm(uint256 number) external {
    Order memory order = _orders[number];
    require(_isLive(order.state), ShopStateWrong(order.state));
    _only(order.buyer);

    _close(_arguments(), number, order, _BPS, false);
  }

  /// @inheritdoc IMerchandiseShop
  function object(uint256 number, bytes32 reason) external {
    Order memory order = _in(number, State.Sent);
    _only(order.buyer);
    require(block.timestamp <= order.until, ShopOver(order.until));

    uint256 until = block.timestamp + _arguments().ruling;
    (_orders[number].state, _orders[number].until) = (State.Disputed, uint48(until));
    emit Objected(number, reason, until);
  }

  /// @inheritdoc IMerchandiseShop
  function rule(uint256 number, uint16 sellerBps) external {
    Arguments memory given = _arguments();
    _only(given.arbiter);
    Order memory order = _in(number, State.Disputed);
    require(block.timestamp <= order.until, ShopOver(order.until));
    require(sellerBps <= _BPS, ShopRulingInvalid(sellerBps));

    _close(given, number, order, sellerBps, sellerBps == 0);
  }

  /// @inheritdoc IMerchandiseShop
  function settle(uint256 number) external {
    Order memory order = _orders[number];
    require(_isLive(order.state), ShopStateWrong(order.state));
    require(block.timestamp > order.until, ShopOver(order.until));

    if (order.state == State.Paid) _close(_arguments(), number, order, 0, true);
    else _close(_arguments(), number, order, order.state == State.Sent ? _BPS : _BPS / 2, false);
  }

  /// @inheritdoc IMerchandiseShop
  function withdrawPledge(uint256 number) external returns (uint256 amount) {
    address owner = _arguments().seller;
    _only(owner);
    require(_pledges[number].reserved == 0, ShopPledgeInUse(_pledges[number].reserved));

    (_pledges[number].left, _pledges[number].spent) = (0, true);
    return _TILL.refund(address(_MZ), bytes32(number), owner);
  }

  /// @inheritdoc IRetirable
  function onRetire() external returns (bytes4) {
    bool asked = msg.sender == address(_TEMPLATES) && _TEMPLATES.makerOf(address(this)) == address(0);
    require(asked, ShopCallerNotRegistry(msg.sender));
    address decider = _arguments().seller;
    address keeper = _TEMPLATES.ownerOf(address(this));
    require(keeper == decider, ShopNotAllowed(decider, keeper));
    _checkNothingLive();

    _sales.ended = true;
    collect(_MZ);
    return IRetirable.onRetire.selector;
  }

  /// @inheritdoc IMerchandiseShop
  function collect(IERC20 token) public returns (uint256 amount) {
    amount = token.balanceOf(address(this));
    _divide(_arguments(), token, amount);
  }

  function _takePledge(
    Arguments memory given,
    address payer,
    uint256 gross,
    bytes32 ref
  ) private returns (uint256 expiry) {
    require(payer == given.seller, ShopNotAllowed(given.seller, payer));
    uint256 number = _presentPledge(given);
    require(ref == bytes32(number), ShopRefUnknown(bytes32(number), ref));

    Pledge storage taken = _pledges[number];
    if (taken.left == 0) _pledges[number].expiry = uint48(block.timestamp + _PLEDGE_TERM);
    _sales.pledge = uint32(number);
    // All of it together is a pot, which has 96 bits.
    taken.left += uint96(gross);
    emit Pledged(number, gross, taken.left - taken.reserved);
    return taken.expiry;
  }

  function _takeOrder(
    Arguments memory given,
    address payer,
    uint256 gross,
    bytes32 ref,
    bytes calldata data
  ) private returns (uint256 expiry) {
    Wish memory wish = abi.decode(data, (Wish));
    Item memory found = _items[wish.item];
    require(found.price != 0, ShopItemUnknown(wish.item));
    require(wish.edition == found.edition, ShopEditionOver(found.edition, wish.edition));
    require(wish.quantity != 0 && wish.quantity <= found.stock, ShopStockTooSmall(found.stock, wish.quantity));
    uint256 expected = uint256(found.price) * wish.quantity;
    require(gross == expected, ShopPriceMismatch(expected, gross));
    uint32 nonce = _ordersOf[payer];
    require(ref == _refOf(payer, nonce), ShopRefUnknown(_refOf(payer, nonce), ref));
    uint32 pledged = _reserve(given, gross);

    _ordersOf[payer] = nonce + 1;
    _items[wish.item].stock = found.stock - wish.quantity;
    uint256 number = ++_sales.orders;
    _sales.live += 1;
    Order storage fresh = _orders[number];
    (fresh.buyer, fresh.gross, fresh.item, fresh.quantity) = (payer, uint96(gross), wish.item, wish.quantity);
    (fresh.nonce, fresh.pledge, fresh.state) = (nonce, pledged, State.Paid);
    expiry = block.timestamp + _termOf(given);
    (_orders[number].until, _orders[number].expiry) = (uint48(block.timestamp + given.shipping), uint48(expiry));
    emit Ordered(number, payer, wish, gross);
  }

  /// @dev An order is only taken if its penalty is there.
  function _reserve(Arguments memory given, uint256 gross) private returns (uint32) {
    uint96 penalty = _penaltyOf(given, gross);
    if (penalty == 0) return 0;
    uint256 number = _presentPledge(given);
    uint96 free = _pledges[number].left - _pledges[number].reserved;
    require(free >= penalty, ShopPledgeTooSmall(free, penalty));
    _pledges[number].reserved += penalty;
    return uint32(number);
  }

  function _close(Arguments memory given, uint256 number, Order memory order, uint256 sellerBps, bool breach) private {
    uint256 toSeller = (order.gross * sellerBps) / _BPS;
    uint96 penalty = _penaltyOf(given, order.gross);
    Pledge storage pledged = _pledges[order.pledge];
    pledged.reserved -= penalty;
    if (!breach) penalty = 0;
    if (penalty != 0) (pledged.left, pledged.spent) = (pledged.left - penalty, true);
    _orders[number].state = State.Closed;
    _orders[number].until = 0;
    _sales.live -= 1;
    if (toSeller != 0) {
      _items[order.item].sold += order.quantity;
      _sales.revenue += uint112(toSeller);
    }
    emit OrderClosed(number, toSeller, penalty);

    // What each received is in the Till's own receipts.
    bytes32 ref = _refOf(order.buyer, order.nonce);
    if (toSeller != 0) _divide(given, _MZ, _TILL.release(address(_MZ), ref, toSeller, address(this)));
    // slither-disable-next-line unused-return
    if (toSeller < order.gross) _TILL.refund(address(_MZ), ref, order.buyer);
    // slither-disable-next-line unused-return
    if (penalty != 0) _TILL.release(address(_MZ), bytes32(uint256(order.pledge)), penalty, order.buyer);
  }

  /// @dev The last part is what is left, so that nothing is.
  function _divide(Arguments memory given, IERC20 token, uint256 amount) private {
    Part[] memory paid = _partsOf(given);
    uint256 left = amount;
    for (uint256 i; i < paid.length; ++i) {
      uint256 part = i + 1 == paid.length ? left : (amount * paid[i].bps) / _BPS;
      left -= part;
      address payee = paid[i].payee;
      if (payee == address(0)) payee = _WORKS.payeeOf(given.work);
      emit PartPaid(payee, token, part);
      token.safeTransfer(payee, part);
    }
  }
}
