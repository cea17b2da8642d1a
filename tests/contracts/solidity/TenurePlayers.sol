// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITemplates} from "../../../contracts/registry/ITemplates.sol";
import {IQuoter} from "../../../contracts/registry/IQuoter.sol";
import {IRetirable} from "../../../contracts/registry/IRetirable.sol";
import {IUpgradeable} from "../../../contracts/registry/IUpgradeable.sol";
import {IInstance} from "../../../contracts/till/IInstance.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title First version of an upgradeable template: a name and points, in an ERC-7201 namespace
contract Diary1 {
  /// @custom:storage-location erc7201:mzchain.tests.diary
  struct Book {
    address keeper;
    uint64 points;
  }

  ITemplates internal immutable _REGISTRY;
  bytes32 private constant _BOOK =
    keccak256(abi.encode(uint256(keccak256("mzchain.tests.diary")) - 1)) & ~bytes32(uint256(0xff));

  error DiaryNotRegistry();
  error DiaryOpen();

  constructor(ITemplates registry) {
    _REGISTRY = registry;
  }

  function open(address keeper_) external {
    if (msg.sender != address(_REGISTRY) || _REGISTRY.makerOf(address(this)) == address(0)) revert DiaryNotRegistry();
    if (_book().keeper != address(0)) revert DiaryOpen();
    _book().keeper = keeper_;
  }

  function score(uint64 points_) external {
    _book().points += points_;
  }

  function keeper() external view returns (address) {
    return _book().keeper;
  }

  function points() external view returns (uint64) {
    return _book().points;
  }

  function onHold(address, address, uint256, bytes32, bytes calldata) external view returns (bytes4, uint256) {
    return (IInstance.onHold.selector, block.timestamp + 1 days);
  }

  function _book() internal pure returns (Book storage book) {
    bytes32 slot = _BOOK;
    assembly {
      book.slot := slot
    }
  }
}

/// @title Second version: points count tenfold, and there is a motto, in a namespace of its own
contract Diary2 is Diary1, IUpgradeable {
  /// @custom:storage-location erc7201:mzchain.tests.diary.motto
  struct Cover {
    string motto;
    uint32 cameFrom;
  }

  bytes32 private constant _COVER =
    keccak256(abi.encode(uint256(keccak256("mzchain.tests.diary.motto")) - 1)) & ~bytes32(uint256(0xff));

  error DiaryVersionSkipped(uint32 fromVersion);

  constructor(ITemplates registry) Diary1(registry) {}

  function migrate(uint32 fromVersion, bytes calldata data) external virtual returns (bytes4) {
    if (msg.sender != address(_REGISTRY) || _REGISTRY.makerOf(address(this)) != address(0)) revert DiaryNotRegistry();
    if (fromVersion != 1) revert DiaryVersionSkipped(fromVersion);
    _book().points *= 10;
    _cover().motto = abi.decode(data, (string));
    _cover().cameFrom = fromVersion;
    return IUpgradeable.migrate.selector;
  }

  function motto() external view returns (string memory) {
    return _cover().motto;
  }

  function cameFrom() external view returns (uint32) {
    return _cover().cameFrom;
  }

  function _cover() internal pure returns (Cover storage cover) {
    bytes32 slot = _COVER;
    assembly {
      cover.slot := slot
    }
  }
}

/// @title Third version: comes from the second, and from the first in one leap
contract Diary3 is Diary2 {
  constructor(ITemplates registry) Diary2(registry) {}

  function migrate(uint32 fromVersion, bytes calldata) external override returns (bytes4) {
    if (msg.sender != address(_REGISTRY) || _REGISTRY.makerOf(address(this)) != address(0)) revert DiaryNotRegistry();
    if (fromVersion == 1) _book().points *= 10;
    _cover().cameFrom = fromVersion;
    return IUpgradeable.migrate.selector;
  }
}

/// @title A later version whose migration does what it is told, and then answers
contract DiaryScheming is Diary1 {
  bytes4[] public refusals;

  constructor(ITemplates registry) Diary1(registry) {}

  function migrate(uint32, bytes calldata data) external returns (bytes4) {
    (address[] memory targets, bytes[] memory calls, bytes4 answer) = abi.decode(data, (address[], bytes[], bytes4));
    for (uint256 i; i < targets.length; ++i) {
      (bool ok, bytes memory said) = targets[i].call(calls[i]);
      refusals.push(ok ? bytes4(0) : bytes4(said));
    }
    return answer;
  }
}

/// @title Ends with its money where its own rule says, or refuses while it owes
contract Purse is IRetirable {
  address public heir;
  IERC20 public coin;
  bool public owing;
  bytes4 public says;

  function open(address heir_, IERC20 coin_) external {
    heir = heir_;
    coin = coin_;
  }

  function owe(bool owing_, bytes4 says_) external {
    owing = owing_;
    says = says_;
  }

  function onRetire() external returns (bytes4) {
    require(!owing);
    coin.transfer(heir, coin.balanceOf(address(this)));
    return says;
  }
}

/// @title Quotes a price, or misbehaves
contract Quoter is IQuoter {
  enum Mood {
    Honest,
    Reverting,
    Burning,
    Short,
    Long,
    Huge,
    Picky
  }

  Mood public mood;
  uint256 public price;
  address public friend;

  function set(Mood mood_, uint256 price_, address friend_) external {
    (mood, price, friend) = (mood_, price_, friend_);
  }

  function quote(address user, bytes32, uint32, bytes calldata) external view returns (uint256) {
    if (mood == Mood.Reverting) revert();
    if (mood == Mood.Burning) while (true) {}
    if (mood == Mood.Short) {
      assembly {
        return(0, 31)
      }
    }
    if (mood == Mood.Long) {
      assembly {
        return(0, 64)
      }
    }
    if (mood == Mood.Huge) {
      assembly {
        return(0, 100000)
      }
    }
    if (mood == Mood.Picky && user != friend) return type(uint256).max;
    return price;
  }
}

/// @title A quoter that wants to change something while it is asked
contract Meddler {
  uint256 public asked;

  function quote(address, bytes32, uint32, bytes calldata) external returns (uint256) {
    ++asked;
    return 0;
  }
}
