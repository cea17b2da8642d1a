// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title A shop for goods around a work
/// @notice Order with a deposit through the Till: `hold(MZ, costOf(item, quantity), this, refOf(you),
/// abi.encode(item, quantity, editionOf(item), note))`. The money waits there until the goods came; then everybody who
/// made them is paid at once. What the seller pledged against breach waits in the Till too.
/// @dev Amounts are in wei of MZ, times in seconds since 1970, shares in basis points. Items, orders and pledges are
/// numbered from 1. The pot of a buyer's n-th order, from 0, is (this, MZ, buyer << 96 | n), that of the n-th pledge
/// (this, MZ, n).
interface IMerchandiseShop {
  /// @notice What an order is waiting for.
  /// @dev Paid: the seller's dispatch. Sent: the buyer's word. Disputed: the arbiter.
  enum State {
    None,
    Paid,
    Sent,
    Disputed,
    Closed
  }

  /// @notice Who receives how much of each sale; payee 0 is whoever the work's payee is then.
  struct Part {
    address payee;
    uint16 bps;
  }

  /// @notice What a buyer orders; `edition` says which words and price they saw, `note` is for the seller, such as the
  /// digest of an encrypted address.
  struct Wish {
    uint32 item;
    uint32 quantity;
    uint32 edition;
    bytes32 note;
  }

  /// @notice The shop takes orders from now on.
  event Opened(address indexed seller, uint256 indexed work);
  /// @notice Goods are offered, or offered otherwise; orders already made are not touched.
  event Offered(uint256 indexed item, uint256 edition, uint256 price, uint256 stock, bytes32 text);
  /// @notice The seller pledged MZ against breach.
  event Pledged(uint256 indexed pledge, uint256 gross, uint256 free);
  /// @notice Somebody ordered, and deposited `gross`.
  event Ordered(uint256 indexed order, address indexed buyer, Wish wish, uint256 gross);
  /// @notice The seller says that the goods are on their way; the buyer may object until `until`.
  event Sent(uint256 indexed order, bytes32 proof, uint256 until);
  /// @notice The buyer says that they did not come, or not as promised.
  event Objected(uint256 indexed order, bytes32 reason, uint256 until);
  /// @notice An order's money was divided: `toSeller`, gross, was settled, the rest went back to the buyer with the
  /// penalty, gross, on top.
  event OrderClosed(uint256 indexed order, uint256 toSeller, uint256 penalty);
  /// @notice One payee was sent their part of a sale, in MZ, or of what came here by other ways.
  event PartPaid(address indexed payee, IERC20 indexed token, uint256 amount);

  /// @notice Deposits are announced by the Till, and by nobody else.
  error ShopCallerNotTill(address caller);
  /// @notice This is the code behind the instances and sells nothing itself.
  error ShopBareImplementation();
  /// @notice The shop was opened before, or never.
  error ShopOpened(bool opened);
  /// @notice Goods are sold for MZ.
  error ShopTokenRefused(address token);
  /// @notice Goods are bought with a deposit; direct payments are not taken.
  error ShopTakesNoPayment();
  /// @notice The terms make no shop: seller 0, parts that are none, more than 8 or not 100 % in all, a part for the
  /// payee of no work, a penalty above 100 %, times of less than a day or more than 1,000 days together.
  error ShopTermsInvalid();
  /// @notice Only the work's owner makes a shop for it.
  error ShopWorkNotOwned(address owner, address maker);
  /// @notice Only this account may do this.
  error ShopNotAllowed(address allowed, address caller);
  /// @notice There is no such item, or not for nothing.
  error ShopItemUnknown(uint256 item);
  /// @notice The seller has offered the item anew since the buyer looked.
  error ShopEditionOver(uint256 edition, uint256 given);
  /// @notice Fewer are there than were ordered, or none were ordered.
  error ShopStockTooSmall(uint256 stock, uint256 wanted);
  /// @notice The deposit is not the price of what is ordered.
  error ShopPriceMismatch(uint256 expected, uint256 given);
  /// @notice What the seller has pledged does not cover one more order's penalty.
  error ShopPledgeTooSmall(uint256 free, uint256 needed);
  /// @notice Orders still count on this pledge.
  error ShopPledgeInUse(uint256 reserved);
  /// @notice The reference is not that of the buyer's next order, or of the present pledge.
  error ShopRefUnknown(bytes32 expected, bytes32 given);
  /// @notice The order is waiting for something else.
  error ShopStateWrong(State state);
  /// @notice It is too late, or too early, for this: `limit` is the last second of the present state.
  error ShopOver(uint256 limit);
  /// @notice A ruling gives the seller at most 10,000 basis points.
  error ShopRulingInvalid(uint256 sellerBps);
  /// @notice The seller has ended this shop for good.
  error ShopEnded();
  /// @notice So many orders wait for something still: close them, or wait until the Till has given their money back.
  error ShopOrdersLive(uint256 orders, uint256 expiry);
  /// @notice Only the registry ends a shop, and not while it is made.
  error ShopCallerNotRegistry(address caller);

