// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IMZ} from "../token/IMZ.sol";
import {ICatalogue} from "./ICatalogue.sol";
import {ITemplates} from "./ITemplates.sol";

/// @title What has been published: templates, their versions and terms
/// @notice Publishing, retiring and reading. What a use costs is `Charges`, uses are `Templates`.
/// @dev A version is written once; afterwards only `retired` can change, to true, and whether its author is asked for a
/// lower price.
abstract contract Catalogue is ITemplates {
  /// @dev The user brings the creation code; otherwise instances are clones of an implementation deployed here.
  uint16 internal constant _CODE = 1;
  /// @dev Every instance's code has the published hash.
  uint16 internal constant _FIXED_RUNTIME = 2;
  /// @dev Instances are proxies that their owners may move to later versions.
  uint16 internal constant _UPGRADEABLE = 4;
  uint256 private constant _SHARE_MOST = 1_000;
  /// @dev EIP-3860 and EIP-170; beyond them the chain itself fails without saying why.
  uint256 internal constant _INITCODE_MOST = 49_152;
  uint256 internal constant _RUNTIME_MOST = 24_576;

  /// @dev One slot. `number` counts templates from 1: it stands for the id where 32 bytes would cost a slot more.
  struct Template {
    address author;
    uint32 versions;
    uint40 number;
  }

  /// @dev Four slots, five with a runtime hash; both first ones are read at every use.
  struct Release {
    address payee;
    uint96 price;
    address implementation;
    uint48 publishedAt;
    uint16 shareBps;
    uint16 flags;
    bool retired;
    bool quoted;
    bytes32 codeHash;
    bytes32 manifest;
    bytes32 runtimeHash;
  }

  IMZ internal immutable _MZ;
  address private immutable _TILL;

  mapping(bytes32 id => Template) private _templates;
  mapping(bytes32 id => mapping(uint32 version => Release)) private _releases;
  /// @dev Ids in the order of their first version; template `number` is at `number - 1`.
  bytes32[] private _ids;

  constructor(address mz, address till) {
    require(mz.code.length != 0, TemplatesAddressInvalid(mz));
    require(till != address(0), TemplatesAddressInvalid(till));

    _MZ = IMZ(mz);
    _TILL = till;
  }

  /// @inheritdoc ICatalogue
  function publishClone(
    bytes32 name,
    bytes calldata initcode,
    bytes32 manifest,
    Terms calldata terms
  ) external returns (bytes32 id, uint32 version) {
    return _publishImplementation(name, initcode, manifest, terms, 0);
  }

  /// @inheritdoc ICatalogue
  function publishUpgradeable(
    bytes32 name,
    bytes calldata initcode,
    bytes32 manifest,
    Terms calldata terms
  ) external returns (bytes32 id, uint32 version) {
    return _publishImplementation(name, initcode, manifest, terms, _UPGRADEABLE);
  }

  /// @inheritdoc ICatalogue
  function publishCode(
    bytes32 name,
    bytes32 initcodeHash,
    bytes32 runtimeHash,
    bytes32 manifest,
    Terms calldata terms
  ) external returns (bytes32 id, uint32 version) {
    require(initcodeHash != 0, TemplatesCodeEmpty());

    (id, version) = _number(name);
    _publish(id, version, name, _CODE, address(0), initcodeHash, runtimeHash, manifest, terms);
  }

  /// @inheritdoc ICatalogue
  function retire(bytes32 id, uint32 version) external {
    Release storage release = _ownRelease(id, version);
    require(!release.retired, TemplatesVersionRetired(id, version));

    release.retired = true;
    emit Retired(id, version);
  }

  /// @inheritdoc ICatalogue
  function attest(bytes32 id, uint32 version, bytes32 report) external {
    _release(id, version);
    emit Attested(id, version, msg.sender, report);
  }

  /// @inheritdoc ICatalogue
  function agreedOf(bytes32 id, uint32 version) external view returns (bytes32) {
    return _agreed(_release(id, version));
  }

  /// @inheritdoc ICatalogue
  function versionOf(bytes32 id, uint32 version) external view returns (Version memory) {
    Release memory release = _release(id, version);
    return
      Version({
        author: _templates[id].author,
        publishedAt: release.publishedAt,
        retired: release.retired,
        flags: release.flags,
        implementation: release.implementation,
        codeHash: release.codeHash,
        runtimeHash: release.runtimeHash,
        manifest: release.manifest,
        terms: Terms({price: release.price, shareBps: release.shareBps, payee: release.payee})
      });
  }

  /// @inheritdoc ICatalogue
  function versionsOf(bytes32 id) external view returns (uint32) {
    return _templates[id].versions;
  }

  /// @inheritdoc ICatalogue
  function idOf(address author, bytes32 name) public pure returns (bytes32) {
    return keccak256(abi.encode(author, name));
  }

  /// @dev Also refuses a version whose number is taken but whose constructor still runs.
  function _release(bytes32 id, uint32 version) internal view returns (Release storage release) {
    release = _releases[id][version];
    require(release.publishedAt != 0, TemplatesUnknown(id, version));
  }

  /// @dev The release, for its author alone.
  function _ownRelease(bytes32 id, uint32 version) internal view returns (Release storage release) {
    release = _release(id, version);
    require(_templates[id].author == msg.sender, TemplatesNotAuthor(id, msg.sender));
  }

  function _numberOf(bytes32 id) internal view returns (uint40) {
    return _templates[id].number;
  }

  function _idOf(uint40 number) internal view returns (bytes32) {
    return _ids[number - 1];
  }

  function _agreed(Release storage release) internal view returns (bytes32) {
    uint16 flags = release.flags;
    return
      keccak256(
        abi.encode(
          release.codeHash,
          flags & _FIXED_RUNTIME == 0 ? bytes32(0) : release.runtimeHash,
          release.manifest,
          release.price,
          release.shareBps,
          release.payee,
          flags
        )
      );
  }

  function _publishImplementation(
    bytes32 name,
    bytes calldata initcode,
    bytes32 manifest,
    Terms calldata terms,
    uint16 flags
  ) private returns (bytes32 id, uint32 version) {
    require(initcode.length != 0, TemplatesCodeEmpty());
    require(initcode.length <= _INITCODE_MOST, TemplatesInitcodeTooLarge(initcode.length, _INITCODE_MOST));

    (id, version) = _number(name);
    // The salt holds id and version, which never come again: no address is deployed to twice, whoever destroys what.
    address implementation = Create2.deploy(0, keccak256(abi.encode(id, version)), initcode);
    require(implementation.code.length != 0, TemplatesCodeEmpty());
    _publish(id, version, name, flags, implementation, implementation.codehash, 0, manifest, terms);
  }

  /// @dev Takes the next version number before any foreign constructor runs.
  function _number(bytes32 name) private returns (bytes32 id, uint32 version) {
    require(name != 0, TemplatesNameEmpty());
    id = idOf(msg.sender, name);
    Template memory template = _templates[id];
    if (template.number == 0) {
      _ids.push(id);
      template.author = msg.sender;
      template.number = uint40(_ids.length);
    }
    version = ++template.versions;
    _templates[id] = template;
  }

  function _publish(
    bytes32 id,
    uint32 version,
    bytes32 name,
    uint16 flags,
    address implementation,
    bytes32 codeHash,
    bytes32 runtimeHash,
    bytes32 manifest,
    Terms calldata terms
  ) private {
    require(terms.shareBps <= _SHARE_MOST, TemplatesShareTooHigh(terms.shareBps, _SHARE_MOST));
    require(_mayBePaid(terms.payee), TemplatesPayeeRefused(terms.payee));

    Release storage release = _releases[id][version];
    release.payee = terms.payee;
    release.price = terms.price;
    release.implementation = implementation;
    release.publishedAt = uint48(block.timestamp);
    release.shareBps = terms.shareBps;
    release.codeHash = codeHash;
    release.manifest = manifest;
    if (runtimeHash != 0) {
      flags |= _FIXED_RUNTIME;
      release.runtimeHash = runtimeHash;
    }
    release.flags = flags;
    emit Published(id, version, msg.sender, name, manifest, codeHash, runtimeHash, terms);
  }

  /// @dev Zero would burn without saying so; the others could never spend it.
  function _mayBePaid(address payee) private view returns (bool) {
    return payee != address(0) && payee != address(_MZ) && payee != _TILL && payee != address(this);
  }
}
