// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title A merchant's checkout
/// @notice Pay an invoice, in MZ or for what it is worth in yuan: with a window for refunds by a deposit through the
/// Till, `hold(MZ, costOf(invoice), this, bytes32(invoice), "")`; without one at once, `payAndCall(MZ,
/// costOf(invoice), this, ref, abi.encode(invoice))`. Empty data is a payment without an invoice.
/// @dev Amounts are in wei of MZ, or in fen (hundredths of a yuan), times in seconds since 1970, shares in basis
/// points. Invoices are numbered from 1. All checkouts of a trade are found by the event `Listed`, whose first topic is
/// the category; the registry says which template each was made from.
interface IMerchantCheckout {
  /// @notice What an invoice is waiting for.
  /// @dev Open: its payment. Held: the end of the window. Paid, Refunded and Cancelled are for good.
  enum State {
    None,
    Open,
    Held,
    Paid,
    Refunded,
    Cancelled
  }

  /// @notice The merchant takes MZ here; this is the partners' directory.
  event Listed(bytes32 indexed category, address indexed owner, string name, bytes32 text);
  /// @notice The merchant takes no payments any more, or does again.
  event OpenSet(bool open);
  /// @notice Somebody may write invoices, or may not any more.
  event CashierSet(address indexed cashier, bool allowed);
  /// @notice An invoice was written; `amount` is in wei of MZ, or in fen.
  event Invoiced(uint256 indexed invoice, uint256 amount, bool yuan, uint256 until, bytes32 note);
  /// @notice An invoice will not be paid.
  event Cancelled(uint256 indexed invoice);
  /// @notice The receipt of a deposit: it can be refunded until `ends`.
  event Held(uint256 indexed invoice, address indexed payer, uint256 gross, uint256 ends);
  /// @notice The receipt of a payment; `invoice` 0 and the payer's own `ref` for one without an invoice.
  event Received(uint256 indexed invoice, address indexed payer, bytes32 indexed ref, uint256 gross);
  /// @notice A deposit was divided: `back` went to the payer, the rest was settled.
  event Closed(uint256 indexed invoice, address indexed payer, uint256 back);

  /// @notice Payments are announced by the Till, and by nobody else.
  error CheckoutCallerNotTill(address caller);
  /// @notice This is the code behind the instances and sells nothing itself.
  error CheckoutBareImplementation();
  /// @notice The terms make no checkout: owner or payee 0, a window above 180 days, a tolerance above 10 %, or it was
  /// opened before.
  error CheckoutTermsInvalid();
  /// @notice MZ alone are taken.
  error CheckoutTokenRefused(address token);
  /// @notice The merchant takes no payments now.
  error CheckoutClosed();
  /// @notice Only this account may do this.
  error CheckoutNotAllowed(address allowed, address caller);
  /// @notice An invoice needs an amount of at most 2^96 - 1 and a time in the future.
  error CheckoutInvoiceInvalid(uint256 amount, uint256 until);
  /// @notice The invoice is waiting for something else.
  error CheckoutStateWrong(State state);
  /// @notice It is too late for this: `limit` was the last second.
  error CheckoutOver(uint256 limit);
  /// @notice The payment is not what the invoice costs, or too far from its worth in yuan.
  error CheckoutPriceMismatch(uint256 expected, uint256 given);
  /// @notice There is no price in yuan here: ask for an invoice in MZ.
  error CheckoutPriceUnknown();
  /// @notice Here invoices are paid with a deposit that can be refunded.
  error CheckoutNeedsDeposit();
  /// @notice Here invoices are paid at once; deposits are not taken.
  error CheckoutTakesNoDeposit();
  /// @notice A refund is at most what was paid.
  error CheckoutRefundTooLarge(uint256 gross, uint256 back);
  /// @notice None of these invoices can be settled now.
  error CheckoutNothingDue();
  /// @notice The merchant has ended this checkout for good.
  error CheckoutEnded();
  /// @notice So many deposits can be refunded still: settle or refund them, or wait until the Till has given them back.
  error CheckoutDepositsWait(uint256 held, uint256 expiry);
  /// @notice Only the registry ends a checkout, and not while it is made.
  error CheckoutCallerNotRegistry(address caller);

  /// @notice Opens the checkout; the registry calls it when it is made.
  function open() external;

  /// @notice The owner stops taking payments, or takes them again; what is held is not touched.
  function setOpen(bool taking) external;

  /// @notice The owner lets somebody write invoices, and nothing else.
  function setCashier(address cashier, bool allowed) external;

  /// @notice The owner or a cashier writes an invoice.
  /// @param amount in wei of MZ
  /// @param until the last second to pay it
  /// @param note what it is for, such as the merchant's own number
  function invoice(uint96 amount, uint48 until, bytes32 note) external returns (uint256 number);

  /// @notice As `invoice`, for what so many fen of yuan are worth in MZ when it is paid.
  function invoiceInYuan(uint96 fen, uint48 until, bytes32 note) external returns (uint256 number);

  /// @notice The owner or a cashier takes an invoice back that nobody has paid.
  function cancel(uint256 number) external;

  /// @notice The owner refunds a part or all of a deposit, exactly and without a fee; the rest is settled.
  /// @param back in wei of MZ, what the payer gets back
  function refund(uint256 number, uint96 back) external;

  /// @notice The payer is content: the merchant is paid before the window ends.
  function confirm(uint256 number) external;

  /// @notice Anyone settles deposits whose window is over; others among them are passed over.
  function settle(uint256[] calldata numbers) external;

  /// @notice Sends the payee what came here by other ways, in any ERC-20; also after the end. Anyone may call.
  function collect(IERC20 token) external returns (uint256 amount);

  /// @notice What to pay for an invoice now, in wei of MZ, all included.
  function costOf(uint256 number) external view returns (uint256);

  /// @notice An invoice and its receipt: who paid what, and the last second of what it is waiting for, 0 for good.
  function receiptOf(uint256 number) external view returns (State state, uint256 ends, address payer, uint256 gross);

  /// @notice What an invoice asks for, in wei of MZ or in fen of yuan; the other is 0.
  function asks(uint256 number) external view returns (uint256 amount, uint256 fen);

  /// @notice Whether an invoice is in this state.
  function isState(uint256 number, State wanted) external view returns (bool);

  /// @notice Whether an invoice can be paid now with a deposit.
  function canHold(uint256 number) external view returns (bool);

  /// @notice Whether an invoice can be paid now at once.
  function canPay(uint256 number) external view returns (bool);

  /// @notice Whether anyone may settle a deposit.
  function isDue(uint256 number) external view returns (bool);

  /// @notice The last second of what an invoice is waiting for, 0 for good.
  function endsOf(uint256 number) external view returns (uint256);

  /// @notice Who paid an invoice with a deposit.
  function payerOf(uint256 number) external view returns (address);

  /// @notice The reference of the pot where an invoice's money waits.
  function refOf(uint256 number) external pure returns (bytes32);

  /// @notice Whether an account may write invoices.
  function isCashier(address account) external view returns (bool);

  /// @notice Whether payments are taken.
  function isOpen() external view returns (bool);

  /// @notice The entry in the directory, and how long deposits can be refunded.
  function profile() external view returns (string memory name, bytes32 category, uint256 window, bytes32 text);

  /// @notice How many invoices there are, and what was settled by now, gross.
  function taken() external view returns (uint256 invoices, uint256 settled);

  /// @notice Who decides.
  function owner() external view returns (address);

  /// @notice Who is paid.
  function payee() external view returns (address);
}
