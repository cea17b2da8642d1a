// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMZ} from "../../contracts/token/IMZ.sol";
import {MZ} from "../../contracts/token/MZ.sol";
import {MAKER, PROVER} from "./Prover.sol";

/// @title Proofs about MZ, whoever holds and allowed what
/// @dev Storage is anything, so each proof is one step of an induction: what it assumes about the sums holds after the
/// constructor and is kept by every call.
contract MZProof {
  MZ private _mz;

  function setUp() public {
    _mz = new MZ();
  }

  function check_all_there_ever_will_be_is_made_at_once(address anyone) public view {
    assert(_mz.totalSupply() == 100_000_000e18);
    assert(_mz.balanceOf(anyone) == (anyone == address(this) ? _mz.totalSupply() : 0));
  }

  function check_only_burning_changes_the_supply(address caller) public {
    PROVER.setArbitraryStorage(address(_mz));
    uint256 before = _mz.totalSupply();
    bytes memory data = MAKER.createCalldata("MZ");
    PROVER.assume(bytes4(data) != IMZ.burn.selector && bytes4(data) != IMZ.burnFrom.selector);

    PROVER.prank(caller);
    (bool done, ) = address(_mz).call(data);

    PROVER.assume(done);
    assert(_mz.totalSupply() == before);
  }

  function check_a_transfer_conserves(address from, address to, address other, uint256 amount) public {
    PROVER.setArbitraryStorage(address(_mz));
    PROVER.assume(from != to && other != from && other != to);
    (uint256 had, uint256 got, uint256 bystander) = (_mz.balanceOf(from), _mz.balanceOf(to), _mz.balanceOf(other));
    PROVER.assume(had <= _mz.totalSupply() && got <= _mz.totalSupply() - had);

    PROVER.prank(from);
    _mz.transfer(to, amount);

    assert(amount <= had);
    assert(_mz.balanceOf(from) == had - amount);
    assert(_mz.balanceOf(to) == got + amount);
    assert(_mz.balanceOf(other) == bystander);
  }

  function check_burning_takes_from_one_holder_and_from_the_supply(
    address holder,
    address caller,
    address other,
    uint256 amount
  ) public {
    PROVER.setArbitraryStorage(address(_mz));
    PROVER.assume(other != holder);
    (uint256 had, uint256 bystander, uint256 supply) = (_mz.balanceOf(holder), _mz.balanceOf(other), _mz.totalSupply());
    PROVER.assume(had <= supply && bystander <= supply - had);

    PROVER.prank(caller);
    _mz.burnFrom(holder, amount);

    assert(_mz.totalSupply() == supply - amount && amount <= had);
    assert(_mz.balanceOf(holder) == had - amount);
    assert(_mz.balanceOf(other) == bystander);
  }

  function check_nobody_loses_without_having_allowed_it(address holder, address caller) public {
    PROVER.setArbitraryStorage(address(_mz));
    PROVER.assume(caller != holder);
    (uint256 had, uint256 allowed) = (_mz.balanceOf(holder), _mz.allowance(holder, caller));
    bytes memory data = MAKER.createCalldata("MZ");
    // Whoever the call names first: the one that transferFrom takes from.
    address named;
    assembly ("memory-safe") {
      named := shr(96, shl(96, mload(add(data, 36))))
    }
    PROVER.assume(_areWithinSupply(holder, caller) && _areWithinSupply(holder, named));

    PROVER.prank(caller);
    (bool done, ) = address(_mz).call(data);

    PROVER.assume(done);
    uint256 has = _mz.balanceOf(holder);
    assert(has >= had || had - has <= allowed);
  }

  /// @dev Two holders have no more than there is.
  function _areWithinSupply(address one, address other) private view returns (bool) {
    uint256 had = _mz.balanceOf(one);
    uint256 supply = _mz.totalSupply();
    return had <= supply && (one == other || _mz.balanceOf(other) <= supply - had);
  }
}
