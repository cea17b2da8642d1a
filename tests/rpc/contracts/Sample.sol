// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Everything a client can meet: state, events, a constructor argument, and each way to fail.
contract Sample {
  error TooSmall(uint256 given, uint256 least);

  event Stored(address indexed by, uint256 indexed value, string note);

  uint256 public value;
  mapping(address => uint256) public given;

  constructor(uint256 start) payable {
    value = start;
  }

  receive() external payable {
    given[msg.sender] += msg.value;
  }

  function store(uint256 next, string calldata note) external payable returns (uint256 before) {
    before = value;
    value = next;
    given[msg.sender] += msg.value;
    emit Stored(msg.sender, next, note);
  }

  function storeTwice(uint256 next) external {
    value = next;
    emit Stored(msg.sender, next, "one");
    emit Stored(msg.sender, next + 1, "two");
  }

  function failWords() external pure {
    revert("these words");
  }

  function failCustom(uint256 amount) external pure {
    revert TooSmall(amount, 10);
  }

  function failPanic(uint256 divisor) external pure returns (uint256) {
    return 1 / divisor;
  }

  function failEmpty() external pure {
    revert();
  }

  function failGas() external view returns (uint256 sum) {
    while (gasleft() > 0) sum++;
  }

  function surroundings() external view returns (uint256 number, uint256 time, address coinbase, uint256 baseFee) {
    return (block.number, block.timestamp, block.coinbase, block.basefee);
  }
}
