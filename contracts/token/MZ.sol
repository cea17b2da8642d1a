// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title mzcoin
/// @notice The token of the platform: fixed supply, no mint, no owner, no pause; whoever holds it may burn it.
/// @dev Votes live in a deposit wrapper, so that every trade does not pay for checkpoints.
contract MZ is ERC20, ERC20Permit, ERC20Burnable {
  /// @notice All there will ever be, in wei of MZ
  uint256 public constant SUPPLY = 100_000_000e18;

  /// @notice Mints the whole supply to the deployer
  constructor() ERC20("mzcoin", "MZ") ERC20Permit("mzcoin") {
    _mint(msg.sender, SUPPLY);
  }
}
