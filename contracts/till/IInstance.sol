// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the Till asks of a contract that takes payments with a purpose
/// @notice Every template that sells, books, or collects implements this. The Till calls it once the money has moved.
/// @dev An implementation must check that `msg.sender` is the Till, and compare `gross` (never `net`) with its price.
interface IInstance {
  /// @notice Called by the Till after a payment has been settled in full and `net` has been handed over
  /// @param payer who called the Till and paid `gross`
  /// @param token the currency, 0 for ether
  /// @param gross what the payer paid, fee and author's share included, in the token's smallest unit
  /// @param net what this contract has received of it
  /// @param ref what is being paid for, chosen by the payer
  /// @param data further wishes of the payer
  /// @return ok `IInstance.onPayment.selector`; anything else undoes the payment
  function onPayment(
    address payer,
    address token,
    uint256 gross,
    uint256 net,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4 ok);

  /// @notice Called by the Till after `gross` has been put into the pot (this contract, token, ref)
  /// @dev From inside this call the pot being filled cannot be released or refunded, and no pot can be filled.
  /// @param payer who called the Till and whose money waits in the pot
  /// @param token the currency, 0 for ether
  /// @param gross what the payer deposited, in the token's smallest unit; no fee is taken yet
  /// @param ref names the pot
  /// @param data further wishes of the payer
  /// @return ok `IInstance.onHold.selector`; anything else undoes the deposit
  /// @return expiry unix seconds, in the future and at most 1,100 days away; the pot's first deposit fixes it, later
  /// deposits cannot move it. A template's own last default must come before it.
  function onHold(
    address payer,
    address token,
    uint256 gross,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4 ok, uint256 expiry);
}
