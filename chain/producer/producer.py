"""The writer thread: takes submissions and commands in order, makes blocks, commits them, then tells."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from chain.consensus import Consensus
from chain.errors import (
    ChainError,
    Evicted,
    FeeTooLow,
    InternalError,
    InvalidBlock,
    LimitExceeded,
    TransactionRejected,
    UnknownBlock,
)
from chain.events import Dropped, Events, Head, Pending
from chain.model import Block, Built, Rejected, Transaction
from chain.pool import Pool
from chain.primitives import Hash32
from chain.producer.clock import Clock
from chain.producer.wishes import Choices, Command, Mining, Stop, Submission
from chain.store import Store

if TYPE_CHECKING:
    from chain.evm import Evm, State

logger = logging.getLogger(__name__)

T = TypeVar("T")

# A block may keep its producer busy this long; what is left goes into the next one.
BLOCK_BUDGET_SECONDS = 1.0
# Whoever sends is kept waiting for the clock this long at most: a client whose wait ends in a time-out sends again.
PATIENCE_SECONDS = 5


class Producer:
    """One writer thread over pool, evm and store."""

    def __init__(
        self,
        evm: Evm,
        store: Store,
        pool: Pool,
        consensus: Consensus,
        events: Events,
        clock: Clock,
        mining: Mining,
    ) -> None:
        self.mining = mining
        self.choices = Choices()
        self._evm = evm
        self._store = store
        self._pool = pool
        self._consensus = consensus
        self._events = events
        self._clock = clock
        self._queue: queue.SimpleQueue[Submission | Command | Stop] = queue.SimpleQueue()
        self._awaited: dict[Hash32, Future[Hash32]] = {}
        self._thread = threading.Thread(target=self._run, name="producer", daemon=True)
        self._next_tick: float | None = None
        self._resume: float | None = None  # when the clock will have caught up with the blocks
        self._stopping = threading.Event()
        self._head_state: tuple[Hash32, State] | None = None

    # --- called from any thread -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Bring back the journaled pool, then begin to take submissions."""
        state = self._state()
        for raw in list(self._store.journal()):
            try:
                tx = self._evm.decode(raw, impersonated=True)
                self._pool.add(tx, state, self._gas_limit())
            except ChainError as refusal:
                logger.info("journaled transaction dropped reason=%r", refusal.message)
        self._set_tick()
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in the queue and end the thread."""
        if self._thread.is_alive():
            self._queue.put(Stop())
            self._stopping.set()
            self._thread.join()

    def submit(self, raw: bytes, *, impersonated: bool = False) -> Future[Hash32]:
        """A raw transaction; the future ends with its hash, or with the TransactionRejected that refused it.

        `impersonated`: made by this node for a sender without a key.
        """
        answer: Future[Hash32] = Future()
        self._queue.put(Submission(raw=raw, answer=answer, impersonated=impersonated))
        return answer

    def command(self, work: Callable[[], T]) -> Future[T]:
        """Run something in the writer thread, in order with the submissions."""
        answer: Future[T] = Future()
        self._queue.put(Command(work=work, answer=answer))
        return answer

    def next_timestamp(self) -> int:
        """What a block made now would be stamped with, Unix seconds."""
        parent = self._store.head.timestamp
        return max(self._clock.stamp(parent), parent + 1)

    # --- commands, to be run in the writer thread ---------------------------------------------------------------------

    def mine(self) -> Block:
        """Make one block now, empty if nothing is ready."""
        self._clock_allows()
        return self._seal(limit=1 if self.mining.one_transaction_per_block else None, allow_empty=True).block

    def set_mining(self, mining: Mining) -> None:
        """Change when blocks are made."""
        self.mining = mining
        self._set_tick()

    def extend(self, block: Block) -> None:
        """Verify a block that somebody else made and take it: on top of the head, or as part of a branch.

        A branch becomes the chain when the consensus prefers it. A block that is there already is no matter. Raises
        InvalidBlock.
        """
        head = self._store.head
        if self._store.is_canonical(block.header):
            return
        try:
            parent = self._store.header(block.header.parent_hash)
        except UnknownBlock:
            parent = None
        if parent is None or not self._consensus.admits(head, parent):
            raise InvalidBlock(
                f"block {block.number} does not extend the head: its parent is 0x{block.header.parent_hash.hex()}, "
                f"the head is block {head.number} 0x{head.hash.hex()}",
                hint=None if parent is not None else "import the blocks before it first",
            )
        self._consensus.verify(block.header, self._evm.parent(parent))
        built = self._evm.verify(block, parent)
        if parent.hash == head.hash:
            self._commit(built)
            return
        self._store.keep(built)
        if self._consensus.choose(head, block.header):
            self._adopt(block.hash)

    def rewind(self, number: int) -> None:
        """Take the head back to block `number`; transactions of removed blocks return to the pool."""
        removed = self._store.rewind(number)
        self._pool.refresh(self._state())
        self.readmit([tx for block in reversed(removed) for tx in block.transactions])
        self._events.publish(Head(removed=removed, added=()))

    def _adopt(self, block_hash: Hash32) -> None:
        """Make a stored branch the chain; what only the old one had returns to the pool."""
        removed, added = self._store.adopt(block_hash)
        self.state_changed()
        state = self._state()
        for block in added:
            self._pool.prune(block.transactions, state)
        self._pool.refresh(state)
        taken = {tx.hash for block in added for tx in block.transactions}
        self._store.journal_remove(taken)
        self.readmit([tx for block in reversed(removed) for tx in block.transactions if tx.hash not in taken])
        self._events.publish(Head(removed=removed, added=added))

    def readmit(self, transactions: Iterable[Transaction]) -> None:
        """Offer to the pool what it, or the chain, had taken before."""
        state, gas_limit = self._state(), self._gas_limit()
        for tx in transactions:
            try:
                self._pool.add(tx, state, gas_limit)
            except (TransactionRejected, LimitExceeded) as refusal:
                self._events.publish(Dropped(hash=tx.hash, reason=refusal.message))

    def restore(self, transactions: Iterable[Transaction]) -> None:
        """Give the pool back exactly what it held when a snapshot was taken."""
        self._pool.restore(transactions, self._state())

    def state_changed(self) -> None:
        """The head's state is not what it was: a development command edited it, or took the head elsewhere."""
        self._head_state = None

    # --- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        stopped = False
        while not stopped:
            try:
                stopped = self._turn()
            except Exception:
                # The thread must outlive anything: without it every client would wait for ever.
                stopped = self._stopping.is_set()
                logger.exception("the producer failed in a turn")
                self._fail_awaited(InternalError("internal error: the block could not be made, see the node's log"))

    def _turn(self) -> bool:
        """Wait for one thing, take everything that arrived meanwhile, make the blocks it calls for; True: stop."""
        item = self._wait()
        while item is not None:
            match item:
                case Submission():
                    self._admit(item)
                case Command():
                    self._flush()  # a command sees the chain as everything before it left it
                    _answer(item.answer, item.work)
                case Stop():
                    self._flush()
                    return True
            item = None if self._queue.empty() else self._queue.get()
        if self._next_tick is not None and time.monotonic() >= self._next_tick:
            self._set_tick()
            self._tick()
        self._flush()
        return False

    def _tick(self) -> None:
        try:
            self._seal(allow_empty=True)
        except ChainError as failure:
            logger.error("block not made reason=%r", failure.message)

    def _wait(self) -> Submission | Command | Stop | None:
        moments = [moment for moment in (self._next_tick, self._resume) if moment is not None]
        timeout = max(0.0, min(moments) - time.monotonic()) if moments else None
        try:
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            return None

    def _state(self) -> State:
        """The state at the head; kept between submissions, because its caches make the next one cheaper."""
        head = self._store.head
        if self._head_state is None or self._head_state[0] != head.hash:
            self._head_state = (head.hash, self._evm.state(head))
        return self._head_state[1]

    def _gas_limit(self) -> int:
        """Of the next block."""
        return self._evm.parent(self._store.head).gas_limit

    def _admit(self, submission: Submission) -> None:
        if not submission.answer.set_running_or_notify_cancel():
            return
        try:
            tx = self._evm.decode(submission.raw, impersonated=submission.impersonated)
            self._evm.admit(tx)
            if self.mining.automine:
                self._check_fee(tx)
            admission = self._pool.add(tx, self._state(), self._gas_limit())
            if admission.replaced is not None:
                self._dropped(admission.replaced, "replaced by a transaction with the same nonce and a higher fee")
            if admission.displaced is not None:
                self._dropped(admission.displaced, "displaced from a full pool by a transaction with a higher fee")
            if self.mining.automine and admission.ready:
                self._awaited[tx.hash] = submission.answer
            else:
                self._store.journal_add(tx.hash, tx.raw)
                submission.answer.set_result(tx.hash)
        except ChainError as refusal:
            submission.answer.set_exception(refusal)
            return
        except Exception as failure:
            logger.exception("admission failed")
            submission.answer.set_exception(failure)
            return
        self._events.publish(Pending(transaction=tx))

    def _check_fee(self, tx: Transaction) -> None:
        """In automine nothing lowers the base fee while a transaction waits, so one that is too low would hang."""
        base_fee = self._evm.next_base_fee(self._store.head)
        if tx.max_fee_per_gas < base_fee:
            raise FeeTooLow(
                f"max fee per gas less than block base fee: address 0x{tx.sender.hex()}, "
                f"maxFeePerGas: {tx.max_fee_per_gas}, baseFee: {base_fee}",
                hint="ask eth_gasPrice for a fee that gets in",
            )

    def _flush(self) -> None:
        """In automine: make blocks until nothing is ready, then answer whoever still waits."""
        self._resume = None
        if not self.mining.automine:
            return
        limit = 1 if self.mining.one_transaction_per_block else None
        while self._has_ready() and not self._clock_is_far() and self._clock_allows():
            try:
                built = self._seal(limit=limit)
            except ChainError as failure:
                logger.error("block not made reason=%r", failure.message)
                self._fail_awaited(failure)
                return
            if not built.block.transactions and not built.skipped:
                break  # nothing fits or the node is stopping: the rest waits
        for tx_hash, answer in list(self._awaited.items()):
            tx = self._pool.get(tx_hash)
            if tx is not None:
                self._store.journal_add(tx_hash, tx.raw)
                answer.set_result(tx_hash)
            del self._awaited[tx_hash]

    def _has_ready(self) -> bool:
        return any(True for _ in islice(self._pool.ready(self._evm.next_base_fee(self._store.head)), 1))

    def _seal(self, *, limit: int | None = None, allow_empty: bool = False) -> Built:
        """Make a block of what is ready and commit it; without transactions it is only committed if `allow_empty`."""
        parent = self._evm.parent(self._store.head)
        attributes = self._consensus.prepare(parent, self._clock.stamp(parent.timestamp))
        built = self._evm.build(
            parent,
            islice(self._pool.ready(self._evm.next_base_fee(parent)), limit),
            timestamp=attributes.timestamp,
            coinbase=self.choices.coinbase or attributes.coinbase,
            gas_limit=attributes.gas_limit,
            prev_randao=self.choices.prev_randao or attributes.prev_randao,
            extra_data=attributes.extra_data,
            deadline=time.monotonic() + BLOCK_BUDGET_SECONDS,
        )
        for rejected in built.skipped:
            self._reject(rejected)
        if built.block.transactions or allow_empty:
            self._commit(built)
            self._clock.stamped(built.block.header.timestamp)
            self.choices = Choices(coinbase=self.choices.coinbase)
        return built

    def _clock_is_far(self) -> bool:
        """Whether the clock must catch up for longer than anybody should wait; the blocks are made then."""
        seconds = self._consensus.wait(self._store.head, self._clock.now())
        if seconds <= PATIENCE_SECONDS:
            return False
        logger.warning("blocks are ahead of the clock seconds=%d", seconds)
        self._resume = time.monotonic() + seconds
        return True

    def _clock_allows(self) -> bool:
        """Where the spec caps how far blocks run ahead of the clock, wait for the clock; False when told to stop."""
        while (seconds := self._consensus.wait(self._store.head, self._clock.now())) > 0:
            if self._stopping.wait(min(seconds, 0.2)):
                return False
        return True

    def _commit(self, built: Built) -> None:
        """Write, then forget what was taken, then tell: nothing is seen before it is durable."""
        block = built.block
        self._store.append(built)
        for tx in self._pool.prune(block.transactions, self._state()):
            self._dropped(tx, f"nonce {tx.nonce} was used by another transaction of the same sender")
        self._store.journal_remove([tx.hash for tx in block.transactions])
        self._events.publish(Head(removed=(), added=(block,)))
        for tx in block.transactions:
            answer = self._awaited.pop(tx.hash, None)
            if answer is not None:
                answer.set_result(tx.hash)

    def _reject(self, rejected: Rejected) -> None:
        self._pool.remove(rejected.transaction)
        self._dropped(rejected.transaction, rejected.reason)

    def _dropped(self, tx: Transaction, reason: str) -> None:
        self._store.journal_remove([tx.hash])
        self._events.publish(Dropped(hash=tx.hash, reason=reason))
        answer = self._awaited.pop(tx.hash, None)
        if answer is not None:
            answer.set_exception(Evicted(reason))

    def _fail_awaited(self, failure: ChainError) -> None:
        for answer in self._awaited.values():
            answer.set_exception(failure)
        self._awaited.clear()

    def _set_tick(self) -> None:
        interval = self.mining.interval
        self._next_tick = None if interval is None else time.monotonic() + interval


def _answer(answer: Future[Any], work: Callable[[], Any]) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except Exception as failure:
        if not isinstance(failure, ChainError):
            logger.exception("a command failed")
        answer.set_exception(failure)
    else:
        answer.set_result(result)
