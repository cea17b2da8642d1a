from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from chain.errors import DataFolderCorrupt, ReadOnly, UnknownBlock
from chain.model import Built
from chain.store import Store
from chain.store.cache import Cache
from chain.store.engine import Change, MemoryEngine, WriteFailed
from tests.unit.store.forging import IDENTITY, built, chain, filled


def assert_holds(store: Store, blocks: Sequence[Built]) -> None:
    """Everything that can be looked up is that of these blocks."""
    assert store.head == blocks[-1].block.header
    for one in blocks:
        block, block_hash = one.block, one.block.hash
        assert store.block(block.number) == store.block(block_hash) == block
        assert store.header(block.number) == store.header(block_hash) == block.header
        assert store.receipts(block_hash) == one.receipts
        assert store.is_canonical(block.header)
        assert all(store.nodes[key] == value for key, value in one.nodes.items())
        for index, tx in enumerate(block.transactions):
            found = store.transaction(tx.hash)
            assert found is not None
            assert found[0] == tx
            assert (found[1].block_hash, found[1].block_number, found[1].index) == (block_hash, block.number, index)
    with pytest.raises(UnknownBlock, match="header not found"):
        store.header(blocks[-1].block.number + 1)


def test_an_empty_store_says_that_it_is_empty(empty: Store) -> None:
    assert empty.identity is None
    with pytest.raises(UnknownBlock, match="header not found"):
        _ = empty.head
    with pytest.raises(UnknownBlock):
        empty.block(0)
    assert empty.transaction(bytes(32)) is None


def test_what_was_appended_is_read_by_number_and_by_hash(empty: Store) -> None:
    blocks = chain(6)

    store = filled(empty, blocks)

    assert store.identity == IDENTITY
    assert_holds(store, blocks)
    assert [block.number for block in store.blocks(2, 99)] == [2, 3, 4, 5]


def test_everything_is_there_after_closing_and_opening_again(tmp_path: Path) -> None:
    blocks = chain(6)
    filled(Store.open(tmp_path), blocks).close()

    again = Store.open(tmp_path)

    assert again.identity == IDENTITY
    assert_holds(again, blocks)
    again.append(built(blocks[-1].block.header))
    again.close()


def test_a_chain_begins_only_once_and_with_block_zero(empty: Store) -> None:
    blocks = chain(2)
    with pytest.raises(ValueError, match="genesis is block 0"):
        empty.initialise(IDENTITY, blocks[1])
    empty.initialise(IDENTITY, blocks[0])
    with pytest.raises(ValueError, match="already holds a chain"):
        empty.initialise(IDENTITY, blocks[0])


def test_only_a_block_that_extends_the_head_can_be_appended(empty: Store) -> None:
    blocks = chain(4)
    store = filled(empty, blocks[:2])

    with pytest.raises(ValueError, match="block 3 does not extend the head 1"):
        store.append(blocks[3])
    with pytest.raises(ValueError, match="1 receipts for 3 transactions"):
        store.append(Built(block=blocks[2].block, receipts=blocks[2].receipts[:1], nodes={}))

    assert_holds(store, blocks[:2])


def test_a_kept_sibling_is_readable_by_hash_and_not_canonical(empty: Store) -> None:
    blocks = chain(4)
    store = filled(empty, blocks)
    sibling = built(blocks[2].block.header, "sibling")

    store.keep(sibling)

    assert store.block(sibling.block.hash) == sibling.block
    assert store.receipts(sibling.block.hash) == sibling.receipts
    assert not store.is_canonical(sibling.block.header)
    assert store.transaction(sibling.block.transactions[0].hash) is None
    assert_holds(store, blocks)


def test_a_rewound_and_regrown_chain_reads_like_one_that_never_had_another_past(empty: Store) -> None:
    old = chain(8)
    store = filled(empty, old)
    for one in old:  # fill the caches with what is about to leave
        store.block(one.block.number)
        store.receipts(one.block.hash)

    removed = store.rewind(3)
    new = [*old[:4], *chain(3, "new", after=old[3].block.header)]
    for one in new[4:]:
        store.append(one)

    assert removed == tuple(one.block for one in reversed(old[4:]))
    assert_holds(store, new)
    for one in old[4:]:
        assert store.block(one.block.hash) == one.block
        assert all(store.transaction(tx.hash) is None for tx in one.block.transactions)


