// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInstance} from "./IInstance.sol";
import {ITill} from "./ITill.sol";
import {TillFees} from "./TillFees.sol";

/// @title Payments that settle at once
abstract contract TillPayments is TillFees {
  using Address for address;
  using SafeERC20 for IERC20;

  /// @inheritdoc ITill
  function pay(address token, uint256 gross, address to, bytes32 ref) external payable returns (uint256 net) {
    _checkReceiver(token, to);
    return _settle(token, gross, to, ref, 0);
  }

  /// @inheritdoc ITill
  function payAndCall(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data
  ) external payable returns (uint256 net) {
    return _settleAndCall(token, gross, instance, ref, data, 0);
  }

  /// @inheritdoc ITill
  function payFeeInMZ(
    address token,
    uint256 gross,
    address to,
    bytes32 ref,
    uint256 maxMZ
  ) external payable returns (uint256 net) {
    _checkReceiver(token, to);
    return _settle(token, gross, to, ref, _mzFeeWithin(token, gross, maxMZ));
  }

  /// @inheritdoc ITill
  function payAndCallFeeInMZ(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data,
    uint256 maxMZ
  ) external payable returns (uint256 net) {
    return _settleAndCall(token, gross, instance, ref, data, _mzFeeWithin(token, gross, maxMZ));
  }

  /// @inheritdoc ITill
  function payWithPermit(
    address token,
    uint256 gross,
    address to,
    bytes32 ref,
    Permit calldata permit
  ) external returns (uint256 net) {
    _checkReceiver(token, to);
    _usePermit(token, permit);
    return _settle(token, gross, to, ref, 0);
  }

  /// @inheritdoc ITill
  function payAndCallWithPermit(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data,
    Permit calldata permit
  ) external returns (uint256 net) {
    _usePermit(token, permit);
    return _settleAndCall(token, gross, instance, ref, data, 0);
  }

  function _settleAndCall(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data,
    uint256 mzFee
  ) private returns (uint256 net) {
    _checkCallee(token, instance);
    net = _settle(token, gross, instance, ref, mzFee);

    bytes memory answer = instance.functionCall(
      abi.encodeCall(IInstance.onPayment, (msg.sender, token, gross, net, ref, data))
    );
    if (answer.length < 32 || bytes4(answer) != IInstance.onPayment.selector) {
      revert TillCalleeRefused(instance, bytes4(answer));
    }
  }

  /// @param mzFee MZ that stand in for the fee; 0: the fee stays in `token`
  function _settle(
    address token,
    uint256 gross,
    address to,
    bytes32 ref,
    uint256 mzFee
  ) private locked returns (uint256) {
    _checkValue(token, gross);
    Cut memory cut = _cut(gross, _FEE_BPS, to);
    uint256 burned;

    if (token == address(_MZ)) {
      burned = cut.fee;
      _MZ.burnFrom(msg.sender, cut.fee);
      if (cut.share != 0) IERC20(token).safeTransferFrom(msg.sender, cut.payee, cut.share);
      if (cut.net != 0) IERC20(token).safeTransferFrom(msg.sender, to, cut.net);
    } else {
      burned = mzFee;
      _settleForeign(token, gross, to, cut, mzFee);
    }
    emit Settled(msg.sender, to, ref, token, gross, cut.fee, cut.share, cut.payee, burned);
    return cut.net;
  }

  // Runs under the lock; a credit written after a push is the payer's own and read by nothing in between.
  // slither-disable-next-line reentrancy-eth
  function _settleForeign(address token, uint256 gross, address to, Cut memory cut, uint256 mzFee) private {
    if (mzFee == 0) {
      _pull(token, gross);
      _earn(token, cut.fee);
    } else {
      _pull(token, gross - cut.fee);
      _MZ.burnFrom(msg.sender, mzFee);
    }
    if (cut.share != 0) _credit(token, cut.payee, cut.share);

    _push(token, to, cut.net);
    if (mzFee != 0 && token == address(0)) _pushOrCredit(token, msg.sender, cut.fee);
  }

  function _mzFeeWithin(address token, uint256 gross, uint256 maxMZ) private view returns (uint256 mzFee) {
    mzFee = feeInMZ(token, gross);
    if (mzFee > maxMZ) revert TillFeeAboveLimit(mzFee, maxMZ);
  }
}
