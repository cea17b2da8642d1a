// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Notary} from "contracts/notary/Notary.sol";
import {IWorks} from "contracts/works/IWorks.sol";
import {Works} from "contracts/works/Works.sol";

/// @title What `forge test` runs in a checkout: registering works, with whatever forge thinks of
contract WorksTest {
  Works private _works;

  function setUp() public {
    _works = new Works(new Notary());
  }

  function testFuzz_a_work_belongs_to_who_registered_it(bytes32 content) public {
    if (content == 0) return;

    uint256 work = _works.register(content);

    assert(_works.ownerOf(work) == address(this) && _works.payeeOf(work) == address(this));
    assert(work == _works.workOf(content, address(this)) && work == _works.firstOf(content));
    assert(_works.evidence(work).claimedAt == block.timestamp);
  }

  function test_no_content_is_no_work() public {
    try _works.register(0) {
      assert(false);
    } catch (bytes memory reason) {
      assert(bytes4(reason) == IWorks.WorksHashEmpty.selector);
    }
  }
}
