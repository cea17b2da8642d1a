"""The SQLite file of the index: its tables, one writing connection, and read-only connections for readers.

Responsible for rows and connections; which blocks belong into the rows is `chain.store.index`. The file is derived: one
that is damaged, or of another layout, is deleted and made anew.

    blocks        number · hash · parent_hash · timestamp · coinbase · gas_limit · gas_used · transactions (count)
    transactions  id · block · position · hash · sender · recipient · created · status · value · gas_used · gas_price ·
                  selector (the first four bytes of its data; wei are decimal numbers)
    logs          id · block · tx_position · log_index · address · topic0 … topic3 · data
    and what `chain.store.ledger` adds up over them

`id` is block · 2²⁴ + position within the block, so it sorts as the chain does and one integer stands for a place.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from chain.errors import LimitExceeded, StoreError
from chain.model import Block, Log, Receipt, Record
from chain.primitives import Address, Hash32
from chain.store import bulk, ledger
from chain.store.ledger import Indexed, Ledger

logger = logging.getLogger(__name__)

LAYOUT = 2
PLACES = 1 << 24  # positions within one block
CACHE_KIB = 8 << 10
STEPS_BETWEEN_LOOKS = 20_000  # SQLite instructions between two looks at the clock, under a millisecond

_SCHEMA = """
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, parent_hash BLOB NOT NULL, timestamp INTEGER NOT NULL,
    coinbase BLOB NOT NULL, gas_limit INTEGER NOT NULL, gas_used INTEGER NOT NULL, transactions INTEGER NOT NULL);
CREATE TABLE transactions (
    id INTEGER PRIMARY KEY, block INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
    sender BLOB NOT NULL, recipient BLOB, created BLOB, status INTEGER NOT NULL,
    value TEXT NOT NULL, gas_used INTEGER NOT NULL, gas_price TEXT NOT NULL, selector BLOB NOT NULL);
CREATE INDEX transactions_sender ON transactions (sender);
CREATE INDEX transactions_recipient ON transactions (recipient) WHERE recipient IS NOT NULL;
CREATE INDEX transactions_created ON transactions (created) WHERE created IS NOT NULL;
CREATE INDEX transactions_failed ON transactions (status) WHERE status = 0;
CREATE TABLE logs (
    id INTEGER PRIMARY KEY, block INTEGER NOT NULL, tx_position INTEGER NOT NULL, log_index INTEGER NOT NULL,
    address BLOB NOT NULL, topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB, data BLOB NOT NULL);
CREATE INDEX logs_address ON logs (address);
CREATE INDEX logs_event ON logs (address, topic0);
CREATE INDEX logs_topic0 ON logs (topic0) WHERE topic0 IS NOT NULL;
CREATE INDEX logs_topic1 ON logs (topic1) WHERE topic1 IS NOT NULL;
CREATE INDEX logs_topic2 ON logs (topic2) WHERE topic2 IS NOT NULL;
CREATE INDEX logs_topic3 ON logs (topic3) WHERE topic3 IS NOT NULL;
"""

# Rows per key as the planner should assume them: an event is common, a contract less so, what stands in the later
# topics (accounts, token numbers) rare. Otherwise it could take a busy token's address before the account asked for.
_STATISTICS = (
    ("logs", "logs_address", "1000000 2000"),
    ("logs", "logs_event", "1000000 2000 1500"),
    ("logs", "logs_topic0", "1000000 5000"),
    ("logs", "logs_topic1", "1000000 40"),
    ("logs", "logs_topic2", "1000000 30"),
    ("logs", "logs_topic3", "1000000 20"),
    ("transactions", "transactions_sender", "1000000 50"),
    ("transactions", "transactions_recipient", "1000000 50"),
    ("transactions", "transactions_created", "1000000 1"),
)


class IndexedTransaction(Record):
    """A row of an address's history; `store.transaction(hash)` has the rest."""

    hash: Hash32
    block_number: int
    index: int
    sender: Address
    recipient: Address | None  # None: creates a contract
    created: Address | None  # the contract it made
    status: int  # 1 succeeded, 0 reverted or halted


