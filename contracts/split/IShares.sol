// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Shares in a stream of income
/// @notice An ERC-20 of fixed supply. Income in one currency (0 is ether) that is sent to it belongs to those who hold
/// shares at that moment, in proportion.
interface IShares {
  /// @notice Emitted when new income was counted, in the currency's smallest unit
  event Collected(uint256 amount);

  /// @notice Emitted when a holder's income left
  event IncomeClaimed(address indexed holder, address indexed to, uint256 amount);

  /// @notice Thrown when somebody else than the issuer makes the first holders, or a second time
  error SharesNotIssuer(address caller);
  /// @notice Thrown when the implementation itself is used: nobody holds it
  error SharesBare();
  /// @notice Thrown when shares are sent to their own contract, or income to 0 or to the contract
  error SharesReceiverRefused(address receiver);
  /// @notice Thrown when there is nothing to claim
  error SharesNothingDue(address holder);
  /// @notice Thrown when the shares are entered while a receiver's or the currency's code runs
  error SharesBusy();
  /// @notice Thrown when a claim is not taken
  error SharesSendRefused(address to, uint256 amount);
  /// @notice Thrown when the currency moved another amount than it was told
  error SharesTokenOdd(address token, uint256 expected, uint256 moved);

  /// @notice Makes the first holders; the issuer calls it once, when the contract is made
  function initialise(address[] calldata holders, uint256[] calldata amounts) external;

  /// @notice Counts income that has come since the last time; every transfer and claim does so too
  function collect() external returns (uint256 amount);

  /// @notice Sends the caller's whole income to `to`
  function claim(address to) external returns (uint256 amount);

  /// @notice Sends a holder's whole income to that holder; anyone may call
  function claimFor(address holder) external returns (uint256 amount);

  /// @notice What `claim` would give a holder now
  function claimable(address holder) external view returns (uint256);

  /// @notice Income there ever was, as far as counted
  function income() external view returns (uint256);

  /// @notice The currency of the income, 0 for ether
  function currency() external view returns (address);
}
