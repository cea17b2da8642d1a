// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../contracts/treasury/IVault.sol";
import {Vault} from "../../contracts/treasury/Vault.sol";
import {PROVER} from "./Prover.sol";

/// @title Proofs about who can do what with the vault
/// @dev Bounded where said: the seats are five keys without code, a payment carries no data, signatures have 65 bytes.
/// ecrecover is a function of which nothing is known but that equal questions get equal answers.
contract VaultProof {
  uint256 private constant _SEATS = 5;

  Vault private _vault;
  address[5] private _keys;

  function setUp() public {
    for (uint160 i; i < _SEATS; ++i) _keys[i] = address(0xa0 + i);
    _vault = new Vault(_keys);
    PROVER.deal(address(_vault), 100 ether);
  }

  function check_nothing_is_paid_without_the_signatures_of_all_five(
    uint256 value,
    uint256 deadline,
    uint64 time,
    address caller,
    bytes32[5] calldata r,
    bytes32[5] calldata s,
    uint8[5] calldata v
  ) public {
    address target = address(0xbeef);
    bytes[5] memory signatures;
    for (uint256 i; i < _SEATS; ++i) signatures[i] = abi.encodePacked(r[i], s[i], v[i]);
    bytes32 digest = _vault.digestOf(target, value, "", deadline);
    PROVER.warp(time);

    PROVER.prank(caller);
    (bool done, ) = address(_vault).call(abi.encodeCall(IVault.execute, (target, value, "", deadline, signatures)));

    PROVER.assume(done);
    assert(time <= deadline);
    for (uint256 i; i < _SEATS; ++i) assert(ecrecover(digest, v[i], r[i], s[i]) == _keys[i]);
  }

  function check_no_rotation_begins_without_the_signatures_of_the_four_others(
    address replacement,
    uint256 deadline,
    address caller,
    bytes32[5] calldata r,
    bytes32[5] calldata s,
    uint8[5] calldata v
  ) public {
    uint256 seat = 2;
    bytes[5] memory signatures;
    for (uint256 i; i < _SEATS; ++i) signatures[i] = abi.encodePacked(r[i], s[i], v[i]);
    bytes32 digest = _vault.rotationDigestOf(seat, replacement, deadline);
    bytes memory call = abi.encodeCall(IVault.proposeRotation, (seat, replacement, deadline, signatures));

    PROVER.prank(caller);
    (bool done, ) = address(_vault).call(call);

    PROVER.assume(done);
    for (uint256 i; i < _SEATS; ++i) assert(i == seat || ecrecover(digest, v[i], r[i], s[i]) == _keys[i]);
  }
}
