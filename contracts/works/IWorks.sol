// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Registered works
/// @notice A work is one author's claim to one content hash, with the time it was made; its token is the right to
/// dispose of it and can be sold. Several people may claim the same content: nobody can keep an author from registering
/// it, and the earliest claim is the first one. To be safe from those who copy a registration they see coming, anchor
/// `commitmentOf(contentHash, you, salt)` in the Notary first and register with the salt later: your claim then carries
/// the time of the commitment.
interface IWorks is IERC721 {
  /// @notice What a dispute needs
  /// @param contentHash of the work, as the author computed it (SHA-256 by convention)
  /// @param author who made the claim; never changes
  /// @param owner who holds the work now
  /// @param payee who is paid for it now
  /// @param claimedAt unix seconds: of the commitment, or of the registration if there was none
  /// @param registeredAt unix seconds of the registration
  /// @param committed whether `claimedAt` comes from a commitment
  /// @param first whether no earlier claim to the same content is registered
  struct Evidence {
    bytes32 contentHash;
    address author;
    address owner;
    address payee;
    uint256 claimedAt;
    uint256 registeredAt;
    bool committed;
    bool first;
  }

  /// @notice Emitted when a claim has been registered; its token is `work`
  event WorkRegistered(
    uint256 indexed work,
    bytes32 indexed contentHash,
    address indexed author,
    uint256 claimedAt,
    bool committed
  );

  /// @notice Emitted when a work is paid to somebody else from now on; 0 means its owner
  event PayeeChanged(uint256 indexed work, address indexed payee);

  /// @notice Thrown for the content hash 0
  error WorksHashEmpty();
  /// @notice Thrown when this author has registered this content before
  error WorksAlreadyRegistered(uint256 work);
  /// @notice Thrown when the Notary has not seen this commitment
  error WorksCommitmentUnknown(bytes32 commitment);
  /// @notice Thrown when somebody other than the owner changes a work
  error WorksNotOwner(uint256 work, address caller);
  /// @notice Thrown when Works is made with something that is not a Notary
  error WorksNotaryInvalid(address notary);

  /// @notice Claims a content hash as of now; whoever sees this coming can claim it in the same block before you
  /// @return work the token's id
  function register(bytes32 contentHash) external returns (uint256 work);

  /// @notice Claims a content hash as of the time its commitment was anchored
  /// @param salt the random number in the commitment
  function registerCommitted(bytes32 contentHash, bytes32 salt) external returns (uint256 work);

  /// @notice The owner lets a work be paid to somebody else; 0: to the owner. A transfer of the work ends it.
  function setPayee(uint256 work, address payee) external;

  /// @notice What to anchor in the Notary before registering
  function commitmentOf(bytes32 contentHash, address author, bytes32 salt) external view returns (bytes32);

  /// @notice The token id of an author's claim, registered or not
  function workOf(bytes32 contentHash, address author) external pure returns (uint256 work);

  /// @notice The earliest registered claim to a content hash, 0 if there is none
  function firstOf(bytes32 contentHash) external view returns (uint256 work);

  /// @notice Who is paid for a work
  function payeeOf(uint256 work) external view returns (address);

  /// @notice Everything the chain knows about a work
  function evidence(uint256 work) external view returns (Evidence memory);

  /// @notice Where commitments are anchored
  function notary() external view returns (address);
}
