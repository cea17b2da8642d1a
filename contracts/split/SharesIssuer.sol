// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IShares} from "./IShares.sol";
import {ISharesIssuer} from "./ISharesIssuer.sol";
import {Shares} from "./Shares.sol";

/// @title The factory of shares
contract SharesIssuer is ISharesIssuer {
  uint256 private constant _MOST_HOLDERS = 32;

  address private immutable _IMPLEMENTATION;

  /// @inheritdoc ISharesIssuer
  mapping(address account => bool) public isShares;

  constructor() {
    _IMPLEMENTATION = address(new Shares());
  }

  /// @inheritdoc ISharesIssuer
  function issue(
    string calldata name,
    string calldata symbol,
    address currency,
    address[] calldata holders,
    uint256[] calldata amounts
  ) external returns (address shares) {
    if (currency != address(0) && currency.code.length == 0) revert SharesIssueInvalid();
    uint256 supply = _supplyOf(holders, amounts);

    shares = Clones.cloneWithImmutableArgs(_IMPLEMENTATION, abi.encode(name, symbol, currency));
    isShares[shares] = true;
    emit SharesIssued(shares, currency, name, symbol, supply);
    IShares(shares).initialise(holders, amounts);
  }

  /// @inheritdoc ISharesIssuer
  function implementation() external view returns (address) {
    return _IMPLEMENTATION;
  }

  function _supplyOf(address[] calldata holders, uint256[] calldata amounts) private pure returns (uint256 supply) {
    uint256 count = holders.length;
    if (count == 0 || count > _MOST_HOLDERS || amounts.length != count) revert SharesIssueInvalid();
    for (uint256 i; i < count; ++i) {
      if (holders[i] == address(0) || amounts[i] == 0 || amounts[i] > type(uint96).max) revert SharesIssueInvalid();
      supply += amounts[i];
    }
    if (supply > type(uint96).max) revert SharesIssueInvalid();
  }
}
