// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IStarTime} from "./IStarTime.sol";
import {StarSlots} from "./StarSlots.sol";

/// @title Star time
/// @notice One star's slots: offered, booked, given, disputed, resold.
/// @dev A clone: its arguments are in its code. A pot has one payer, so a refund after a release is exactly what is
/// left.
contract StarTime is StarSlots, IInstance {
  constructor(ITill till, address mz) StarSlots(till, mz) {}

  /// @inheritdoc IStarTime
  function offer(uint96 price, uint48 start, uint32 length, bytes32 text) external returns (uint256 slot) {
    Arguments memory given = _arguments();
    _only(given.star);
    require(given.objection >= 1 days && given.ruling >= 1 days, TimeTermsInvalid());
    require(price != 0 && start > block.timestamp && length != 0, TimeTermsInvalid());

    slot = ++slots;
    Slot storage fresh = _slots[slot];
    (fresh.price, fresh.start, fresh.length, fresh.state) = (price, start, length, State.Offered);
    emit Offered(slot, price, start, length, text);
  }

  /// @inheritdoc IStarTime
  function withdraw(uint256 slot) external {
    _only(_arguments().star);
    _in(slot, State.Offered);

    _slots[slot].state = State.Closed;
    emit Withdrawn(slot);
  }

  /// @inheritdoc IInstance
  function onHold(
    address payer,
    address token,
    uint256 gross,
    bytes32 ref,
    bytes calldata
  ) external returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    require(msg.sender == address(_TILL), TimeCallerNotTill(msg.sender));
    require(token == _MZ, TimeTokenRefused(token));
    uint256 slot = uint256(ref) >> 32;
    Slot memory found = _slots[slot];
    require(found.state == State.Offered || found.asked != 0, TimeStateWrong(found.state));
    require(ref == refOf(slot), TimeRefUnknown(ref));
    require(gross == priceOf(slot), TimePriceMismatch(priceOf(slot), gross));
    require(block.timestamp <= found.start, TimeOver(found.start));

    if (found.state == State.Offered) _book(slot, payer, gross);
    else _resell(slot, found, payer, gross);
    return (IInstance.onHold.selector, _expiry(given, found));
  }

  /// @inheritdoc IInstance
  function onPayment(address, address, uint256, uint256, bytes32, bytes calldata) external pure returns (bytes4) {
    revert TimeTakesNoPayment();
  }

  /// @inheritdoc IStarTime
  function list(uint256 slot, uint96 asked) external {
    Slot memory found = _in(slot, State.Booked);
    _only(_ownerOf(slot));
    require(block.timestamp <= found.start, TimeOver(found.start));
    uint256 most = found.price + (uint256(found.price) * _arguments().capBps) / _BPS;
    require(asked == 0 || (asked >= found.price && asked <= most), TimeResaleOutOfBounds(found.price, most));

    _slots[slot].asked = asked;
    emit Listed(slot, asked);
  }

  /// @inheritdoc IStarTime
  function cancel(uint256 slot) external {
    Arguments memory given = _arguments();
    Slot memory found = _in(slot, State.Booked);
    if (msg.sender == given.star) return _close(given, slot, 0, 0);
    _only(_ownerOf(slot));
    uint256 last = found.start > given.notice ? found.start - given.notice : 0;
    require(block.timestamp <= last, TimeOver(last));

    // The holder's own wish: whoever sold it to them has earned the premium.
    _close(given, slot, 0, _BPS);
  }

  /// @inheritdoc IStarTime
  function deliver(uint256 slot, bytes32 proof) external {
    Arguments memory given = _arguments();
    _only(given.star);
    Slot memory found = _in(slot, State.Booked);
    require(block.timestamp <= _ends(given, found), TimeOver(_ends(given, found)));

    // Claimed early, it can still be objected to after the time itself.
    uint256 end = uint256(found.start) + found.length;
    uint256 until = (block.timestamp > end ? block.timestamp : end) + given.objection;
    (_slots[slot].state, _slots[slot].asked, _slots[slot].until) = (State.Delivered, 0, uint48(until));
    emit Delivered(slot, proof, until);
  }

  /// @inheritdoc IStarTime
  function confirm(uint256 slot) external {
    State state = _slots[slot].state;
    require(state >= State.Booked && state <= State.Disputed, TimeStateWrong(state));
    _only(_ownerOf(slot));

    _close(_arguments(), slot, _BPS, _BPS);
  }

  /// @inheritdoc IStarTime
  function object(uint256 slot, bytes32 reason) external {
    Slot memory found = _in(slot, State.Delivered);
    _only(_ownerOf(slot));
    require(block.timestamp <= found.until, TimeOver(found.until));

    uint256 until = block.timestamp + _arguments().ruling;
    (_slots[slot].state, _slots[slot].until) = (State.Disputed, uint48(until));
    emit Objected(slot, reason, until);
  }

  /// @inheritdoc IStarTime
  function rule(uint256 slot, uint16 starBps) external {
    Arguments memory given = _arguments();
    _only(given.arbiter);
    Slot memory found = _in(slot, State.Disputed);
    require(block.timestamp <= found.until, TimeOver(found.until));
    require(starBps <= _BPS, TimeRulingInvalid(starBps));

    _close(given, slot, starBps, starBps);
  }

  /// @inheritdoc IStarTime
  function settle(uint256 slot) external {
    Arguments memory given = _arguments();
    Slot memory found = _slots[slot];
    require(_overdue(given, found), TimeOver(_ends(given, found)));

    if (found.state == State.Booked) _close(given, slot, 0, 0);
    else if (found.state == State.Delivered) _close(given, slot, _BPS, _BPS);
    else _close(given, slot, _BPS / 2, _BPS / 2);
  }

  function _book(uint256 slot, address payer, uint256 gross) private {
    (_slots[slot].state, _slots[slot].payer) = (State.Booked, payer);
    // The payer may be a contract that knows nothing of ERC-721: it booked, so it gets the token.
    _mint(payer, slot);
    emit Booked(slot, payer, gross);
  }

  /// @dev The pot before is another than the one being filled: the Till lets it be emptied from here.
  function _resell(uint256 slot, Slot memory found, address payer, uint256 gross) private {
    address seller = _ownerOf(slot);
    uint96 premium = uint96(gross) - found.price;
    Slot storage sold = _slots[slot];
    (sold.sale, sold.payer, sold.premium, sold.seller) = (found.sale + 1, payer, premium, seller);
    _transfer(seller, payer, slot);
    emit Resold(slot, seller, payer, gross, premium);

    bytes32 ref = _refOf(slot, found.sale);
    _release(ref, found.premium, found.seller);
    // Exactly what the star asked: the pot had one payer, and only a premium has left it.
    // slither-disable-next-line unused-return
    _TILL.refund(_MZ, ref, found.payer);
  }

  function _close(Arguments memory given, uint256 slot, uint256 starBps, uint256 sellerBps) private {
    Slot memory found = _slots[slot];
    uint256 toStar = (found.price * starBps) / _BPS;
    uint256 toSeller = (found.premium * sellerBps) / _BPS;
    (_slots[slot].state, _slots[slot].asked) = (State.Closed, 0);
    if (starBps == 0) _burn(slot);
    emit Closed(slot, toStar, toSeller);

    bytes32 ref = _refOf(slot, found.sale);
    _release(ref, toStar, given.star);
    _release(ref, toSeller, found.seller);
    // What nobody earned; how much that is, is in the Till's own receipt.
    // slither-disable-next-line unused-return
    if (toStar + toSeller < uint256(found.price) + found.premium) _TILL.refund(_MZ, ref, found.payer);
  }

  function _release(bytes32 ref, uint256 gross, address to) private {
    // slither-disable-next-line unused-return
    if (gross != 0) _TILL.release(_MZ, ref, gross, to);
  }
}
