// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Payment against shipping documents
/// @notice An irrevocable credit among importer, exporter and banks, after the customs of UCP 600: the money waits in
/// the Till (`hold(token(), amount, this, 0, "")`), the exporter presents documents, the issuing bank examines them in
/// fixed days, and silence is acceptance.
/// @dev Amounts are gross, in the smallest units of `token()`; times in seconds since 1970. Presentations are numbered
/// from 1. Articles in comments are those of UCP 600.
interface ILetterOfCredit {
  /// @notice What the credit is waiting for.
  /// @dev Applied: the money, and the bank's word. Issued: documents, or decisions about them. Ended: that anybody
  /// sends the rest back. Closed: nothing.
  enum State {
    Applied,
    Issued,
    Ended,
    Closed
  }

  /// @notice What a presentation is waiting for.
  /// @dev Presented: the bank's examination. Refused: the exporter's appeal. Disputed: the arbiter. Accepted: its due
  /// day. Paid, Dropped: nothing.
  enum Stage {
    None,
    Presented,
    Refused,
    Disputed,
    Accepted,
    Paid,
    Dropped
  }

  /// @notice The money is there; `funder` gets back what is never drawn.
  event CreditFunded(address indexed funder, uint256 gross);
  /// @notice The bank issued it: from now on it is irrevocable until `expires`.
  event CreditIssued(address indexed issuer, uint256 expires);
  /// @notice Documents were presented, in the order of `documents()`; the bank has until `until`.
  event DocumentsPresented(uint256 indexed number, uint256 gross, bytes32[] digests, uint256 until);
  /// @notice The bank gave notice of discrepancies; the exporter may appeal until `until`.
  event DocumentsRefused(uint256 indexed number, bytes32 discrepancies, uint256 until);
  /// @notice The exporter appealed; the arbiter has until `until`.
  event RefusalAppealed(uint256 indexed number, bytes32 reason, uint256 until);
  /// @notice Documents were accepted, by a decision or by silence; they are paid on `due`.
  event DocumentsAccepted(uint256 indexed number, uint256 due);
  /// @notice The refusal of documents became final.
  event DocumentsDropped(uint256 indexed number);
  /// @notice A presentation was paid.
  event CreditDrawn(uint256 indexed number, address indexed payee, uint256 gross);
  /// @notice The proceeds belong to somebody else from now on (article 39).
  event ProceedsAssigned(address indexed from, address indexed to);
  /// @notice The exporter renounced what was not drawn yet.
  event CreditRenounced();
  /// @notice The rest went back to the funder.
  event CreditClosed(uint256 refunded);

  /// @notice Deposits are announced by the Till, and by nobody else.
  error CreditCallerNotTill(address caller);
  /// @notice This is the code behind the instances and nobody's credit.
  error CreditBareImplementation();
  /// @notice The money is deposited; direct payments are not taken.
  error CreditTakesNoPayment();
  /// @notice The terms make no credit: a party that is 0 or examines or judges itself, no amount, no documents or more
  /// than 8, or less than a day to examine, to appeal or to rule.
  error CreditTermsInvalid();
  /// @notice Importer or bank deposit exactly the amount, once, in the credit's currency, with reference 0.
  error CreditDepositRefused(address payer, address token, uint256 gross);
  /// @notice Only this account may do this.
  error CreditNotAllowed(address allowed, address caller);
  /// @notice The credit is waiting for something else.
  error CreditStateWrong(State state);
  /// @notice The presentation is waiting for something else.
  error CreditStageWrong(Stage stage);
  /// @notice It is too late for this: `limit` was the last second.
  error CreditOver(uint256 limit);
  /// @notice The credit has no money yet, or had none.
  error CreditNotFunded();
  /// @notice More than the credit still has, or part of one that is paid in one piece only.
  error CreditAmountRefused(uint256 available, uint256 given);
  /// @notice Not one digest for each of the required documents.
  error CreditDocumentsIncomplete(uint256 required, uint256 given);
  /// @notice One presentation is examined at a time, and there are at most 12.
  error CreditPresentationsTooMany(uint256 presented);
  /// @notice Proceeds are not assigned to nobody.
  error CreditAssigneeInvalid();

