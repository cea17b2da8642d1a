// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISplit} from "./ISplit.sol";

/// @title Where splits are made
/// @notice Anyone makes a split; the same parts always give the same one. Nobody owns a split or the factory.
interface ISplits {
  /// @notice Emitted when a split did not exist before
  event SplitCreated(address indexed split);

  /// @notice Thrown unless there are 1 to 32 parts
  error SplitPartsOutOfBounds(uint256 count);
  /// @notice Thrown for a payee 0
  error SplitPayeeZero(uint256 index);
  /// @notice Thrown for a payee with two parts
  error SplitPayeeTwice(address payee);
  /// @notice Thrown for a part of nothing
  error SplitPartZero(uint256 index);
  /// @notice Thrown when the parts do not sum up to 10,000 basis points
  error SplitSumWrong(uint256 bps);

  /// @notice Makes the split of these parts, or finds it
  /// @param parts 1 to 32 different payees with 10,000 basis points among them
  function create(ISplit.Part[] calldata parts) external returns (address split);

  /// @notice Where the split of these parts is or would be; refuses what `create` refuses
  function predict(ISplit.Part[] calldata parts) external view returns (address split);

  /// @notice Whether an address is a split made here
  function isSplit(address account) external view returns (bool);

  /// @notice What every split delegates to
  function implementation() external view returns (address);
}
