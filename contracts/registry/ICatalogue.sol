// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What is published: templates, versions, terms, discounts and test reports
/// @dev Part of `ITemplates`, which says what units are used and who has which privilege: nobody.
interface ICatalogue {
  /// @notice What an author asks for one version; never changes once it is published.
  /// @param price what one use costs, in wei of MZ, gross: the burned fee is part of it. 0 is free
  /// @param shareBps the author's share of every trade that an instance settles through the Till, at most 1,000
  /// @param payee who receives both: an account or a splitting contract, not 0, MZ, the Till or this registry
  struct Terms {
    uint96 price;
    uint16 shareBps;
    address payee;
  }

  /// @notice A published version as anyone may read it.
  /// @param author who published it
  /// @param publishedAt the time of its block
  /// @param retired whether new uses are refused
  /// @param flags `CODE` 1: the user brings the creation code, `FIXED_RUNTIME` 2: `runtimeHash` binds, `UPGRADEABLE` 4:
  /// instances are proxies whose owners may move them to later versions; others are 0
  /// @param implementation what clones and proxies delegate to; 0 for `CODE`
  /// @param codeHash keccak-256 of the implementation's code, or for `CODE` of the creation code without arguments
  /// @param runtimeHash keccak-256 of every instance's code, or 0 where it depends on arguments
  /// @param manifest SHA-256 digest inside the bundle's CIDv1
  /// @param terms price, share and payee
  struct Version {
    address author;
    uint48 publishedAt;
    bool retired;
    uint16 flags;
    address implementation;
    bytes32 codeHash;
    bytes32 runtimeHash;
    bytes32 manifest;
    Terms terms;
  }

  /// @notice A version was published; it can be used from now on.
  /// @param name the name within the author's own names, ASCII, padded with zeros
  event Published(
    bytes32 indexed id,
    uint32 indexed version,
    address indexed author,
    bytes32 name,
    bytes32 manifest,
    bytes32 codeHash,
    bytes32 runtimeHash,
    Terms terms
  );

  /// @notice The author takes no new uses of this version; its instances live on.
  event Retired(bytes32 indexed id, uint32 indexed version);

  /// @notice The author asks `quoter` what a user pays for this version, 0 for the full price.
  event IncentiveSet(bytes32 indexed id, uint32 indexed version, address quoter);

  /// @notice `signer` vouches for a test report about a version. Anyone may; who did is what counts.
  /// @param report SHA-256 digest inside the report's CIDv1
  event Attested(bytes32 indexed id, uint32 indexed version, address indexed signer, bytes32 report);

  /// @notice A template needs a name.
  error TemplatesNameEmpty();
  /// @notice Payment would be lost, or would pay the platform's own contracts.
  error TemplatesPayeeRefused(address payee);
  /// @notice The share asked of every trade is above the bound, in basis points.
  error TemplatesShareTooHigh(uint256 shareBps, uint256 most);
  /// @notice There is nothing to deploy, or what was deployed has no code.
  error TemplatesCodeEmpty();
  /// @notice Creation code and arguments are longer than the chain deploys, in bytes.
  error TemplatesInitcodeTooLarge(uint256 size, uint256 most);
  /// @notice No such template or version.
  error TemplatesUnknown(bytes32 id, uint32 version);
  /// @notice Only the author of a template may do this.
  error TemplatesNotAuthor(bytes32 id, address caller);
  /// @notice The author takes no new uses of this version.
  error TemplatesVersionRetired(bytes32 id, uint32 version);
  /// @notice A registry is made with the MZ token and the address the Till will have.
  error TemplatesAddressInvalid(address account);
  /// @notice Too little gas is left to ask for the quote in full; without it the full price might be taken.
  error TemplatesGasTooLow(uint256 left, uint256 needed);

  /// @notice Publishes the next version of your template `name`; instances are small clones with arguments of their
  /// own. The registry itself deploys the implementation.
  /// @param name your name for it, ASCII, padded with zeros; it cannot collide with anybody else's
  /// @param initcode creation code with its constructor arguments, at most 49,152 bytes
  /// @param manifest SHA-256 digest inside the bundle's CIDv1
  /// @param terms price, share and payee of this version, for good
  /// @return id the template
  /// @return version its newest version
  function publishClone(
    bytes32 name,
    bytes calldata initcode,
    bytes32 manifest,
    Terms calldata terms
  ) external returns (bytes32 id, uint32 version);

  /// @notice Publishes the next version of your template `name` by the hash of its creation code; each user brings the
  /// code itself and gets a contract that depends on nothing.
  /// @param initcodeHash keccak-256 of the creation code without arguments
  /// @param runtimeHash keccak-256 that every instance's code must have, or 0 where arguments change it
  function publishCode(
    bytes32 name,
    bytes32 initcodeHash,
    bytes32 runtimeHash,
    bytes32 manifest,
    Terms calldata terms
  ) external returns (bytes32 id, uint32 version);

  /// @notice Publishes the next version of your template `name`; instances are proxies whose owner, and nobody else,
  /// may move them to a later version (see `ITenures.upgrade`). The Till takes no deposits for them.
  /// @dev The implementation must answer `IUpgradeable.migrate` from its second version on.
  function publishUpgradeable(
    bytes32 name,
    bytes calldata initcode,
    bytes32 manifest,
    Terms calldata terms
  ) external returns (bytes32 id, uint32 version);

  /// @notice Ends new uses of one of your versions. Instances made from it live on, and it cannot be undone.
  function retire(bytes32 id, uint32 version) external;

  /// @notice Has `quoter` (see `IQuoter`) asked what each user of one of your versions pays; 0 ends it. It can only
  /// lower the published price: an answer above it, a failure, or more than 50,000 gas mean the full price.
  function setIncentive(bytes32 id, uint32 version, address quoter) external;

  /// @notice Attaches a test report to a version, in your name. Nothing is stored but the event.
  function attest(bytes32 id, uint32 version, bytes32 report) external;

  /// @notice What `user` would pay for a use or upgrade now, in wei of MZ.
  /// @param data what the quoter is given: the wish's `args`, or an upgrade's `migrateData`
  function priceOf(bytes32 id, uint32 version, address user, bytes calldata data) external view returns (uint256 price);

  /// @notice Who is asked for this version's price, 0 for nobody.
  function quoterOf(bytes32 id, uint32 version) external view returns (address quoter);

  /// @notice The hash of a version's code, manifest, terms and flags, to be given in `Use.agreed`.
  function agreedOf(bytes32 id, uint32 version) external view returns (bytes32 agreed);

  /// @notice Everything about a published version.
  function versionOf(bytes32 id, uint32 version) external view returns (Version memory published);

  /// @notice How many versions a template has; 0 means there is no such template.
  function versionsOf(bytes32 id) external view returns (uint32 count);

  /// @notice The id of `author`'s template `name`.
  function idOf(address author, bytes32 name) external pure returns (bytes32 id);
}
