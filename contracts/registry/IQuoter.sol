// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What an author asks about the price of each use
interface IQuoter {
  /// @notice What this user pays. Called with 50,000 gas and without the right to change anything; an answer above the
  /// published price, or none, means the full price.
  /// @param user who uses or upgrades
  /// @param data the wish's arguments, or an upgrade's `migrateData`
  /// @return price in wei of MZ, gross
  function quote(address user, bytes32 id, uint32 version, bytes calldata data) external view returns (uint256 price);
}