  /// @notice The bank issues the credit.
  function issue() external;

  /// @notice Whoever paid in takes the money back before the bank has issued.
  function withdraw() external;

  /// @notice The exporter presents documents for an amount: a digest for each of `documents()`.
  function present(uint96 gross, bytes32[] calldata digests) external returns (uint256 number);

  /// @notice The bank, or whoever paid in, accepts documents, discrepancies waived.
  function honour(uint256 number) external;

  /// @notice The bank refuses documents and says why.
  function refuse(uint256 number, bytes32 discrepancies) external;

  /// @notice The exporter asks the arbiter about a refusal.
  function appeal(uint256 number, bytes32 reason) external;

  /// @notice The arbiter decides whether the documents comply.
  function rule(uint256 number, bool comply) external;

  /// @notice Once somebody was silent too long, or a payment is due, anyone carries out what that means.
  function settle(uint256 number) external;

  /// @notice Whoever is to be paid assigns the proceeds, to a bank that has paid them in advance, say.
  function assign(address to) external;

  /// @notice The exporter renounces what is not drawn and not being decided.
  function renounce() external;

  /// @notice Once the credit has ended, anyone sends the rest back.
  function close() external returns (uint256 refunded);

  /// @notice What it waits for, until when documents can be presented, and what was drawn of how much.
  function standing() external view returns (State state, uint256 ends, uint256 drawn, uint256 total);

  /// @notice Whether it is in this state.
  function isState(State wanted) external view returns (bool);

  /// @notice A presentation: its stage, amount, the last second of that stage (0 for good) and the day it is due.
  function presentation(
    uint256 number
  ) external view returns (Stage stage, uint256 gross, uint256 until, uint256 dueOn);

  /// @notice Whether a presentation is in this stage.
  function isStage(uint256 number, Stage wanted) external view returns (bool);

  /// @notice The last second of what a presentation is waiting for, 0 for good.
  function endsOf(uint256 number) external view returns (uint256);

  /// @notice Whether anyone may settle a presentation.
  function isOverdue(uint256 number) external view returns (bool);

  /// @notice Whether a presentation can still be honoured.
  function isHonourable(uint256 number) external view returns (bool);

  /// @notice Whether a refusal can be appealed now.
  function isAppealable(uint256 number) external view returns (bool);

  /// @notice Whether the money can be deposited now.
  function isFundable() external view returns (bool);

  /// @notice Whether the bank can issue now, and the funder withdraw.
  function isIssuable() external view returns (bool);

  /// @notice Whether documents can be presented now.
  function isPresentable() external view returns (bool);

  /// @notice Whether the rest can be sent back now.
  function isClosable() external view returns (bool);

  /// @notice What can still be drawn.
  function available() external view returns (uint256);

  /// @notice How many presentations there were; the newest has this number.
  function presentations() external view returns (uint256);

  /// @notice Who applied for it: the importer.
  function applicant() external view returns (address);

  /// @notice In whose favour it is: the exporter.
  function beneficiary() external view returns (address);

  /// @notice The issuing bank, which examines.
  function issuer() external view returns (address);

  /// @notice Who decides about appeals; 0: nobody, refusals are final.
  function arbiter() external view returns (address);

  /// @notice Who paid in, 0 before.
  function funder() external view returns (address);

  /// @notice Who is paid: the exporter or whom the proceeds were assigned to.
  function payee() external view returns (address);

  /// @notice The currency, 0 for ether.
  function token() external view returns (address);

  /// @notice What must be deposited.
  function amount() external view returns (uint256);

  /// @notice The names of the documents that must be presented.
  function documents() external view returns (string[] memory names);

  /// @notice How long it runs, whether it is paid in parts, and how many seconds after presentation.
  function terms() external view returns (uint256 expires, bool parts, uint256 tenor);

  /// @notice The last second to issue it and to present documents.
  function expiresOn() external view returns (uint256);

  /// @notice The SHA-256 digest in the content address of the credit's text.
  function text() external view returns (bytes32);
}
