// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {AgreementProgress} from "./AgreementProgress.sol";
import {IAgreement} from "./IAgreement.sol";

/// @title Signed agreement
/// @notice One text, signed by all its parties; a price that waits until what was promised is done.
/// @dev A clone: its arguments are in its code, and so in its address and in what the parties sign. Price and tokens
/// are in pots of the Till with one payer each; an item stays with its owner until the moment it is handed over.
contract Agreement is AgreementProgress, IInstance {
  uint256 private constant _BPS = 10_000;

  ITill private immutable _TILL;

  constructor(ITill till) {
    _TILL = till;
  }

  /// @inheritdoc IInstance
  function onHold(
    address from,
    address currency,
    uint256 gross,
    bytes32 ref,
    bytes calldata
  ) external returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    require(msg.sender == address(_TILL), AgreementCallerNotTill(msg.sender));
    _checkTerms(given);
    require(ref == 0, AgreementDepositRefused(from, currency, gross));

    if (currency == given.token) {
      _require(given, State.Drafted);
      bool owed = from == given.parties[0] && gross == given.price && !_progress.paid;
      require(owed, AgreementDepositRefused(from, currency, gross));
      _progress.paid = true;
      _announce(given);
    } else {
      bool owed = from == given.parties[1] && currency == given.asset && gross == given.quantity;
      require(owed && _isStockable(given), AgreementDepositRefused(from, currency, gross));
      _progress.stocked = true;
    }
    return (IInstance.onHold.selector, _expiry(given));
  }

  /// @inheritdoc IInstance
  function onPayment(address, address, uint256, uint256, bytes32, bytes calldata) external pure returns (bytes4) {
    revert AgreementTakesNoPayment();
  }

  /// @inheritdoc IAgreement
  function sign() external {
    Arguments memory given = _arguments();
    _sign(given, msg.sender, _digestOf(msg.sender, given.text), "");
  }

  /// @inheritdoc IAgreement
  function signFor(address party, bytes calldata signature) external {
    Arguments memory given = _arguments();
    bytes32 digest = _digestOf(party, given.text);
    bool theirs = SignatureChecker.isValidSignatureNow(party, digest, signature);
    require(theirs, AgreementSignatureInvalid(party));
    _sign(given, party, digest, signature);
  }

  /// @inheritdoc IAgreement
  function decline() external {
    Arguments memory given = _arguments();
    _require(given, State.Drafted);
    (bool found, ) = _find(given, msg.sender);
    require(found, AgreementNotParty(msg.sender));

    emit AgreementEnded(msg.sender);
    _undo(given);
  }

  /// @inheritdoc IAgreement
  function giveUp() external {
    Arguments memory given = _arguments();
    State state = _state(given);
    require(_isOpen(state), AgreementStateWrong(state));
    _only(given.parties[1]);

    emit AgreementEnded(msg.sender);
    _undo(given);
  }

  /// @inheritdoc IAgreement
  function deliver() external {
    Arguments memory given = _arguments();
    _require(given, State.Binding);
    bool here = given.delivery == uint8(Delivery.Item) || _progress.stocked;
    require(here, AgreementNothingToDeliver());

    _progress.closed = true;
    emit Delivered(given.asset, given.quantity);
    emit AgreementClosed(given.price);

    // What each received is in the Till's own receipts.
    // slither-disable-next-line unused-return
    if (given.price != 0) _TILL.release(given.token, 0, given.price, given.parties[1]);
    // slither-disable-next-line unused-return
    if (_progress.stocked) _TILL.release(given.asset, 0, given.quantity, given.parties[0]);
    else _handOver(given);
  }

  /// @inheritdoc IAgreement
  function report(bytes32 evidence) external {
    Arguments memory given = _arguments();
    _require(given, State.Binding);
    require(given.delivery == uint8(Delivery.Duty), AgreementNothingToDeliver());
    _only(given.parties[1]);

    uint256 until = block.timestamp + given.objection;
    _progress.reported = uint48(until);
    emit PerformanceReported(evidence, until);
  }

  /// @inheritdoc IAgreement
  function accept() external {
    Arguments memory given = _arguments();
    State state = _state(given);
    require(_isAcceptable(given, state), AgreementStateWrong(state));
    _only(given.parties[0]);

    _close(given, _BPS);
  }

  /// @inheritdoc IAgreement
  function object(bytes32 reason) external {
    Arguments memory given = _arguments();
    _require(given, State.Reported);
    _only(given.parties[0]);
    require(block.timestamp <= _progress.reported, AgreementOver(_progress.reported));

    uint256 until = block.timestamp + given.ruling;
    _progress.objected = uint48(until);
    emit Objected(reason, until);
  }

  /// @inheritdoc IAgreement
  function rule(uint16 performerBps) external {
    Arguments memory given = _arguments();
    _require(given, State.Disputed);
    _only(given.arbiter);
    require(block.timestamp <= _progress.objected, AgreementOver(_progress.objected));
    require(performerBps <= _BPS, AgreementRulingInvalid(performerBps));

    _close(given, performerBps);
  }

  /// @inheritdoc IAgreement
  function settle() external {
    Arguments memory given = _arguments();
    State state = _state(given);
    require(_overdue(given, state), AgreementStateWrong(state));

    if (state == State.Lapsed) _undo(given);
    else _close(given, state == State.Reported ? _BPS : _BPS / 2);
  }

  function _sign(Arguments memory given, address party, bytes32 digest, bytes memory signature) private {
    _checkTerms(given);
    _require(given, State.Drafted);
    (bool found, uint256 seat) = _find(given, party);
    require(found, AgreementNotParty(party));
    require(!_isSigned(seat), AgreementSignedAlready(party));

    _progress.signed |= uint8(1 << seat);
    emit AgreementSigned(party, digest, signature);
    _announce(given);
  }

  function _announce(Arguments memory given) private {
    if (_isComplete(given)) emit AgreementBinding(given.performBy);
  }

  /// @dev An item that does not move, or moves elsewhere, undoes the payment.
  function _handOver(Arguments memory given) private {
    IERC721 items = IERC721(given.asset);
    items.transferFrom(given.parties[1], given.parties[0], given.quantity);
    require(items.ownerOf(given.quantity) == given.parties[0], AgreementAssetOdd(given.asset));
  }

  /// @dev Every deposit goes back to whoever made it.
  function _undo(Arguments memory given) private {
    Progress memory made = _progress;
    _progress.closed = true;
    emit AgreementClosed(0);

    // slither-disable-next-line unused-return
    if (made.paid) _TILL.refund(given.token, 0, given.parties[0]);
    // slither-disable-next-line unused-return
    if (made.stocked) _TILL.refund(given.asset, 0, given.parties[1]);
  }

  function _close(Arguments memory given, uint256 performerBps) private {
    uint256 toPerformer = (uint256(given.price) * performerBps) / _BPS;
    _progress.closed = true;
    emit AgreementClosed(toPerformer);

    // slither-disable-next-line unused-return
    if (toPerformer != 0) _TILL.release(given.token, 0, toPerformer, given.parties[1]);
    // slither-disable-next-line unused-return
    if (toPerformer < given.price) _TILL.refund(given.token, 0, given.parties[0]);
  }
}
