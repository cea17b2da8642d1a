// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IYuanFeed} from "contracts/price/IYuanFeed.sol";
import {ITemplates} from "contracts/registry/ITemplates.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IMerchantCheckout} from "./IMerchantCheckout.sol";

/// @title A merchant's invoices and what each waits for
/// @dev Knows the arguments, prices and the clock; moves no money.
abstract contract Invoices is IMerchantCheckout {
  struct Arguments {
    address owner;
    address payee;
    string name;
    bytes32 category;
    uint32 window;
    uint16 toleranceBps;
    bytes32 text;
  }

  /// @dev `amount`: in wei of MZ, or in fen; `ends`: the last second to pay it, then the last second to refund it.
  struct Invoice {
    uint96 amount;
    uint96 gross;
    uint48 ends;
    bool yuan;
    State state;
    address payer;
  }

  /// @dev One slot. `held`: invoices that can be refunded still; `expiry`: when the Till lets go of the last of them.
  /// All that was ever settled is far below 112 bits, because each settlement burns a part of all there is.
  struct Taken {
    uint48 invoices;
    uint112 settled;
    uint32 held;
    uint40 expiry;
    bool opened;
    bool open;
    bool ended;
  }

  uint256 internal constant _BPS = 10_000;
  uint256 internal constant _LONGEST_WINDOW = 180 days;
  uint256 internal constant _WIDEST_TOLERANCE = 1_000;
  /// @dev After the window, for whoever has to call `settle`; then the Till gives the money back.
  uint256 internal constant _GRACE = 365 days;
  uint256 private constant _ONE = 1e18;
  /// @dev Prices in yuan have 18 decimals.
  uint256 private constant _FEN = 1e16;

  ITill internal immutable _TILL;
  IERC20 internal immutable _MZ;
  ITemplates internal immutable _TEMPLATES;
  address private immutable _IMPLEMENTATION = address(this);

  Taken internal _taken;
  mapping(uint256 number => Invoice) internal _invoices;
  mapping(address account => bool) internal _cashiers;

  constructor(ITill till, IERC20 mz, ITemplates templates) {
    _TILL = till;
    _MZ = mz;
    _TEMPLATES = templates;
  }

  /// @inheritdoc IMerchantCheckout
  function costOf(uint256 number) external view returns (uint256) {
    return _costOf(_invoices[number]);
  }

  /// @inheritdoc IMerchantCheckout
  function receiptOf(uint256 number) external view returns (State state, uint256 ends, address payer, uint256 gross) {
    Invoice memory found = _invoices[number];
    return (found.state, found.ends, found.payer, found.gross);
  }

  /// @inheritdoc IMerchantCheckout
  function asks(uint256 number) external view returns (uint256 amount, uint256 fen) {
    Invoice memory found = _invoices[number];
    if (found.yuan) return (0, found.amount);
    return (found.amount, 0);
  }

  /// @inheritdoc IMerchantCheckout
  function isState(uint256 number, State wanted) external view returns (bool) {
    return _invoices[number].state == wanted;
  }

  /// @inheritdoc IMerchantCheckout
  function canHold(uint256 number) external view returns (bool) {
    return _isPayable(_invoices[number]) && _arguments().window != 0;
  }

  /// @inheritdoc IMerchantCheckout
  function canPay(uint256 number) external view returns (bool) {
    return _isPayable(_invoices[number]) && _arguments().window == 0;
  }

  /// @inheritdoc IMerchantCheckout
  function isDue(uint256 number) external view returns (bool) {
    return _isDue(_invoices[number]);
  }

  /// @inheritdoc IMerchantCheckout
  function endsOf(uint256 number) external view returns (uint256) {
    return _invoices[number].ends;
  }

  /// @inheritdoc IMerchantCheckout
  function payerOf(uint256 number) external view returns (address) {
    return _invoices[number].payer;
  }

  /// @inheritdoc IMerchantCheckout
  function isCashier(address account) external view returns (bool) {
    return account == _arguments().owner || _cashiers[account];
  }

  /// @inheritdoc IMerchantCheckout
  function isOpen() external view returns (bool) {
    return _taken.open;
  }

  /// @inheritdoc IMerchantCheckout
  function profile() external view returns (string memory name, bytes32 category, uint256 window, bytes32 text) {
    Arguments memory given = _arguments();
    return (given.name, given.category, given.window, given.text);
  }

  /// @inheritdoc IMerchantCheckout
  function taken() external view returns (uint256 invoices, uint256 settled) {
    return (_taken.invoices, _taken.settled);
  }

  /// @inheritdoc IMerchantCheckout
  function owner() external view returns (address) {
    return _arguments().owner;
  }

  /// @inheritdoc IMerchantCheckout
  function payee() external view returns (address) {
    return _arguments().payee;
  }

  /// @inheritdoc IMerchantCheckout
  function refOf(uint256 number) public pure returns (bytes32) {
    return bytes32(number);
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, CheckoutNotAllowed(allowed, msg.sender));
  }

  /// @dev Owed until settled, refunded, or the Till gives it back by itself.
  function _checkNothingHeld() internal view {
    // A count, which nobody can push off zero for good.
    // slither-disable-next-line incorrect-equality
    require(_taken.held == 0 || block.timestamp > _taken.expiry, CheckoutDepositsWait(_taken.held, _taken.expiry));
  }

  /// @dev The payer's amount is what they signed: a price that has moved meanwhile is met within the tolerance.
  function _checkPaid(Arguments memory given, Invoice memory found, uint256 gross) internal view {
    require(found.state == State.Open, CheckoutStateWrong(found.state));
    require(block.timestamp <= found.ends, CheckoutOver(found.ends));
    uint256 expected = _costOf(found);
    uint256 slack = found.yuan ? (expected * given.toleranceBps) / _BPS : 0;
    require(gross + slack >= expected && gross <= expected + slack, CheckoutPriceMismatch(expected, gross));
  }

  function _isPayable(Invoice memory found) internal view returns (bool) {
    if (!_taken.open || found.state != State.Open) return false;
    return block.timestamp <= found.ends;
  }

  function _isDue(Invoice memory found) internal view returns (bool) {
    if (found.state != State.Held) return false;
    return block.timestamp > found.ends;
  }

  /// @dev Rounded up, so that nothing is free.
  function _costOf(Invoice memory found) internal view returns (uint256) {
    if (!found.yuan) return found.amount;
    address feed = _TILL.feed();
    require(feed != address(0), CheckoutPriceUnknown());
    uint256 yuan = IYuanFeed(feed).yuanOf(address(_MZ), _ONE);
    require(yuan != 0, CheckoutPriceUnknown());
    return Math.mulDiv(found.amount * _FEN, _ONE, yuan, Math.Rounding.Ceil);
  }

  /// @dev The arguments were encoded one by one; a struct with a text has its offset before it.
  function _arguments() internal view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, CheckoutBareImplementation());
    return abi.decode(bytes.concat(bytes32(uint256(32)), Clones.fetchCloneArgs(address(this))), (Arguments));
  }
}
