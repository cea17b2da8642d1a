// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";

/// @title An instance whose code can be changed, by its owner through the registry that made it
/// @dev One word from the registry is an address to move to; everything else is the implementation's. The registry
/// never sends one word otherwise: see `TemplatesCallMalformed`. Function calls are never one word: 4 bytes, then whole
/// ones.
contract InstanceProxy is Proxy {
  address private immutable _REGISTRY;

  /// @param implementation the code of the version the instance is made from
  constructor(address implementation) {
    _REGISTRY = msg.sender;
    ERC1967Utils.upgradeToAndCall(implementation, "");
  }

  /// @dev Instances hold no ether: payments go through the Till, which sends it with a plain transfer to payees only.
  receive() external payable {
    _fallback();
  }

  function _fallback() internal override {
    if (msg.sender == _REGISTRY && msg.data.length == 32) {
      ERC1967Utils.upgradeToAndCall(abi.decode(msg.data, (address)), "");
    } else {
      super._fallback();
    }
  }

  function _implementation() internal view override returns (address) {
    return ERC1967Utils.getImplementation();
  }
}
