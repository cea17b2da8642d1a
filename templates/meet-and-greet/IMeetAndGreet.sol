// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Seats to meet somebody, at a fixed price or by auction
/// @notice Buy or bid with a deposit through the Till: `hold(MZ, gross, this, refOf(seat), "")`. The money waits there
/// until the meeting was held; whoever is outbid gets everything back in the same transaction.
/// @dev Amounts are in wei of MZ, times in seconds since 1970, shares in basis points. Seats are numbered from 1. The
/// pot of a seat's n-th bid, from 0, is (this, MZ, seat << 32 | n).
interface IMeetAndGreet {
  /// @notice What a seat is waiting for.
  /// @dev Open: bids, or a buyer. Sold: the meeting and the host's proof. Held: the buyer's objection. Disputed: the
  /// arbiter. Refundable: the meeting was cancelled, or nobody proved it. Unsold: nobody wanted it.
  enum State {
    None,
    Open,
    Sold,
    Held,
    Disputed,
    Refundable,
    Closed,
    Unsold
  }

  /// @notice A seat was bought, or somebody bid more for it; bids are taken until and including `end`.
  event Bid(uint256 indexed seat, address indexed bidder, uint256 gross, uint256 end);
  /// @notice The bidder before could not be refunded at once: `withdraw` does it.
  event RefundDelayed(uint256 indexed seat, address indexed bidder, uint256 bid);
  /// @notice The host says that the meeting was held; buyers may object until `until`.
  event MeetingHeld(bytes32 proof, uint256 until);
  /// @notice The host cancelled the meeting: everybody is refunded.
  event MeetingCancelled();
  /// @notice A buyer says that they were not met.
  event Objected(uint256 indexed seat, bytes32 reason, uint256 until);
  /// @notice A seat's money was divided; the buyer was refunded what the host did not receive.
  event SeatClosed(uint256 indexed seat, uint256 toHost);

  /// @notice Deposits are announced by the Till, and by nobody else.
  error MeetingCallerNotTill(address caller);
  /// @notice This is the code behind the instances and sells nothing itself.
  error MeetingBareImplementation();
  /// @notice Seats are sold for MZ.
  error MeetingTokenRefused(address token);
  /// @notice Seats are bought with a deposit; direct payments are not taken.
  error MeetingTakesNoPayment();
  /// @notice The terms make no meeting: host, price or seats 0, a sale that ends after the meeting, or less than a day
  /// to object or to rule.
  error MeetingTermsInvalid();
  /// @notice Only this account may do this.
  error MeetingNotAllowed(address allowed, address caller);
  /// @notice The seat is waiting for something else.
  error MeetingStateWrong(State state);
  /// @notice It is too late, or too early, for this: `limit` is the last or first second.
  error MeetingOver(uint256 limit);
  /// @notice The reference is not that of the seat's next bid.
  error MeetingRefUnknown(bytes32 ref);
  /// @notice The deposit is not the fixed price, or less than the next bid must be.
  error MeetingBidRefused(uint256 expected, uint256 given);
  /// @notice This bid leads, or there is no such bid.
  error MeetingBidLeads(uint256 seat, uint256 bid);
  /// @notice The meeting was held or cancelled already.
  error MeetingDecided();
  /// @notice A ruling gives the host at most 10,000 basis points.
  error MeetingRulingInvalid(uint256 hostBps);

  /// @notice Sends an outbid bidder their money if that failed when they were outbid. Anyone may call.
  function withdraw(uint256 seat, uint256 bid, address bidder) external returns (uint256 amount);

  /// @notice The host says that the meeting was held and gives the proof.
  function held(bytes32 proof) external;

  /// @notice The host cancels the meeting.
  function cancel() external;

  /// @notice A buyer is content: the host is paid for this seat at once.
  function confirm(uint256 seat) external;

  /// @notice A buyer is not.
  function object(uint256 seat, bytes32 reason) external;

  /// @notice The arbiter gives the host a part of a seat's money, in basis points, and the buyer the rest.
  function rule(uint256 seat, uint16 hostBps) external;

  /// @notice Once somebody was silent too long, or the meeting was cancelled, anyone carries out what that means.
  function settle(uint256 seat) external;

  /// @notice What a seat waits for, until when (0: for good), the highest bid so far and who made it.
  function standing(uint256 seat) external view returns (State state, uint256 ends, uint256 bid, address bidder);

  /// @notice Whether a seat is in this state.
  function isState(uint256 seat, State wanted) external view returns (bool);

  /// @notice Whether anyone may settle a seat.
  function isOverdue(uint256 seat) external view returns (bool);

  /// @notice Whether the host may still say that the meeting was held, or cancel it.
  function isUndecided() external view returns (bool);

  /// @notice What must at least be deposited for a seat now; a fixed price exactly.
  function leastBid(uint256 seat) external view returns (uint256);

  /// @notice The reference of a seat's next bid.
  function refOf(uint256 seat) external view returns (bytes32);

  /// @notice The reference of the pot where a seat's money waits.
  function potRefOf(uint256 seat) external view returns (bytes32);

  /// @notice The last second of what the seat is waiting for, 0 for good.
  function endsOf(uint256 seat) external view returns (uint256);

  /// @notice Who leads or has bought a seat.
  function buyerOf(uint256 seat) external view returns (address);

  /// @notice Whom one meets.
  function host() external view returns (address);

  /// @notice Who rules when a buyer objects; 0: nobody, an objection means halves.
  function arbiter() external view returns (address);

  /// @notice What is sold: the price or first bid, whether by auction, how many seats, when bids end and when the
  /// meeting is.
  function terms() external view returns (uint256 price, bool auction, uint256 seats, uint256 end, uint256 meeting);

  /// @notice The SHA-256 digest in the content address of what the meeting is.
  function text() external view returns (bytes32);
}
