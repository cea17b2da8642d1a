// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IGenesis} from "./IGenesis.sol";
import {MZ} from "./MZ.sol";

/// @title Makes MZ and hands all of it out
/// @notice 40 % founders, 20 % institutions, 10 % public offering, 10 % private placement, 20 % crowdfunding
/// @dev Keeps nothing and can do nothing afterwards. One recipient may take several tranches.
contract Genesis is IGenesis {
  using SafeERC20 for MZ;

  uint256 private constant _ONE_PERCENT = 1_000_000e18;

  MZ private immutable _MZ;

  /// @param recipients one per tranche, in the order of `Tranche`
  constructor(address[5] memory recipients) {
    MZ token = new MZ();
    _MZ = token;

    uint256 handedOut;
    for (uint256 i; i < recipients.length; ++i) {
      handedOut += _allocate(token, Tranche(i), recipients[i]);
    }

    if (handedOut != token.SUPPLY()) revert GenesisSumWrong(token.SUPPLY(), handedOut);
    if (token.totalSupply() != handedOut) revert GenesisSumWrong(handedOut, token.totalSupply());
    uint256 left = token.balanceOf(address(this));
    if (left != 0) revert GenesisSumWrong(0, left);
  }

  /// @inheritdoc IGenesis
  function mz() external view returns (address) {
    return address(_MZ);
  }

  /// @inheritdoc IGenesis
  function amountOf(Tranche tranche) public pure returns (uint256) {
    if (tranche == Tranche.Founders) return 40 * _ONE_PERCENT;
    if (tranche == Tranche.Institutions) return 20 * _ONE_PERCENT;
    if (tranche == Tranche.PublicOffering) return 10 * _ONE_PERCENT;
    if (tranche == Tranche.PrivatePlacement) return 10 * _ONE_PERCENT;
    return 20 * _ONE_PERCENT;
  }

  function _allocate(MZ token, Tranche tranche, address recipient) private returns (uint256 amount) {
    if (recipient == address(0) || recipient == address(this) || recipient == address(token)) {
      revert GenesisRecipientInvalid(tranche, recipient);
    }
    amount = amountOf(tranche);
    uint256 expected = token.balanceOf(recipient) + amount;

    token.safeTransfer(recipient, amount);
    emit Allocated(tranche, recipient, amount);

    uint256 found = token.balanceOf(recipient);
    if (found != expected) revert GenesisSumWrong(expected, found);
  }
}
