// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the funds raised are used for
/// @notice 40 % technology, 15 % promotion, 15 % distribution, 30 % reserve: section 11.3 of the whitepaper
interface IFundUse {
  /// @notice The four uses, in the order of the whitepaper
  enum Use {
    Technology,
    Promotion,
    Distribution,
    Reserve
  }

  /// @notice Emitted when ether came and was divided, in wei
  event Divided(uint256 amount, uint256 technology, uint256 promotion, uint256 distribution, uint256 reserve);

  /// @notice Emitted when a use's money left for its recipient, in wei
  event Pulled(Use indexed use, address indexed recipient, uint256 amount);

  /// @notice Thrown for a recipient that is 0 or this contract
  error FundUseRecipientInvalid(Use use, address recipient);
  /// @notice Thrown when nothing waits for a use
  error FundUseNothingDue(Use use);
  /// @notice Thrown when a recipient does not take its money; it waits
  error FundUseSendRefused(Use use, address recipient, uint256 amount);

  /// @notice Sends what waits for a use to its recipient; anyone may call
  function pull(Use use) external returns (uint256 amount);

  /// @notice What waits for a use, in wei
  function due(Use use) external view returns (uint256);

  /// @notice Who receives a use's money, for good
  function recipientOf(Use use) external view returns (address);

  /// @notice A use's part of `amount`; the reserve takes what rounding leaves
  function partOf(Use use, uint256 amount) external pure returns (uint256);
}
