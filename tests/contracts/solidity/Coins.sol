// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A token as it should be
contract Coin is ERC20, ERC20Permit {
  uint8 private immutable _DECIMALS;

  constructor(uint8 decimals_) ERC20("Coin", "COIN") ERC20Permit("Coin") {
    _DECIMALS = decimals_;
  }

  function mint(address to, uint256 amount) external {
    _mint(to, amount);
  }

  function decimals() public view override returns (uint8) {
    return _DECIMALS;
  }
}

/// @title Says nothing when it has moved money
contract SilentCoin {
  mapping(address => uint256) public balanceOf;
  mapping(address => mapping(address => uint256)) public allowance;

  error SilentCoinShort();

  function mint(address to, uint256 amount) external {
    balanceOf[to] += amount;
  }

  function approve(address spender, uint256 amount) external {
    allowance[msg.sender][spender] = amount;
  }

  function transfer(address to, uint256 amount) external {
    _move(msg.sender, to, amount);
  }

  function transferFrom(address from, address to, uint256 amount) external {
    if (allowance[from][msg.sender] < amount) revert SilentCoinShort();
    allowance[from][msg.sender] -= amount;
    _move(from, to, amount);
  }

  function _move(address from, address to, uint256 amount) private {
    if (balanceOf[from] < amount) revert SilentCoinShort();
    balanceOf[from] -= amount;
    balanceOf[to] += amount;
  }
}

/// @title Misbehaves in whichever way it is told to
contract OddCoin is Coin {
  enum Way {
    Straight,
    ReturnsFalse,
    ReturnsFalseYetMoves,
    ReturnsTrueYetStays,
    Reverts,
    FeeInside,
    FeeOnTop,
    Inflates,
    Calls,
    RefundsTwice
  }

  Way public way;
  address public refused;
  address private _target;
  bytes private _data;

  error OddCoinClosed();
  error OddCoinRefused(address account);

  constructor() Coin(18) {}

  function misbehave(Way way_) external {
    way = way_;
  }

  /// @dev A blacklist of one.
  function refuse(address account) external {
    refused = account;
  }

  /// @dev During every transfer from now on, once: calls back.
  function callOnTransfer(address target, bytes calldata data) external {
    way = Way.Calls;
    _target = target;
    _data = data;
  }

  function transfer(address to, uint256 amount) public override returns (bool) {
    if (way == Way.ReturnsFalse) return false;
    if (way == Way.ReturnsTrueYetStays) return true;
    super.transfer(to, amount);
    return way != Way.ReturnsFalseYetMoves;
  }

  function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
    if (way == Way.ReturnsFalse) return false;
    if (way == Way.ReturnsTrueYetStays) return true;
    super.transferFrom(from, to, amount);
    return way != Way.ReturnsFalseYetMoves;
  }

  function _update(address from, address to, uint256 amount) internal override {
    if (way == Way.Reverts) revert OddCoinClosed();
    if (to != address(0) && to == refused) revert OddCoinRefused(to);
    super._update(from, to, amount);
    if (from == address(0) || to == address(0)) return;
    if (way == Way.FeeInside) _burn(to, amount / 100);
    if (way == Way.FeeOnTop) _burn(from, amount / 100);
    if (way == Way.Inflates) _mint(to, 1);
    if (way == Way.Calls) _call();
    if (way == Way.RefundsTwice) _mint(from, 2 * amount);
  }

  function _call() private {
    way = Way.Straight;
    (bool ok, bytes memory answer) = _target.call(_data);
    if (!ok) {
      assembly ("memory-safe") {
        revert(add(answer, 32), mload(answer))
      }
    }
  }
}

/// @title Takes every call for an answer, so that a permit seems to work
contract PhantomCoin is ERC20 {
  constructor() ERC20("Phantom", "PHAN") {}

  fallback() external {}

  function mint(address to, uint256 amount) external {
    _mint(to, amount);
  }
}
