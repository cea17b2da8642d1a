// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Notary} from "contracts/notary/Notary.sol";
import {Works} from "contracts/works/Works.sol";

/// @title The one of forge's own words that a script needs
interface IForge {
  function startBroadcast() external;
}

/// @title `forge script --broadcast`: a register of works of one's own, beside the platform's
contract DeployWorks {
  bool public constant IS_SCRIPT = true;
  IForge private constant _FORGE = IForge(address(uint160(uint256(keccak256("hevm cheat code")))));

  function run() external returns (Works works) {
    _FORGE.startBroadcast();
    works = new Works(new Notary());
  }
}
