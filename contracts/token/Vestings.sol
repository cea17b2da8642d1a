// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IVesting} from "./IVesting.sol";
import {IVestings} from "./IVestings.sol";
import {Vesting} from "./Vesting.sol";

/// @title The factory of vesting schedules
/// @dev Stores nothing: a schedule's address follows from its terms, so making somebody's schedule before they do
/// gives them the very one they wanted.
contract Vestings is IVestings {
  /// @dev An ERC-1167 clone without arguments has 45 bytes of code.
  uint256 private constant _CLONE_BYTES = 45;

  address private immutable _IMPLEMENTATION;

  constructor() {
    _IMPLEMENTATION = address(new Vesting());
  }

  /// @inheritdoc IVestings
  function create(IVesting.Terms calldata terms) external returns (address vesting) {
    bytes memory packed = _pack(terms);
    vesting = _addressOf(packed);
    if (vesting.code.length != 0) return vesting;
    // The address is known already.
    // slither-disable-next-line unused-return
    Clones.cloneDeterministicWithImmutableArgs(_IMPLEMENTATION, packed, 0);
    emit VestingCreated(vesting, terms.beneficiary);
  }

  /// @inheritdoc IVestings
  function predict(IVesting.Terms calldata terms) external view returns (address vesting) {
    return _addressOf(_pack(terms));
  }

  /// @inheritdoc IVestings
  function isVesting(address account) external view returns (bool) {
    if (account.code.length <= _CLONE_BYTES) return false;
    return _addressOf(Clones.fetchCloneArgs(account)) == account;
  }

  /// @inheritdoc IVestings
  function implementation() external view returns (address) {
    return _IMPLEMENTATION;
  }

  function _addressOf(bytes memory packed) private view returns (address) {
    return Clones.predictDeterministicAddressWithImmutableArgs(_IMPLEMENTATION, packed, 0);
  }

  function _pack(IVesting.Terms calldata terms) private pure returns (bytes memory) {
    (uint256 start, uint256 cliff, uint256 length) = (terms.start, terms.cliff, terms.length);
    if (terms.beneficiary == address(0)) revert VestingBeneficiaryZero();
    if (length == 0 || cliff > length || start + length > type(uint48).max) {
      revert VestingScheduleInvalid(start, cliff, length);
    }
    return abi.encode(terms);
  }
}
