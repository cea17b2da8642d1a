// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {INotary} from "../notary/INotary.sol";
import {IWorks} from "./IWorks.sol";

/// @title The register of works
/// @dev The token id follows from content and author, so that claims to the same content stand beside each other and
/// no claim ever has to be taken away from somebody who bought it.
contract Works is ERC721, IWorks {
  /// @dev Times fit into 40 bits for 34,000 years; together with the author they are one word.
  struct Claim {
    address author;
    uint40 claimedAt;
    uint40 registeredAt;
    bool committed;
    bytes32 contentHash;
  }

  INotary private immutable _NOTARY;

  mapping(uint256 work => Claim) private _claims;
  mapping(uint256 work => address) private _payees;
  mapping(bytes32 contentHash => uint256 work) private _first;

  constructor(INotary notary_) ERC721("mzcoin registered works", "WORK") {
    if (address(notary_).code.length == 0) revert WorksNotaryInvalid(address(notary_));
    _NOTARY = notary_;
  }

  /// @inheritdoc IWorks
  function register(bytes32 contentHash) external returns (uint256 work) {
    return _register(contentHash, block.timestamp, false);
  }

  /// @inheritdoc IWorks
  function registerCommitted(bytes32 contentHash, bytes32 salt) external returns (uint256 work) {
    bytes32 commitment = commitmentOf(contentHash, msg.sender, salt);
    uint256 seenAt = _NOTARY.seenAt(commitment);
    if (seenAt == 0) revert WorksCommitmentUnknown(commitment);
    return _register(contentHash, seenAt, true);
  }

  /// @inheritdoc IWorks
  function setPayee(uint256 work, address payee) external {
    if (_requireOwned(work) != msg.sender) revert WorksNotOwner(work, msg.sender);
    _payees[work] = payee;
    emit PayeeChanged(work, payee);
  }

  /// @inheritdoc IWorks
  function firstOf(bytes32 contentHash) external view returns (uint256 work) {
    return _first[contentHash];
  }

  /// @inheritdoc IWorks
  function evidence(uint256 work) external view returns (Evidence memory) {
    address owner = _requireOwned(work);
    Claim memory claim = _claims[work];
    return
      Evidence({
        contentHash: claim.contentHash,
        author: claim.author,
        owner: owner,
        payee: payeeOf(work),
        claimedAt: claim.claimedAt,
        registeredAt: claim.registeredAt,
        committed: claim.committed,
        first: _first[claim.contentHash] == work
      });
  }

  /// @inheritdoc IWorks
  function notary() external view returns (address) {
    return address(_NOTARY);
  }

  /// @inheritdoc IWorks
  function payeeOf(uint256 work) public view returns (address) {
    address owner = _requireOwned(work);
    address payee = _payees[work];
    return payee == address(0) ? owner : payee;
  }

  /// @inheritdoc IWorks
  function commitmentOf(bytes32 contentHash, address author, bytes32 salt) public view returns (bytes32) {
    return keccak256(abi.encode(block.chainid, address(this), contentHash, author, salt));
  }

  /// @inheritdoc IWorks
  function workOf(bytes32 contentHash, address author) public pure returns (uint256 work) {
    return uint256(keccak256(abi.encode(contentHash, author)));
  }

  /// @dev The new owner has not agreed to pay anybody.
  function _update(address to, uint256 work, address auth) internal override returns (address from) {
    from = super._update(to, work, auth);
    if (from != address(0) && _payees[work] != address(0)) {
      delete _payees[work];
      emit PayeeChanged(work, address(0));
    }
  }

  function _register(bytes32 contentHash, uint256 claimedAt, bool committed) private returns (uint256 work) {
    if (contentHash == 0) revert WorksHashEmpty();
    work = workOf(contentHash, msg.sender);
    if (_claims[work].author != address(0)) revert WorksAlreadyRegistered(work);

    _claims[work] = Claim({
      author: msg.sender,
      claimedAt: uint40(claimedAt),
      registeredAt: uint40(block.timestamp),
      committed: committed,
      contentHash: contentHash
    });
    // Equal times keep the order of arrival.
    uint256 first = _first[contentHash];
    if (first == 0 || claimedAt < _claims[first].claimedAt) _first[contentHash] = work;
    emit WorkRegistered(work, contentHash, msg.sender, claimedAt, committed);

    _mint(msg.sender, work);
  }
}
