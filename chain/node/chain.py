"""The chain as it is: its blocks by number, hash or tag. All that can be told before anything is executed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, TypeAlias, TypeVar

from chain.consensus import Consensus
from chain.model import Block, Header, Receipt
from chain.primitives import Hash32
from chain.spec import Spec
from chain.store import Store

T = TypeVar("T")

Tag: TypeAlias = int | bytes | Literal["latest", "pending", "safe", "finalized", "earliest"]

CALL_THREADS = 8  # so that a few long calls do not hold up the short ones


class Chain:
    """The blocks of one chain. Safe to use from any thread."""

    def __init__(self, spec: Spec, store: Store, consensus: Consensus) -> None:
        self.spec = spec
        self._store = store
        self._consensus = consensus
        self._calls = ThreadPoolExecutor(CALL_THREADS, thread_name_prefix="call")

    def head(self) -> Header:
        """Header of the newest block."""
        return self._store.head

    def header(self, at: Tag) -> Header:
        """A header by number, hash or tag; `pending` is the head. Raises UnknownBlock."""
        match at:
            case "latest" | "pending":
                return self._store.head
            case "earliest":
                return self._store.header(0)
            case "safe" | "finalized":
                finality = self._consensus.finality(self._store.head)
                return self._store.header(finality.safe if at == "safe" else finality.finalized)
        return self._store.header(at)

    def block(self, at: Tag) -> Block:
        """A block with its transactions. Raises UnknownBlock."""
        return self._store.block(self.header(at).hash)

    def receipts(self, block_hash: Hash32) -> tuple[Receipt, ...]:
        """Receipts in the block's order. Raises UnknownBlock."""
        return self._store.receipts(block_hash)

    def run(self, work: Callable[[], T]) -> Future[T]:
        """Do `work` in a reader thread: whatever executes code or scans must not hold up the caller."""
        return self._calls.submit(work)
