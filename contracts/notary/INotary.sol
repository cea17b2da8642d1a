// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title When a digest was first seen
/// @notice Anyone anchors the digest of anything: a file, a commitment, the root of a Merkle tree. The first time
/// counts and nothing can change it. It proves that the content existed then; not who made it.
interface INotary {
  /// @notice Emitted at every anchoring; `firstSeen` is the time that counts, in unix seconds
  event Anchored(bytes32 indexed digest, address indexed by, uint256 firstSeen);

  /// @notice Thrown for the digest 0, which means "nothing"
  error NotaryDigestEmpty();

  /// @notice Records a digest now, unless it was recorded before
  /// @param digest a 32-byte hash. To keep others from learning what is anchored, or from anchoring the content in
  /// their own name first, anchor the hash of (content hash, your address, a random salt) and show those three later.
  /// @return firstSeen unix seconds
  function anchor(bytes32 digest) external returns (uint256 firstSeen);

  /// @notice When a digest was first anchored, unix seconds; 0 for never
  function seenAt(bytes32 digest) external view returns (uint256);
}
