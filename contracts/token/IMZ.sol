// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title The MZ token as other contracts see it
/// @notice 100,000,000 units with 18 decimals, minted once; they can be destroyed, never made.
interface IMZ is IERC20, IERC20Permit {
  /// @notice Destroys `value` wei of MZ of the caller; `Transfer` to 0, a lower `totalSupply`
  function burn(uint256 value) external;

  /// @notice Destroys `value` wei of MZ of `account`, who has approved the caller for them
  function burnFrom(address account, uint256 value) external;
}
