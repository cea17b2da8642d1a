// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title One contract that several parties sign with their keys
/// @notice The first party pays, the second performs, all others sign with them. The price waits in the Till:
/// `hold(token(), price, this, 0, "")`. What is on the chain is handed over against the price in one transaction; what
/// is not leaves signatures that nobody can deny, and pays unless the payer objects.
/// @dev Amounts in the smallest units of `token()`, times in seconds since 1970, shares in basis points. A signature is
/// EIP-712: `Agreement(address party,bytes32 text,bytes32 terms)` in the domain ("Signed agreement", "1", chain id,
/// this address), or ERC-1271 for parties with code.
interface IAgreement {
  /// @notice What the agreement is waiting for.
  /// @dev Drafted: signatures, and the price. Lapsed: that anybody sends the money back. Binding: performance.
  /// Reported: the payer's objection. Disputed: the arbiter. Closed: nothing. Signed: nothing, and no money was in it.
  enum State {
    Drafted,
    Lapsed,
    Binding,
    Reported,
    Disputed,
    Closed,
    Signed
  }

  /// @notice What the second party owes.
  /// @dev Duty: something outside the chain. Tokens: an amount of an ERC-20. Item: one ERC-721 token.
  enum Delivery {
    Duty,
    Tokens,
    Item
  }

  /// @notice A party signed. `signature` is empty where the transaction itself is the party's signature.
  event AgreementSigned(address indexed party, bytes32 digest, bytes signature);
  /// @notice Everybody has signed and the price is there.
  event AgreementBinding(uint256 performBy);
  /// @notice A party did not want to sign, or the second one gave up: all deposits went back.
  event AgreementEnded(address indexed party);
  /// @notice The second party says that the duty is done; the payer may object until `until`.
  event PerformanceReported(bytes32 evidence, uint256 until);
  /// @notice The payer says that it is not; the arbiter has until `until`.
  event Objected(bytes32 reason, uint256 until);
  /// @notice The asset and the price changed hands.
  event Delivered(address indexed asset, uint256 quantity);
  /// @notice The price was divided; the payer was refunded what the second party did not receive.
  event AgreementClosed(uint256 toPerformer);

  /// @notice Deposits are announced by the Till, and by nobody else.
  error AgreementCallerNotTill(address caller);
  /// @notice This is the code behind the instances and nobody's agreement.
  error AgreementBareImplementation();
  /// @notice The price is deposited; direct payments are not taken.
  error AgreementTakesNoPayment();
  /// @notice The terms make no agreement: parties fewer than 2, more than 8, 0 or named twice, an arbiter among them,
  /// times in the wrong order, less than a day to object or to rule, or no asset where one is to be delivered.
  error AgreementTermsInvalid();
  /// @notice This account is no party.
  error AgreementNotParty(address account);
  /// @notice Only this account may do this.
  error AgreementNotAllowed(address allowed, address caller);
  /// @notice This party has signed already.
  error AgreementSignedAlready(address party);
  /// @notice The signature is not this party's, or not for this text, these terms, this instance or this chain.
  error AgreementSignatureInvalid(address party);
  /// @notice The agreement is waiting for something else.
  error AgreementStateWrong(State state);
  /// @notice Neither what the payer nor what the second party owes, or there already.
  error AgreementDepositRefused(address payer, address token, uint256 gross);
  /// @notice There is nothing to hand over on the chain, or it is not there yet.
  error AgreementNothingToDeliver();
  /// @notice The asset says that it was handed over, and is still somebody else's.
  error AgreementAssetOdd(address asset);
  /// @notice It is too late for this: `limit` was the last second.
  error AgreementOver(uint256 limit);
  /// @notice A ruling gives the second party at most 10,000 basis points.
  error AgreementRulingInvalid(uint256 performerBps);

  /// @notice A party signs by this transaction.
  function sign() external;

  /// @notice Anybody hands in a party's signature.
  function signFor(address party, bytes calldata signature) external;

  /// @notice A party ends a draft for good; deposits go back.
  function decline() external;

  /// @notice The second party gives up: the price goes back in full.
  function giveUp() external;

  /// @notice Hands asset and price over, each against the other. Anyone may call.
  function deliver() external;

  /// @notice The second party says that the duty is done and gives evidence.
  function report(bytes32 evidence) external;

  /// @notice The payer is content: the second party is paid at once.
  function accept() external;

  /// @notice The payer is not.
  function object(bytes32 reason) external;

  /// @notice The arbiter gives the second party a part of the price, in basis points, and the payer the rest.
  function rule(uint16 performerBps) external;

  /// @notice Once somebody was silent too long, anyone carries out what that means.
  function settle() external;

  /// @notice What it waits for, until when (0: for good), and how many have signed.
  function standing() external view returns (State state, uint256 ends, uint256 signatures, uint256 signers);

  /// @notice Whether it is in this state.
  function isState(State wanted) external view returns (bool);

  /// @notice The last second of what it is waiting for, 0 for good.
  function endsOf() external view returns (uint256);

  /// @notice Whether anyone may settle.
  function isOverdue() external view returns (bool);

  /// @notice Whether `deliver` can be done now.
  function isDeliverable() external view returns (bool);

  /// @notice Whether the payer can deposit the price now.
  function isPayable() external view returns (bool);

  /// @notice Whether the second party can deposit tokens now.
  function isStockable() external view returns (bool);

  /// @notice Whether those tokens wait to be handed over.
  function isStocked() external view returns (bool);

  /// @notice Whether the item has to be handed over now.
  function isItemDue() external view returns (bool);

  /// @notice Whether the duty has to be done and reported now.
  function isDutyDue() external view returns (bool);

  /// @notice Whether the payer can accept now.
  function isAcceptable() external view returns (bool);

  /// @notice Whether it is binding and not closed.
  function isOpen() external view returns (bool);

  /// @notice Whether this account is a party.
  function isParty(address account) external view returns (bool);

  /// @notice Whether this party still has to sign.
  function isUnsigned(address party) external view returns (bool);

  /// @notice Whether this account has signed.
  function hasSigned(address party) external view returns (bool);

  /// @notice What a party signs: the EIP-712 digest.
  function digestOf(address party) external view returns (bytes32);

  /// @notice All parties: who pays, who performs, and who signs with them.
  function parties() external view returns (address[] memory);

  /// @notice Who pays.
  function payer() external view returns (address);

  /// @notice Who performs.
  function performer() external view returns (address);

  /// @notice Who rules when the payer objects; 0: nobody, an objection means halves.
  function arbiter() external view returns (address);

  /// @notice The currency, 0 for ether.
  function token() external view returns (address);

  /// @notice The price, gross.
  function price() external view returns (uint256);

  /// @notice What is delivered, the contract it is of, and how many in the smallest unit, or which item.
  function goods() external view returns (Delivery kind, address source, uint256 amount);

  /// @notice The contract whose tokens or item are delivered, 0 for a duty.
  function asset() external view returns (address);

  /// @notice How many of them in their smallest unit, or which item.
  function quantity() external view returns (uint256);

  /// @notice The SHA-256 digest in the content address of the text.
  function text() external view returns (bytes32);
}
