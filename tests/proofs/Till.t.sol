// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMZ} from "../../contracts/token/IMZ.sol";
import {MZ} from "../../contracts/token/MZ.sol";
import {Till} from "../../contracts/till/Till.sol";
import {PROVER} from "./Prover.sol";

/// @title A registry that says of every instance what it was told to
contract SharesOf {
  address private _payee;
  uint16 private _bps;

  function set(address payee, uint16 bps) external {
    (_payee, _bps) = (payee, bps);
  }

  function shareOf(address) external view returns (address, uint16) {
    return (_payee, _bps);
  }
}

/// @title The Till with its inner arithmetic within reach
contract OpenTill is Till {
  constructor(IMZ mz, address templates) Till(mz, templates, address(0), address(0), address(0), 50) {}

  function earn(address token, uint256 fee) external {
    _earn(token, fee);
  }

  function cut(uint256 gross, uint256 rate, address receiver) external view returns (Cut memory) {
    return _cut(gross, rate, receiver);
  }
}

/// @title Proofs about how the Till divides a trade, for every amount, rate and share that can occur
contract TillProof {
  uint256 private constant _MOST = type(uint112).max;

  SharesOf private _shares;
  OpenTill private _till;

  function setUp() public {
    _shares = new SharesOf();
    _till = new OpenTill(IMZ(address(new MZ())), address(_shares));
  }

  function check_fee_and_share_and_net_make_up_the_whole(
    uint256 gross,
    uint256 rate,
    address payee,
    uint16 bps,
    address receiver
  ) public {
    PROVER.assume(gross != 0 && gross <= _MOST && rate >= 50 && rate <= 100 && bps <= 1_000);
    _shares.set(payee, bps);

    (bool done, bytes memory answer) = address(_till).call(abi.encodeCall(OpenTill.cut, (gross, rate, receiver)));

    assert(done);
    (uint256 fee, uint256 share, , uint256 net) = abi.decode(answer, (uint256, uint256, address, uint256));
    assert(fee <= gross && share <= gross - fee);
    assert(fee + share + net == gross);
  }

  function check_the_fee_at_the_lowest_rate_is_rounded_up_and_never_nothing(uint256 gross) public view {
    _checkRoundedUp(gross, 50);
  }

  function check_the_fee_at_the_highest_rate_is_rounded_up_and_never_nothing(uint256 gross) public view {
    _checkRoundedUp(gross, 100);
  }

  function check_the_share_is_rounded_down_and_only_for_who_has_one(
    uint256 gross,
    address payee,
    uint16 bps,
    address receiver
  ) public {
    PROVER.assume(gross != 0 && gross <= _MOST && bps <= 1_000);
    _shares.set(payee, bps);

    OpenTill.Cut memory cut = _till.cut(gross, 100, receiver);

    assert(cut.payee == payee);
    if (payee == address(0)) {
      assert(cut.share == 0);
    } else {
      assert(cut.share * 10_000 <= gross * bps);
      assert((cut.share + 1) * 10_000 > gross * bps);
    }
  }

  function check_nothing_and_too_much_are_refused(uint256 gross, uint256 rate, address receiver) public {
    PROVER.assume((gross == 0 || gross > _MOST) && rate >= 50 && rate <= 100);

    (bool done, ) = address(_till).call(abi.encodeCall(OpenTill.cut, (gross, rate, receiver)));

    assert(!done);
  }

  /// @dev One rate at a time: products of two unknowns are where solvers give up.
  function _checkRoundedUp(uint256 gross, uint256 rate) private view {
    PROVER.assume(gross != 0 && gross <= _MOST);

    uint256 fee = _till.cut(gross, rate, address(this)).fee;

    assert(fee != 0 && fee <= gross);
    // Nothing of 112 bits overflows here; checking it would only make the solver's work harder.
    unchecked {
      assert(fee * 10_000 >= gross * rate);
      assert(fee * 10_000 < gross * rate + 10_000);
    }
  }
}

/// @title Proof about the books of what the platform earned
contract TillBooksProof {
  OpenTill private _till;

  function setUp() public {
    _till = new OpenTill(IMZ(address(new MZ())), address(new SharesOf()));
  }

  function check_the_books_lose_no_fee(address token, uint64 first, uint64 second, uint96 one, uint96 two) public {
    PROVER.assume(first <= second && second < 2 ** 40);
    PROVER.warp(first);
    uint256 early = _till.currentQuarter();
    _till.earn(token, one);
    PROVER.warp(second);
    uint256 late = _till.currentQuarter();
    _till.earn(token, two);

    assert(_till.unswept(token) == uint256(one) + two);
    if (early == late) {
      assert(_till.revenue(token, late) == uint256(one) + two);
    } else {
      assert(_till.revenue(token, early) == one);
      assert(_till.revenue(token, late) == two);
    }
  }
}

/// @title Something untrue about the arithmetic, which the solver for arithmetic has to refute
contract TillControl {
  OpenTill private _till;

  function setUp() public {
    _till = new OpenTill(IMZ(address(new MZ())), address(new SharesOf()));
  }

  function check_the_fee_is_rounded_down(uint256 gross) public view {
    PROVER.assume(gross != 0 && gross <= type(uint112).max);

    uint256 fee = _till.cut(gross, 50, address(this)).fee;

    unchecked {
      assert(fee * 10_000 <= gross * 50);
    }
  }
}
