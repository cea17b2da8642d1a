// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFundUse} from "./IFundUse.sol";

/// @title Divides what the sale raised, for everyone to see
/// @dev Money is divided when it comes and fetched use by use: no recipient can hold up another, and nothing here reads
/// a balance. It has no owner; recipients are fixed.
contract FundUse is IFundUse {
  address private immutable _TECHNOLOGY;
  address private immutable _PROMOTION;
  address private immutable _DISTRIBUTION;
  address private immutable _RESERVE;

  mapping(Use use => uint256 amount) private _due;

  /// @param recipients one per use, in the order of `Use`; one may serve several
  constructor(address[4] memory recipients) {
    for (uint256 i; i < recipients.length; ++i) {
      if (recipients[i] == address(0) || recipients[i] == address(this)) {
        revert FundUseRecipientInvalid(Use(i), recipients[i]);
      }
    }
    (_TECHNOLOGY, _PROMOTION, _DISTRIBUTION, _RESERVE) = (recipients[0], recipients[1], recipients[2], recipients[3]);
  }

  /// @notice Takes ether from anyone and divides it at once
  receive() external payable {
    _divide(msg.value);
  }

  /// @inheritdoc IFundUse
  // Recipients are fixed at construction, one per use.
  // slither-disable-next-line arbitrary-send-eth
  function pull(Use use) external returns (uint256 amount) {
    amount = _due[use];
    if (amount == 0) revert FundUseNothingDue(use);
    address recipient = recipientOf(use);

    _due[use] = 0;
    emit Pulled(use, recipient, amount);
    (bool sent, ) = recipient.call{value: amount}("");
    if (!sent) revert FundUseSendRefused(use, recipient, amount);
  }

  /// @inheritdoc IFundUse
  function due(Use use) external view returns (uint256) {
    return _due[use];
  }

  /// @inheritdoc IFundUse
  function recipientOf(Use use) public view returns (address) {
    if (use == Use.Technology) return _TECHNOLOGY;
    if (use == Use.Promotion) return _PROMOTION;
    if (use == Use.Distribution) return _DISTRIBUTION;
    return _RESERVE;
  }

  /// @inheritdoc IFundUse
  function partOf(Use use, uint256 amount) public pure returns (uint256) {
    uint256 technology = (amount * 40) / 100;
    uint256 other = (amount * 15) / 100;
    if (use == Use.Technology) return technology;
    if (use == Use.Reserve) return amount - technology - other - other;
    return other;
  }

  function _divide(uint256 amount) private {
    uint256 technology = partOf(Use.Technology, amount);
    uint256 promotion = partOf(Use.Promotion, amount);
    uint256 distribution = partOf(Use.Distribution, amount);
    uint256 reserve = partOf(Use.Reserve, amount);
    _due[Use.Technology] += technology;
    _due[Use.Promotion] += promotion;
    _due[Use.Distribution] += distribution;
    _due[Use.Reserve] += reserve;
    emit Divided(amount, technology, promotion, distribution, reserve);
  }
}
