"""The SQL index: logs by address and topic, transactions by address. Derived from the store, never the truth.

Its own thread follows the store off the commit path. A notice only wakes it: what it writes it reads from the store, so
missed notices, a rewound store, another fork or a crash all mend themselves. Rows of removed blocks go before rows of
added ones come, each step in one SQLite transaction, so a reader sees the chain as it was at some block.

A query first waits until the index has been level with the store's head at a moment after the query began.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chain import events
from chain.errors import LimitExceeded, StoreError, UnknownBlock
from chain.model import Header, Log, LogEntry, LogQuery
from chain.primitives import ZERO_HASH, Address, Hash32
from chain.store.ledger import Indexed
from chain.store.lists import Lists
from chain.store.store import Store
from chain.store.tables import PLACES, IndexedTransaction, Tables

logger = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds a query waits for the index, and then again for its rows
MAX_ALTERNATIVES = 1000  # addresses, or topics at one position, in one query; geth's number
_BATCH_BLOCKS = 256
_BATCH_ROWS = 20_000

# Matching rows are found and cut off by their id alone; only what is answered is then put together.
_LOGS = f"""
SELECT l.address, l.topic0, l.topic1, l.topic2, l.topic3, l.data, l.block, l.tx_position, l.log_index,
       b.hash, b.timestamp, t.hash
