// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {AgreementTerms} from "./AgreementTerms.sol";
import {IAgreement} from "./IAgreement.sol";

/// @title Who has signed, what was done, and what the agreement waits for
/// @dev Moves no money. The state follows from time and from what was done, so no silence needs a transaction to count.
abstract contract AgreementProgress is AgreementTerms {
  /// @dev One slot. `signed`: a bit for each party; `reported`, `objected`: the last second to object and to rule, 0
  /// before; `stocked`: the tokens to be delivered are in their pot.
  struct Progress {
    uint8 signed;
    bool paid;
    bool stocked;
    bool closed;
    uint48 reported;
    uint48 objected;
  }

  Progress internal _progress;

  /// @inheritdoc IAgreement
  function standing() external view returns (State state, uint256 ends, uint256 signatures, uint256 signers) {
    Arguments memory given = _arguments();
    state = _state(given);
    signers = given.parties.length;
    for (uint256 seat = 0; seat < signers; ++seat) {
      if (_isSigned(seat)) ++signatures;
    }
    return (state, _ends(given, state), signatures, signers);
  }

  /// @inheritdoc IAgreement
  function isState(State wanted) external view returns (bool) {
    return _state(_arguments()) == wanted;
  }

  /// @inheritdoc IAgreement
  function endsOf() external view returns (uint256) {
    Arguments memory given = _arguments();
    return _ends(given, _state(given));
  }

  /// @inheritdoc IAgreement
  function isOverdue() external view returns (bool) {
    Arguments memory given = _arguments();
    return _overdue(given, _state(given));
  }

  /// @inheritdoc IAgreement
  function isDeliverable() external view returns (bool) {
    Arguments memory given = _arguments();
    if (_state(given) != State.Binding || given.delivery == uint8(Delivery.Duty)) return false;
    if (given.delivery == uint8(Delivery.Tokens)) return _progress.stocked;
    IERC721 items = IERC721(given.asset);
    if (items.ownerOf(given.quantity) != given.parties[1]) return false;
    bool one = items.getApproved(given.quantity) == address(this);
    return one || items.isApprovedForAll(given.parties[1], address(this));
  }

  /// @inheritdoc IAgreement
  function isPayable() external view returns (bool) {
    Arguments memory given = _arguments();
    return _state(given) == State.Drafted && given.price != 0 && !_progress.paid;
  }

  /// @inheritdoc IAgreement
  function isStockable() external view returns (bool) {
    return _isStockable(_arguments());
  }

  /// @inheritdoc IAgreement
  function isStocked() external view returns (bool) {
    return _progress.stocked && !_progress.closed;
  }

  /// @inheritdoc IAgreement
  function isItemDue() external view returns (bool) {
    return _isDue(_arguments(), Delivery.Item);
  }

  /// @inheritdoc IAgreement
  function isDutyDue() external view returns (bool) {
    return _isDue(_arguments(), Delivery.Duty);
  }

  /// @inheritdoc IAgreement
  function isAcceptable() external view returns (bool) {
    Arguments memory given = _arguments();
    return _isAcceptable(given, _state(given));
  }

  /// @inheritdoc IAgreement
  function isOpen() external view returns (bool) {
    return _isOpen(_state(_arguments()));
  }

  /// @inheritdoc IAgreement
  function isUnsigned(address party) external view returns (bool) {
    Arguments memory given = _arguments();
    if (_state(given) != State.Drafted) return false;
    (bool found, uint256 seat) = _find(given, party);
    return found && !_isSigned(seat);
  }

  /// @inheritdoc IAgreement
  function hasSigned(address party) external view returns (bool) {
    (bool found, uint256 seat) = _find(_arguments(), party);
    return found && _isSigned(seat);
  }

  function _require(Arguments memory given, State wanted) internal view {
    State state = _state(given);
    require(state == wanted, AgreementStateWrong(state));
  }

  function _isSigned(uint256 seat) internal view returns (bool) {
    return (_progress.signed >> seat) & 1 != 0;
  }

  function _isComplete(Arguments memory given) internal view returns (bool) {
    // A bit for each party: all of them, no near miss.
    // slither-disable-next-line incorrect-equality
    bool all = _progress.signed == (1 << given.parties.length) - 1;
    return all && (given.price == 0 || _progress.paid);
  }

  function _isDue(Arguments memory given, Delivery wanted) internal view returns (bool) {
    return _state(given) == State.Binding && given.delivery == uint8(wanted);
  }

  function _isStockable(Arguments memory given) internal view returns (bool) {
    if (given.delivery != uint8(Delivery.Tokens) || _progress.stocked) return false;
    State state = _state(given);
    return state == State.Drafted || state == State.Binding;
  }

  function _state(Arguments memory given) internal view returns (State) {
    Progress memory made = _progress;
    if (made.closed) return State.Closed;
    if (made.objected != 0) return State.Disputed;
    if (made.reported != 0) return State.Reported;
    if (!_isComplete(given)) return block.timestamp <= given.signBy ? State.Drafted : State.Lapsed;
    if (given.price == 0 && given.delivery == uint8(Delivery.Duty)) return State.Signed;
    return block.timestamp <= given.performBy ? State.Binding : State.Lapsed;
  }

  function _ends(Arguments memory given, State state) internal view returns (uint256) {
    if (state == State.Drafted) return given.signBy;
    if (state == State.Binding) return given.performBy;
    if (state == State.Reported) return _progress.reported;
    return state == State.Disputed ? _progress.objected : 0;
  }

  function _overdue(Arguments memory given, State state) internal view returns (bool) {
    if (state == State.Lapsed) return _progress.paid || _progress.stocked;
    return (state == State.Reported || state == State.Disputed) && block.timestamp > _ends(given, state);
  }

  function _isAcceptable(Arguments memory given, State state) internal pure returns (bool) {
    if (state == State.Binding) return given.delivery == uint8(Delivery.Duty);
    return state == State.Reported || state == State.Disputed;
  }

  function _isOpen(State state) internal pure returns (bool) {
    return state == State.Binding || state == State.Reported || state == State.Disputed;
  }
}
