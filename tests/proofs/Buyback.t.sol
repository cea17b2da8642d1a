// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Buyback} from "../../contracts/buyback/Buyback.sol";
import {IBuyback} from "../../contracts/buyback/IBuyback.sol";
import {IMZ} from "../../contracts/token/IMZ.sol";
import {MZ} from "../../contracts/token/MZ.sol";
import {PROVER} from "./Prover.sol";

/// @title Proofs about who can say what to the buyback, whatever it has been told before
/// @dev Its neighbours are this contract, and its only currency is ether.
contract BuybackProof {
  address private constant _AUDITOR = address(0xa0);

  Buyback private _buyback;

  function setUp() public {
    IBuyback.Currency[] memory currencies = new IBuyback.Currency[](1);
    currencies[0].minimum = 1;
    _buyback = new Buyback(IMZ(address(new MZ())), address(this), address(this), _AUDITOR, 1e18, currencies);
    PROVER.deal(address(_buyback), 100 ether);
  }

  function check_only_the_auditor_attests(address caller, bytes32 record) public {
    PROVER.prank(caller);
    (bool done, ) = address(_buyback).call(abi.encodeCall(IBuyback.attest, (record)));

    assert(done == (caller == _AUDITOR && record != 0));
  }

  function check_only_the_vault_declares_and_adds_half_at_least(
    address caller,
    uint128 revenue,
    uint128 cost,
    uint96 added,
    bytes32 report
  ) public {
    PROVER.deal(caller, added);
    bytes memory call = abi.encodeCall(IBuyback.declare, (address(0), revenue, cost, added, report));

    PROVER.prank(caller);
    (bool done, ) = address(_buyback).call{value: added}(call);

    PROVER.assume(done);
    assert(caller == address(this) && report != 0 && cost <= revenue);
    assert(2 * uint256(added) >= uint256(revenue) - cost);
  }

  function check_no_round_opens_before_its_time(address caller, uint48 time) public {
    (, , uint256 next) = _buyback.latestRound();
    PROVER.warp(time);

    PROVER.prank(caller);
    (bool done, ) = address(_buyback).call(abi.encodeCall(IBuyback.open, ()));

    assert(!done || time >= next);
  }
}