def test_a_transaction_that_moved_to_a_sibling_is_found_there(empty: Store) -> None:
    blocks = chain(3)
    store = filled(empty, blocks)
    same, other = blocks[2], built(blocks[1].block.header, "other", txs=0)
    moved = Built(
        block=type(same.block)(header=other.block.header, transactions=same.block.transactions),
        receipts=same.receipts,
        nodes={},
    )

    store.rewind(1)
    store.append(moved)

    assert_holds(store, [*blocks[:2], moved])


def test_a_reorganisation_is_one_step_there_and_back(empty: Store) -> None:
    old = chain(6)
    store = filled(empty, old)
    branch = chain(4, "branch", after=old[2].block.header)
    for one in branch:
        store.keep(one)

    removed, added = store.adopt(branch[-1].block.hash)
    assert removed == tuple(one.block for one in reversed(old[3:]))
    assert added == tuple(one.block for one in branch)
    assert_holds(store, [*old[:3], *branch])

    removed, added = store.adopt(old[-1].block.hash)
    assert (len(removed), len(added)) == (4, 3)
    assert_holds(store, old)
    assert store.adopt(old[-1].block.hash) == ((), ())


def test_rewinding_above_the_head_is_refused(empty: Store) -> None:
    store = filled(empty, chain(3))

    with pytest.raises(UnknownBlock):
        store.rewind(3)
    with pytest.raises(UnknownBlock):
        store.adopt(bytes(32))

    assert store.head.number == 2


def test_the_pool_journal_keeps_order_and_loses_what_a_block_takes(empty: Store) -> None:
    blocks = chain(2)
    store = filled(empty, blocks[:1])
    transactions = [*reversed(blocks[1].block.transactions), *built(None, "x").block.transactions]
    for tx in transactions:
        store.journal_add(tx.hash, tx.raw)
    assert list(store.journal()) == [tx.raw for tx in transactions]

    store.journal_remove([transactions[1].hash, bytes(32)])
    assert list(store.journal()) == [transactions[0].raw, transactions[2].raw]
    store.append(blocks[1])

    assert list(store.journal()) == []


def test_the_pool_journal_survives_a_restart_in_order(tmp_path: Path) -> None:
    store = filled(Store.open(tmp_path), chain(1))
    for n in range(3):
        store.journal_add(bytes([9 - n]) * 32, b"raw %d" % n)
    store.close()

    store = Store.open(tmp_path)
    store.journal_add(bytes([1]) * 32, b"raw 3")

    assert list(store.journal()) == [b"raw 0", b"raw 1", b"raw 2", b"raw 3"]
    store.close()


def test_nodes_are_a_mapping(empty: Store) -> None:
    blocks = chain(3)
    store = filled(empty, blocks)
    every = {key: value for one in blocks for key, value in one.nodes.items()}

    assert dict(store.nodes) == every
    assert len(store.nodes) == len(every)
    assert next(iter(every)) in store.nodes
    assert store.nodes.get(bytes(32)) is None
    with pytest.raises(KeyError):
        _ = store.nodes[bytes(32)]


def test_readers_never_see_a_head_that_is_not_fully_there(empty: Store) -> None:
    blocks = chain(60)
    store = filled(empty, blocks[:1])
    done = threading.Event()
    problems: list[BaseException] = []

    def read() -> None:
        try:
            while not done.is_set():
                head = store.head
                block = store.block(head.hash)
                assert store.canonical_hash(head.number) == head.hash
                assert len(store.receipts(head.hash)) == len(block.transactions)
                assert all(store.transaction(tx.hash) is not None for tx in block.transactions)
        except BaseException as problem:
            problems.append(problem)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for one in blocks[1:]:
        store.append(one)
    done.set()
    for reader in readers:
        reader.join()

    assert not problems


