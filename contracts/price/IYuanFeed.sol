// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Prices in yuan
/// @notice The one question the platform asks of a price feed. Whether a price is fresh is the feed's judgement.
interface IYuanFeed {
  /// @notice Thrown when the feed has no fresh price for a currency
  error YuanFeedStale(address currency);

  /// @notice The value of an amount in yuan
  /// @dev Reverts unless the price is fresh; never answers with an old or invented one. The feed knows the currency's
  /// decimals, its callers need not.
  /// @param currency a token, 0 for ether
  /// @param amount in the currency's smallest unit
  /// @return yuan with 18 decimals, rounded down
  function yuanOf(address currency, uint256 amount) external view returns (uint256 yuan);
}
