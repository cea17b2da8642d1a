// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMZ} from "../token/IMZ.sol";
import {TillFees} from "./TillFees.sol";
import {TillMoney} from "./TillMoney.sol";
import {TillPayments} from "./TillPayments.sol";
import {TillPots} from "./TillPots.sol";

/// @title The platform's Till
/// @notice Settles every trade: see `ITill` for what it promises. It has no owner and nothing in it can be changed.
contract Till is TillPayments, TillPots {
  /// @param mz_ the MZ token
  /// @param templates_ the template registry, which was told this contract's address in advance
  /// @param feed_ prices in yuan, 0 for none: then fees stay in the trade's currency
  /// @param buyback_ and
  /// @param vault_ share the revenue, 0 while there is none: then revenue waits
  /// @param feeBps_ the settlement fee, 50 to 100 basis points
  constructor(
    IMZ mz_,
    address templates_,
    address feed_,
    address buyback_,
    address vault_,
    uint256 feeBps_
  ) TillMoney(mz_, templates_) TillFees(feed_, buyback_, vault_, feeBps_) {}
}
