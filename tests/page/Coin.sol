// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Some currency that is not MZ.
contract Coin is ERC20 {
  constructor() ERC20("Coin", "COIN") {
    _mint(msg.sender, 1_000_000);
  }
}
