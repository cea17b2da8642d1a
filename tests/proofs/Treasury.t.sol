// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FundUse} from "../../contracts/treasury/FundUse.sol";
import {IFundUse} from "../../contracts/treasury/IFundUse.sol";
import {PROVER} from "./Prover.sol";

/// @title Proof about how funds are divided, for every amount of wei below 2^128
contract FundUseProof {
  FundUse private _fund;

  function setUp() public {
    _fund = new FundUse([address(0xa0), address(0xa1), address(0xa2), address(0xa3)]);
  }

  function check_the_four_uses_make_up_the_whole(uint128 amount) public view {
    uint256 technology = _fund.partOf(IFundUse.Use.Technology, amount);
    uint256 promotion = _fund.partOf(IFundUse.Use.Promotion, amount);
    uint256 distribution = _fund.partOf(IFundUse.Use.Distribution, amount);
    uint256 reserve = _fund.partOf(IFundUse.Use.Reserve, amount);

    assert(technology + promotion + distribution + reserve == amount);
    assert(promotion == distribution);
  }
}

/// @title Proof about who gets what is due
contract FundUseMoneyProof {
  FundUse private _fund;

  function setUp() public {
    _fund = new FundUse([address(0xa0), address(0xa1), address(0xa2), address(0xa3)]);
    PROVER.deal(address(_fund), 100 ether);
  }

  function check_money_goes_to_its_recipient_whoever_asks(address caller, uint8 which) public {
    PROVER.assume(which < 4);
    PROVER.setArbitraryStorage(address(_fund));
    IFundUse.Use use = IFundUse.Use(which);
    address recipient = address(uint160(0xa0) + which);
    uint256 due = _fund.due(use);
    uint256 had = recipient.balance;

    PROVER.prank(caller);
    (bool done, ) = address(_fund).call(abi.encodeCall(IFundUse.pull, (use)));

    PROVER.assume(done);
    assert(due != 0 && _fund.due(use) == 0);
    assert(recipient.balance == had + due && address(_fund).balance == 100 ether - due);
  }
}
