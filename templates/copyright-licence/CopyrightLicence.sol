// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRetirable} from "contracts/registry/IRetirable.sol";
import {ITemplates} from "contracts/registry/ITemplates.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {IWorks} from "contracts/works/IWorks.sol";
import {ICopyrightLicence} from "./ICopyrightLicence.sol";

/// @title Copyright licence
/// @notice One instance sells licences of one work. The work's owner, whoever that is at the time, sets the prices;
/// the work's payee receives what buyers pay.
/// @dev A clone: the arguments, `abi.encode(work, perUse, perDownload, perPeriod, period, text)`, are in its code.
/// There is nothing to initialise but the owner's consent. An account's receipt is one slot.
contract CopyrightLicence is ICopyrightLicence, IInstance, IRetirable {
  using SafeERC20 for IERC20;
  using SafeCast for uint256;

  /// @dev Edition 0: not opened or ended, 1: the prices are those in the arguments, above: those stored here.
  struct Prices {
    uint96 perUse;
    uint96 perDownload;
    uint32 period;
    uint32 edition;
  }

  struct Arguments {
    uint256 work;
    uint96 perUse;
    uint96 perDownload;
    uint96 perPeriod;
    uint32 period;
    bytes32 text;
  }

  address private immutable _TILL;
  IERC20 private immutable _MZ;
  IWorks private immutable _WORKS;
  ITemplates private immutable _TEMPLATES;
  address private immutable _IMPLEMENTATION = address(this);

  Prices private _prices;
  /// @dev In a slot of their own, and only read where they are asked for: what has ended has edition 0, too.
  uint96 private _perPeriod;
  bool private _ended;
  mapping(address account => Receipt) private _receipts;

  modifier onlyInstance() {
    require(address(this) != _IMPLEMENTATION, LicenceBareImplementation());
    _;
  }

  constructor(address till, IERC20 mz, IWorks works, ITemplates templates) {
    _TILL = till;
    _MZ = mz;
    _WORKS = works;
    _TEMPLATES = templates;
  }

  /// @inheritdoc ICopyrightLicence
  function open() external onlyInstance {
    require(_prices.edition == 0, LicenceAlreadyOpen());
    Arguments memory given = _arguments();
    address holder = _WORKS.ownerOf(given.work);
    address maker = _TEMPLATES.makerOf(address(this));
    require(maker == holder, LicenceNotOwner(holder, maker));
    require(given.perPeriod == 0 || given.period != 0, LicencePeriodEmpty());

    _prices.edition = 1;
    emit PricesSet(1, given.perUse, given.perDownload, given.perPeriod, given.period);
  }

  /// @inheritdoc ICopyrightLicence
  function setPrices(uint96 perUse, uint96 perDownload, uint96 perPeriod, uint32 period) external onlyInstance {
    address holder = owner();
    require(msg.sender == holder, LicenceNotOwner(holder, msg.sender));
    require(!_ended, LicenceEnded());
    require(perPeriod == 0 || period != 0, LicencePeriodEmpty());

    uint32 edition = _prices.edition == 0 ? 2 : _prices.edition + 1;
    _prices = Prices(perUse, perDownload, period, edition);
    _perPeriod = perPeriod;
    emit PricesSet(edition, perUse, perDownload, perPeriod, period);
  }

  /// @inheritdoc IInstance
  function onPayment(
    address payer,
    address token,
    uint256 gross,
    uint256 net,
    bytes32 ref,
    bytes calldata data
  ) external onlyInstance returns (bytes4) {
    require(msg.sender == _TILL, LicenceCallerNotTill(msg.sender));
    require(token == address(_MZ), LicenceTokenRefused(token));

    Arguments memory given = _arguments();
    _sell(given, payer, gross, ref, data);
    _MZ.safeTransfer(_WORKS.payeeOf(given.work), net);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc IInstance
  function onHold(address, address, uint256, bytes32, bytes calldata) external pure returns (bytes4, uint256) {
    revert LicenceTakesNoDeposit();
  }

  /// @inheritdoc IRetirable
  function onRetire() external onlyInstance returns (bytes4) {
    bool asked = msg.sender == address(_TEMPLATES) && _TEMPLATES.makerOf(address(this)) == address(0);
    require(asked, LicenceCallerNotRegistry(msg.sender));
    // Whoever made it may have sold the work since.
    address holder = owner();
    address keeper = _TEMPLATES.ownerOf(address(this));
    require(keeper == holder, LicenceNotOwner(holder, keeper));

    _ended = true;
    _prices.edition = 0;
    collect(_MZ);
    return IRetirable.onRetire.selector;
  }

  /// @inheritdoc ICopyrightLicence
  function redeem(Kind kind, bytes32 note) external {
    Receipt storage receipt = _receipts[msg.sender];
    uint64 left =
      kind == Kind.Use
        ? receipt.uses
        : kind == Kind.Download
          ? receipt.downloads
          : 0;
    require(left != 0, LicenceNothingLeft(uint256(kind)));

    --left;
    if (kind == Kind.Use) receipt.uses = left;
    else receipt.downloads = left;
    emit Redeemed(msg.sender, kind, note, left);
  }

  /// @inheritdoc ICopyrightLicence
  function isLicensed(address account, Kind kind) external view returns (bool) {
    Receipt memory receipt = _receipts[account];
    if (kind == Kind.Use) return receipt.uses != 0;
    if (kind == Kind.Download) return receipt.downloads != 0;
    return block.timestamp < receipt.until;
  }

  /// @inheritdoc ICopyrightLicence
  function licenceOf(
    address account
  ) external view returns (uint48 until, uint64 uses, uint64 downloads, uint32 edition) {
    Receipt memory receipt = _receipts[account];
    return (receipt.until, receipt.uses, receipt.downloads, receipt.edition);
  }

  /// @inheritdoc ICopyrightLicence
  function costOf(Kind kind, uint32 quantity) external view onlyInstance returns (uint256 gross) {
    (gross, , ) = _cost(_arguments(), kind, quantity);
  }

  /// @inheritdoc ICopyrightLicence
  function prices()
    external
    view
    onlyInstance
    returns (uint96 perUse, uint96 perDownload, uint96 perPeriod, uint32 period, uint32 edition)
  {
    Prices memory now_ = _prices;
    if (now_.edition > 1) return (now_.perUse, now_.perDownload, _perPeriod, now_.period, now_.edition);
    Arguments memory given = _arguments();
    return (given.perUse, given.perDownload, given.perPeriod, given.period, now_.edition);
  }

  /// @inheritdoc ICopyrightLicence
  function isOpen() external view returns (bool) {
    return _prices.edition != 0;
  }

  /// @inheritdoc ICopyrightLicence
  function work() external view onlyInstance returns (uint256) {
    return _arguments().work;
  }

  /// @inheritdoc ICopyrightLicence
  function text() external view onlyInstance returns (bytes32) {
    return _arguments().text;
  }

  /// @inheritdoc ICopyrightLicence
  function collect(IERC20 token) public onlyInstance returns (uint256 amount) {
    amount = token.balanceOf(address(this));
    token.safeTransfer(_WORKS.payeeOf(_arguments().work), amount);
  }

  /// @inheritdoc ICopyrightLicence
  function owner() public view onlyInstance returns (address) {
    return _WORKS.ownerOf(_arguments().work);
  }

  /// @dev Counted in the buyer's receipt: single rights add up, periods follow one another.
  function _sell(Arguments memory given, address account, uint256 gross, bytes32 ref, bytes calldata data) private {
    (Kind kind, uint32 quantity) = _order(data);
    (uint256 expected, uint32 edition, uint32 period) = _cost(given, kind, quantity);
    require(gross == expected, LicencePriceMismatch(expected, gross));

    Receipt memory receipt = _receipts[account];
    if (kind == Kind.Use) {
      receipt.uses += quantity;
    } else if (kind == Kind.Download) {
      receipt.downloads += quantity;
    } else {
      uint256 from = receipt.until > block.timestamp ? receipt.until : block.timestamp;
      receipt.until = (from + uint256(quantity) * period).toUint48();
    }
    receipt.edition = edition;
    _receipts[account] = receipt;
    emit Licensed(account, kind, ref, quantity, gross, edition, receipt.until);
  }

  function _order(bytes calldata data) private pure returns (Kind, uint32) {
    require(data.length == 64, LicenceOrderMalformed(data.length));
    (uint256 kind, uint32 quantity) = abi.decode(data, (uint256, uint32));
    require(kind <= uint256(type(Kind).max), LicenceNotForSale(kind));
    return (Kind(kind), quantity);
  }

  function _cost(
    Arguments memory given,
    Kind kind,
    uint32 quantity
  ) private view returns (uint256 gross, uint32 edition, uint32 period) {
    Prices memory current = _prices;
    edition = current.edition;
    require(edition != 0, LicenceNotOpen());
    if (edition == 1) {
      gross =
        kind == Kind.Use
          ? given.perUse
          : kind == Kind.Download
            ? given.perDownload
            : given.perPeriod;
      period = given.period;
    } else {
      gross =
        kind == Kind.Use
          ? current.perUse
          : kind == Kind.Download
            ? current.perDownload
            : _perPeriod;
      period = current.period;
    }
    require(gross != 0, LicenceNotForSale(uint256(kind)));
    gross *= quantity;
  }

  function _arguments() private view returns (Arguments memory) {
    return abi.decode(Clones.fetchCloneArgs(address(this)), (Arguments));
  }
}
