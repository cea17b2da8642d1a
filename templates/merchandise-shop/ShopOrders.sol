// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IMerchandiseShop} from "./IMerchandiseShop.sol";

/// @title The orders and pledges of a shop and what each waits for
/// @dev Knows the arguments and the clock; moves no money.
abstract contract ShopOrders is IMerchandiseShop {
  using Memory for bytes;
  using Memory for Memory.Slice;

  struct Arguments {
    address seller;
    address arbiter;
    uint256 work;
    uint16 penaltyBps;
    uint32 shipping;
    uint32 objection;
    uint32 ruling;
    bytes32 text;
    bytes encoded;
  }

  struct Item {
    uint96 price;
    uint32 stock;
    uint32 edition;
    uint64 sold;
  }

  /// @dev `until`: the last second of the present state; `nonce`: which order of the buyer's it is; `expiry`: when the
  /// Till lets go of its money.
  struct Order {
    address buyer;
    uint96 gross;
    uint32 item;
    uint32 quantity;
    uint32 nonce;
    uint32 pledge;
    uint48 until;
    State state;
    uint48 expiry;
  }

  /// @dev `spent`: something was paid out of it, so the Till takes nothing more into its pot.
  struct Pledge {
    uint96 left;
    uint96 reserved;
    uint48 expiry;
    bool spent;
  }

  /// @dev One slot. `live`: orders that wait for something. All that was ever settled is far below 112 bits, because
  /// each settlement burns a part of all there is.
  struct Sales {
    uint32 items;
    uint32 orders;
    uint32 pledge;
    uint32 live;
    uint112 revenue;
    bool opened;
    bool ended;
  }

  uint256 internal constant _BPS = 10_000;
  /// @dev As long as the Till keeps a pot.
  uint256 internal constant _PLEDGE_TERM = 1_100 days;
  /// @dev After the last second of the last default, for whoever still has to call `settle`.
  uint256 private constant _GRACE = 30 days;
  /// @dev Bytes of the arguments before the number of parts, of each part, and with one of them.
  uint256 private constant _FIXED = 118;
  uint256 private constant _PART = 22;
  uint256 private constant _LEAST = 141;

  ITill internal immutable _TILL;
  IERC20 internal immutable _MZ;
  address private immutable _IMPLEMENTATION = address(this);

  Sales internal _sales;
  mapping(uint256 number => Item) internal _items;
  mapping(uint256 number => Order) internal _orders;
  mapping(uint256 number => Pledge) internal _pledges;
  mapping(address buyer => uint32 count) internal _ordersOf;

  constructor(ITill till, IERC20 mz) {
    _TILL = till;
    _MZ = mz;
  }

  /// @inheritdoc IMerchandiseShop
  function standing(
    uint256 order
  ) external view returns (State state, uint256 ends, uint256 item, uint256 quantity, uint256 gross, address buyer) {
    Order memory found = _orders[order];
    return (found.state, found.until, found.item, found.quantity, found.gross, found.buyer);
  }

  /// @inheritdoc IMerchandiseShop
  function isState(uint256 order, State wanted) external view returns (bool) {
    return _orders[order].state == wanted;
  }

  /// @inheritdoc IMerchandiseShop
  function isLive(uint256 order) external view returns (bool) {
    return _isLive(_orders[order].state);
  }

  /// @inheritdoc IMerchandiseShop
  function isOverdue(uint256 order) external view returns (bool) {
    Order memory found = _orders[order];
    return _isLive(found.state) && block.timestamp > found.until;
  }

  /// @inheritdoc IMerchandiseShop
  function endsOf(uint256 order) external view returns (uint256) {
    return _orders[order].until;
  }

  /// @inheritdoc IMerchandiseShop
  function buyerOf(uint256 order) external view returns (address) {
    return _orders[order].buyer;
  }

  /// @inheritdoc IMerchandiseShop
  function refOf(address account) external view returns (bytes32) {
    return _refOf(account, _ordersOf[account]);
  }

  /// @inheritdoc IMerchandiseShop
  function potRefOf(uint256 order) external view returns (bytes32) {
    return _refOf(_orders[order].buyer, _orders[order].nonce);
  }

  /// @inheritdoc IMerchandiseShop
  function costOf(uint256 item, uint256 quantity) external view returns (uint256) {
    return _items[item].price * quantity;
  }

  /// @inheritdoc IMerchandiseShop
  function editionOf(uint256 item) external view returns (uint32) {
    return _items[item].edition;
  }

  /// @inheritdoc IMerchandiseShop
  function goods(uint256 item) external view returns (uint256 price, uint256 stock, uint256 sold) {
    Item memory found = _items[item];
    return (found.price, found.stock, found.sold);
  }

  /// @inheritdoc IMerchandiseShop
  function sales() external view returns (uint256 items, uint256 orders, uint256 revenue) {
    return (_sales.items, _sales.orders, _sales.revenue);
  }

  /// @inheritdoc IMerchandiseShop
  function isOpen() external view returns (bool) {
    return _sales.opened && !_sales.ended;
  }

  /// @inheritdoc IMerchandiseShop
  function pledge() external view returns (uint256 number, uint256 free, uint256 reserved, uint256 expiry) {
    number = _presentPledge(_arguments());
    Pledge memory found = _pledges[number];
    return (number, found.left - found.reserved, found.reserved, found.expiry);
  }

  /// @inheritdoc IMerchandiseShop
  function pledgeRef() external view returns (bytes32) {
    return bytes32(_presentPledge(_arguments()));
  }

  /// @inheritdoc IMerchandiseShop
  function seller() external view returns (address) {
    return _arguments().seller;
  }

  /// @inheritdoc IMerchandiseShop
  function arbiter() external view returns (address) {
    return _arguments().arbiter;
  }

  /// @inheritdoc IMerchandiseShop
  function work() external view returns (uint256) {
    return _arguments().work;
  }

  /// @inheritdoc IMerchandiseShop
  function parts() external view returns (Part[] memory) {
    return _partsOf(_arguments());
  }

  /// @inheritdoc IMerchandiseShop
  function terms() external view returns (uint256 penalty, uint256 shipping, uint256 objection, uint256 ruling) {
    Arguments memory given = _arguments();
    return (given.penaltyBps, given.shipping, given.objection, given.ruling);
  }

  /// @inheritdoc IMerchandiseShop
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  function _checkOpen() internal view {
    require(_sales.opened, ShopOpened(false));
    require(!_sales.ended, ShopEnded());
  }

  /// @dev An order is owed something until it is closed, or the Till gives its money back by itself. The newest order's
  /// pot expires last.
  function _checkNothingLive() internal view {
    uint256 expiry = _orders[_sales.orders].expiry;
    require(_sales.live == 0 || block.timestamp > expiry, ShopOrdersLive(_sales.live, expiry));
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, ShopNotAllowed(allowed, msg.sender));
  }

  function _in(uint256 number, State wanted) internal view returns (Order memory order) {
    order = _orders[number];
    require(order.state == wanted, ShopStateWrong(order.state));
  }

  /// @dev A pledge that was spent, or ends before an order made now could, makes way for the next.
  function _presentPledge(Arguments memory given) internal view returns (uint256 number) {
    number = _sales.pledge;
    Pledge memory found = _pledges[number];
    if (number == 0 || found.spent || block.timestamp + _termOf(given) > found.expiry) ++number;
  }

  /// @dev Packed in the clone's code: what has a fixed size at its fixed place, then a byte with the number of parts,
  /// and the parts, which are `_partsOf`.
  function _arguments() internal view returns (Arguments memory given) {
    require(address(this) != _IMPLEMENTATION, ShopBareImplementation());
    bytes memory encoded = Clones.fetchCloneArgs(address(this));
    require(encoded.length >= _LEAST, ShopTermsInvalid());
    uint256 count = uint8(encoded[_FIXED]);
    require(encoded.length == _FIXED + 1 + count * _PART, ShopTermsInvalid());

    (bytes32 a, bytes32 b, bytes32 c, bytes32 d) = abi.decode(encoded, (bytes32, bytes32, bytes32, bytes32));
    (given.seller, given.arbiter) = (address(bytes20(a)), address(bytes20((a << 160) | (b >> 96))));
    given.work = uint256((b << 64) | (c >> 192));
    (given.penaltyBps, given.shipping) = (uint16(bytes2(c << 64)), uint32(bytes4(c << 80)));
    (given.objection, given.ruling) = (uint32(bytes4(c << 112)), uint32(bytes4(c << 144)));
    given.text = (c << 176) | (d >> 80);

    given.encoded = encoded;
  }

  /// @dev Few calls need them, so only those read them.
  function _partsOf(Arguments memory given) internal pure returns (Part[] memory parts_) {
    parts_ = new Part[](uint8(given.encoded[_FIXED]));
    Memory.Slice words = given.encoded.asSlice();
    for (uint256 place = 0; place < parts_.length; ++place) {
      bytes32 part = words.load(_FIXED + 1 + place * _PART);
      parts_[place] = Part(address(bytes20(part)), uint16(bytes2(part << 160)));
    }
  }

  function _termOf(Arguments memory given) internal pure returns (uint256) {
    return uint256(given.shipping) + given.objection + given.ruling + _GRACE;
  }

  function _isLive(State state) internal pure returns (bool) {
    return state == State.Paid || state == State.Sent || state == State.Disputed;
  }

  function _penaltyOf(Arguments memory given, uint256 gross) internal pure returns (uint96) {
    // At most all of `gross`, which is a pot and has 96 bits.
    return uint96((gross * given.penaltyBps) / _BPS);
  }

  function _refOf(address buyer, uint256 nonce) internal pure returns (bytes32) {
    return bytes32((uint256(uint160(buyer)) << 96) | nonce);
  }
}
