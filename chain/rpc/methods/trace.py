"""Parity's flat traces: every call of a transaction, a block or a range by itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from chain.errors import LimitExceeded
from chain.evm.tracing import Budget, FrameTree, Trace, TraceOptions
from chain.primitives import Address, address_from
from chain.rpc.encode import JsonObject
from chain.rpc.methods.debug import place
from chain.rpc.params import Params, block_reference, mapping, quantity, sequence
from chain.rpc.service import Service
from chain.rpc.traces import flat_objects

MOST_BLOCKS = 1000  # of one trace_filter: each is executed again
MOST_ADDRESSES = 1000
FRAMES = TraceOptions(kind="frames")


def trace_transaction(service: Service, params: Params) -> Future[list[JsonObject]]:
    """Its calls, outermost first."""
    tx_hash = params.at_most(1).hash(0)

    def trace() -> list[JsonObject]:
        found, block, index = service.node.inspect.transaction(tx_hash, FRAMES)
        return list(_flat(found, place(block.header, tx_hash, index)))

    return service.node.run_long(trace)


def trace_block(service: Service, params: Params) -> Future[list[JsonObject]]:
    """The calls of all its transactions; genesis has none."""
    tag = service.block(params.at_most(1), 0, default=None)
    return service.node.run_long(lambda: list(_block(service, service.node.header(tag).number, None, tag)))


def trace_filter(service: Service, params: Params) -> Future[list[JsonObject]]:
    """The calls of a range of blocks, by sender and receiver; `after` and `count` choose among those found."""
    wish = mapping(params.at_most(1).required(0), name="0")
    head = service.node.head().number
    first, last = (_number(service, wish.get(key), key, head) for key in ("fromBlock", "toBlock"))
    senders, receivers = (_addresses(wish.get(key), f"0.{key}") for key in ("fromAddress", "toAddress"))
    after, count = (
        None if wish.get(key) is None else quantity(wish[key], name=f"0.{key}") for key in ("after", "count")
    )
    if last - first >= MOST_BLOCKS:
        raise LimitExceeded(
            f"block range too large: {last - first + 1} blocks, at most {MOST_BLOCKS} are executed again",
            hint="ask for a shorter range",
        )

    def search() -> list[JsonObject]:
        budget = Budget(FRAMES.seconds)
        found: list[JsonObject] = []
        skip = after or 0
        for number in range(first, min(last, head) + 1):
            for entry in _block(service, number, budget, number):
                if not _matches(entry["action"] | (entry["result"] or {}), senders, receivers):
                    continue
                if skip:
                    skip -= 1
                    continue
                if count is not None and len(found) >= count:
                    return found
                found.append(entry)
        return found

    return service.node.run_long(search)


def _block(service: Service, number: int, budget: Budget | None, tag: Any) -> Iterator[JsonObject]:
    if number == 0:
        return
    block = service.node.block(tag)
    traces = service.node.inspect.block(block.header, FRAMES, budget=budget)
    for index, (tx, trace) in enumerate(zip(block.transactions, traces, strict=True)):
        yield from _flat(trace, place(block.header, tx.hash, index))


def _flat(trace: Trace, where: JsonObject) -> Iterator[JsonObject]:
    assert isinstance(trace, FrameTree)  # what FRAMES asks for
    return flat_objects(trace.root, where)


def _matches(fields: JsonObject, senders: set[str], receivers: set[str]) -> bool:
    """Whether sender and receiver are among the wanted ones; a creation's receiver is the contract."""
    sender = fields.get("from", fields.get("address"))
    receiver = fields.get("to", fields.get("refundAddress", fields.get("address")))
    return (not senders or sender in senders) and (not receivers or receiver in receivers)


def _number(service: Service, value: Any, key: str, head: int) -> int:
    if value is None:
        return 0 if key == "fromBlock" else head
    tag = block_reference(value, name=f"0.{key}").tag
    return tag if isinstance(tag, int) else service.node.header(tag).number


def _addresses(value: Any, name: str) -> set[str]:
    listed = [] if value is None else sequence(value, name=name, limit=MOST_ADDRESSES)
    addresses: list[Address] = [address_from(item, name=name) for item in listed]
    return {f"0x{address.hex()}" for address in addresses}


METHODS = {"trace_transaction": trace_transaction, "trace_block": trace_block, "trace_filter": trace_filter}
