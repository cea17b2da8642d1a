"""Log filters as callers write them: a block range or one block, addresses, topics by position.

`eth_getLogs` and `eth_newFilter` read them here. A reversed or future range is refused (-32602) instead of answered
with an empty list, so that a caller who is ahead of the node cannot take "nothing yet" for "nothing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chain.errors import InvalidParams, LimitExceeded
from chain.model import Log, LogQuery, Record
from chain.primitives import Address, Hash32, address_from, from_hex
from chain.rpc.params import block_reference, mapping, sequence

if TYPE_CHECKING:
    from chain.node import Node, Tag

MAX_ADDRESSES = 1000
MAX_TOPICS = 4
MAX_ALTERNATIVES = 1000


class LogFilter(Record):
    """A filter that is not yet tied to block numbers; None: not given."""

    from_block: Tag | None = None
    to_block: Tag | None = None
    block_hash: Hash32 | None = None
    addresses: tuple[Address, ...] = ()
    topics: tuple[tuple[Hash32, ...], ...] = ()

    def matches(self, log: Log) -> bool:
        """Address and topics only."""
        if self.addresses and log.address not in self.addresses:
            return False
        if len(self.topics) > len(log.topics):
            return False
        return all(not any_of or topic in any_of for any_of, topic in zip(self.topics, log.topics, strict=False))

    def query(self, node: Node, *, max_blocks: int) -> LogQuery:
        """Tied to the chain as it is now; `max_blocks` is the widest range."""
        if self.block_hash is not None:
            node.header(self.block_hash)
            return LogQuery(block_hash=self.block_hash, addresses=self.addresses, topics=self.topics)
        head = node.head().number
        first, last = _height(node, self.from_block, head), _height(node, self.to_block, head)
        if first > last:
            raise InvalidParams("invalid block range params", hint=f"fromBlock {first} is above toBlock {last}")
        if last > head:
            raise InvalidParams("block range extends beyond current head block", hint=f"the head is block {head}")
        if last - first + 1 > max_blocks:
            raise LimitExceeded(
                f"exceed maximum block range: {max_blocks}", hint=f"{last - first + 1} blocks were asked for"
            )
        return LogQuery(from_block=first, to_block=last, addresses=self.addresses, topics=self.topics)

    def bounds(self, node: Node) -> tuple[int, int | None]:
        """Heights between which an installed filter reports; an open end is None."""
        head = node.head().number
        first = 0 if self.from_block is None else _height(node, self.from_block, head)
        last = self.to_block if isinstance(self.to_block, int) else None
        if last is not None and first > last:
            raise InvalidParams("invalid block range params", hint=f"fromBlock {first} is above toBlock {last}")
        return first, last


def log_filter_from(value: Any, *, name: str = "0") -> LogFilter:
    """Read a filter object; null members mean absent."""
    fields = mapping(value, name=name)
    block_hash = fields.get("blockHash")
    edges = [fields.get("fromBlock"), fields.get("toBlock")]
    if block_hash is not None and edges != [None, None]:
        raise InvalidParams("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
    first, last = (None if edge is None else _edge(edge, name) for edge in edges)
    return LogFilter(
        from_block=first,
        to_block=last,
        block_hash=None if block_hash is None else from_hex(block_hash, length=32, name=f"{name}.blockHash"),
        addresses=_addresses(fields.get("address"), f"{name}.address"),
        topics=_topics(fields.get("topics"), f"{name}.topics"),
    )


def _edge(value: Any, name: str) -> Tag:
    tag = block_reference(value, name=f"{name}.fromBlock/toBlock").tag
    if isinstance(tag, bytes):
        raise InvalidParams(f"invalid argument {name}: a range goes by numbers", hint="use blockHash for one block")
    # Waiting transactions have no logs yet: up to "pending" is up to the head.
    return "latest" if tag == "pending" else tag


def _height(node: Node, tag: Tag | None, head: int) -> int:
    if tag is None or tag == "latest":
        return head
    return tag if isinstance(tag, int) else node.header(tag).number


def _addresses(value: Any, name: str) -> tuple[Address, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(address_from(item, name=name) for item in sequence(value, name=name, limit=MAX_ADDRESSES))
    return (address_from(value, name=name),)


def _topics(value: Any, name: str) -> tuple[tuple[Hash32, ...], ...]:
    if value is None:
        return ()
    if isinstance(value, list) and len(value) > MAX_TOPICS:
        raise InvalidParams(f"exceed max topics: {len(value)}, a log has at most {MAX_TOPICS}")
    return tuple(_alternatives(item, f"{name}[{index}]") for index, item in enumerate(sequence(value, name=name)))


def _alternatives(value: Any, name: str) -> tuple[Hash32, ...]:
    """One position: null or [] is anything; a null among alternatives makes the position anything too (geth)."""
    if value is None:
        return ()
    if not isinstance(value, list):
        return (from_hex(value, length=32, name=name),)
    choices = sequence(value, name=name, limit=MAX_ALTERNATIVES)
    if any(choice is None for choice in choices):
        return ()
    return tuple(from_hex(choice, length=32, name=name) for choice in choices)
