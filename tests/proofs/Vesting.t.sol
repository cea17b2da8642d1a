// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVesting} from "../../contracts/token/IVesting.sol";
import {MZ} from "../../contracts/token/MZ.sol";
import {Vestings} from "../../contracts/token/Vestings.sol";
import {MAKER, PROVER} from "./Prover.sol";

/// @title The whitepaper's schedule for the team: three years, nothing in the first
abstract contract Schedule {
  address internal constant _BENEFICIARY = address(0xbe);
  uint48 internal constant _START = 1_700_000_000;
  uint48 internal constant _CLIFF = 365 days;
  uint48 internal constant _LENGTH = 3 * 365 days;

  IVesting internal _vesting;
  MZ internal _mz;

  function setUp() public {
    _mz = new MZ();
    _vesting = IVesting(new Vestings().create(IVesting.Terms(_BENEFICIARY, _START, _CLIFF, _LENGTH)));
    _mz.transfer(address(_vesting), 1_000_000e18);
  }
}

/// @title Proof about who can take out of a schedule
contract VestingProof is Schedule {
  function check_nobody_else_takes_anything_out(address caller, uint64 time) public {
    PROVER.assume(caller != _BENEFICIARY);
    PROVER.warp(time);
    uint256 had = _mz.balanceOf(address(_vesting));
    bytes memory data = MAKER.createCalldata("IVesting");

    PROVER.prank(caller);
    (bool done, ) = address(_vesting).call(data);

    assert(_mz.balanceOf(address(_vesting)) == had);
    assert(!done || bytes4(data) != IVesting.release.selector);
  }
}

/// @title Proof about the two ends of a schedule, for every total; between them is a quotient no solver gets through
contract VestingTimeProof is Schedule {
  function check_nothing_is_vested_before_the_cliff_and_all_in_the_end(uint256 total, uint64 time) public view {
    PROVER.assume(time < _START + _CLIFF || time >= _START + _LENGTH);

    assert(_vesting.vested(total, time) == (time < _START + _CLIFF ? 0 : total));
  }
}
