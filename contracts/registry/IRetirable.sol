// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the registry asks of an instance that its owner ends
interface IRetirable {
  /// @notice Called by the registry when the instance's owner ends it: send all funds where the instance's own rules
  /// send them, refuse new business, or revert while somebody is still owed something.
  /// @dev Must check that the caller is the registry and that `makerOf(address(this))` is 0.
  /// @return ok `IRetirable.onRetire.selector`
  function onRetire() external returns (bytes4 ok);
}
