"""Who wants to hear what, and the words in which an event is told.

An event only passes through a queue in the thread that publishes it. The book's own thread words it, each block, log
and transaction once for all subscribers, and hands the bytes to their sessions, in the order of the chain: logs of
removed blocks (newest block first), then for each new block its header, its receipts, its logs.

A subscription hears exactly what is published after it was opened: events are counted, and it knows the count at which
it began.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

from chain.errors import ChainError
from chain.events import Event, Head, Pending
from chain.model import Block, LogEntry, Receipt
from chain.primitives import Hash32
from chain.rpc.encode import data, header_object, log_object, placed_logs, receipt_object, transaction_object
from chain.rpc.logfilter import LogFilter

if TYPE_CHECKING:
    from chain.node import Node

logger = logging.getLogger(__name__)

Kind: TypeAlias = Literal["newHeads", "logs", "newPendingTransactions", "transactionReceipts", "syncing"]

_encode = msgspec.json.Encoder().encode


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscription is about; the members beside `kind` belong to one kind each."""

    kind: Kind
    logs: LogFilter = LogFilter()
    first: int = 0  # heights between which logs are told; an open end is None
    last: int | None = None
    full: bool = False  # waiting transactions as objects instead of hashes
    transactions: frozenset[Hash32] = frozenset()  # receipts of these only; empty: of all


class Listener(Protocol):
    """What the book needs of a session."""

    def tell(self, subscription: Subscription, result: bytes) -> None:
        """Pass on one event; must not block."""
        ...

    def drop(self, reason: str) -> None:
        """End the connection: better no subscription than one with holes."""
        ...


class Subscription(msgspec.Struct, eq=False):
    """One entry of the book. `held`: what came before the answer that names it; None once that is out."""

    id: str
    topic: Topic
    listener: Listener
    began: int = 0
    held: list[bytes] | None = []
    ended: bool = False


class Subscriptions:
    """All subscriptions of one node. Thread-safe."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._count = 0  # events so far
        self._open: dict[str, Subscription] = {}
        self._events: queue.SimpleQueue[tuple[int, Event] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._forget_node = node.events.subscribe(self._hear)

    def __len__(self) -> int:
        return len(self._open)

    def open(self, subscription: Subscription) -> None:
        """Tell it everything that happens from now on."""
        with self._lock:
            if self._closed:
                raise ChainError("the node is stopping")
            subscription.began = self._count
            self._open[subscription.id] = subscription
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="subscriptions", daemon=True)
                self._thread.start()

    def end(self, subscription: Subscription) -> None:
        """Tell it nothing more."""
        with self._lock:
            self._open.pop(subscription.id, None)

    def close(self) -> None:
        """Hear no more events."""
        self._forget_node()
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._events.put(None)
            thread.join()

    def _hear(self, event: Event) -> None:
        if not isinstance(event, Head | Pending):
            return
        with self._lock:
            self._count += 1
            if self._open:
                self._events.put((self._count, event))

    def _work(self) -> None:
        while (entry := self._events.get()) is not None:
            count, event = entry
            with self._lock:
                hearers = [one for one in self._open.values() if one.began < count]
            try:
                if isinstance(event, Head):
                    self._tell_head(event, hearers)
                elif isinstance(event, Pending):
                    _tell_pending(event, hearers)
            except Exception:
                logger.exception("an event could not be told: its subscribers are disconnected")
                for one in hearers:
                    one.listener.drop("an event could not be told, see the node's log")

    def _tell_head(self, head: Head, hearers: Sequence[Subscription]) -> None:
        for_logs = _about("logs", hearers)
        for block in head.removed:
            _tell_logs(_Telling(self._node, block, removed=True), for_logs)
        for_heads, for_receipts = _about("newHeads", hearers), _about("transactionReceipts", hearers)
        for block in head.added:
            telling = _Telling(self._node, block)
            for one in for_heads:
                one.listener.tell(one, telling.header())
            for one in for_receipts:
                chosen = [text for key, text in telling.receipts() if key in (one.topic.transactions or {key})]
                if chosen:
                    one.listener.tell(one, b"[" + b",".join(chosen) + b"]")
            _tell_logs(telling, for_logs)


class _Telling:
    """One block in words, each made when it is first needed and then kept for the other subscribers."""

    def __init__(self, node: Node, block: Block, *, removed: bool = False) -> None:
        self.block = block
        self._node = node
        self._removed = removed
        self._header: bytes | None = None
        self._read: tuple[Receipt, ...] | None = None
        self._receipts: list[tuple[Hash32, bytes]] | None = None
        self._entries: list[LogEntry] | None = None
        self._logs: dict[int, bytes] = {}

    def header(self) -> bytes:
        if self._header is None:
            self._header = _encode(header_object(self.block.header))
        return self._header

    def receipts(self) -> list[tuple[Hash32, bytes]]:
        """Each with its transaction's hash."""
        if self._receipts is None:
            header, read = self.block.header, self._stored()
            rows = zip(self.block.transactions, read, placed_logs(header, read), strict=True)
            self._receipts = [
                (tx.hash, _encode(receipt_object(tx, receipt, header, index, logs)))
                for index, (tx, receipt, logs) in enumerate(rows)
            ]
        return self._receipts

    def logs(self, criteria: LogFilter) -> Iterator[bytes]:
        """Those that match, in the block's order."""
        if self._entries is None:
            placed = placed_logs(self.block.header, self._stored(), removed=self._removed)
            self._entries = [entry for entries in placed for entry in entries]
        for index, entry in enumerate(self._entries):
            if criteria.matches(entry.log):
                if index not in self._logs:
                    self._logs[index] = _encode(log_object(entry))
                yield self._logs[index]

    def _stored(self) -> tuple[Receipt, ...]:
        if self._read is None:
            self._read = self._node.receipts(self.block.hash)
        return self._read


def _tell_logs(telling: _Telling, hearers: Sequence[Subscription]) -> None:
    header = telling.block.header
    if not any(header.logs_bloom):
        return
    for one in hearers:
        if one.topic.first <= header.number and (one.topic.last is None or header.number <= one.topic.last):
            for text in telling.logs(one.topic.logs):
                one.listener.tell(one, text)


def _tell_pending(event: Pending, hearers: Sequence[Subscription]) -> None:
    words: dict[bool, bytes] = {}
    for one in _about("newPendingTransactions", hearers):
        if one.topic.full not in words:
            tx = event.transaction
            words[one.topic.full] = _encode(transaction_object(tx) if one.topic.full else data(tx.hash))
        one.listener.tell(one, words[one.topic.full])


def _about(kind: Kind, hearers: Sequence[Subscription]) -> list[Subscription]:
    return [one for one in hearers if one.topic.kind == kind]
