"""Trying a message without sending it: `eth_call` and `eth_estimateGas`."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from chain.errors import ExecutionReverted
from chain.model import Call
from chain.primitives import from_hex
from chain.rpc.calls import block_override, state_overrides, wish_from
from chain.rpc.encode import data, quantity
from chain.rpc.params import Params
from chain.rpc.reverts import failure, reverted
from chain.rpc.service import Service

if TYPE_CHECKING:
    from chain.node import Tag


def call(service: Service, params: Params) -> Future[str]:
    """The returned bytes; a revert is an error with code 3 and the payload."""
    wish = wish_from(params.at_most(4).required(0), chain_id=service.node.spec.chain_id).call()
    tag = service.block(params, 1)
    overrides, block = state_overrides(params.optional(2), name="2"), block_override(params.optional(3), name="3")

    def execute() -> str:
        result = service.node.call(wish, tag, overrides, block)
        if result.error is not None:
            raise failure(result)
        return data(result.output)

    return service.node.run(execute)


def estimate_gas(service: Service, params: Params) -> Future[str]:
    """The least gas limit with which the transaction succeeds."""
    wish = wish_from(params.at_most(4).required(0), chain_id=service.node.spec.chain_id).call()
    tag, overrides = service.block(params, 1), state_overrides(params.optional(2), name="2")

    def execute() -> str:
        try:
            return quantity(service.node.estimate(payable_at(service, wish, tag), tag, overrides))
        except ExecutionReverted as problem:
            raise worded(problem) from problem

    return service.node.run(execute)


def payable_at(service: Service, wish: Call, tag: Tag) -> Call:
    """Without its fees when they are below the block's base fee.

    Gas needed does not depend on them, the next block may well cost less, and wallets estimate before they ask the
    user for a price.
    """
    cap, base_fee = wish.max_fee_per_gas, service.node.header(tag).base_fee
    if cap is None or base_fee is None or cap >= base_fee:
        return wish
    return msgspec.structs.replace(wish, max_fee_per_gas=None, max_priority_fee_per_gas=None)


def worded(problem: ExecutionReverted) -> ExecutionReverted:
    """With the reason in geth's words, which are part of the interface and not of execution."""
    payload = b"" if problem.data is None else from_hex(problem.data)
    return reverted(payload)


METHODS = {"eth_call": call, "eth_estimateGas": estimate_gas}
