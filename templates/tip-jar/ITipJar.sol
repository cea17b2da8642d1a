// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title A tip jar
/// @notice Tip by paying through the Till: `payAndCall(MZ, gross, this, ref, abi.encode(memo))`. The person, or the
/// payee of the work, receives it in the same transaction. Empty data is a tip without a memo.
/// @dev Amounts are in wei of MZ.
interface ITipJar {
  /// @notice Somebody tipped.
  /// @param to who received it
  /// @param ref the giver's own reference
  /// @param gross what the giver paid
  /// @param net what `to` received of it
  /// @param memo the giver's words, at most 280 bytes; nobody has checked them
  event Tipped(address indexed from, address indexed to, bytes32 indexed ref, uint256 gross, uint256 net, string memo);

  /// @notice A jar is for a person or for a work; neither was named.
  error TipRecipientEmpty();
  /// @notice Payments are announced by the Till, and by nobody else.
  error TipCallerNotTill(address caller);
  /// @notice Tips are in MZ.
  error TipTokenRefused(address token);
  /// @notice The tip is smaller than the smallest one this jar takes.
  error TipTooSmall(uint256 least, uint256 given);
  /// @notice The memo is too long, in bytes.
  error TipMemoTooLong(uint256 size, uint256 most);
  /// @notice A tip is given at once; deposits are not taken.
  error TipTakesNoDeposit();
  /// @notice The jar was ended and takes no tips any more.
  error TipJarEnded();
  /// @notice Only the registry ends a jar, and not while it is made.
  error TipCallerNotRegistry(address caller);
  /// @notice A jar is ended by whom it is for: the person, or the work's owner. `owner` owns it at the registry.
  error TipJarNotOwned(address keeper, address owner);

  /// @notice Sends the recipient whatever lies here outside a tip, such as a plain payment; also after the
  /// end. Anyone may call.
  function collect(IERC20 token) external returns (uint256 amount);

  /// @notice Who receives tips now.
  function recipient() external view returns (address recipient);

  /// @notice The registered work that is tipped, 0 for a person's jar.
  function work() external view returns (uint256);

  /// @notice The smallest tip, in wei of MZ.
  function least() external view returns (uint256);

  /// @notice Whether tips are taken: until the jar is ended.
  function isOpen() external view returns (bool);

  /// @notice How many tips were given, and how much in all, gross.
  function tips() external view returns (uint128 count, uint128 total);
}
