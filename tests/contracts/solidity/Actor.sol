// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IInstance} from "../../../contracts/till/IInstance.sol";

/// @title A contract in any role, good or bad: payer, instance, payee, attacker
/// @dev Tests tell it what to do when it is called or paid.
contract Actor is IInstance {
  enum Ether {
    Take,
    Refuse,
    Burn,
    Act
  }

  struct Step {
    address target;
    bytes data;
  }

  struct Seen {
    address caller;
    address payer;
    address token;
    uint256 gross;
    uint256 net;
    bytes32 ref;
    bytes data;
    uint256 balance;
  }

  Ether public onEther;
  uint256 public term = 30 days;
  bytes4 public paymentAnswer = IInstance.onPayment.selector;
  bytes4 public holdAnswer = IInstance.onHold.selector;
  bool public short;
  uint256 public calls;
  Seen private _seen;
  Step[] private _steps;

  error ActorRefuses();

  receive() external payable {
    if (onEther == Ether.Refuse) revert ActorRefuses();
    if (onEther == Ether.Burn) {
      while (true) ++calls;
    }
    if (onEther == Ether.Act) _act();
  }

  function takeEther(Ether how) external {
    onEther = how;
  }

  function answer(bytes4 payment, bytes4 hold, bool short_) external {
    paymentAnswer = payment;
    holdAnswer = hold;
    short = short_;
  }

  function expireIn(uint256 seconds_) external {
    term = seconds_;
  }

  /// @dev What to do at the next callback, in order, once.
  function plan(Step[] calldata steps) external {
    delete _steps;
    for (uint256 i; i < steps.length; ++i) _steps.push(steps[i]);
  }

  function perform(address target, uint256 value, bytes calldata data) external payable returns (bytes memory) {
    return _perform(target, value, data);
  }

  function onPayment(
    address payer,
    address token,
    uint256 gross,
    uint256 net,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4) {
    _note(payer, token, gross, net, ref, data);
    _act();
    _answerShort(paymentAnswer);
    return paymentAnswer;
  }

  function onHold(
    address payer,
    address token,
    uint256 gross,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4, uint256) {
    _note(payer, token, gross, 0, ref, data);
    _act();
    _answerShort(holdAnswer);
    unchecked {
      return (holdAnswer, block.timestamp + term);
    }
  }

  function seen() external view returns (Seen memory) {
    return _seen;
  }

  function _note(address payer, address token, uint256 gross, uint256 net, bytes32 ref, bytes calldata data) private {
    if (payer == address(this)) return;
    uint256 balance = token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
    _seen = Seen(msg.sender, payer, token, gross, net, ref, data, balance);
    ++calls;
  }

  function _act() private {
    Step[] memory steps = _steps;
    delete _steps;
    for (uint256 i; i < steps.length; ++i) _perform(steps[i].target, 0, steps[i].data);
  }

  function _answerShort(bytes4 answer_) private view {
    if (!short) return;
    assembly ("memory-safe") {
      mstore(0, answer_)
      return(0, 4)
    }
  }

  function _perform(address target, uint256 value, bytes memory data) private returns (bytes memory) {
    (bool ok, bytes memory result) = target.call{value: value}(data);
    if (!ok) {
      assembly ("memory-safe") {
        revert(add(result, 32), mload(result))
      }
    }
    return result;
  }
}

/// @title Leaves its ether with somebody who does not want it
contract ForcedEther {
  constructor(address payable victim) payable {
    selfdestruct(victim);
  }
}
