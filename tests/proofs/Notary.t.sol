// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Notary} from "../../contracts/notary/Notary.sol";
import {PROVER} from "./Prover.sol";

/// @title Proofs about the notary, whatever was anchored before
contract NotaryProof {
  Notary private _notary;

  function setUp() public {
    _notary = new Notary();
    PROVER.setArbitraryStorage(address(_notary));
  }

  function check_a_time_once_seen_never_changes(bytes32 digest, bytes32 other, address caller, uint64 time) public {
    uint256 before = _notary.seenAt(digest);
    PROVER.assume(before != 0);
    PROVER.warp(time);

    PROVER.prank(caller);
    (bool done, ) = address(_notary).call(abi.encodeCall(Notary.anchor, (other)));

    assert(done || other == 0);
    assert(_notary.seenAt(digest) == before);
  }

  function check_the_first_time_is_the_time_of_the_block(bytes32 digest, uint64 time) public {
    PROVER.assume(digest != 0 && _notary.seenAt(digest) == 0);
    PROVER.warp(time);

    uint256 answered = _notary.anchor(digest);

    assert(answered == time);
    assert(_notary.seenAt(digest) == time);
  }

  function check_anchoring_touches_no_other_digest(bytes32 digest, bytes32 other, uint64 time) public {
    PROVER.assume(digest != other && other != 0);
    uint256 before = _notary.seenAt(digest);
    PROVER.warp(time);

    _notary.anchor(other);

    assert(_notary.seenAt(digest) == before);
  }
}
