// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ISplit} from "./ISplit.sol";
import {ISplits} from "./ISplits.sol";
import {Split} from "./Split.sol";

/// @title The factory of splits
/// @dev Stores nothing: a split's address follows from its parts, and its parts can be read from its code.
contract Splits is ISplits {
  uint256 private constant _BPS = 10_000;
  uint256 private constant _MOST_PARTS = 32;
  /// @dev An ERC-1167 clone without arguments has 45 bytes of code.
  uint256 private constant _CLONE_BYTES = 45;

  address private immutable _IMPLEMENTATION;

  constructor() {
    _IMPLEMENTATION = address(new Split());
  }

  /// @inheritdoc ISplits
  function create(ISplit.Part[] calldata parts) external returns (address split) {
    bytes memory packed = _pack(parts);
    split = _addressOf(packed);
    if (split.code.length != 0) return split;
    // The address was predicted above.
    // slither-disable-next-line unused-return
    Clones.cloneDeterministicWithImmutableArgs(_IMPLEMENTATION, packed, 0);
    emit SplitCreated(split);
  }

  /// @inheritdoc ISplits
  function predict(ISplit.Part[] calldata parts) external view returns (address split) {
    return _addressOf(_pack(parts));
  }

  /// @inheritdoc ISplits
  function isSplit(address account) external view returns (bool) {
    if (account.code.length <= _CLONE_BYTES) return false;
    return _addressOf(Clones.fetchCloneArgs(account)) == account;
  }

  /// @inheritdoc ISplits
  function implementation() external view returns (address) {
    return _IMPLEMENTATION;
  }

  function _addressOf(bytes memory packed) private view returns (address) {
    return Clones.predictDeterministicAddressWithImmutableArgs(_IMPLEMENTATION, packed, 0);
  }

  function _pack(ISplit.Part[] calldata parts) private pure returns (bytes memory packed) {
    uint256 count = parts.length;
    if (count == 0 || count > _MOST_PARTS) revert SplitPartsOutOfBounds(count);
    uint256 sum;
    for (uint256 i; i < count; ++i) {
      ISplit.Part calldata part = parts[i];
      address payee = part.payee;
      if (payee == address(0)) revert SplitPayeeZero(i);
      if (part.bps == 0) revert SplitPartZero(i);
      for (uint256 j; j < i; ++j) {
        if (parts[j].payee == payee) revert SplitPayeeTwice(payee);
      }
      sum += part.bps;
      packed = abi.encodePacked(packed, payee, part.bps);
    }
    if (sum != _BPS) revert SplitSumWrong(sum);
  }
}
