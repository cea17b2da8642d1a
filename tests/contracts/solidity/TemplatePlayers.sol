// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ITemplates} from "../../../contracts/registry/ITemplates.sol";

/// @title A well-behaved template: an owner and a value, set once
contract Stall {
  address public owner;
  uint256 public value;

  error StallTaken();

  function open(address owner_, uint256 value_) external {
    if (owner != address(0)) revert StallTaken();
    owner = owner_;
    value = value_;
  }

  function arguments() external view returns (bytes memory) {
    return Clones.fetchCloneArgs(address(this));
  }
}

/// @title A template whose instances call whatever they are told while they are initialised
/// @dev `outcomes` are the first words of the answers, or the selectors of the errors.
contract Schemer {
  bool[] public went;
  bytes4[] public refusals;
  address public maker;

  function scheme(address[] calldata targets, bytes[] calldata data) external {
    maker = ITemplates(msg.sender).makerOf(address(this));
    for (uint256 i; i < targets.length; ++i) {
      (bool ok, bytes memory answer) = targets[i].call(data[i]);
      went.push(ok);
      refusals.push(ok ? bytes4(0) : bytes4(answer));
    }
  }
}

/// @title A template by bytecode: one argument, in the code of each instance
contract Booth {
  uint256 public immutable number;
  address public peer;

  error BoothLinked();

  constructor(uint256 number_) {
    number = number_;
  }

  function link(address peer_) external {
    if (peer != address(0)) revert BoothLinked();
    peer = peer_;
  }
}

/// @title A template by bytecode whose instances all have the same code
contract Lamp {
  bool public on;

  function press() external {
    on = !on;
  }
}

/// @title Can be destroyed; within the transaction of its creation its code then goes away
contract Mayfly {
  function die() external {
    selfdestruct(payable(address(0xdead)));
  }
}

/// @title An author or a user that does several things in one transaction
contract Trickster {
  ITemplates private immutable _REGISTRY;

  constructor(ITemplates registry) {
    _REGISTRY = registry;
  }

  /// @notice Publishes an implementation and destroys it before the transaction ends
  function publishAndDestroy(
    bytes32 name,
    bytes calldata initcode,
    ITemplates.Terms calldata terms
  ) external returns (bytes32 id, uint32 version) {
    (id, version) = _REGISTRY.publishClone(name, initcode, 0, terms);
    Mayfly(_REGISTRY.versionOf(id, version).implementation).die();
  }

  /// @notice Makes an instance and destroys it before the transaction ends
  function useAndDestroy(ITemplates.Use calldata wish) external returns (address instance) {
    instance = _REGISTRY.use(wish);
    Mayfly(instance).die();
  }

  /// @notice Makes two instances with the same wish around a destruction, in one transaction
  function useDestroyUse(ITemplates.Use calldata wish) external {
    Mayfly(_REGISTRY.use(wish)).die();
    _REGISTRY.use(wish);
  }

  function use(ITemplates.Use calldata wish) external returns (address) {
    return _REGISTRY.use(wish);
  }

  /// @notice Makes an instance and asks for its maker afterwards, still in the same transaction
  function useAndAsk(ITemplates.Use calldata wish) external returns (address maker) {
    return _REGISTRY.makerOf(_REGISTRY.use(wish));
  }

  /// @notice Publishes an implementation whose constructor calls back `during`
  function publish(bytes32 name, bytes calldata initcode, ITemplates.Terms calldata terms) external {
    _REGISTRY.publishClone(name, initcode, 0, terms);
  }

  /// @notice Called by a constructor: uses the version that is being published, then publishes another
  function during(bytes32 name, uint32 version, ITemplates.Terms calldata terms) external returns (bytes4 refusal) {
    ITemplates.Use memory wish;
    wish.id = _REGISTRY.idOf(address(this), name);
    wish.version = version;
    try _REGISTRY.use(wish) {} catch (bytes memory answer) {
      refusal = bytes4(answer);
    }
    _REGISTRY.publishCode(name, keccak256("nested"), 0, 0, terms);
  }
}

/// @title An implementation whose constructor talks to its author
contract Gossip {
  bytes4 public immutable refusal;

  constructor(Trickster author, bytes32 name, uint32 version, ITemplates.Terms memory terms) {
    refusal = author.during(name, version, terms);
  }
}
