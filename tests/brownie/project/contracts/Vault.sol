// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Keeps ether until a time; small, with every kind of refusal.
contract Vault {
  error TooEarly(uint256 now_, uint256 until);

  event Kept(address indexed owner, uint256 amount);

  address public immutable owner;
  uint256 public immutable until;
  uint256 public kept;

  constructor(uint256 delay) {
    owner = msg.sender;
    until = block.timestamp + delay;
  }

  function keep() external payable {
    require(msg.value > 0, "nothing sent");
    kept += msg.value;
    emit Kept(msg.sender, msg.value);
  }

  function open() external {
    if (block.timestamp < until) revert TooEarly(block.timestamp, until);
    require(msg.sender == owner, "not yours");
    uint256 amount = kept;
    kept = 0;
    (bool sent, ) = owner.call{value: amount}("");
    require(sent, "not taken");
  }
}
