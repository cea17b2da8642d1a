// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A star's time, slot by slot
/// @notice Each booked slot is an ERC-721 token. Book with a deposit through the Till:
/// `hold(MZ, priceOf(slot), this, refOf(slot), "")`. The money waits there until the time was given; every silence has
/// an outcome.
/// @dev Amounts are in wei of MZ, times in seconds since 1970. The token's owner has the time; the payer has the
/// refund: a gift leaves it where it was. The pot of a slot's n-th buyer is (this, MZ, slot << 32 | n).
interface IStarTime {
  /// @notice What a slot is waiting for.
  /// @dev Offered: a buyer. Booked: the star's delivery. Delivered: the holder's objection. Disputed: the arbiter.
  enum State {
    None,
    Offered,
    Booked,
    Delivered,
    Disputed,
    Closed
  }

  /// @notice A slot as anyone may read it.
  /// @param price what the star asked, gross
  /// @param start when it begins; it can be booked, listed and sold until then
  /// @param length how long it lasts, in seconds
  /// @param sale how often it was resold: names the present pot
  /// @param payer whose money is in that pot
  /// @param until the last second of the present objection or ruling
  /// @param asked what the holder asks for it, 0: nothing
  /// @param premium what of the pot is the last seller's once the time was given
  /// @param seller the last seller
  struct Slot {
    uint96 price;
    uint48 start;
    uint32 length;
    uint32 sale;
    State state;
    address payer;
    uint48 until;
    uint96 asked;
    uint96 premium;
    address seller;
  }

  /// @notice The star offers a slot.
  /// @param text the SHA-256 digest in the content address of what it is
  event Offered(uint256 indexed slot, uint256 price, uint256 start, uint256 length, bytes32 text);
  /// @notice The star takes back a slot that nobody has booked.
  event Withdrawn(uint256 indexed slot);
  /// @notice Somebody booked a slot.
  event Booked(uint256 indexed slot, address indexed payer, uint256 gross);
  /// @notice The holder asks a price for a slot, or no longer does (0).
  event Listed(uint256 indexed slot, uint256 asked);
  /// @notice A slot was sold on: the one who had paid for it has been refunded.
  event Resold(uint256 indexed slot, address indexed seller, address indexed payer, uint256 gross, uint256 premium);
  /// @notice The star says that the time was given; the holder may object until `until`.
  event Delivered(uint256 indexed slot, bytes32 proof, uint256 until);
  /// @notice The holder objects; the arbiter may rule until `until`.
  event Objected(uint256 indexed slot, bytes32 reason, uint256 until);
  /// @notice A slot's money was divided; the payer was refunded what neither received.
  event Closed(uint256 indexed slot, uint256 toStar, uint256 toSeller);

  /// @notice Deposits are announced by the Till, and by nobody else.
  error TimeCallerNotTill(address caller);
  /// @notice This is the code behind the instances and books nothing itself.
  error TimeBareImplementation();
  /// @notice Slots are booked in MZ.
  error TimeTokenRefused(address token);
  /// @notice Slots are booked with a deposit; direct payments are not taken.
  error TimeTakesNoPayment();
  /// @notice Only this account may do this.
  error TimeNotAllowed(address allowed, address caller);
  /// @notice The slot is waiting for something else.
  error TimeStateWrong(State state);
  /// @notice It is too late, or too early, for this: `limit` is the last or first second.
  error TimeOver(uint256 limit);
  /// @notice The reference is not that of the slot's next buyer.
  error TimeRefUnknown(bytes32 ref);
  /// @notice The deposit is not the price; look again.
  error TimePriceMismatch(uint256 expected, uint256 given);
  /// @notice The holder asks too little or too much for it.
  error TimeResaleOutOfBounds(uint256 least, uint256 most);
  /// @notice A slot needs a price, a start to come and a length; an instance a star, and a day for objections and
  /// rulings.
  error TimeTermsInvalid();
  /// @notice A ruling gives the star at most 10,000 basis points.
  error TimeRulingInvalid(uint256 starBps);

  /// @notice The star offers a slot.
  function offer(uint96 price, uint48 start, uint32 length, bytes32 text) external returns (uint256 slot);

  /// @notice The star takes back a slot that nobody has booked.
  function withdraw(uint256 slot) external;

  /// @notice The holder offers a booked slot for resale; 0 ends it. The holder before is refunded what the star asked,
  /// the rest is the seller's premium.
  function list(uint256 slot, uint96 asked) external;

  /// @notice Ends a booking: the star at any time before delivery, the holder until the notice before the start.
  function cancel(uint256 slot) external;

  /// @notice The star says that the time was given and gives the proof.
  function deliver(uint256 slot, bytes32 proof) external;

  /// @notice The holder is content: the star is paid at once.
  function confirm(uint256 slot) external;

  /// @notice The holder is not.
  function object(uint256 slot, bytes32 reason) external;

  /// @notice The arbiter gives the star its part, in basis points, and the payer the rest.
  function rule(uint256 slot, uint16 starBps) external;

  /// @notice Once somebody was silent too long, anyone carries out what that means.
  function settle(uint256 slot) external;

  /// @notice Everything about a slot.
  function slotOf(uint256 slot) external view returns (Slot memory);

  /// @notice A slot in words' order: what it waits for, until when (0: for good), its price, start, length and holder.
  function standing(
    uint256 slot
  ) external view returns (State state, uint256 ends, uint256 price, uint256 start, uint256 length, address holder);

  /// @notice Whether a slot is in this state.
  function isState(uint256 slot, State wanted) external view returns (bool);

  /// @notice Whether anyone may carry out what a silence means.
  function isOverdue(uint256 slot) external view returns (bool);

  /// @notice What the slot costs its next buyer, 0 when it is not for sale.
  function priceOf(uint256 slot) external view returns (uint256);

  /// @notice The reference of the slot's next buyer.
  function refOf(uint256 slot) external view returns (bytes32);

  /// @notice The reference of the pot where the slot's money waits.
  function potRefOf(uint256 slot) external view returns (bytes32);

  /// @notice The last second of what the slot is waiting for.
  function endsOf(uint256 slot) external view returns (uint256);

  /// @notice Who has the slot, 0 for nobody.
  function holderOf(uint256 slot) external view returns (address);

  /// @notice How many slots were ever offered; they are numbered from 1.
  function slots() external view returns (uint256);

  /// @notice Whose time it is.
  function star() external view returns (address);

  /// @notice Who rules when a holder objects; 0: nobody, an objection means halves.
  function arbiter() external view returns (address);

  /// @notice The times that hold for every slot, in seconds, and the most that a resale may add, in basis points.
  function terms()
    external
    view
    returns (uint256 notice, uint256 grace, uint256 objection, uint256 ruling, uint256 capBps);
}