class Tables:
    """An open index file; None: in memory, where readers and the writer take turns on one connection."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._turn = threading.RLock()  # one user of the writing connection
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._closed = False
        self._writer = self._open()

    def top(self) -> tuple[int, Hash32] | None:
        """Number and hash of the newest indexed block."""
        return self._newest("SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1")

    def top_below(self, number: int) -> tuple[int, Hash32] | None:
        """Number and hash of the newest indexed block under `number`."""
        return self._newest("SELECT number, hash FROM blocks WHERE number < ? ORDER BY number DESC LIMIT 1", number)

    def add(self, blocks: Sequence[Indexed]) -> None:
        """Rows of these blocks, in one transaction."""
        with self._transaction() as writer:
            bulk.insert(writer, "blocks", [_block_row(block) for block, _ in blocks])
            bulk.insert(writer, "transactions", [row for indexed in blocks for row in _tx_rows(*indexed)])
            bulk.insert(writer, "logs", [row for indexed in blocks for row in _log_rows(*indexed)])
            ledger.of_blocks(blocks, PLACES).write(writer)

    def remove_above(self, number: int) -> None:
        """Take back every block above `number`, in one transaction."""
        with self._transaction() as writer:
            first = (number + 1) * PLACES
            _taken_off(writer, first).write(writer)
            writer.execute("DELETE FROM logs WHERE id >= ?", (first,))
            writer.execute("DELETE FROM transactions WHERE id >= ?", (first,))
            writer.execute("DELETE FROM blocks WHERE number > ?", (number,))

    def recreate(self) -> None:
        """Throw the file away and begin an empty one."""
        with self._turn:
            self._close_connections()
            self._delete()
            self._writer = self._open()

    def select(self, sql: str, parameters: Sequence[Any], *, seconds: float) -> list[tuple[Any, ...]]:
        """Rows of a query on a read-only connection; LimitExceeded when it takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        with self._reader() as reader:
            reader.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
            try:
                return reader.execute(sql, parameters).fetchall()
            except sqlite3.OperationalError as problem:
                if time.monotonic() <= deadline:
                    raise
                raise LimitExceeded(
                    f"query timeout exceeded after {seconds:g} seconds",
                    hint="narrow the block range, or name an address or a topic",
                ) from problem
            finally:
                reader.set_progress_handler(None, 0)

    def close(self) -> None:
        """Close every connection; a second call does nothing."""
        with self._turn:
            if not self._closed:
                self._closed = True
                self._close_connections()

    def _newest(self, sql: str, *parameters: int) -> tuple[int, Hash32] | None:
        with self._turn:
            row: tuple[int, Hash32] | None = self._writer.execute(sql, parameters).fetchone()
        return row

    def _open(self) -> sqlite3.Connection:
        try:
            return self._prepare()
        except sqlite3.OperationalError:
            raise  # locked, no rights, disk full: deleting would not help
        except sqlite3.DatabaseError as problem:
            logger.warning("the index %s is damaged and is made anew: %s", self._path, problem)
            self._delete()
            return self._prepare()

    def _prepare(self) -> sqlite3.Connection:
        target = ":memory:" if self._path is None else str(self._path)
        # Transactions are begun and ended here, by hand. The turn lock guards the connection across threads.
        writer = sqlite3.connect(target, isolation_level=None, check_same_thread=False)
        try:
            writer.execute("PRAGMA journal_mode = WAL")
            # A power failure may cost the newest rows, never consistency; they are derived anew.
            writer.execute("PRAGMA synchronous = NORMAL")
            writer.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            found = writer.execute("PRAGMA user_version").fetchone()[0]
            if found != LAYOUT:
                _create(writer)
        except BaseException:
            writer.close()
            raise
        return writer

    def _delete(self) -> None:
        if self._path is not None:
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def _close_connections(self) -> None:
        while True:
            try:
                self._readers.get_nowait().close()
            except queue.Empty:
                break
        self._writer.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses until it comes back."""
        if self._path is None:
            with self._turn:
                if self._closed:
                    raise StoreError("the index is closed")
                self._writer.execute("PRAGMA query_only = ON")
                try:
                    yield self._writer
                finally:
                    self._writer.execute("PRAGMA query_only = OFF")
            return
        writer = self._writer
        try:
            reader = self._readers.get_nowait()
        except queue.Empty:
            reader = self._open_reader(self._path)
        try:
            yield reader
        finally:
            # One that was borrowed across a `recreate` or `close` belongs to a file that is gone.
            with self._turn:
                if self._closed or self._writer is not writer:
                    reader.close()
                else:
                    self._readers.put(reader)

    def _open_reader(self, path: Path) -> sqlite3.Connection:
        if self._closed:
            raise StoreError("the index is closed")
        reader = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        reader.execute("PRAGMA query_only = ON")
        reader.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return reader


def _create(writer: sqlite3.Connection) -> None:
    """Empty tables of this layout, whatever was there before."""
    writer.execute("BEGIN IMMEDIATE")
    old = writer.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    for (name,) in old:
        writer.execute(f'DROP TABLE "{name}"')
    for statement in (_SCHEMA + ledger.SCHEMA).split(";"):
        if statement.strip():
            writer.execute(statement)
    writer.execute("ANALYZE")  # makes sqlite_stat1, empty because the tables are
    writer.execute("DELETE FROM sqlite_stat1")
    writer.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", _STATISTICS)
    writer.execute(f"PRAGMA user_version = {LAYOUT}")
    writer.execute("COMMIT")
    writer.execute("ANALYZE sqlite_schema")  # read them in


def _block_row(block: Block) -> tuple[Any, ...]:
    header = block.header
    counts = (header.gas_limit, header.gas_used, len(block.transactions))
    return (header.number, header.hash, header.parent_hash, header.timestamp, header.coinbase, *counts)


def _tx_rows(block: Block, receipts: tuple[Receipt, ...]) -> Iterable[tuple[Any, ...]]:
    number = block.number
    for position, (tx, receipt) in enumerate(zip(block.transactions, receipts, strict=True)):
        place = number * PLACES + position
        parties = (tx.sender, tx.to, receipt.contract_address)
        money = (str(tx.value), receipt.gas_used, str(receipt.effective_gas_price), tx.data[:4])
        yield (place, number, position, tx.hash, *parties, receipt.status, *money)


def _log_rows(block: Block, receipts: tuple[Receipt, ...]) -> Iterable[tuple[Any, ...]]:
    number = block.number
    index = 0
    for position, receipt in enumerate(receipts):
        for log in receipt.logs:
            topics = (*log.topics, None, None, None, None)[:4]
            yield (number * PLACES + index, number, position, index, log.address, *topics, log.data)
            index += 1


def _taken_off(writer: sqlite3.Connection, first: int) -> Ledger:
    """What the rows from place `first` on had added."""
    gone = Ledger(-1)
    for row in writer.execute("SELECT sender, recipient, created, status FROM transactions WHERE id >= ?", (first,)):
        gone.transaction(*row)
    logs = writer.execute(
        "SELECT l.id, b.timestamp, l.address, l.topic0, l.topic1, l.topic2, l.topic3, l.data "
        "FROM logs AS l CROSS JOIN blocks AS b ON b.number = l.block WHERE l.id >= ?",
        (first,),
    )
    for place, timestamp, address, *topics, data in logs:
        present = tuple([topic for topic in topics if topic is not None])
        gone.log(place, timestamp, Log(address=address, topics=present, data=data))
    return gone
