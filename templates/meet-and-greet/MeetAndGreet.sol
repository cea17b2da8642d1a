// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IMeetAndGreet} from "./IMeetAndGreet.sol";
import {Seats} from "./Seats.sol";

/// @title Meet and greet
/// @notice One meeting: seats at a fixed price or by auction, money in escrow until it was held.
/// @dev A clone: its arguments are in its code. Each bid has a pot of its own with one payer. An outbid bidder is
/// refunded by whoever bids more; if that ever fails it delays their refund and nobody's bid.
contract MeetAndGreet is Seats, IInstance {
  constructor(ITill till, address mz) Seats(till, mz) {}

  /// @inheritdoc IInstance
  function onHold(
    address payer,
    address token,
    uint256 gross,
    bytes32 ref,
    bytes calldata
  ) external returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    require(msg.sender == address(_TILL), MeetingCallerNotTill(msg.sender));
    require(token == _MZ, MeetingTokenRefused(token));
    _checkTerms(given);
    uint256 number = uint256(ref) >> 32;
    Seat memory seat = _seats[number];
    State state = _stateOf(given, number, seat);
    require(state == State.Open, MeetingStateWrong(state));
    // A reference is a name: all of it has to be right.
    // slither-disable-next-line incorrect-equality
    require(ref == _refOf(number, seat.bids), MeetingRefUnknown(ref));
    uint256 least = _least(given, seat);
    require(given.auction ? gross >= least : gross == least, MeetingBidRefused(least, gross));

    Seat storage taken = _seats[number];
    (taken.bid, taken.bids, taken.buyer) = (uint96(gross), seat.bids + 1, payer);
    taken.end = _extended(given, seat);
    emit Bid(number, payer, gross, taken.end);
    if (seat.bids != 0) _giveBack(number, seat);
    return (IInstance.onHold.selector, _expiry(given));
  }

  /// @inheritdoc IInstance
  function onPayment(address, address, uint256, uint256, bytes32, bytes calldata) external pure returns (bytes4) {
    revert MeetingTakesNoPayment();
  }

  /// @inheritdoc IMeetAndGreet
  function withdraw(uint256 seat, uint256 bid, address bidder) external returns (uint256 amount) {
    require(bid + 1 < _seats[seat].bids, MeetingBidLeads(seat, bid));
    return _TILL.refund(_MZ, _refOf(seat, bid), bidder);
  }

  /// @inheritdoc IMeetAndGreet
  function held(bytes32 proof) external {
    Arguments memory given = _arguments();
    _only(given.host);
    require(_isUndecided(), MeetingDecided());
    require(block.timestamp >= given.meeting, MeetingOver(given.meeting));
    uint256 last = uint256(given.meeting) + given.grace;
    require(block.timestamp <= last, MeetingOver(last));

    _until = uint48(block.timestamp) + given.objection;
    emit MeetingHeld(proof, _until);
  }

  /// @inheritdoc IMeetAndGreet
  function cancel() external {
    _only(_arguments().host);
    require(_isUndecided(), MeetingDecided());

    _cancelled = true;
    emit MeetingCancelled();
  }

  /// @inheritdoc IMeetAndGreet
  function confirm(uint256 number) external {
    Arguments memory given = _arguments();
    Seat memory seat = _seats[number];
    State state = _stateOf(given, number, seat);
    require(state == State.Sold || state == State.Held || state == State.Disputed, MeetingStateWrong(state));
    _only(seat.buyer);

    _close(given, number, seat, _BPS);
  }

  /// @inheritdoc IMeetAndGreet
  function object(uint256 number, bytes32 reason) external {
    Arguments memory given = _arguments();
    Seat memory seat = _in(given, number, State.Held);
    _only(seat.buyer);
    require(block.timestamp <= _until, MeetingOver(_until));

    uint256 until = block.timestamp + given.ruling;
    _seats[number].until = uint48(until);
    emit Objected(number, reason, until);
  }

  /// @inheritdoc IMeetAndGreet
  function rule(uint256 number, uint16 hostBps) external {
    Arguments memory given = _arguments();
    _only(given.arbiter);
    Seat memory seat = _in(given, number, State.Disputed);
    require(block.timestamp <= seat.until, MeetingOver(seat.until));
    require(hostBps <= _BPS, MeetingRulingInvalid(hostBps));

    _close(given, number, seat, hostBps);
  }

  /// @inheritdoc IMeetAndGreet
  function settle(uint256 number) external {
    Arguments memory given = _arguments();
    Seat memory seat = _seats[number];
    State state = _stateOf(given, number, seat);
    require(_overdue(given, state, seat), MeetingStateWrong(state));

    if (state == State.Refundable) _close(given, number, seat, 0);
    else _close(given, number, seat, state == State.Held ? _BPS : _BPS / 2);
  }

  /// @dev Late bids move the end of their seat, never beyond the meeting.
  function _extended(Arguments memory given, Seat memory seat) private view returns (uint48) {
    uint256 end = seat.end == 0 ? given.end : seat.end;
    uint256 later = block.timestamp + given.extension;
    if (later <= end) return uint48(end);
    return uint48(later < given.meeting ? later : given.meeting);
  }

  function _giveBack(uint256 number, Seat memory seat) private {
    // The bidder's money is theirs whatever happens here.
    // slither-disable-next-line unused-return
    try _TILL.refund(_MZ, _refOf(number, seat.bids - 1), seat.buyer) {} catch {
      emit RefundDelayed(number, seat.buyer, seat.bids - 1);
    }
  }

  function _close(Arguments memory given, uint256 number, Seat memory seat, uint256 hostBps) private {
    uint256 toHost = (seat.bid * hostBps) / _BPS;
    _seats[number].closed = true;
    emit SeatClosed(number, toHost);

    bytes32 ref = _refOf(number, seat.bids - 1);
    // What each received is in the Till's own receipts.
    // slither-disable-next-line unused-return
    if (toHost != 0) _TILL.release(_MZ, ref, toHost, given.host);
    // slither-disable-next-line unused-return
    if (toHost < seat.bid) _TILL.refund(_MZ, ref, seat.buyer);
  }
}
