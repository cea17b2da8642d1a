// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditTerms} from "./CreditTerms.sol";
import {ILetterOfCredit} from "./ILetterOfCredit.sol";

/// @title What was presented, decided and drawn, and what the credit waits for
/// @dev Moves no money. State and stages follow from time and from what was done, so no silence needs a transaction to
/// count. `reserved` is what presentations that are being decided or wait for their due day may still draw.
abstract contract CreditLedger is CreditTerms {
  struct Book {
    address funder;
    uint96 drawn;
    address payee;
    uint96 reserved;
    uint48 appealable;
    uint8 presented;
    bool issued;
    bool renounced;
    bool closed;
  }

  /// @dev `until`: the last second of what it is waiting for.
  struct Presentation {
    uint96 gross;
    uint48 since;
    uint48 until;
    Stage stage;
  }

  uint256 private constant _MOST_PRESENTATIONS = 12;

  Book internal _book;
  mapping(uint256 number => Presentation) internal _presentations;

  /// @inheritdoc ILetterOfCredit
  function standing() external view returns (State state, uint256 ends, uint256 drawn, uint256 total) {
    Arguments memory given = _arguments();
    return (_state(given), given.expires, _book.drawn, given.amount);
  }

  /// @inheritdoc ILetterOfCredit
  function isState(State wanted) external view returns (bool) {
    return _state(_arguments()) == wanted;
  }

  /// @inheritdoc ILetterOfCredit
  function presentation(
    uint256 number
  ) external view returns (Stage stage, uint256 gross, uint256 until, uint256 dueOn) {
    Arguments memory given = _arguments();
    Presentation memory made = _presentations[number];
    dueOn = made.stage == Stage.None ? 0 : _due(given, made);
    return (made.stage, made.gross, _ends(given, made), dueOn);
  }

  /// @inheritdoc ILetterOfCredit
  function isStage(uint256 number, Stage wanted) external view returns (bool) {
    // A stage is a name.
    // slither-disable-next-line incorrect-equality
    return _presentations[number].stage == wanted;
  }

  /// @inheritdoc ILetterOfCredit
  function endsOf(uint256 number) external view returns (uint256) {
    return _ends(_arguments(), _presentations[number]);
  }

  /// @inheritdoc ILetterOfCredit
  function isOverdue(uint256 number) external view returns (bool) {
    return _isOverdue(_arguments(), _presentations[number]);
  }

  /// @inheritdoc ILetterOfCredit
  function isHonourable(uint256 number) external view returns (bool) {
    return _isHonourable(_arguments(), _presentations[number]);
  }

  /// @inheritdoc ILetterOfCredit
  function isAppealable(uint256 number) external view returns (bool) {
    Arguments memory given = _arguments();
    Presentation memory made = _presentations[number];
    bool timely = made.stage == Stage.Refused && block.timestamp <= made.until;
    return timely && given.arbiter != address(0) && !_book.renounced && made.gross <= _available(given);
  }

  /// @inheritdoc ILetterOfCredit
  function isFundable() external view returns (bool) {
    return _state(_arguments()) == State.Applied && _book.funder == address(0);
  }

  /// @inheritdoc ILetterOfCredit
  function isIssuable() external view returns (bool) {
    return _state(_arguments()) == State.Applied && _book.funder != address(0);
  }

  /// @inheritdoc ILetterOfCredit
  function isPresentable() external view returns (bool) {
    Arguments memory given = _arguments();
    bool open = _state(given) == State.Issued && !_book.renounced && block.timestamp <= given.expires;
    return open && _isFree() && _available(given) != 0;
  }

  /// @inheritdoc ILetterOfCredit
  function isClosable() external view returns (bool) {
    return _state(_arguments()) == State.Ended && _book.funder != address(0);
  }

  /// @inheritdoc ILetterOfCredit
  function available() external view returns (uint256) {
    return _available(_arguments());
  }

  /// @inheritdoc ILetterOfCredit
  function presentations() external view returns (uint256) {
    return _book.presented;
  }

  /// @inheritdoc ILetterOfCredit
  function funder() external view returns (address) {
    return _book.funder;
  }

  /// @inheritdoc ILetterOfCredit
  function payee() external view returns (address) {
    return _payee(_arguments());
  }

  function _require(Arguments memory given, State wanted) internal view {
    State state = _state(given);
    require(state == wanted, CreditStateWrong(state));
  }

  function _at(uint256 number, Stage wanted) internal view returns (Presentation memory made) {
    made = _presentations[number];
    // A stage is a name.
    // slither-disable-next-line incorrect-equality
    require(made.stage == wanted, CreditStageWrong(made.stage));
  }

  function _payee(Arguments memory given) internal view returns (address) {
    return _book.payee != address(0) ? _book.payee : given.beneficiary;
  }

  function _available(Arguments memory given) internal view returns (uint256) {
    return uint256(given.amount) - _book.drawn - _book.reserved;
  }

  /// @dev One examination at a time, and not for ever: otherwise an exporter could flood the bank until it is silent.
  function _isFree() internal view returns (bool) {
    uint256 newest = _book.presented;
    return newest < _MOST_PRESENTATIONS && _presentations[newest].stage != Stage.Presented;
  }

  function _state(Arguments memory given) internal view returns (State) {
    Book memory book = _book;
    // Everything is everything: no near miss counts.
    // slither-disable-next-line incorrect-equality
    if (book.closed || book.drawn == given.amount) return State.Closed;
    bool over = block.timestamp > given.expires;
    if (!book.issued) return over ? State.Ended : State.Applied;
    bool decided = book.renounced || (over && block.timestamp > book.appealable);
    // Nothing is nothing: no near miss counts.
    // slither-disable-next-line incorrect-equality
    return decided && book.reserved == 0 ? State.Ended : State.Issued;
  }

  function _isHonourable(Arguments memory given, Presentation memory made) internal view returns (bool) {
    if (made.stage == Stage.Presented || made.stage == Stage.Disputed) return true;
    bool timely = made.stage == Stage.Refused && block.timestamp <= made.until;
    return timely && _state(given) == State.Issued && made.gross <= _available(given);
  }

  function _isOverdue(Arguments memory given, Presentation memory made) internal view returns (bool) {
    if (made.stage == Stage.Accepted) return block.timestamp >= _due(given, made);
    bool deciding = made.stage == Stage.Presented || made.stage == Stage.Disputed;
    return deciding && block.timestamp > made.until;
  }

  function _ends(Arguments memory given, Presentation memory made) internal pure returns (uint256) {
    if (made.stage == Stage.Accepted) return _due(given, made);
    bool waits = made.stage == Stage.Presented || made.stage == Stage.Refused || made.stage == Stage.Disputed;
    return waits ? made.until : 0;
  }

  function _due(Arguments memory given, Presentation memory made) internal pure returns (uint256) {
    return uint256(made.since) + given.tenor;
  }
}
