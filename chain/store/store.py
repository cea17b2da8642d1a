"""The truth: what has been agreed on and acknowledged, in one embedded ordered key-value store.

Responsible for atomic, durable change of the chain and for quick reading; not for whether a block is valid
(`chain.evm`) or wanted (`chain.consensus`). One thread writes, any number read.

The key scheme stands in `chain.store.layout`, the files around it in `chain.store.folder`.

The way of a commit: all changes in one batch → fsync → `acknowledged` count → `head`. Readers go by `head`: lookups
that stand above it are not there yet. When the batch or its fsync fails, `head` stays, and the store takes no further
write in this process; a restart finds the batch whole or not at all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from chain.errors import DataFolderCorrupt, ReadOnly, UnknownBlock
from chain.model import Block, Built, Edits, Header, Location, Receipt, Transaction
from chain.primitives import Hash32, bytes_to_int, int_to_bytes
from chain.store import codec, layout
from chain.store.cache import Cache
from chain.store.edits import EditBook
from chain.store.engine import Change, Engine, MemoryEngine, WriteFailed
from chain.store.folder import Folder
from chain.store.journal import Journal
from chain.store.migrations import MIGRATIONS, Migration, migrate, newest
from chain.store.nodes import Nodes
from chain.store.opening import open_engine
from chain.store.rocks import RESTORE_HINT

logger = logging.getLogger(__name__)

Reorganisation: TypeAlias = tuple[tuple[Block, ...], tuple[Block, ...]]  # removed newest first, added oldest first

HEADER_CACHE_BYTES = 4 << 20  # what is in the records counts encoded; decoded it takes a few times as much
BLOCK_CACHE_BYTES = 16 << 20
RECEIPT_CACHE_BYTES = 16 << 20
# Measured of records without anything in them, with their keys; an empty block takes its header along.
HEADER_BYTES = 1024
BLOCK_BYTES = 2048
RECEIPTS_BYTES = 384

WRITE_HINT = "free disk space or mend the disk and its rights, then restart the node; reading still works"


class Store:
    """An open chain. `Store.open` makes one; the constructor takes any engine, for tests that need a failing one."""

    def __init__(self, engine: Engine, folder: Folder | None = None, *, refusal: str | None = None) -> None:
        """`refusal`: why nothing may be written. Raises DataFolderCorrupt when the head does not add up."""
        self._engine = engine
        self._folder = folder
        self._refusal = refusal
        self._writing = threading.Lock()
        self._headers: Cache[Header] = Cache(HEADER_CACHE_BYTES, each=HEADER_BYTES)
        self._blocks: Cache[Block] = Cache(BLOCK_CACHE_BYTES, each=BLOCK_BYTES)
        self._receipts: Cache[tuple[Receipt, ...]] = Cache(RECEIPT_CACHE_BYTES, each=RECEIPTS_BYTES)
        self.nodes: Mapping[bytes, bytes] = Nodes(engine)
        self.edits = EditBook(engine)
        self.identity: bytes | None = engine.get(layout.IDENTITY)
        self._head: Header | None = self._load_head()
        self._commits = bytes_to_int(engine.get(layout.COMMITS) or b"")
        self._journal = Journal(engine)

    @classmethod
    def open(cls, folder: Path | None, *, migrations: Sequence[Migration] = MIGRATIONS) -> Store:
        """Open the chain in a data folder, making an empty one if need be; None: in memory, gone with the process.

        Raises DataFolderLocked (names the pid), DataFolderFormat (newer, or not ours), DataFolderCorrupt, and ReadOnly
        when a new folder cannot be made. A sound folder that cannot be written opens with `read_only` True.
        """
        if folder is None:
            return cls(MemoryEngine())
        held = Folder(folder, newest(migrations))
        try:
            current = held.format == newest(migrations)
            engine, refusal = open_engine(held, WRITE_HINT, Store if current else None)
            try:
                if not current:
                    if refusal is not None:
                        raise ReadOnly(f"format {held.format} cannot be migrated: {refusal}", hint=WRITE_HINT)
                    migrate(engine, held.format, migrations, held.set_format)
                return cls(engine, held, refusal=refusal)
            except BaseException:
                engine.close()
                raise
        except WriteFailed as problem:
            held.close()
            raise ReadOnly(f"cannot write to the data folder {folder}: {problem}", hint=WRITE_HINT) from problem
        except BaseException:
            held.close()
            raise

    @property
    def head(self) -> Header:
        """Header of the newest canonical block; UnknownBlock before `initialise`."""
        head = self._head
        if head is None:
            raise UnknownBlock("header not found", hint="the store is empty")
        return head

    @property
    def folder(self) -> Path | None:
        """The data folder; None in memory."""
        return None if self._folder is None else self._folder.path

    @property
    def engine(self) -> Engine:
        """What the chain is kept in; for this room only."""
        return self._engine

    @property
    def oldest_state(self) -> int:
        """The oldest block whose state is there; more than 0 once the folder was pruned."""
        return bytes_to_int(self._engine.get(layout.OLDEST_STATE) or b"")

    @property
    def read_only(self) -> bool:
        """True when the folder cannot be written, or after a write failed."""
        return self._refusal is not None

    # --- writing: one thread ------------------------------------------------------------------------------------------

    def initialise(self, identity: bytes, genesis: Built) -> None:
        """Begin the chain; ValueError when it has begun already."""
        header = genesis.block.header
        if self._head is not None:
            raise ValueError(f"the store already holds a chain with head {self._head.number}")
        if header.number != 0:
            raise ValueError(f"genesis is block 0, not {header.number}")
        with self._writing:
            encoded = layout.encode(genesis)
            self._commit(
                [
                    (layout.IDENTITY, identity),
                    *layout.stored(genesis, encoded),
                    *layout.canonical(genesis.block),
                    (layout.HEAD, header.hash),
                ]
            )
            self._remember(genesis, encoded)
            self.identity = identity
            self._head = header

    def append(self, built: Built) -> None:
        """Make a block that extends the head part of the chain; ValueError when it does not extend it.

        One fsynced batch. ReadOnly when it could not be written: then nothing is published, now and later. Its
        transactions leave the pool journal with it.
        """
        block, head = built.block, self.head
        if block.header.parent_hash != head.hash or block.number != head.number + 1:
            raise ValueError(f"block {block.number} does not extend the head {head.number} (0x{head.hash.hex()})")
        with self._writing:
            journaled = self._journal.removal(tx.hash for tx in block.transactions)
            encoded = layout.encode(built)
            changes = [*layout.stored(built, encoded), *layout.canonical(block), (layout.HEAD, block.hash)]
            changes += self._worked(block.header)
            changes += journaled
            changes += (mark := self.edits.marks(block))
            self._commit(changes)
            self.edits.wrote(mark)
            self._journal.wrote(journaled)
            self._remember(built, encoded)
            self._head = block.header

    def keep(self, built: Built) -> None:
        """Store a block with its receipts and nodes without making it canonical: readable by hash only."""
        with self._writing:
            encoded = layout.encode(built)
            self._commit([*layout.stored(built, encoded), *self._worked(built.block.header)])
            self._remember(built, encoded)

    def edit(self, edits: Edits | None, nodes: Mapping[bytes, bytes]) -> None:
        """Record what development commands changed after the head, with the nodes that needs; None: nothing."""
        with self._writing:
            changes = self.edits.changes(self.head.hash, edits)
            self._commit([*((layout.NODE + key, value) for key, value in nodes.items()), *changes], visible=True)
            self.edits.wrote(changes)

    def rewind(self, number: int) -> tuple[Block, ...]:
        """Make canonical block `number` the head, in one batch; UnknownBlock above the head.

        Returns the removed blocks, newest first; they stay readable by hash.
        """
        return self.adopt(self.canonical_hash(number))[0]

    def adopt(self, block_hash: Hash32, *, edits: Edits | Literal["kept"] | None = "kept") -> Reorganisation:
        """Make any stored block the head, in one batch: (removed newest first, added oldest first).

        `edits`: what was changed after it, as it was at another time; removed blocks lose theirs.

        This is a whole reorganisation: a crash leaves either the old chain or the new one. UnknownBlock when the block
        or one of its ancestors is not stored.
        """
        added: list[Block] = []
        cursor = target = self.header(block_hash)
        while not self.is_canonical(cursor):
            added.append(self.block(cursor.hash))
            cursor = self.header(cursor.parent_hash)
        removed = tuple(self.block(number) for number in range(self.head.number, cursor.number, -1))
        added.reverse()
        changes: list[Change] = [(key, None) for block in removed for key, _ in layout.canonical(block)]
        changes += [change for block in added for change in layout.canonical(block)]
        edited = [change for block in removed for change in self.edits.changes(block.hash, None)]
        if edits != "kept":
            edited += self.edits.changes(target.hash, edits)
        with self._writing:
            # Unlike an append this changes what readers can see now, so it must be durable before it is visible.
            self._commit([*changes, *edited, (layout.HEAD, target.hash)], visible=True)
            self.edits.wrote(edited)
            self._head = target
        return removed, tuple(added)

    # --- reading: any thread ------------------------------------------------------------------------------------------

    def header(self, key: int | Hash32) -> Header:
        """By number (canonical) or by hash (any stored block); UnknownBlock otherwise."""
        block_hash = self.canonical_hash(key) if isinstance(key, int) else key
        header = self._headers.get(block_hash)
        if header is None:
            data = self._engine.get(layout.HEADER + block_hash)
            if data is None:
                raise UnknownBlock("header not found", hint=f"no block 0x{block_hash.hex()} is stored here")
            header = codec.decode_header(data)
            self._headers.put(block_hash, header, len(data))
        return header

    def block(self, key: int | Hash32) -> Block:
        """By number (canonical) or by hash (any stored block); UnknownBlock otherwise."""
        block_hash = self.canonical_hash(key) if isinstance(key, int) else key
        block = self._blocks.get(block_hash)
        if block is None:
            header = self.header(block_hash)
            data = self._part(layout.BODY, block_hash)
            block = codec.decode_block(header, data)
            self._blocks.put(block_hash, block, len(data))
        return block

    def blocks(self, first: int, last: int) -> Iterator[Block]:
        """Canonical blocks `first` to `last`, both included, as far as the head reaches."""
        for number in range(first, min(last, self.head.number) + 1):
            yield self.block(number)

    def receipts(self, block_hash: Hash32) -> tuple[Receipt, ...]:
        """Of any stored block, in its transactions' order; UnknownBlock otherwise."""
        receipts = self._receipts.get(block_hash)
        if receipts is None:
            self.header(block_hash)  # tells an unknown block from a lost part
            data = self._part(layout.RECEIPTS, block_hash)
            receipts = codec.decode_receipts(data)
            self._receipts.put(block_hash, receipts, len(data))
        return receipts

    def transaction(self, tx_hash: Hash32) -> tuple[Transaction, Location] | None:
        """A transaction of the canonical chain and where it stands."""
        data = self._engine.get(layout.TRANSACTION + tx_hash)
        if data is None:
            return None
        location = codec.decode_location(data)
        head = self._head
        if head is None or location.block_number > head.number:
            return None
        block = self._blocks.get(location.block_hash)
        if block is not None:
            return block.transactions[location.index], location
        return codec.decode_transaction(self._part(layout.BODY, location.block_hash), location.index), location

    def canonical_hash(self, number: int) -> Hash32:
        """Hash of the canonical block of that number; UnknownBlock below 0 and above the head."""
        head = self._head
        if head is not None and 0 <= number <= head.number:
            block_hash = head.hash if number == head.number else self._engine.get(layout.number_key(number))
            if block_hash is not None:
                return block_hash
        raise UnknownBlock("header not found", hint=f"there is no block {number}")

    def work(self, header: Header) -> int:
        """Sum of difficulties up to a stored block that proves work, or genesis."""
        if header.number == 0:
            return header.difficulty
        data = self._engine.get(layout.WORK + header.hash)
        if data is None:
            raise UnknownBlock(f"block {header.number} proves no work, or is not stored")
        return bytes_to_int(data)

    def is_canonical(self, header: Header) -> bool:
        """Whether that block is part of the chain now."""
        try:
            return self.canonical_hash(header.number) == header.hash
        except UnknownBlock:
            return False

    # --- pool journal -------------------------------------------------------------------------------------------------

    def journal(self) -> Iterable[bytes]:
        """Raw transactions in the order they were added."""
        return self._journal.entries()

    def journal_add(self, tx_hash: Hash32, raw: bytes) -> None:
        """Remember a waiting transaction. Survives the process at once and a power failure with the next block."""
        with self._writing:
            changes = self._journal.addition(tx_hash, raw)
            self._write(changes)
            self._journal.wrote(changes)

    def journal_remove(self, hashes: Iterable[Hash32]) -> None:
        """Forget transactions; unknown ones are no matter."""
        with self._writing:
            gone = self._journal.removal(hashes)
            if gone:
                self._write(gone)
                self._journal.wrote(gone)

    def release(self) -> None:
        """Close the database and keep the folder: nobody else gets it before `close`."""
        with self._writing:
            self._refusal = self._refusal or "the store is closed"
            self._engine.close()

    def close(self) -> None:
        """Close the files and give the folder back; a second call does nothing."""
        with self._writing:
            self._refusal = self._refusal or "the store is closed"
            self._engine.close()
            if self._folder is not None:
                self._folder.close()

    def _worked(self, header: Header) -> list[Change]:
        """What to write with a block that proves work."""
        if header.difficulty == 0:
            return []
        total = self.work(self.header(header.parent_hash)) + header.difficulty
        return [(layout.WORK + header.hash, int_to_bytes(total))]

    def _commit(self, changes: list[Change], *, visible: bool = False) -> None:
        """Write and bring to the disk; `visible`: readers must not see it before it is there."""
        commits = self._commits + 1
        self._write([*changes, (layout.COMMITS, commits.to_bytes(8, "big"))], sync=visible)
        if not visible:
            with self._refusing():
                self._engine.sync()
        self._commits = commits
        if self._folder is not None:
            self._folder.acknowledge(commits)

    def _write(self, changes: Sequence[Change], *, sync: bool = False) -> None:
        if self._refusal is not None:
            raise ReadOnly(f"the store accepts no more writes: {self._refusal}", hint=WRITE_HINT)
        with self._refusing():
            self._engine.write(changes, sync=sync)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn the store read-only when the engine fails."""
        try:
            yield
        except WriteFailed as problem:
            self._refusal = str(problem)
            logger.error("a write failed, the store is read-only from now on: %s", problem)
            raise ReadOnly(f"a write to the store failed: {problem}", hint=WRITE_HINT) from problem

    def _remember(self, built: Built, encoded: layout.Encoded) -> None:
        """Clients ask for a new block and its receipts at once; they need not be decoded for that."""
        block_hash = built.block.hash
        self._headers.put(block_hash, built.block.header, len(encoded.header))
        self._blocks.put(block_hash, built.block, len(encoded.body))
        self._receipts.put(block_hash, built.receipts, len(encoded.receipts))

    def _part(self, letter: bytes, block_hash: Hash32) -> bytes:
        """Body or receipts of a block whose header is stored."""
        data = self._engine.get(letter + block_hash)
        if data is None:
            raise DataFolderCorrupt(f"block 0x{block_hash.hex()} is stored in part only", hint=RESTORE_HINT)
        return data

    def _load_head(self) -> Header | None:
        """The head, after looking that its parts and lookups are there."""
        block_hash = self._engine.get(layout.HEAD)
        if block_hash is None:
            if self.identity is not None:
                raise DataFolderCorrupt("the store has a chain without a head", hint=RESTORE_HINT)
            return None
        header = codec.decode_header(self._part(layout.HEADER, block_hash))
        codec.decode_block(header, self._part(layout.BODY, block_hash))
        codec.decode_receipts(self._part(layout.RECEIPTS, block_hash))
        for number, expected in ((header.number, block_hash), (0, None)):
            canonical = self._engine.get(layout.number_key(number))
            if canonical is None or (expected is not None and canonical != expected):
                raise DataFolderCorrupt(f"block {number} is not where the head says it is", hint=RESTORE_HINT)
        if self.identity is None:
            raise DataFolderCorrupt("the store has a head but no chain identity", hint=RESTORE_HINT)
        return header
