// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IYuanFeed} from "../../../contracts/price/IYuanFeed.sol";

/// @title What the Till needs of the template registry, settable
contract Origins {
  struct Share {
    address payee;
    uint16 bps;
  }

  mapping(address instance => Share) private _shares;
  mapping(address instance => bool) public isUpgradeable;

  function set(address instance, address payee, uint16 bps) external {
    _shares[instance] = Share(payee, bps);
  }

  function setUpgradeable(address instance) external {
    isUpgradeable[instance] = true;
  }

  function shareOf(address instance) external view returns (address payee, uint16 shareBps) {
    Share memory share = _shares[instance];
    return (share.payee, share.bps);
  }
}

/// @title A price feed in every state
contract Feed is IYuanFeed {
  enum Way {
    Fresh,
    Stale,
    BurnsGas,
    Short
  }

  Way public way;
  mapping(address currency => uint256) private _yuanPerUnit;

  /// @param yuan with 18 decimals, of 10^18 of the currency's smallest units
  function set(address currency, uint256 yuan) external {
    _yuanPerUnit[currency] = yuan;
  }

  function misbehave(Way way_) external {
    way = way_;
  }

  function yuanOf(address currency, uint256 amount) external view returns (uint256) {
    if (way == Way.Stale) revert YuanFeedStale(currency);
    if (way == Way.BurnsGas) {
      uint256 i;
      while (true) ++i;
    }
    if (way == Way.Short) {
      assembly ("memory-safe") {
        return(0, 1)
      }
    }
    return (amount * _yuanPerUnit[currency]) / 1e18;
  }
}
