"""A thin façade over store, evm, pool and producer: it resolves block tags and hands every question to its owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from chain import gasprice
from chain.consensus import Consensus
from chain.events import Events
from chain.gasprice import FeeHistory
from chain.model import (
    AccountOverride,
    Block,
    BlockOverride,
    Call,
    CallResult,
    Header,
    Location,
    LogEntry,
    LogQuery,
    Receipt,
    Transaction,
)
from chain.node.chain import Chain, Tag
from chain.node.dev import Dev
from chain.node.inspect import Inspect
from chain.pool import Content, Pool
from chain.primitives import Address, Hash32, Wei
from chain.producer import Development, Producer
from chain.spec import Spec
from chain.store import Index, Lists, Store

if TYPE_CHECKING:
    from chain.evm import CallLimits, Evm, State

T = TypeVar("T")

Overrides: TypeAlias = Mapping[Address, AccountOverride]

LOG_LIMIT = 20_000
TRACE_THREADS = 2  # whatever may take many seconds waits here and holds up only its like


class Node(Chain):
    """One chain, served. Safe to use from any thread."""

    def __init__(
        self,
        spec: Spec,
        store: Store,
        index: Index,
        evm: Evm,
        pool: Pool,
        consensus: Consensus,
        producer: Producer,
        events: Events,
        development: Development | None = None,
        *,
        call_limits: CallLimits | None = None,
    ) -> None:
        """`development`: only for a chain that may be edited and taken back. `call_limits`: of every call and estimate
        that is only tried."""
        super().__init__(spec, store, consensus)
        self.dev = None if development is None else Dev(producer, development)
        self.events = events
        self.inspect = Inspect(store, evm.inspector)
        self._index = index
        self._evm = evm
        self._pool = pool
        self._producer = producer
        self._call_limits = call_limits
        self._traces = ThreadPoolExecutor(TRACE_THREADS, thread_name_prefix="trace")

    # --- the chain as it is (its blocks: see Chain) -------------------------------------------------------------------

    def upcoming(self) -> tuple[Header, int]:
        """What the next block follows (the head, after edits of a development chain), and the time it would get."""
        return self._evm.parent(self._store.head), self._producer.next_timestamp()

    def coinbase(self) -> Address:
        """Who gets the tips of the next block."""
        parent, timestamp = self.upcoming()
        return self._producer.choices.coinbase or self._consensus.prepare(parent, timestamp).coinbase

    def find(self, transaction_hash: Hash32) -> tuple[Transaction, Location | None] | None:
        """A transaction and where it stands; location None while it waits in the pool."""
        # The pool first: between the two looks a transaction can only move from the pool into a block.
        waiting = self._pool.get(transaction_hash)
        found = self._store.transaction(transaction_hash)
        if found is not None:
            return found
        return None if waiting is None else (waiting, None)

    def state(self, at: Tag) -> State:
        """Accounts, code and storage at a block. Raises UnknownBlock."""
        return self._evm.state(self.header(at))

    def pending_nonce(self, address: Address) -> int:
        """The nonce the next transaction of `address` should have, counting those that are ready in the pool."""
        return self._pool.pending_nonce(address, self.state("latest").nonce(address))

    def pool_content(self) -> Future[Content]:
        """Everything that waits, as the writer sees it."""
        return self._producer.command(self._pool.content)

    def logs(self, query: LogQuery) -> list[LogEntry]:
        """Logs of a range or a block, in chain order. Raises LimitExceeded above 20,000."""
        return self._index.logs(query, limit=LOG_LIMIT)

    def lists(self) -> tuple[Lists, tuple[int, Hash32]]:
        """Lists of the index a page at a time, and the block they are level with. Raises StoreError."""
        return self._index.lists()

    # --- the chain as it would be -----------------------------------------------------------------------------------

    def call(
        self, call: Call, at: Tag, overrides: Overrides | None = None, block: BlockOverride | None = None
    ) -> CallResult:
        """Execute without keeping anything. Raises as `Evm.call` does, and LimitExceeded."""
        return self._evm.call(self.header(at), call, overrides=overrides, block=block, limits=self._call_limits)

    def estimate(self, call: Call, at: Tag, overrides: Overrides | None = None) -> int:
        """The least gas limit with which `call` succeeds. Raises ExecutionReverted or ExecutionHalted."""
        return self._evm.estimate(self.header(at), call, overrides=overrides, limits=self._call_limits)

    # --- prices -----------------------------------------------------------------------------------------------------

    def tip(self) -> Wei:
        """A priority fee per gas that recent blocks took."""
        head = self._store.head.number
        oldest = max(0, head - gasprice.TIP_BLOCKS + 1)
        return gasprice.suggested_tip([self._store.block(number) for number in range(oldest, head + 1)])

    def gas_price(self) -> Wei:
        """A price for legacy transactions, with room for one rise of the base fee."""
        return gasprice.gas_price_with_headroom(self._evm.parent(self._store.head), self.tip())

    def fee_history(self, count: int, newest: Tag, percentiles: Sequence[float]) -> FeeHistory:
        """Fees of `count` blocks up to `newest`. Raises UnknownBlock."""

        def body(number: int) -> tuple[Block, Sequence[Receipt]]:
            block = self._store.block(number)
            return block, self._store.receipts(block.hash)

        return gasprice.fee_history(self.header(newest).number, count, percentiles, self._store.header, body)

    # --- the way in ---------------------------------------------------------------------------------------------------

    def send(self, raw: bytes) -> Future[Hash32]:
        """Submit a signed transaction: the only way to change the chain. See `chain.producer` for when it ends."""
        return self._producer.submit(raw)

    def import_block(self, encoded: bytes) -> Future[None]:
        """Verify a block made elsewhere (RLP) and put it on top of the head. Raises InvalidBlock."""
        block = self._evm.decode_block(encoded)
        return self._producer.command(lambda: self._producer.extend(block))

    def mine(self) -> Future[Block]:
        """Make one block now."""
        return self._producer.command(self._producer.mine)

    # --- threads ------------------------------------------------------------------------------------------------------

    def run_long(self, work: Callable[[], T]) -> Future[T]:
        """Do `work` that may take many seconds (traces, searches, simulations) where it holds up only its like."""
        return self._traces.submit(work)

    def close(self) -> None:
        """Finish what was submitted, write it, let go of the data folder."""
        self._producer.stop()
        self._calls.shutdown(wait=False, cancel_futures=True)
        self._traces.shutdown(cancel_futures=True)
        self._calls.shutdown()
        self._index.stop()
        self._store.close()