# --- failing writes ---------------------------------------------------------------------------------------------------


class FailingEngine(MemoryEngine):
    """A disk that fills up: fails in the write or in the fsync after it."""

    fail_write = False
    fail_sync = False

    def write(self, changes: Sequence[Change], *, sync: bool) -> None:
        if self.fail_write or (sync and self.fail_sync):
            raise WriteFailed("No space left on device")
        super().write(changes, sync=sync)

    def sync(self) -> None:
        if self.fail_sync:
            raise WriteFailed("No space left on device")


@pytest.mark.parametrize("where", ["fail_write", "fail_sync"])
def test_a_failed_write_publishes_nothing_and_ends_writing_but_not_reading(where: str) -> None:
    blocks = chain(5)
    engine = FailingEngine()
    store = filled(Store(engine), blocks[:4])
    setattr(engine, where, True)

    with pytest.raises(ReadOnly, match="No space left on device"):
        store.append(blocks[4])

    assert store.read_only
    assert_holds(store, blocks[:4])
    assert all(store.transaction(tx.hash) is None for tx in blocks[4].block.transactions)
    setattr(engine, where, False)  # room again: still nothing, because what the disk holds is not known
    for write in (
        lambda: store.append(blocks[4]),
        lambda: store.keep(blocks[4]),
        lambda: store.rewind(1),
        lambda: store.journal_add(bytes(32), b""),
    ):
        with pytest.raises(ReadOnly) as refused:
            write()
        assert refused.value.hint is not None
        assert "restart" in refused.value.hint
    assert_holds(store, blocks[:4])


@pytest.mark.parametrize("where", ["fail_write", "fail_sync"])
def test_a_failed_rewind_leaves_the_chain_as_it_was(where: str) -> None:
    blocks = chain(5)
    engine = FailingEngine()
    store = filled(Store(engine), blocks)
    setattr(engine, where, True)

    with pytest.raises(ReadOnly):
        store.rewind(1)

    assert_holds(store, blocks)


def test_a_head_without_its_block_is_called_corrupt() -> None:
    blocks = chain(3)
    for lost in (b"h", b"b", b"r"):
        engine = MemoryEngine()
        filled(Store(engine), blocks)
        engine.write([(lost + blocks[2].block.hash, None)], sync=True)
        with pytest.raises(DataFolderCorrupt):
            Store(engine)
    engine = MemoryEngine()
    filled(Store(engine), blocks)
    engine.write([(b"c" + (2).to_bytes(8, "big"), bytes(32))], sync=True)
    with pytest.raises(DataFolderCorrupt, match="block 2 is not where the head says"):
        Store(engine)


def test_empty_blocks_take_no_more_memory_than_full_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoded they are 4 bytes: counted by that, a quiet chain's blocks would all stay in memory."""
    for what in ("HEADER", "BLOCK", "RECEIPT"):
        monkeypatch.setattr(f"chain.store.store.{what}_CACHE_BYTES", 128 << 10)
    engine = MemoryEngine()
    blocks = chain(1500, txs=0)
    filled(Store(engine), blocks)
    hashes = [one.block.hash for one in blocks]
    del blocks
    store = Store(engine)

    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for block_hash in hashes:
        store.block(block_hash)
        store.receipts(block_hash)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert 64 << 10 < grown < 3 * (128 << 10)


def test_the_cache_stays_within_its_budget_and_drops_the_least_recently_used() -> None:
    cache: Cache[str] = Cache(100)
    for n in range(10):
        cache.put(bytes([n]), str(n), 20)
        cache.get(b"\x00")

    assert cache.used == 100
    assert cache.get(b"\x00") == "0"
    assert cache.get(b"\x01") is None
    assert cache.get(b"\x09") == "9"
    cache.put(b"large", "x", 101)
    assert cache.get(b"large") is None
    cache.put(b"\x09", "nine", 40)
    assert cache.used == 100
