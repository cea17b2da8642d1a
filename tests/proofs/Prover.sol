// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What halmos offers a proof while it executes it
/// @dev Calls to this address are carried out by halmos itself; on a chain there is nothing there.
interface IProver {
  /// @notice From here on only worlds are looked at in which `condition` holds
  function assume(bool condition) external pure;

  /// @notice The next call comes from `sender`
  function prank(address sender) external;

  /// @notice The time of the block from now on, unix seconds
  function warp(uint256 time) external;

  /// @notice Gives `account` this many wei
  function deal(address account, uint256 balance) external;

  /// @notice Whatever `account` has stored may be anything from now on
  function setArbitraryStorage(address account) external;
}

/// @title What halmos makes up
interface IMaker {
  /// @notice Any call of any function that contract has
  function createCalldata(string memory contractName) external view returns (bytes memory data);
}

/// @dev The addresses are halmos's: those of keccak256("hevm cheat code") and keccak256("svm cheat code").
IProver constant PROVER = IProver(address(uint160(uint256(keccak256("hevm cheat code")))));
IMaker constant MAKER = IMaker(address(uint160(uint256(keccak256("svm cheat code")))));
