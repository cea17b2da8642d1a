// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A revenue split
/// @notice Divides whatever it receives among fixed payees. They are part of its code: nobody can change them.
/// @dev `token = address(0)` is ether everywhere.
interface ISplit {
  /// @notice One payee and their part in basis points
  struct Part {
    address payee;
    uint16 bps;
  }

  /// @notice Emitted when new income was divided; `amount` includes what rounding leaves for the next time
  event Distributed(address indexed token, uint256 amount);

  /// @notice Emitted when a payee did not take their part: it waits
  event Credited(address indexed payee, address indexed token, uint256 amount);

  /// @notice Emitted when a credit left the split
  event Withdrawn(address indexed payee, address indexed token, address to, uint256 amount);

  /// @notice Thrown when there is no new income in this token
  error SplitNothingToDistribute(address token);
  /// @notice Thrown when a split is entered while a token's or payee's code runs
  error SplitBusy();
  /// @notice Thrown when there is nothing to withdraw
  error SplitNoCredit(address token, address payee);
  /// @notice Thrown when a withdrawal is not taken
  error SplitSendRefused(address token, address to, uint256 amount);
  /// @notice Thrown when money would go to 0, the split itself or the token
  error SplitReceiverRefused(address receiver);
  /// @notice Thrown when the implementation itself is used: it has no payees
  error SplitBare();

  /// @notice Divides the income since the last time; anyone may call
  /// @dev Every payee has been given floor(all income ever * bps / 10,000): it makes no difference how often and when
  /// this is called, so no payee can farm the rounding. Fewer units than there are payees wait for the next income.
  /// @return amount the income that was divided
  function distribute(address token) external returns (uint256 amount);

  /// @notice Sends the caller's whole credit to `to`
  function withdraw(address token, address to) external returns (uint256 amount);

  /// @notice Sends a payee's whole credit to that payee; anyone may call
  function withdrawFor(address token, address payee) external returns (uint256 amount);

  /// @notice The payees and their parts
  function parts() external view returns (Part[] memory);

  /// @notice What waits for `payee` to be withdrawn
  function credit(address token, address payee) external view returns (uint256);

  /// @notice Income that `distribute` would divide now
  function pending(address token) external view returns (uint256);
}
