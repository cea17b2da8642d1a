"""Consensus encodings, for whoever wants to check hashes and roots; and executions, watched closely."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from chain.model import Header
from chain.rpc.calls import block_override, state_overrides, wish_from
from chain.rpc.encode import JsonObject, data
from chain.rpc.params import Params
from chain.rpc.service import Service
from chain.rpc.traces import TraceWish, trace_wish

if TYPE_CHECKING:
    from chain.node import Tag


def raw_header(service: Service, params: Params) -> str:
    """RLP of a header; its keccak is the block's hash."""
    return data(service.node.header(service.block(params.at_most(1), 0, default=None)).encode())


def raw_block(service: Service, params: Params) -> Future[str]:
    """RLP of a block, as clients exchange it."""
    tag = service.block(params.at_most(1), 0, default=None)
    return service.node.run(lambda: data(service.node.block(tag).encode()))


def raw_receipts(service: Service, params: Params) -> Future[list[str]]:
    """Encoded receipts (EIP-2718), as the receipts root commits to them."""
    tag = service.block(params.at_most(1), 0, default=None)

    def read() -> list[str]:
        block_hash = service.node.header(tag).hash
        return [data(receipt.encode()) for receipt in service.node.receipts(block_hash)]

    return service.node.run(read)


def raw_transaction(service: Service, params: Params) -> str:
    """Signed bytes, mined or waiting; 0x for an unknown one."""
    found = service.node.find(params.at_most(1).hash(0))
    return data(b"" if found is None else found[0].raw)


def bad_blocks(service: Service, params: Params) -> list[JsonObject]:
    """Blocks that were refused; a node that makes its own keeps none."""
    params.at_most(0)
    return []


def trace_transaction(service: Service, params: Params) -> Future[Any]:
    """A transaction executed again as it was, watched."""
    tx_hash, wish = params.at_most(2).hash(0), trace_wish(params.optional(1), name="1")

    def trace() -> Any:
        found, block, index = service.node.inspect.transaction(tx_hash, wish.options)
        return wish.encode(found, place(block.header, tx_hash, index))

    return service.node.run_long(trace)


def trace_call(service: Service, params: Params) -> Future[Any]:
    """A call that nobody sent, watched; the configuration may also pretend state and block fields."""
    call = wish_from(params.at_most(3).required(0), chain_id=service.node.spec.chain_id).call()
    tag, wish = service.block(params, 1), trace_wish(params.optional(2), name="2")
    config = params.optional(2) or {}
    overrides = state_overrides(config.get("stateOverrides"), name="2.stateOverrides")
    block = block_override(config.get("blockOverrides"), name="2.blockOverrides")

    def trace() -> Any:
        header = service.node.header(tag)
        return wish.encode(service.node.inspect.call(header, call, wish.options, overrides, block), {})

    return service.node.run_long(trace)


def trace_block_by_number(service: Service, params: Params) -> Future[list[JsonObject]]:
    """All transactions of a block executed again, watched."""
    return _trace_block(
        service, service.block(params.at_most(2), 0, default=None), trace_wish(params.optional(1), name="1")
    )


def trace_block_by_hash(service: Service, params: Params) -> Future[list[JsonObject]]:
    """All transactions of a block executed again, watched; the block need not be canonical."""
    return _trace_block(service, params.at_most(2).hash(0), trace_wish(params.optional(1), name="1"))


def place(header: Header, tx_hash: bytes, index: int) -> JsonObject:
    """Where a flat trace belongs; numbers, as Parity has them."""
    return {
        "blockHash": data(header.hash),
        "blockNumber": header.number,
        "transactionHash": data(tx_hash),
        "transactionPosition": index,
    }


def _trace_block(service: Service, tag: Tag, wish: TraceWish) -> Future[list[JsonObject]]:
    def trace() -> list[JsonObject]:
        block = service.node.block(tag)
        traces = service.node.inspect.block(block.header, wish.options)
        return [
            {"txHash": data(tx.hash), "result": wish.encode(found, place(block.header, tx.hash, index))}
            for index, (tx, found) in enumerate(zip(block.transactions, traces, strict=True))
        ]

    return service.node.run_long(trace)


METHODS = {
    "debug_getRawHeader": raw_header,
    "debug_getRawBlock": raw_block,
    "debug_getRawReceipts": raw_receipts,
    "debug_getRawTransaction": raw_transaction,
    "debug_getBadBlocks": bad_blocks,
    "debug_traceTransaction": trace_transaction,
    "debug_traceCall": trace_call,
    "debug_traceBlockByNumber": trace_block_by_number,
    "debug_traceBlockByHash": trace_block_by_hash,
}
