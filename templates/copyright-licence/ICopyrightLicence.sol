// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Licences of one registered work
/// @notice Buy a licence by paying through the Till: `payAndCall(MZ, gross, this, ref, abi.encode(kind, quantity))`,
/// where `gross` is exactly `costOf(kind, quantity)`. The work's payee is paid in the same transaction.
/// @dev Kinds: 0 a use, 1 a download, 2 a period. Prices are in wei of MZ, gross; 0 means not for sale.
/// A licence is a right of the account that paid. What was bought is counted in the receipt, not derived from prices,
/// so nothing the owner changes afterwards touches it.
interface ICopyrightLicence {
  /// @notice What can be bought.
  enum Kind {
    Use,
    Download,
    Period
  }

  /// @notice What an account has bought and not used up.
  /// @param until free use lasts until this time, in seconds since 1970; the second itself is outside
  /// @param uses single uses left
  /// @param downloads downloads left
  /// @param edition the terms of the latest purchase; the `PricesSet` event with this number says them
  struct Receipt {
    uint48 until;
    uint64 uses;
    uint64 downloads;
    uint32 edition;
  }

  /// @notice The prices that hold from now on. Edition 1 is the instance's arguments.
  event PricesSet(uint32 indexed edition, uint96 perUse, uint96 perDownload, uint96 perPeriod, uint32 period);
  /// @notice A licence was sold on the terms of `edition`.
  /// @param ref the buyer's own reference
  /// @param gross what the buyer paid, in wei of MZ
  /// @param until the end of free use after this purchase; unchanged by uses and downloads
  event Licensed(
    address indexed account,
    Kind indexed kind,
    bytes32 indexed ref,
    uint32 quantity,
    uint256 gross,
    uint32 edition,
    uint48 until
  );
  /// @notice An account used up one of its uses or downloads; whoever delivers the work may act on this.
  event Redeemed(address indexed account, Kind indexed kind, bytes32 indexed note, uint64 left);

  /// @notice Payments are announced by the Till, and by nobody else.
  error LicenceCallerNotTill(address caller);
  /// @notice This is the code behind the instances and sells nothing itself.
  error LicenceBareImplementation();
  /// @notice Licences are sold for MZ.
  error LicenceTokenRefused(address token);
  /// @notice An order is `abi.encode(kind, quantity)`, 64 bytes.
  error LicenceOrderMalformed(uint256 size);
  /// @notice The owner has not opened the sale, or has ended it for good.
  error LicenceNotOpen();
  /// @notice This kind of licence has no price.
  error LicenceNotForSale(uint256 kind);
  /// @notice The payment is not the price; look at the prices again.
  /// @param expected what this order costs now, in wei of MZ
  /// @param given what was paid
  error LicencePriceMismatch(uint256 expected, uint256 given);
  /// @notice A period for sale needs a length.
  error LicencePeriodEmpty();
  /// @notice Only the owner of the work may do this.
  error LicenceNotOwner(address owner, address caller);
  /// @notice The sale is open already.
  error LicenceAlreadyOpen();
  /// @notice The account has none left of this kind.
  error LicenceNothingLeft(uint256 kind);
  /// @notice Licences are settled at once; deposits are not taken.
  error LicenceTakesNoDeposit();
  /// @notice The sale has ended for good; licences already sold live on.
  error LicenceEnded();
  /// @notice Only the registry ends a sale, and not while the instance is made.
  error LicenceCallerNotRegistry(address caller);

  /// @notice Opens the sale at the prices in the arguments; the registry calls it while the work's owner makes the
  /// instance.
  function open() external;

  /// @notice Changes the prices for later buyers. A payment already on its way at another price fails.
  function setPrices(uint96 perUse, uint96 perDownload, uint96 perPeriod, uint32 period) external;

  /// @notice Uses up one of your uses (kind 0) or downloads (kind 1).
  /// @param note anything by which whoever delivers finds this again
  function redeem(Kind kind, bytes32 note) external;

  /// @notice Sends the work's payee whatever lies here outside a sale, such as a plain payment; also
  /// after the end. Anyone may call.
  function collect(IERC20 token) external returns (uint256 amount);

  /// @notice Whether `account` may use the work in this way now.
  function isLicensed(address account, Kind kind) external view returns (bool);

  /// @notice What `account` has left.
  function licenceOf(
    address account
  ) external view returns (uint48 until, uint64 uses, uint64 downloads, uint32 edition);

  /// @notice What an order costs now, in wei of MZ, all included.
  function costOf(Kind kind, uint32 quantity) external view returns (uint256 gross);

  /// @notice The present prices and the length of a period in seconds.
  function prices()
    external
    view
    returns (uint96 perUse, uint96 perDownload, uint96 perPeriod, uint32 period, uint32 edition);

  /// @notice Whether the work's owner has opened the sale, and not ended it.
  function isOpen() external view returns (bool);

  /// @notice The registered work that is licensed.
  function work() external view returns (uint256);

  /// @notice The SHA-256 digest in the content address of the licence text, 0 if it is stated elsewhere.
  function text() external view returns (bytes32);

  /// @notice The present owner of the work.
  function owner() external view returns (address owner);
}
