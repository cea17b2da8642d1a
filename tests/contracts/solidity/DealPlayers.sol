// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title An item whose contract calls somebody before it moves, or does not move it at all
contract OddItem is ERC721 {
  bool private _lies;
  address private _target;
  bytes private _data;

  constructor() ERC721("Odd item", "ODD") {}

  function mint(address to, uint256 id) external {
    _mint(to, id);
  }

  function lie() external {
    _lies = true;
  }

  function callOnTransfer(address target, bytes calldata data) external {
    (_target, _data) = (target, data);
  }

  function transferFrom(address from, address to, uint256 id) public override {
    if (_lies) return;
    if (_target != address(0)) {
      (bool done, bytes memory answer) = _target.call(_data);
      if (!done) {
        assembly ("memory-safe") {
          revert(add(answer, 32), mload(answer))
        }
      }
    }
    super.transferFrom(from, to, id);
  }
}

/// @title A party with code that signs one digest by ERC-1271
contract CodeParty is IERC1271 {
  bytes32 private _agreed;

  function agree(bytes32 digest) external {
    _agreed = digest;
  }

  function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
    return digest == _agreed ? IERC1271.isValidSignature.selector : bytes4(0);
  }
}
