// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IStarTime} from "./IStarTime.sol";

/// @title The slots and their tokens
/// @dev Knows the arguments, the clock and who holds what; moves no money.
abstract contract StarSlots is IStarTime, ERC721 {
  struct Arguments {
    string title;
    address star;
    address arbiter;
    uint32 notice;
    uint32 grace;
    uint32 objection;
    uint32 ruling;
    uint16 capBps;
  }

  uint256 internal constant _BPS = 10_000;
  /// @dev After the last second of the last default, for whoever still has to call `settle`.
  uint256 private constant _GRACE = 30 days;

  ITill internal immutable _TILL;
  address internal immutable _MZ;
  address private immutable _IMPLEMENTATION = address(this);

  /// @inheritdoc IStarTime
  uint256 public slots;
  mapping(uint256 slot => Slot) internal _slots;

  constructor(ITill till, address mz) ERC721("", "") {
    _TILL = till;
    _MZ = mz;
  }

  /// @inheritdoc IStarTime
  function slotOf(uint256 slot) external view returns (Slot memory) {
    return _slots[slot];
  }

  /// @inheritdoc IStarTime
  function standing(
    uint256 slot
  ) external view returns (State state, uint256 ends, uint256 price, uint256 start, uint256 length, address holder) {
    Slot memory found = _slots[slot];
    return (found.state, endsOf(slot), found.price, found.start, found.length, _ownerOf(slot));
  }

  /// @inheritdoc IStarTime
  function isState(uint256 slot, State wanted) external view returns (bool) {
    return _slots[slot].state == wanted;
  }

  /// @inheritdoc IStarTime
  function isOverdue(uint256 slot) external view returns (bool) {
    return _overdue(_arguments(), _slots[slot]);
  }

  /// @inheritdoc IStarTime
  function potRefOf(uint256 slot) external view returns (bytes32) {
    return _refOf(slot, _slots[slot].sale);
  }

  /// @inheritdoc IStarTime
  function holderOf(uint256 slot) external view returns (address) {
    return _ownerOf(slot);
  }

  /// @inheritdoc IStarTime
  function star() external view returns (address) {
    return _arguments().star;
  }

  /// @inheritdoc IStarTime
  function arbiter() external view returns (address) {
    return _arguments().arbiter;
  }

  /// @inheritdoc IStarTime
  function terms()
    external
    view
    returns (uint256 notice, uint256 grace, uint256 objection, uint256 ruling, uint256 capBps)
  {
    Arguments memory given = _arguments();
    return (given.notice, given.grace, given.objection, given.ruling, given.capBps);
  }

  /// @inheritdoc ERC721
  function name() public view override returns (string memory) {
    return _arguments().title;
  }

  /// @inheritdoc ERC721
  function symbol() public pure override returns (string memory) {
    return "TIME";
  }

  /// @inheritdoc IStarTime
  function priceOf(uint256 slot) public view returns (uint256) {
    Slot memory found = _slots[slot];
    return found.state == State.Offered ? found.price : found.asked;
  }

  /// @inheritdoc IStarTime
  function refOf(uint256 slot) public view returns (bytes32) {
    Slot memory found = _slots[slot];
    return _refOf(slot, found.state == State.Offered ? 0 : uint256(found.sale) + 1);
  }

  /// @inheritdoc IStarTime
  function endsOf(uint256 slot) public view returns (uint256) {
    return _ends(_arguments(), _slots[slot]);
  }

  /// @dev What a holder asked for it was that holder's wish.
  function _update(address to, uint256 slot, address auth) internal override returns (address from) {
    if (_slots[slot].asked != 0) _slots[slot].asked = 0;
    return super._update(to, slot, auth);
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, TimeNotAllowed(allowed, msg.sender));
  }

  function _in(uint256 slot, State wanted) internal view returns (Slot memory found) {
    found = _slots[slot];
    require(found.state == wanted, TimeStateWrong(found.state));
  }

  function _overdue(Arguments memory given, Slot memory found) internal view returns (bool) {
    bool waits = found.state >= State.Booked && found.state <= State.Disputed;
    return waits && block.timestamp > _ends(given, found);
  }

  function _arguments() internal view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, TimeBareImplementation());
    bytes memory encoded = Clones.fetchCloneArgs(address(this));
    return abi.decode(bytes.concat(bytes32(uint256(32)), encoded), (Arguments));
  }

  function _ends(Arguments memory given, Slot memory found) internal pure returns (uint256) {
    if (found.state == State.Offered) return found.start;
    if (found.state == State.Booked) return uint256(found.start) + found.length + given.grace;
    return found.state == State.Delivered || found.state == State.Disputed ? found.until : 0;
  }

  function _expiry(Arguments memory given, Slot memory found) internal pure returns (uint256) {
    uint256 last = uint256(found.start) + found.length + given.grace;
    return last + given.objection + given.ruling + _GRACE;
  }

  function _refOf(uint256 slot, uint256 sale) internal pure returns (bytes32) {
    return bytes32((slot << 32) | sale);
  }
}
