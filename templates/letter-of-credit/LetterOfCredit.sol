// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {CreditLedger} from "./CreditLedger.sol";
import {ILetterOfCredit} from "./ILetterOfCredit.sol";

/// @title Letter of credit
/// @notice One credit, paid in before it is issued and paid out against documents.
/// @dev A clone: its arguments are in its code. All money is in one pot of the Till with one payer; each drawing is a
/// release, the rest is refunded.
contract LetterOfCredit is CreditLedger, IInstance {
  ITill private immutable _TILL;

  constructor(ITill till) {
    _TILL = till;
  }

  /// @inheritdoc IInstance
  function onHold(
    address payer,
    address currency,
    uint256 gross,
    bytes32 ref,
    bytes calldata
  ) external returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    require(msg.sender == address(_TILL), CreditCallerNotTill(msg.sender));
    _checkTerms(given);
    _require(given, State.Applied);
    bool owed = currency == given.token && gross == given.amount && ref == 0 && _book.funder == address(0);
    bool known = payer == given.applicant || payer == given.issuer;
    require(owed && known, CreditDepositRefused(payer, currency, gross));

    _book.funder = payer;
    emit CreditFunded(payer, gross);
    if (payer == given.issuer) _issue(given);
    return (IInstance.onHold.selector, _expiry(given));
  }

  /// @inheritdoc IInstance
  function onPayment(address, address, uint256, uint256, bytes32, bytes calldata) external pure returns (bytes4) {
    revert CreditTakesNoPayment();
  }

  /// @inheritdoc ILetterOfCredit
  function issue() external {
    Arguments memory given = _arguments();
    _require(given, State.Applied);
    _only(given.issuer);
    require(_book.funder != address(0), CreditNotFunded());

    _issue(given);
  }

  /// @inheritdoc ILetterOfCredit
  function withdraw() external {
    Arguments memory given = _arguments();
    _require(given, State.Applied);
    require(_book.funder != address(0), CreditNotFunded());
    _only(_book.funder);

    _close(given);
  }

  /// @inheritdoc ILetterOfCredit
  function present(uint96 gross, bytes32[] calldata digests) external returns (uint256 number) {
    Arguments memory given = _arguments();
    _require(given, State.Issued);
    _only(given.beneficiary);
    require(!_book.renounced, CreditStateWrong(State.Ended));
    require(block.timestamp <= given.expires, CreditOver(given.expires));
    require(_isFree(), CreditPresentationsTooMany(_book.presented));
    uint256 least = given.parts ? 1 : given.amount;
    uint256 most = _available(given);
    require(gross >= least && gross <= most, CreditAmountRefused(most, gross));
    _checkDocuments(given, digests);

    number = ++_book.presented;
    _book.reserved += gross;
    uint48 until = uint48(block.timestamp) + given.examination;
    _presentations[number] = Presentation(gross, uint48(block.timestamp), until, Stage.Presented);
    emit DocumentsPresented(number, gross, digests, until);
  }

  /// @inheritdoc ILetterOfCredit
  function honour(uint256 number) external {
    Arguments memory given = _arguments();
    Presentation memory made = _presentations[number];
    require(_isHonourable(given, made), CreditStageWrong(made.stage));
    if (msg.sender != _book.funder) _only(given.issuer);

    if (made.stage == Stage.Refused) _book.reserved += made.gross;
    _accept(given, number, made);
  }

  /// @inheritdoc ILetterOfCredit
  function refuse(uint256 number, bytes32 discrepancies) external {
    Arguments memory given = _arguments();
    _only(given.issuer);
    Presentation memory made = _at(number, Stage.Presented);
    require(block.timestamp <= made.until, CreditOver(made.until));

    uint48 until = uint48(block.timestamp) + given.appeal;
    (_presentations[number].stage, _presentations[number].until) = (Stage.Refused, until);
    _book.reserved -= made.gross;
    if (given.arbiter != address(0)) _book.appealable = until;
    emit DocumentsRefused(number, discrepancies, until);
  }

  /// @inheritdoc ILetterOfCredit
  function appeal(uint256 number, bytes32 reason) external {
    Arguments memory given = _arguments();
    _only(given.beneficiary);
    Presentation memory made = _at(number, Stage.Refused);
    require(given.arbiter != address(0) && !_book.renounced, CreditStageWrong(made.stage));
    require(block.timestamp <= made.until, CreditOver(made.until));
    uint256 most = _available(given);
    require(made.gross <= most, CreditAmountRefused(most, made.gross));

    uint48 until = uint48(block.timestamp) + given.ruling;
    (_presentations[number].stage, _presentations[number].until) = (Stage.Disputed, until);
    _book.reserved += made.gross;
    emit RefusalAppealed(number, reason, until);
  }

  /// @inheritdoc ILetterOfCredit
  function rule(uint256 number, bool comply) external {
    Arguments memory given = _arguments();
    _only(given.arbiter);
    Presentation memory made = _at(number, Stage.Disputed);
    require(block.timestamp <= made.until, CreditOver(made.until));

    if (comply) _accept(given, number, made);
    else _drop(number, made);
  }

  /// @inheritdoc ILetterOfCredit
  function settle(uint256 number) external {
    Arguments memory given = _arguments();
    Presentation memory made = _presentations[number];
    require(_isOverdue(given, made), CreditStageWrong(made.stage));

    if (made.stage == Stage.Presented) _accept(given, number, made);
    else if (made.stage == Stage.Disputed) _drop(number, made);
    else _pay(given, number, made);
  }

  /// @inheritdoc ILetterOfCredit
  function assign(address to) external {
    address from = _payee(_arguments());
    _only(from);
    require(to != address(0), CreditAssigneeInvalid());

    _book.payee = to;
    emit ProceedsAssigned(from, to);
  }

  /// @inheritdoc ILetterOfCredit
  function renounce() external {
    Arguments memory given = _arguments();
    _require(given, State.Issued);
    _only(given.beneficiary);

    _book.renounced = true;
    emit CreditRenounced();
  }

  /// @inheritdoc ILetterOfCredit
  function close() external returns (uint256 refunded) {
    Arguments memory given = _arguments();
    _require(given, State.Ended);
    require(_book.funder != address(0), CreditNotFunded());

    return _close(given);
  }

  function _issue(Arguments memory given) private {
    _book.issued = true;
    emit CreditIssued(given.issuer, given.expires);
  }

  function _accept(Arguments memory given, uint256 number, Presentation memory made) private {
    uint256 due = _due(given, made);
    _presentations[number].stage = Stage.Accepted;
    emit DocumentsAccepted(number, due);
    if (block.timestamp >= due) _pay(given, number, made);
  }

  function _drop(uint256 number, Presentation memory made) private {
    _presentations[number].stage = Stage.Dropped;
    _book.reserved -= made.gross;
    emit DocumentsDropped(number);
  }

  function _pay(Arguments memory given, uint256 number, Presentation memory made) private {
    address to = _payee(given);
    _presentations[number].stage = Stage.Paid;
    _book.reserved -= made.gross;
    _book.drawn += made.gross;
    emit CreditDrawn(number, to, made.gross);

    // What each received is in the Till's own receipts.
    // slither-disable-next-line unused-return
    _TILL.release(given.token, 0, made.gross, to);
  }

  function _close(Arguments memory given) private returns (uint256 refunded) {
    _book.closed = true;
    // The Till gives exactly what was not released.
    refunded = uint256(given.amount) - _book.drawn;
    emit CreditClosed(refunded);

    // slither-disable-next-line unused-return
    _TILL.refund(given.token, 0, _book.funder);
  }

  function _checkDocuments(Arguments memory given, bytes32[] calldata digests) private pure {
    uint256 required = given.documents.length;
    uint256 complete = 0;
    for (uint256 place = 0; place < digests.length; ++place) {
      if (digests[place] != 0) ++complete;
    }
    require(digests.length == required && complete == required, CreditDocumentsIncomplete(required, complete));
  }
}
