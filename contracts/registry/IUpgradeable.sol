// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the registry asks of an upgradeable template's code
interface IUpgradeable {
  /// @notice Called by the registry on an instance right after it was moved here; puts its storage into this version's
  /// shape, or reverts, and then the instance stays as it was.
  /// @dev Must check that the caller is the registry and that `makerOf(address(this))` is 0: while an instance is made,
  /// its maker chooses the registry's call. Keep storage in ERC-7201 namespaces and only ever append to their structs.
  /// @param fromVersion the version that the instance had until now; versions may be skipped
  /// @param data from the instance's owner
  /// @return ok `IUpgradeable.migrate.selector`
  function migrate(uint32 fromVersion, bytes calldata data) external returns (bytes4 ok);
}
