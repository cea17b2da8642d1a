// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRetirable} from "contracts/registry/IRetirable.sol";
import {ITemplates} from "contracts/registry/ITemplates.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IMerchantCheckout} from "./IMerchantCheckout.sol";
import {Invoices} from "./Invoices.sol";

/// @title Merchant checkout
/// @notice One merchant's invoices, receipts and refunds, and an entry in the directory of those who take MZ.
/// @dev A clone: its arguments are in its code. An invoice has a pot of its own with one payer, so a refund after a
/// release is exactly what is left. Nothing stays here.
contract MerchantCheckout is Invoices, IInstance, IRetirable {
  using SafeERC20 for IERC20;

  constructor(ITill till, IERC20 mz, ITemplates templates) Invoices(till, mz, templates) {}

  /// @inheritdoc IMerchantCheckout
  function open() external {
    Arguments memory given = _arguments();
    require(given.owner != address(0) && given.payee != address(0), CheckoutTermsInvalid());
    bool bounded = given.window <= _LONGEST_WINDOW && given.toleranceBps <= _WIDEST_TOLERANCE;
    require(bounded && !_taken.opened, CheckoutTermsInvalid());

    (_taken.opened, _taken.open) = (true, true);
    emit Listed(given.category, given.owner, given.name, given.text);
  }

  /// @inheritdoc IMerchantCheckout
  function setOpen(bool taking) external {
    _only(_arguments().owner);
    // Never before the terms were looked at.
    require(_taken.opened, CheckoutTermsInvalid());
    require(!_taken.ended, CheckoutEnded());
    _taken.open = taking;
    emit OpenSet(taking);
  }

  /// @inheritdoc IMerchantCheckout
  function setCashier(address cashier, bool allowed) external {
    _only(_arguments().owner);
    _cashiers[cashier] = allowed;
    emit CashierSet(cashier, allowed);
  }

  /// @inheritdoc IMerchantCheckout
  function invoice(uint96 amount, uint48 until, bytes32 note) external returns (uint256 number) {
    return _write(amount, false, until, note);
  }

  /// @inheritdoc IMerchantCheckout
  function invoiceInYuan(uint96 fen, uint48 until, bytes32 note) external returns (uint256 number) {
    return _write(fen, true, until, note);
  }

  /// @inheritdoc IMerchantCheckout
  function cancel(uint256 number) external {
    _onlyCashier();
    State state = _invoices[number].state;
    require(state == State.Open, CheckoutStateWrong(state));

    (_invoices[number].state, _invoices[number].ends) = (State.Cancelled, 0);
    emit Cancelled(number);
  }

  /// @inheritdoc IInstance
  function onPayment(
    address payer,
    address token,
    uint256 gross,
    uint256 net,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4) {
    Arguments memory given = _checkTill(token);
    uint256 number = data.length == 0 ? 0 : abi.decode(data, (uint256));
    if (data.length != 0) {
      require(given.window == 0, CheckoutNeedsDeposit());
      Invoice storage found = _invoices[number];
      _checkPaid(given, found, gross);
      (found.state, found.payer, found.gross, found.ends) = (State.Paid, payer, uint96(gross), 0);
    }

    _taken.settled += uint112(gross);
    emit Received(number, payer, ref, gross);
    _MZ.safeTransfer(given.payee, net);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc IInstance
  function onHold(
    address payer,
    address token,
    uint256 gross,
    bytes32 ref,
    bytes calldata
  ) external returns (bytes4, uint256) {
    Arguments memory given = _checkTill(token);
    require(given.window != 0, CheckoutTakesNoDeposit());
    uint256 number = uint256(ref);
    Invoice storage found = _invoices[number];
    _checkPaid(given, found, gross);

    uint256 ends = block.timestamp + given.window;
    (found.state, found.payer, found.gross) = (State.Held, payer, uint96(gross));
    _invoices[number].ends = uint48(ends);
    _taken.held += 1;
    _taken.expiry = uint40(ends + _GRACE);
    emit Held(number, payer, gross, ends);
    return (IInstance.onHold.selector, ends + _GRACE);
  }

  /// @inheritdoc IMerchantCheckout
  function refund(uint256 number, uint96 back) external {
    _only(_arguments().owner);
    Invoice memory found = _held(number);
    require(block.timestamp <= found.ends, CheckoutOver(found.ends));
    require(back <= found.gross, CheckoutRefundTooLarge(found.gross, back));

    _close(number, found, back);
  }

  /// @inheritdoc IMerchantCheckout
  function confirm(uint256 number) external {
    Invoice memory found = _held(number);
    _only(found.payer);

    _close(number, found, 0);
  }

  /// @inheritdoc IMerchantCheckout
  function settle(uint256[] calldata numbers) external {
    bool any;
    for (uint256 i; i < numbers.length; ++i) {
      Invoice memory found = _invoices[numbers[i]];
      if (!_isDue(found)) continue;
      any = true;
      _close(numbers[i], found, 0);
    }
    require(any, CheckoutNothingDue());
  }

  /// @inheritdoc IRetirable
  function onRetire() external returns (bytes4) {
    bool asked = msg.sender == address(_TEMPLATES) && _TEMPLATES.makerOf(address(this)) == address(0);
    require(asked, CheckoutCallerNotRegistry(msg.sender));
    address decider = _arguments().owner;
    address keeper = _TEMPLATES.ownerOf(address(this));
    require(keeper == decider, CheckoutNotAllowed(decider, keeper));
    _checkNothingHeld();

    (_taken.open, _taken.ended) = (false, true);
    emit OpenSet(false);
    collect(_MZ);
    return IRetirable.onRetire.selector;
  }

  /// @inheritdoc IMerchantCheckout
  function collect(IERC20 token) public returns (uint256 amount) {
    amount = token.balanceOf(address(this));
    token.safeTransfer(_arguments().payee, amount);
  }

  function _write(uint96 amount, bool yuan, uint48 until, bytes32 note) private returns (uint256 number) {
    _onlyCashier();
    require(!_taken.ended, CheckoutEnded());
    require(amount != 0 && until >= block.timestamp, CheckoutInvoiceInvalid(amount, until));

    number = ++_taken.invoices;
    Invoice storage fresh = _invoices[number];
    (fresh.amount, fresh.yuan, fresh.ends, fresh.state) = (amount, yuan, until, State.Open);
    emit Invoiced(number, amount, yuan, until, note);
  }

  function _close(uint256 number, Invoice memory found, uint96 back) private {
    uint96 gross = found.gross - back;
    (_invoices[number].state, _invoices[number].ends) = (gross == 0 ? State.Refunded : State.Paid, 0);
    _taken.settled += gross;
    _taken.held -= 1;
    emit Closed(number, found.payer, back);

    // What each received is in the Till's own receipts.
    // slither-disable-next-line unused-return,calls-loop
    if (gross != 0) _TILL.release(address(_MZ), refOf(number), gross, _arguments().payee);
    // slither-disable-next-line unused-return,calls-loop
    if (back != 0) _TILL.refund(address(_MZ), refOf(number), found.payer);
  }

  function _checkTill(address token) private view returns (Arguments memory given) {
    given = _arguments();
    require(msg.sender == address(_TILL), CheckoutCallerNotTill(msg.sender));
    require(token == address(_MZ), CheckoutTokenRefused(token));
    require(_taken.open, CheckoutClosed());
  }

  function _held(uint256 number) private view returns (Invoice memory found) {
    found = _invoices[number];
    require(found.state == State.Held, CheckoutStateWrong(found.state));
  }

  function _onlyCashier() private view {
    address decider = _arguments().owner;
    require(msg.sender == decider || _cashiers[msg.sender], CheckoutNotAllowed(decider, msg.sender));
  }
}
