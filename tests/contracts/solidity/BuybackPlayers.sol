// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Coin} from "./Coins.sol";

/// @title Stops telling balances when it is told to: says no, burns gas, or answers nothing
contract MuteCoin is Coin {
  uint256 public mute;

  error MuteCoinSaysNothing();

  constructor() Coin(18) {}

  function silence(uint256 how) external {
    mute = how;
  }

  function balanceOf(address account) public view override returns (uint256) {
    if (mute == 1) revert MuteCoinSaysNothing();
    while (mute == 2) {}
    if (mute == 3) {
      assembly ("memory-safe") {
        return(0, 0)
      }
    }
    return super.balanceOf(account);
  }
}
