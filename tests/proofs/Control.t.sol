// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Notary} from "../../contracts/notary/Notary.sol";
import {PROVER} from "./Prover.sol";

/// @title Something untrue, which halmos has to refute: otherwise its other answers mean nothing
contract Control {
  function check_a_digest_is_never_seen(bytes32 digest) public {
    Notary notary = new Notary();
    PROVER.assume(digest != 0);
    PROVER.warp(1);

    notary.anchor(digest);

    assert(notary.seenAt(digest) == 0);
  }
}
