// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IMeetAndGreet} from "./IMeetAndGreet.sol";

/// @title The seats of a meeting and what each waits for
/// @dev Knows the arguments and the clock; moves no money. A seat's state follows from time and from what was done, so
/// no silence needs a transaction to count.
abstract contract Seats is IMeetAndGreet {
  struct Arguments {
    address host;
    address arbiter;
    uint96 price;
    bool auction;
    uint16 stepBps;
    uint32 extension;
    uint16 seats;
    uint48 end;
    uint48 meeting;
    uint32 grace;
    uint32 objection;
    uint32 ruling;
    bytes32 text;
  }

  /// @dev `end`: the last second for bids, 0 before the first; `until`: the last second of a ruling, 0 if undisputed.
  struct Seat {
    uint96 bid;
    uint32 bids;
    uint48 end;
    uint48 until;
    bool closed;
    address buyer;
  }

  uint256 internal constant _BPS = 10_000;
  /// @dev After the last second of the last default, for whoever still has to call `settle`.
  uint256 private constant _GRACE = 30 days;

  ITill internal immutable _TILL;
  address internal immutable _MZ;
  address private immutable _IMPLEMENTATION = address(this);

  mapping(uint256 number => Seat) internal _seats;
  /// @dev The last second to object once the host has proved the meeting, 0 before.
  uint48 internal _until;
  bool internal _cancelled;

  constructor(ITill till, address mz) {
    _TILL = till;
    _MZ = mz;
  }

  /// @inheritdoc IMeetAndGreet
  function standing(uint256 seat) external view returns (State state, uint256 ends, uint256 bid, address bidder) {
    Arguments memory given = _arguments();
    Seat memory found = _seats[seat];
    state = _stateOf(given, seat, found);
    return (state, _ends(given, state, found), found.bid, found.buyer);
  }

  /// @inheritdoc IMeetAndGreet
  function isState(uint256 seat, State wanted) external view returns (bool) {
    return _stateOf(_arguments(), seat, _seats[seat]) == wanted;
  }

  /// @inheritdoc IMeetAndGreet
  function isOverdue(uint256 seat) external view returns (bool) {
    Arguments memory given = _arguments();
    return _overdue(given, _stateOf(given, seat, _seats[seat]), _seats[seat]);
  }

  /// @inheritdoc IMeetAndGreet
  function isUndecided() external view returns (bool) {
    return _isUndecided();
  }

  /// @inheritdoc IMeetAndGreet
  function leastBid(uint256 seat) external view returns (uint256) {
    return _least(_arguments(), _seats[seat]);
  }

  /// @inheritdoc IMeetAndGreet
  function refOf(uint256 seat) external view returns (bytes32) {
    return _refOf(seat, _seats[seat].bids);
  }

  /// @inheritdoc IMeetAndGreet
  function potRefOf(uint256 seat) external view returns (bytes32) {
    uint256 bids = _seats[seat].bids;
    return _refOf(seat, bids != 0 ? bids - 1 : 0);
  }

  /// @inheritdoc IMeetAndGreet
  function endsOf(uint256 seat) external view returns (uint256) {
    Arguments memory given = _arguments();
    return _ends(given, _stateOf(given, seat, _seats[seat]), _seats[seat]);
  }

  /// @inheritdoc IMeetAndGreet
  function buyerOf(uint256 seat) external view returns (address) {
    return _seats[seat].buyer;
  }

  /// @inheritdoc IMeetAndGreet
  function host() external view returns (address) {
    return _arguments().host;
  }

  /// @inheritdoc IMeetAndGreet
  function arbiter() external view returns (address) {
    return _arguments().arbiter;
  }

  /// @inheritdoc IMeetAndGreet
  function terms() external view returns (uint256 price, bool auction, uint256 seats, uint256 end, uint256 meeting) {
    Arguments memory given = _arguments();
    return (given.price, given.auction, given.seats, given.end, given.meeting);
  }

  /// @inheritdoc IMeetAndGreet
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, MeetingNotAllowed(allowed, msg.sender));
  }

  function _isUndecided() internal view returns (bool) {
    return !(_cancelled || _until != 0);
  }

  function _in(Arguments memory given, uint256 number, State wanted) internal view returns (Seat memory seat) {
    seat = _seats[number];
    State state = _stateOf(given, number, seat);
    require(state == wanted, MeetingStateWrong(state));
  }

  function _stateOf(Arguments memory given, uint256 number, Seat memory seat) internal view returns (State) {
    if (number == 0 || number > given.seats) return State.None;
    if (seat.closed) return State.Closed;
    bool wanted = seat.bids != 0;
    if (_cancelled) return wanted ? State.Refundable : State.Unsold;
    uint256 end = seat.end != 0 ? seat.end : given.end;
    if ((given.auction || !wanted) && block.timestamp <= end) return State.Open;
    if (!wanted) return State.Unsold;
    if (seat.until != 0) return State.Disputed;
    if (_until != 0) return State.Held;
    return block.timestamp <= uint256(given.meeting) + given.grace ? State.Sold : State.Refundable;
  }

  function _overdue(Arguments memory given, State state, Seat memory seat) internal view returns (bool) {
    if (state == State.Refundable) return true;
    return (state == State.Held || state == State.Disputed) && block.timestamp > _ends(given, state, seat);
  }

  function _ends(Arguments memory given, State state, Seat memory seat) internal view returns (uint256) {
    if (state == State.Open) return seat.end == 0 ? given.end : seat.end;
    if (state == State.Sold) return uint256(given.meeting) + given.grace;
    if (state == State.Held) return _until;
    return state == State.Disputed ? seat.until : 0;
  }

  function _arguments() internal view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, MeetingBareImplementation());
    return abi.decode(Clones.fetchCloneArgs(address(this)), (Arguments));
  }

  function _checkTerms(Arguments memory given) internal pure {
    bool timely = given.end <= given.meeting && given.objection >= 1 days && given.ruling >= 1 days;
    require(timely && given.host != address(0) && given.price != 0 && given.seats != 0, MeetingTermsInvalid());
  }

  function _least(Arguments memory given, Seat memory seat) internal pure returns (uint256) {
    if (seat.bids == 0) return given.price;
    uint256 step = (uint256(seat.bid) * given.stepBps) / _BPS;
    return seat.bid + (step == 0 ? 1 : step);
  }

  function _expiry(Arguments memory given) internal pure returns (uint256) {
    return uint256(given.meeting) + given.grace + given.objection + given.ruling + _GRACE;
  }

  function _refOf(uint256 seat, uint256 bid) internal pure returns (bytes32) {
    return bytes32((seat << 32) | bid);
  }
}