FROM (SELECT id FROM logs WHERE {{conditions}} ORDER BY id LIMIT ?) AS found
CROSS JOIN logs AS l ON l.id = found.id
CROSS JOIN transactions AS t ON t.id = l.block * {PLACES} + l.tx_position
CROSS JOIN blocks AS b ON b.number = l.block
ORDER BY l.id
"""


class Index:
    """Answers what keys alone cannot. `start` before asking, `stop` before closing the store."""

    def __init__(self, store: Store, path: Path | None, *, patience: float = PATIENCE) -> None:
        """`path`: the SQLite file; None: in memory. `patience`: seconds a query may wait, and may run."""
        self._store = store
        self._path = path
        self._patience = patience
        self._tables: Tables | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._following = threading.Lock()  # whoever writes rows
        self._passes = threading.Condition()
        self._wanted = 0  # passes asked for
        self._served = 0  # passes finished
        self._problem: Exception | None = None  # of the last pass
        self._damaged = False
        self._level: Hash32 | None = None  # hash of the newest indexed block

    def start(self) -> None:
        """Open the file and begin to follow the store."""
        self._opened()
        self._stopping = False
        self._wanted += 1
        self._thread = threading.Thread(target=self._follow, name="index", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the block that is being written and close the file; a second call does nothing."""
        with self._passes:
            self._stopping = True
            self._passes.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._tables is not None:
            self._tables.close()
            self._tables = None

    def notify(self, head: events.Head) -> None:
        """The chain moved; cheap, for the writer's thread."""
        with self._passes:
            self._wanted += 1
            self._passes.notify_all()

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Make all rows anew from the store; `progress` hears (blocks done, blocks in all). Works without `start`;
        `stop` closes the file.
        """
        if self._thread is None:
            self._stopping = False
        with self._following:
            tables = self._opened()
            self._level = None
            tables.recreate()
            self._damaged = False
            self._catch_up(tables, progress)

    # --- queries: any thread ------------------------------------------------------------------------------------------

    def logs(self, query: LogQuery, *, limit: int) -> list[LogEntry]:
        """Canonical logs in chain order, as of the head at the time of the call or later.

        LimitExceeded when there are more than `limit` (the message proposes a range that fits), when a list is too long
        or the query runs too long; UnknownBlock for a block hash that is not canonical; StoreError when the index
        cannot catch up in time.
        """
        self.await_level()
        if query.block_hash is not None:
            return self._logs_of_block(query, query.block_hash, limit)
        first = max(query.from_block, 0)
        found = self._select_logs(query, first, query.to_block, None, limit)
        if len(found) > limit:
            raise _too_many(limit, first, found[limit].block_number)
        return found

    def transactions_of(
        self, address: Address, *, limit: int, cursor: tuple[int, int] | None = None
    ) -> list[IndexedTransaction]:
        """Transactions an address sent, received or was created by, newest first.

        `cursor`: (block number, index) of the last one seen; the list goes on after it.
        """
        self.await_level()
        before = 2**63 - 1 if cursor is None else min(cursor[0] * PLACES + cursor[1], 2**63 - 1)
        parts = " UNION ".join(
            f"SELECT * FROM (SELECT id FROM transactions WHERE {role} = ? AND id < ? ORDER BY id DESC LIMIT ?)"
            for role in ("sender", "recipient", "created")
        )
        sql = (
            "SELECT hash, block, position, sender, recipient, created, status FROM transactions "
            f"WHERE id IN ({parts}) ORDER BY id DESC LIMIT ?"
        )
        rows = self._select(sql, [*(address, before, limit) * 3, limit])
        return [
            IndexedTransaction(
                hash=hash_, block_number=block, index=index, sender=sender, recipient=to, created=created, status=status
            )
            for hash_, block, index, sender, to, created, status in rows
        ]

    def lists(self) -> tuple[Lists, tuple[int, Hash32]]:
        """Pages of rows, and the block (number, hash) that they are level with. Raises StoreError like every query."""
        self.await_level()
        rows = self._select("SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1", [])
        return Lists(self._select), (rows[0][0], rows[0][1])

    def _logs_of_block(self, query: LogQuery, block_hash: Hash32, limit: int) -> list[LogEntry]:
        header = self._store.header(block_hash)
        if not self._store.is_canonical(header):
            raise UnknownBlock("unknown block", hint=f"0x{block_hash.hex()} is not part of the canonical chain")
        found = self._select_logs(query, header.number, header.number, block_hash, limit)
        if len(found) > limit:
            raise _too_many(limit, header.number, header.number)
        return found

    def _select_logs(
        self, query: LogQuery, first: int, last: int, block_hash: Hash32 | None, limit: int
    ) -> list[LogEntry]:
        if len(query.topics) > 4:
            return []  # no log has a fifth topic
        if max((len(query.addresses), *map(len, query.topics))) > MAX_ALTERNATIVES:
            raise LimitExceeded(
                "exceed max addresses or topics per search position",
                hint=f"give at most {MAX_ALTERNATIVES} at once",
            )
        last = min(last, self._store.head.number)
        if first > last:
            return []
        conditions = ["id >= ?", "id < ?"]
        parameters: list[Any] = [first * PLACES, (last + 1) * PLACES]
        if block_hash is not None:
            conditions.append("block = (SELECT number FROM blocks WHERE hash = ?)")
            parameters.append(block_hash)
        named = [("address", query.addresses), *((f"topic{n}", topics) for n, topics in enumerate(query.topics))]
        for column, choices in named:
            if choices:
                conditions.append(f"{column} IN ({', '.join('?' * len(choices))})")
                parameters.extend(choices)
        if query.topics:
            conditions.append(f"topic{len(query.topics) - 1} IS NOT NULL")  # a log with fewer topics does not match
        sql = _LOGS.format(conditions=" AND ".join(conditions))
        return [_entry(row) for row in self._select(sql, [*parameters, limit + 1])]

    def _select(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        tables = self._tables
        if tables is None:
            raise _not_running()
        try:
            return tables.select(sql, parameters, seconds=self._patience)
        except sqlite3.OperationalError as problem:
            raise StoreError(f"the log index cannot be read: {problem}") from problem
        except sqlite3.DatabaseError as problem:
            with self._passes:
                self._damaged = True
                self._level = None
                self._wanted += 1
                self._passes.notify_all()
            raise StoreError(
                f"the log index is damaged and is being made anew: {problem}", hint="ask again in a moment"
            ) from problem

    def await_level(self) -> None:
        """Return once the index was level with the head at a moment after this call."""
        if self._level is not None and self._level == self._store.head.hash:
            return
        with self._passes:
            if self._thread is None or self._stopping:
                raise _not_running()
            self._wanted += 1
            ticket = self._wanted
            self._passes.notify_all()
            in_time = self._passes.wait_for(lambda: self._served >= ticket or self._stopping, self._patience)
            problem = self._problem
        if self._stopping:
            raise _not_running()
        if not in_time:
            raise StoreError(
                f"the log index has not caught up with block {self._store.head.number} in {self._patience:g} seconds",
                hint="it goes on in the background: ask again in a moment",
            )
        if problem is not None:
            raise StoreError(
                f"the log index cannot follow the chain: {problem}",
                hint=getattr(problem, "hint", None) or "free disk space, then ask again",
            ) from problem

    # --- following the store: one thread at a time --------------------------------------------------------------------

    def _opened(self) -> Tables:
        if self._tables is None:
            try:
                self._tables = Tables(None if self._store.read_only else self._path)
            except sqlite3.OperationalError as problem:
                logger.warning("the index %s cannot be written, it is kept in memory instead: %s", self._path, problem)
                self._tables = Tables(None)
        return self._tables

    def _follow(self) -> None:
        while True:
            with self._passes:
                self._passes.wait_for(lambda: self._wanted > self._served or self._stopping)
                if self._stopping:
                    return
                ticket = self._wanted
            problem: Exception | None = None
            try:
                self._pass()
            except Exception as caught:  # whatever it is, whoever waits must hear of it and the next notice tries again
                logger.exception("the index cannot follow the chain")
                problem = caught
            with self._passes:
                self._problem = problem
                self._served = ticket
                self._passes.notify_all()

    def _pass(self) -> None:
        with self._following:
            tables = self._opened()
            try:
                if not self._damaged:
                    self._catch_up(tables, None)
                    return
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as problem:
                logger.warning("the index is damaged and is made anew: %s", problem)
            tables.recreate()
            self._damaged = False
            self._catch_up(tables, None)

    def _catch_up(self, tables: Tables, progress: Callable[[int, int], None] | None) -> None:
        """Bring the rows level with the store's head, wherever either of them is."""
        while not self._stopping and self._store.identity is not None:
            head = self._store.head
            top = tables.top()
            if top is not None and top[1] == head.hash:
                self._level = head.hash
                return
            common = self._common(tables, top)
            if top is not None and common[0] < top[0]:
                self._level = None
                tables.remove_above(common[0])
            added = self._next(common, head)
            # Nothing: the chain moved between two looks, look again.
            if added:
                tables.add(added)
                self._level = added[-1][0].hash
                if progress is not None:
                    progress(added[-1][0].number + 1, head.number + 1)

    def _common(self, tables: Tables, top: tuple[int, Hash32] | None) -> tuple[int, Hash32]:
        """The newest indexed block that is canonical; number -1, the zero hash, when there is none."""
        while top is not None:
            try:
                if self._store.canonical_hash(top[0]) == top[1]:
                    return top
            except UnknownBlock:
                pass  # the chain is shorter now
            top = tables.top_below(top[0])
        return -1, ZERO_HASH

    def _next(self, common: tuple[int, Hash32], head: Header) -> list[Indexed]:
        """The blocks after `common`, as many as go well into one transaction, each the parent of the next."""
        found: list[Indexed] = []
        rows = 0
        below, parent = common
        for number in range(below + 1, min(head.number, below + _BATCH_BLOCKS) + 1):
            try:
                block_hash = self._store.canonical_hash(number)
            except UnknownBlock:
                break
            block, receipts = self._store.block(block_hash), self._store.receipts(block_hash)
            if number > 0 and block.header.parent_hash != parent:
                break
            found.append((block, receipts))
            parent = block_hash
            rows += len(receipts) + sum(len(receipt.logs) for receipt in receipts)
            if rows >= _BATCH_ROWS or self._stopping:
                break
        return found


def _entry(row: tuple[Any, ...]) -> LogEntry:
    address, topic0, topic1, topic2, topic3, data, number, position, log_index, block_hash, timestamp, tx_hash = row
    return LogEntry(
        log=Log(
            address=address,
            topics=tuple([topic for topic in (topic0, topic1, topic2, topic3) if topic is not None]),
            data=data,
        ),
        block_hash=block_hash,
        block_number=number,
        block_timestamp=timestamp,
        transaction_hash=tx_hash,
        transaction_index=position,
        log_index=log_index,
    )


def _too_many(limit: int, first: int, full: int) -> LimitExceeded:
    """`full`: the block in which the limit is passed. Clients read the proposed range out of the message."""
    last = max(first, full - 1)
    proposal = f" Try with this block range [{hex(first)}, {hex(last)}]." if full > first else ""
    return LimitExceeded(
        f"query returned more than {limit} results.{proposal}",
        hint=f"narrow the range to blocks {first} to {last}" if full > first else "name an address or a topic",
    )


def _not_running() -> StoreError:
    return StoreError("the log index is not running", hint="it starts and stops with its node")
