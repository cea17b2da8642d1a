// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Where shares are issued
/// @notice Anyone issues shares in an income of their own; nobody owns them or the issuer, and there are never more.
interface ISharesIssuer {
  /// @notice Emitted when shares were issued; `currency` 0 is ether
  event SharesIssued(address indexed shares, address indexed currency, string name, string symbol, uint256 supply);

  /// @notice Thrown unless there are 1 to 32 first holders with an amount each and at most 2^96 - 1 shares, and the
  /// currency is ether or a contract
  error SharesIssueInvalid();

  /// @notice Issues shares
  /// @param name for example "Film 12"
  /// @param symbol for example "FILM12"
  /// @param currency of the income, 0 for ether
  /// @param holders the first holders
  /// @param amounts what each of them gets, in the smallest unit (18 decimals)
  function issue(
    string calldata name,
    string calldata symbol,
    address currency,
    address[] calldata holders,
    uint256[] calldata amounts
  ) external returns (address shares);

  /// @notice Whether an address is a contract of shares issued here
  function isShares(address account) external view returns (bool);

  /// @notice What all shares delegate to
  function implementation() external view returns (address);
}
