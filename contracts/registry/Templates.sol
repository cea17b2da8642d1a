// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {SlotDerivation} from "@openzeppelin/contracts/utils/SlotDerivation.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {IMZ} from "../token/IMZ.sol";
import {Catalogue} from "./Catalogue.sol";
import {ITemplates} from "./ITemplates.sol";

/// @title The registry of templates
/// @notice Users pay for a template and get an instance; the registry remembers its origin.
/// @dev Order in every use, over all wishes of one call: check and pay, record origins, deploy, verify code, call
/// initialisers. MZ runs no foreign code, so foreign code runs only from `deploy` on, when everything is written.
/// Re-entering is therefore allowed: it is a use like any other, paid by whoever re-enters.
/// @custom:security An initialiser has this registry as its caller, whoever uses the template: it must not trust it.
contract Templates is Catalogue {
  using SafeERC20 for IMZ;
  using SlotDerivation for bytes32;
  using TransientSlot for bytes32;
  using TransientSlot for TransientSlot.AddressSlot;

  uint256 private constant _FEE_LEAST = 50;
  uint256 private constant _FEE_MOST = 100;
  uint256 private constant _WISHES_MOST = 16;
  /// @dev What a clone is besides its arguments: ERC-1167's 45 bytes.
  uint256 private constant _CLONE_SIZE = 45;
  /// @dev Transient: instance → who makes it. The slot is erc7201:mzchain.templates.maker.
  bytes32 private constant _MAKER =
    keccak256(abi.encode(uint256(keccak256("mzchain.templates.maker")) - 1)) & ~bytes32(uint256(0xff));

  /// @dev One slot per instance, written once; everything that a trade needs is in it.
  struct Origin {
    address payee;
    uint16 shareBps;
    uint32 version;
    uint40 number;
    bool upgradeable;
  }

  /// @dev One wish between its steps; `creation` is empty for clones, `codeHash` what must be found afterwards.
  struct Making {
    address instance;
    address implementation;
    bytes32 salt;
    bytes32 codeHash;
    bytes creation;
    Origin origin;
  }

  /// @inheritdoc ITemplates
  uint256 public immutable feeBps;

  mapping(address instance => Origin) private _origins;

  /// @param mz the MZ token
  /// @param till the address the Till will be deployed to
  /// @param feeBps_ burned of every price, in basis points, 50 to 100
  constructor(address mz, address till, uint256 feeBps_) Catalogue(mz, till) {
    require(feeBps_ >= _FEE_LEAST && feeBps_ <= _FEE_MOST, TemplatesFeeOutOfBounds(feeBps_, _FEE_LEAST, _FEE_MOST));

    feeBps = feeBps_;
  }

  /// @inheritdoc ITemplates
  function useWithPermit(Use calldata wish, Permit calldata permit) external returns (address) {
    _permit(permit);
    return use(wish);
  }

  /// @inheritdoc ITemplates
  function composeWithPermit(Use[] calldata wishes, Permit calldata permit) external returns (address[] memory) {
    _permit(permit);
    return compose(wishes);
  }

  /// @inheritdoc ITemplates
  function predict(Use calldata wish, address user) external view returns (address) {
    return _plan(wish, _release(wish.id, wish.version), user).instance;
  }

  /// @inheritdoc ITemplates
  function origin(address instance) external view returns (bytes32 id, uint32 version, uint16 shareBps, address payee) {
    Origin memory found = _origins[instance];
    if (found.number != 0) id = _idOf(found.number);
    return (id, found.version, found.shareBps, found.payee);
  }

  /// @inheritdoc ITemplates
  function shareOf(address instance) external view returns (address payee, uint16 shareBps) {
    Origin memory found = _origins[instance];
    return (found.payee, found.shareBps);
  }

  /// @inheritdoc ITemplates
  function isUpgradeable(address instance) external view returns (bool) {
    return _origins[instance].upgradeable;
  }

  /// @inheritdoc ITemplates
  function makerOf(address instance) external view returns (address) {
    return _MAKER.deriveMapping(instance).asAddress().tload();
  }

  /// @inheritdoc ITemplates
  function use(Use calldata wish) public returns (address) {
    Making memory making = _pay(wish);
    _record(making);
    _deploy(wish, making);
    _verify(making);
    _initialise(wish, making.instance);
    return making.instance;
  }

  /// @inheritdoc ITemplates
  function compose(Use[] calldata wishes) public returns (address[] memory instances) {
    uint256 count = wishes.length;
    require(count <= _WISHES_MOST, TemplatesTooMany(count, _WISHES_MOST));

    Making[] memory makings = new Making[](count);
    instances = new address[](count);
    for (uint256 i = 0; i < count; ++i) makings[i] = _pay(wishes[i]);
    for (uint256 i = 0; i < count; ++i) _record(makings[i]);
    for (uint256 i = 0; i < count; ++i) _deploy(wishes[i], makings[i]);
    for (uint256 i = 0; i < count; ++i) _verify(makings[i]);
    for (uint256 i = 0; i < count; ++i) {
      instances[i] = makings[i].instance;
      _initialise(wishes[i], makings[i].instance);
    }
  }

  /// @inheritdoc ITemplates
  function feeOn(uint256 price) public view returns (uint256) {
    return (price * feeBps + _BASIS_POINTS - 1) / _BASIS_POINTS;
  }

  function _pay(Use calldata wish) private returns (Making memory making) {
    Release storage release = _release(wish.id, wish.version);
    require(!release.retired, TemplatesVersionRetired(wish.id, wish.version));
    bytes32 agreed = _agreed(release);
    require(wish.agreed == agreed, TemplatesTermsMismatch(agreed, wish.agreed));
    making = _plan(wish, release, msg.sender);

    uint256 price = release.price;
    uint256 fee = feeOn(price);
    if (price != 0) {
      _MZ.burnFrom(msg.sender, fee);
      _MZ.safeTransferFrom(msg.sender, release.payee, price - fee);
    }
    emit Used(wish.id, wish.version, msg.sender, making.instance, price, fee);
  }

  /// @dev Where the instance will be and what it must be; nothing is changed.
  function _plan(Use calldata wish, Release storage release, address user) private view returns (Making memory making) {
    making.salt = keccak256(abi.encode(user, wish.id, wish.version, wish.salt));
    making.implementation = release.implementation;
    making.origin = Origin({
      payee: release.payee,
      shareBps: release.shareBps,
      version: wish.version,
      number: _numberOf(wish.id),
      upgradeable: false
    });
    if (making.implementation != address(0)) {
      require(wish.code.length == 0, TemplatesCodeUnexpected(wish.code.length));
      uint256 size = _CLONE_SIZE + wish.args.length;
      require(size <= _RUNTIME_MOST, TemplatesRuntimeTooLarge(size, _RUNTIME_MOST));
      making.codeHash = release.codeHash;
      making.instance = Clones.predictDeterministicAddressWithImmutableArgs(
        making.implementation,
        wish.args,
        making.salt
      );
    } else {
      bytes32 given = keccak256(wish.code);
      require(given == release.codeHash, TemplatesCodeMismatch(release.codeHash, given));
      making.creation = bytes.concat(wish.code, wish.args);
      uint256 size = making.creation.length;
      require(size <= _INITCODE_MOST, TemplatesInitcodeTooLarge(size, _INITCODE_MOST));
      if (release.flags & _FIXED_RUNTIME != 0) making.codeHash = release.runtimeHash;
      making.instance = Create2.computeAddress(making.salt, keccak256(making.creation));
    }
  }

  /// @dev An instance may destroy itself in the transaction that makes it; its origin stays and is not given anew.
  function _record(Making memory making) private {
    require(_origins[making.instance].number == 0, TemplatesInstanceExists(making.instance));

    _origins[making.instance] = making.origin;
    _MAKER.deriveMapping(making.instance).asAddress().tstore(msg.sender);
  }

  // Where it lands was predicted, and is checked by `_verify`.
  // slither-disable-next-line unused-return
  function _deploy(Use calldata wish, Making memory making) private {
    if (making.implementation != address(0)) {
      Clones.cloneDeterministicWithImmutableArgs(making.implementation, wish.args, making.salt);
    } else {
      Create2.deploy(0, making.salt, making.creation);
    }
  }

  /// @dev Checked at every use: an implementation can have been destroyed in the transaction that published it.
  function _verify(Making memory making) private view {
    require(making.instance.code.length != 0, TemplatesCodeEmpty());
    if (making.codeHash == 0) return;

    address bearer = making.implementation != address(0) ? making.implementation : making.instance;
    bytes32 given = bearer.codehash;
    require(given == making.codeHash, TemplatesCodeMismatch(making.codeHash, given));
  }

  /// @dev The maker's consent ends with the call it was given for.
  // slither-disable-next-line unused-return
  function _initialise(Use calldata wish, address instance) private {
    if (wish.init.length != 0) Address.functionCall(instance, wish.init);
    _MAKER.deriveMapping(instance).asAddress().tstore(address(0));
  }

  /// @dev A permit that somebody else has sent already fails here and yet stands as an allowance.
  function _permit(Permit calldata permit) private {
    try _MZ.permit(msg.sender, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s) {} catch {}
  }
}
