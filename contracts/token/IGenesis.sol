// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The first distribution of MZ
/// @notice Table 11-1 of the whitepaper, done once in a constructor, for everyone to check
interface IGenesis {
  /// @notice The five parts of the issue, in the order of the table
  enum Tranche {
    Founders,
    Institutions,
    PublicOffering,
    PrivatePlacement,
    Crowdfunding
  }

  /// @notice Emitted once per tranche, `amount` in wei of MZ
  event Allocated(Tranche indexed tranche, address indexed recipient, uint256 amount);

  /// @notice Thrown when a tranche would go to 0, to Genesis itself or to the token
  error GenesisRecipientInvalid(Tranche tranche, address recipient);
  /// @notice Thrown when a sum is not what the table says
  error GenesisSumWrong(uint256 expected, uint256 found);

  /// @notice The token made here
  function mz() external view returns (address);

  /// @notice What a tranche receives, in wei of MZ
  function amountOf(Tranche tranche) external pure returns (uint256);
}
