// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {SlotDerivation} from "@openzeppelin/contracts/utils/SlotDerivation.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {Catalogue} from "./Catalogue.sol";
import {Charges} from "./Charges.sol";
import {InstanceProxy} from "./InstanceProxy.sol";
import {ITemplates} from "./ITemplates.sol";
import {Tenures} from "./Tenures.sol";

/// @title The registry of templates
/// @notice Users pay for a template and get an instance; the registry remembers its origin.
/// @dev Order in every use, over all wishes of one call: check and pay, record origins, deploy, verify code, call
/// initialisers. MZ runs no foreign code, so foreign code runs only from `deploy` on, when everything is written.
/// Re-entering is therefore allowed: it is a use like any other, paid by whoever re-enters.
/// @custom:security An initialiser has this registry as its caller, whoever uses the template: it must not trust it.
contract Templates is Tenures {
  using SlotDerivation for bytes32;
  using TransientSlot for bytes32;
  using TransientSlot for TransientSlot.AddressSlot;

  uint256 private constant _WISHES_MOST = 16;
  /// @dev What a clone is besides its arguments: ERC-1167's 45 bytes.
  uint256 private constant _CLONE_SIZE = 45;
  /// @dev Transient: instance → who makes it. The slot is erc7201:mzchain.templates.maker.
  bytes32 private constant _MAKER =
    keccak256(abi.encode(uint256(keccak256("mzchain.templates.maker")) - 1)) & ~bytes32(uint256(0xff));

  /// @dev One wish between its steps; `creation` is empty for clones, `codeHash` what must be found afterwards.
  struct Making {
    address instance;
    address implementation;
    bytes32 salt;
    bytes32 codeHash;
    bytes creation;
    Origin origin;
  }

  /// @param mz the MZ token
  /// @param till the address the Till will be deployed to
  /// @param feeBps_ burned of every price, in basis points, 50 to 100
  constructor(address mz, address till, uint256 feeBps_) Catalogue(mz, till) Charges(feeBps_) {}

  /// @inheritdoc ITemplates
  function useWithPermit(Use calldata wish, Permit calldata permit) external returns (address) {
    _usePermit(permit);
    return use(wish);
  }

  /// @inheritdoc ITemplates
  function composeWithPermit(Use[] calldata wishes, Permit calldata permit) external returns (address[] memory) {
    _usePermit(permit);
    return compose(wishes);
  }

  /// @inheritdoc ITemplates
  function predict(Use calldata wish, address user) external view returns (address) {
    return _plan(wish, _release(wish.id, wish.version), user).instance;
  }

  /// @inheritdoc ITemplates
  // Only MZ is called before the last write, and it runs no foreign code.
  // slither-disable-next-line reentrancy-no-eth
  function replace(address old, Use calldata wish) external returns (address) {
    _checkOwner(old);
    Making memory making = _pay(wish);
    _record(making);
    _tenures[old].successor = making.instance;
    if (!making.origin.upgradeable) _own(making.instance);
    emit Replaced(old, making.instance);
    _deploy(wish, making);
    _verify(making);
    _initialise(wish, making.instance);
    return making.instance;
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

  function _pay(Use calldata wish) private returns (Making memory making) {
    Release storage release = _agreedRelease(wish.id, wish.version, wish.agreed);
    making = _plan(wish, release, msg.sender);
    (uint256 paid, uint256 burned) = _charge(release, wish.id, wish.version, wish.args);
    emit Used(wish.id, wish.version, msg.sender, making.instance, paid, burned);
  }

  /// @dev Where the instance will be and what it must be; nothing is changed.
  function _plan(Use calldata wish, Release storage release, address user) private view returns (Making memory making) {
    making.salt = _saltOf(user, wish.id, wish.version, wish.salt);
    making.implementation = release.implementation;
    making.origin = _originOf(release, wish.id, wish.version);
    if (making.implementation != address(0)) {
      require(wish.code.length == 0, TemplatesCodeUnexpected(wish.code.length));
      making.codeHash = release.codeHash;
    }
    if (making.origin.upgradeable) {
      require(wish.args.length == 0, TemplatesArgumentsUnexpected(wish.args.length));
      require(wish.init.length != 32, TemplatesCallMalformed(wish.init.length));
      making.creation = abi.encodePacked(type(InstanceProxy).creationCode, abi.encode(making.implementation));
      making.instance = Create2.computeAddress(making.salt, keccak256(making.creation));
    } else if (making.implementation != address(0)) {
      uint256 size = _CLONE_SIZE + wish.args.length;
      require(size <= _RUNTIME_MOST, TemplatesRuntimeTooLarge(size, _RUNTIME_MOST));
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
    if (making.origin.upgradeable) _own(making.instance);
    _MAKER.deriveMapping(making.instance).asAddress().tstore(msg.sender);
  }

  // Where it lands was predicted, and is checked by `_verify`.
  // slither-disable-next-line unused-return
  function _deploy(Use calldata wish, Making memory making) private {
    if (making.creation.length == 0) {
      Clones.cloneDeterministicWithImmutableArgs(making.implementation, wish.args, making.salt);
    } else {
      Create2.deploy(0, making.salt, making.creation);
    }
  }

  function _verify(Making memory making) private view {
    require(making.instance.code.length != 0, TemplatesCodeEmpty());
    if (making.codeHash == 0) return;

    _checkCode(making.implementation != address(0) ? making.implementation : making.instance, making.codeHash);
  }

  /// @dev The maker's consent ends with the call it was given for.
  // slither-disable-next-line unused-return
  function _initialise(Use calldata wish, address instance) private {
    if (wish.init.length != 0) Address.functionCall(instance, wish.init);
    _MAKER.deriveMapping(instance).asAddress().tstore(address(0));
  }
}