  /// @notice Opens the shop; the registry calls it when the shop is made.
  function open() external;

  /// @notice The seller offers goods: a new item for `item` 0, otherwise that item anew, for later buyers.
  /// @param price of one, in wei of MZ
  /// @param stock how many can be bought from now on, 0 for none
  /// @param text digest in the content address of what it is
  function offer(uint32 item, uint96 price, uint32 stock, bytes32 text) external returns (uint256 number);

  /// @notice The seller says that an order's goods are on their way.
  function dispatch(uint256 order, bytes32 proof) external;

  /// @notice The seller gives the buyer everything back; before dispatch that is a breach and costs the penalty.
  function takeBack(uint256 order) external;

  /// @notice The buyer is content: everybody is paid at once.
  function confirm(uint256 order) external;

  /// @notice The buyer is not.
  function object(uint256 order, bytes32 reason) external;

  /// @notice The arbiter gives the seller a part, in basis points, and the buyer the rest; nothing is a breach.
  function rule(uint256 order, uint16 sellerBps) external;

  /// @notice Once somebody was silent too long, anyone carries out what that means.
  function settle(uint256 order) external;

  /// @notice The seller takes back a pledge that no order counts on any more.
  function withdrawPledge(uint256 pledge) external returns (uint256 amount);

  /// @notice Divides what came here by other ways than a sale, in any ERC-20; also after the end. Anyone may call.
  function collect(IERC20 token) external returns (uint256 amount);

  /// @notice What an order waits for, until when (0: for good), what it is for, and who made it.
  function standing(
    uint256 order
  ) external view returns (State state, uint256 ends, uint256 item, uint256 quantity, uint256 gross, address buyer);

  /// @notice Whether an order is in this state.
  function isState(uint256 order, State wanted) external view returns (bool);

  /// @notice Whether the seller may take an order back.
  function isLive(uint256 order) external view returns (bool);

  /// @notice Whether anyone may settle an order.
  function isOverdue(uint256 order) external view returns (bool);

  /// @notice The last second of what an order is waiting for, 0 for good.
  function endsOf(uint256 order) external view returns (uint256);

  /// @notice Who made an order.
  function buyerOf(uint256 order) external view returns (address);

  /// @notice The reference of an account's next order.
  function refOf(address account) external view returns (bytes32);

  /// @notice The reference of the pot where an order's money waits.
  function potRefOf(uint256 order) external view returns (bytes32);

  /// @notice What to deposit for a quantity of an item.
  function costOf(uint256 item, uint256 quantity) external view returns (uint256);

  /// @notice How often an item was offered; an order names it, so that nobody buys what they did not see.
  function editionOf(uint256 item) external view returns (uint32);

  /// @notice An item: its price, how many there are, how many came to their buyers.
  function goods(uint256 item) external view returns (uint256 price, uint256 stock, uint256 sold);

  /// @notice All sales so far: items, orders, and the gross amount that was settled. Everybody sees it.
  function sales() external view returns (uint256 items, uint256 orders, uint256 revenue);

  /// @notice Whether orders are taken: since the shop was opened, until it is ended.
  function isOpen() external view returns (bool);

  /// @notice The present pledge: its number, what no order counts on, what orders count on, and its end.
  function pledge() external view returns (uint256 number, uint256 free, uint256 reserved, uint256 expiry);

  /// @notice The reference under which the seller pledges.
  function pledgeRef() external view returns (bytes32);

  /// @notice Who offers and sends goods.
  function seller() external view returns (address);

  /// @notice Who rules when a buyer objects; 0: nobody, an objection means halves.
  function arbiter() external view returns (address);

  /// @notice The registered work that the goods are about, 0 for none.
  function work() external view returns (uint256);

  /// @notice Who is paid, and how much of each sale.
  function parts() external view returns (Part[] memory);

  /// @notice The rules: penalty for breach in basis points of the price, and the times of the three states.
  function terms() external view returns (uint256 penalty, uint256 shipping, uint256 objection, uint256 ruling);

  /// @notice The SHA-256 digest in the content address of the shop's own words.
  function text() external view returns (bytes32);
}
