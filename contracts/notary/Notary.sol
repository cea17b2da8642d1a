// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INotary} from "./INotary.sol";

/// @title The platform's notary
/// @notice One word per digest, written once
contract Notary is INotary {
  mapping(bytes32 digest => uint256 time) private _seenAt;

  /// @inheritdoc INotary
  function anchor(bytes32 digest) external returns (uint256 firstSeen) {
    if (digest == 0) revert NotaryDigestEmpty();
    firstSeen = _seenAt[digest];
    // Zero is what a digest that was never seen reads as.
    // slither-disable-next-line incorrect-equality
    if (firstSeen == 0) {
      firstSeen = block.timestamp;
      _seenAt[digest] = firstSeen;
    }
    emit Anchored(digest, msg.sender, firstSeen);
  }

  /// @inheritdoc INotary
  function seenAt(bytes32 digest) external view returns (uint256) {
    return _seenAt[digest];
  }
}
