"""A copy of the truth without the state of old blocks.

Headers, bodies, receipts and look-ups stay complete; of the states those of the newest blocks stay, found by walking
their tries. The copy replaces the database only when it is complete and on the disk:

    truth.copy    being written; thrown away when the folder is opened (`chain.store.folder`)
    truth.pruned  complete: takes the place of `truth`, also after a crash in between
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from chain.model import Record
from chain.primitives import EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, Hash32, RLPItem, rlp_decode
from chain.store import layout
from chain.store.engine import Change, Engine
from chain.store.folder import COPY, PRUNED, finish_pruning, sync_folder
from chain.store.rocks import RocksEngine
from chain.store.store import Store

BATCH_BYTES = 4 << 20
# Everything but nodes; what stands beside the canonical chain is left out with its state.
KEPT = (layout.NUMBER, layout.TRANSACTION, layout.JOURNAL, layout.WORK, b"m:")


class Pruned(Record):
    """What a copy left."""

    oldest_state: int  # the oldest block whose state is kept
    nodes: int
    bytes_before: int
    bytes_after: int


def prune(store: Store, keep: int, progress: Callable[[int, int], None]) -> Pruned:
    """Copy an open store's folder with the states of its last `keep` blocks. The store is closed afterwards.

    `progress` hears steps done of steps in all. Raises OSError and WriteFailed when the copy cannot be written; the
    folder is as before then. ValueError in memory.
    """
    folder = store.folder
    if folder is None:
        raise ValueError("a chain in memory has no folder")
    source, head = store.engine, store.head.number
    oldest = max(store.oldest_state, head - keep + 1, 0)
    before = _size(folder / "truth")
    target = folder / COPY
    shutil.rmtree(target, ignore_errors=True)
    steps = head + 1 + (head - oldest + 1)
    try:
        copy = RocksEngine(target, create=True)
        try:
            writer = _Writer(copy)
            for prefix in KEPT:
                for key, value in source.scan(prefix):
                    writer.put(key, value)
            for number in range(head + 1):
                block_hash = store.canonical_hash(number)
                for letter in (layout.HEADER, layout.BODY, layout.RECEIPTS, layout.EDITS):
                    part = source.get(letter + block_hash)
                    if part is not None and (letter != layout.EDITS or number >= oldest):
                        writer.put(letter + block_hash, part)
                progress(number + 1, steps)
            writer.put(layout.OLDEST_STATE, oldest.to_bytes(8, "big"))
            writer.flush()
            nodes = 0
            for number in range(oldest, head + 1):
                header = store.header(number)
                roots = [header.state_root]
                edits = store.edits.get(header.hash)
                if edits is not None:
                    roots.append(edits.state_root)
                for root in roots:
                    nodes += _copy_state(source, writer, root)
                progress(head + 2 + number - oldest, steps)
            writer.flush()
            copy.sync()
        finally:
            copy.close()
        sync_folder(target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    store.release()
    target.rename(folder / PRUNED)
    sync_folder(folder)
    finish_pruning(folder)
    return Pruned(oldest_state=oldest, nodes=nodes, bytes_before=before, bytes_after=_size(folder / "truth"))


class _Writer:
    """Changes in batches; knows what it has written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changes: list[Change] = []
        self._waiting: set[bytes] = set()
        self._size = 0

    def has(self, key: bytes) -> bool:
        return key in self._waiting or self._engine.get(key) is not None

    def put(self, key: bytes, value: bytes) -> None:
        self._changes.append((key, value))
        self._waiting.add(key)
        self._size += len(key) + len(value)
        if self._size >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        self._engine.write(self._changes, sync=False)
        self._changes, self._size = [], 0
        self._waiting.clear()


def _copy_state(source: Engine, writer: _Writer, root: Hash32) -> int:
    """Copy every node and code of a state that is not there yet; an account's storage before the node above it."""
    copied = 0
    # A node that is there has everything below it, because whatever stops a copy throws all of it away.
    waiting = [(root, True)]
    while waiting:
        key, accounts = waiting.pop()
        if key == EMPTY_TRIE_ROOT or writer.has(layout.NODE + key):
            continue
        value = source.get(layout.NODE + key)
        if value is None:
            raise KeyError(key)
        writer.put(layout.NODE + key, value)
        copied += 1
        for child, leaf in _below(rlp_decode(value)):
            if child is not None:
                waiting.append((child, accounts))
            elif accounts and leaf is not None:
                _, _, storage, code = (bytes(field) for field in rlp_decode(leaf))  # type: ignore[arg-type]  # flat
                waiting.append((storage, False))
                if code != EMPTY_CODE_HASH and not writer.has(layout.NODE + code):
                    found = source.get(layout.NODE + code)
                    if found is None:
                        raise KeyError(code)
                    writer.put(layout.NODE + code, found)
                    copied += 1
    return copied


def _below(node: RLPItem) -> Iterator[tuple[Hash32 | None, bytes | None]]:
    """Hashes of a node's children, and what its leaves hold; nodes that stand inside it are looked through."""
    items = list(node)
    if len(items) == 2:
        path, value = items
        if bytes(path)[0] & 0x20:  # type: ignore[arg-type]  # a path is bytes
            yield None, bytes(value)  # type: ignore[arg-type]  # what a leaf holds is bytes
            return
        children = [value]
    else:
        children = items[:16]
        if items[16]:
            yield None, bytes(items[16])  # type: ignore[arg-type]  # what a branch holds is bytes
    for child in children:
        if isinstance(child, bytes):
            if child:
                yield child, None
        else:
            yield from _below(child)  # type: ignore[arg-type]  # a list: it is not bytes


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) if folder.exists() else 0
