from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from chain import events
from chain.errors import LimitExceeded, StoreError, UnknownBlock
from chain.model import Built, LogEntry, LogQuery
from chain.store import Index, Store
from chain.store.tables import Tables
from tests.unit.store.forging import APPROVAL, PEOPLE, TOKENS, TRANSFER, Running, built, chain, filled, word

IndexOf = Callable[[Store], Index]
ALL = LogQuery(to_block=10**9)


def expected(blocks: Sequence[Built], query: LogQuery) -> list[LogEntry]:
    """The slow way: walk through every log and ask whether it matches, as the JSON-RPC documentation says it."""
    found = []
    for one in blocks:
        header = one.block.header
        index = 0
        for position, receipt in enumerate(one.receipts):
            for log in receipt.logs:
                entry = LogEntry(
                    log=log,
                    block_hash=header.hash,
                    block_number=header.number,
                    block_timestamp=header.timestamp,
                    transaction_hash=receipt.transaction_hash,
                    transaction_index=position,
                    log_index=index,
                )
                index += 1
                if query.block_hash is not None:
                    inside = header.hash == query.block_hash
                else:
                    inside = query.from_block <= header.number <= query.to_block
                if (
                    inside
                    and (not query.addresses or log.address in query.addresses)
                    and topics_match(log.topics, query)
                ):
                    found.append(entry)
    return found


def topics_match(topics: tuple[bytes, ...], query: LogQuery) -> bool:
    if len(query.topics) > len(topics):
        return False
    return all(not choices or topic in choices for choices, topic in zip(query.topics, topics, strict=False))


def test_random_queries_answer_what_walking_through_all_logs_finds(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(25, txs=4, logs_each=5)
    index = index_of(filled(empty, blocks))
    random.seed(7)
    hits = 0

    for _ in range(150):
        first = random.randrange(-3, 25)
        people = tuple(map(word, random.sample(PEOPLE, random.randrange(3))))
        others = tuple(map(word, random.sample(PEOPLE, random.randrange(3))))
        topics = (tuple(random.sample([TRANSFER, APPROVAL], random.randrange(3))), people, others, ())
        query = LogQuery(
            from_block=first,
            to_block=random.randrange(first, 30),
            block_hash=random.choice(blocks).block.hash if random.random() < 0.2 else None,
            addresses=tuple(random.sample(TOKENS, random.randrange(3))),
            topics=topics[: random.randrange(5)],
        )
        answer = index.logs(query, limit=10_000)
        assert answer == expected(blocks, query)
        hits += bool(answer)

    assert hits > 50


def test_a_query_waits_for_the_head_that_was_there_when_it_was_asked(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(40)
    store = filled(empty, blocks[:1])
    index = index_of(store)

    for position, one in enumerate(blocks[1:], start=1):
        store.append(one)
        if position % 3:  # even without a notice
            index.notify(events.Head(removed=(), added=(one.block,)))
        query = LogQuery(from_block=one.block.number, to_block=one.block.number)
        assert index.logs(query, limit=100) == expected([one], query)


def test_after_a_rewind_and_siblings_the_rows_are_a_fresh_chains_rows(
    empty: Store, index_of: IndexOf, tmp_path: Path
) -> None:
    old = chain(12)
    store = filled(empty, old)
    index = index_of(store)
    assert len(index.logs(ALL, limit=1000)) == len(expected(old, ALL))

    store.rewind(4)
    assert index.logs(ALL, limit=1000) == expected(old[:5], ALL)
    new = [*old[:5], *chain(9, "new", after=old[4].block.header)]
    for one in new[5:]:
        store.append(one)

    assert index.logs(ALL, limit=1000) == expected(new, ALL)
    fresh = filled(Store.open(None), new)
    with Running(Index(fresh, tmp_path / "fresh.sqlite")) as other:
        assert everything(index) == everything(other)


def test_an_index_that_was_away_catches_up_onto_another_fork(tmp_path: Path) -> None:
    old = chain(10)
    store = filled(Store.open(None), old)
    path = tmp_path / "index.sqlite"
    with Running(Index(store, path)) as index:
        assert len(index.logs(ALL, limit=1000)) == len(expected(old, ALL))
    branch = chain(2, "branch", after=old[3].block.header)
    store.rewind(3)

    with Running(Index(store, path)) as index:  # only backwards
        assert index.logs(ALL, limit=1000) == expected(old[:4], ALL)
    for one in branch:
        store.append(one)
    with Running(Index(store, path)) as index:
        assert index.logs(ALL, limit=1000) == expected([*old[:4], *branch], ALL)


def test_the_index_of_another_chain_is_made_anew(tmp_path: Path) -> None:
    mine, others = chain(5, "mine"), chain(9, "others")
    path = tmp_path / "index.sqlite"
    with Running(Index(filled(Store.open(None), others), path)) as index:
        index.logs(ALL, limit=1000)

    with Running(Index(filled(Store.open(None), mine), path)) as index:
        assert index.logs(ALL, limit=1000) == expected(mine, ALL)


def test_readers_see_whole_chains_while_the_chain_moves_back_and_forth(empty: Store, index_of: IndexOf) -> None:
    trunk = chain(6)
    left, right = chain(5, "left", after=trunk[-1].block.header), chain(3, "right", after=trunk[-1].block.header)
    store = filled(empty, trunk)
    for one in [*left, *right]:
        store.keep(one)
    index = index_of(store)
    possible = [
        expected(blocks, ALL)
        for blocks in (trunk, *([*trunk, *side[:n]] for side in (left, right) for n in range(1, 6)))
    ]
    done = threading.Event()
    problems: list[BaseException] = []

    def read() -> None:
        try:
            while not done.is_set():
                assert index.logs(ALL, limit=1000) in possible
        except BaseException as problem:
            problems.append(problem)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        removed, added = store.adopt((left, right)[turn % 2][-1].block.hash)
        index.notify(events.Head(removed=removed, added=added))
    done.set()
    for reader in readers:
        reader.join()

    assert not problems
    assert index.logs(ALL, limit=1000) == expected([*trunk, *right], ALL)


def test_more_logs_than_the_limit_are_refused_with_a_range_that_fits(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(12)  # six logs in each block but the first
    index = index_of(filled(empty, blocks))

    with pytest.raises(
        LimitExceeded, match=r"^query returned more than 20 results\. Try with this block range \[0x2, 0x4\]\.$"
    ) as refused:
        index.logs(LogQuery(from_block=2, to_block=11), limit=20)

    assert refused.value.hint == "narrow the range to blocks 2 to 4"
    assert len(index.logs(LogQuery(from_block=2, to_block=4), limit=20)) == 18
    assert len(index.logs(LogQuery(from_block=2, to_block=4), limit=18)) == 18
    with pytest.raises(LimitExceeded, match=r"^query returned more than 5 results\.$"):
        index.logs(LogQuery(from_block=3, to_block=11), limit=5)
    with pytest.raises(LimitExceeded):
        index.logs(LogQuery(block_hash=blocks[3].block.hash), limit=5)


def test_what_no_log_can_match_is_empty_and_what_is_too_long_is_refused(empty: Store, index_of: IndexOf) -> None:
    index = index_of(filled(empty, chain(3)))

    assert index.logs(LogQuery(from_block=2, to_block=1), limit=10) == []
    assert index.logs(LogQuery(from_block=10**30, to_block=10**31), limit=10) == []
    assert index.logs(LogQuery(to_block=9, topics=((),) * 5), limit=10) == []
    with pytest.raises(LimitExceeded, match="exceed max addresses or topics"):
        index.logs(LogQuery(to_block=9, addresses=(bytes(20),) * 1001), limit=10)


def test_a_block_hash_must_be_canonical(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(4)
    store = filled(empty, blocks)
    sibling = built(blocks[1].block.header, "sibling")
    store.keep(sibling)
    index = index_of(store)

    query = LogQuery(block_hash=blocks[2].block.hash)
    assert index.logs(query, limit=100) == expected(blocks, query)
    with pytest.raises(UnknownBlock, match="unknown block"):
        index.logs(LogQuery(block_hash=sibling.block.hash), limit=100)
    with pytest.raises(UnknownBlock):
        index.logs(LogQuery(block_hash=bytes(32)), limit=100)


def test_the_history_of_an_address_is_read_page_by_page(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(20, txs=5)
    index = index_of(filled(empty, blocks))

    for address in (*PEOPLE, next(r.contract_address for one in blocks for r in one.receipts if r.contract_address)):
        wanted = [
            (tx.hash, one.block.number, position, tx.sender, tx.to, receipt.contract_address, receipt.status)
            for one in blocks
            for position, (tx, receipt) in enumerate(zip(one.block.transactions, one.receipts, strict=True))
            if address in (tx.sender, tx.to, receipt.contract_address)
        ]
        got = []
        cursor = None
        while page := index.transactions_of(address, limit=4, cursor=cursor):
            assert len(page) <= 4
            got += [(t.hash, t.block_number, t.index, t.sender, t.recipient, t.created, t.status) for t in page]
            cursor = (page[-1].block_number, page[-1].index)
        assert got == list(reversed(wanted))


def test_a_rebuild_gives_the_same_rows_and_tells_how_far_it_is(tmp_path: Path) -> None:
    store = filled(Store.open(None), chain(600, txs=1))
    with Running(Index(store, tmp_path / "index.sqlite")) as index:
        before = everything(index)
        told: list[tuple[int, int]] = []
        index.rebuild(lambda done, total: told.append((done, total)))
        assert everything(index) == before
    assert told == [(256, 600), (512, 600), (600, 600)]

    offline = Index(store, tmp_path / "index.sqlite")
    offline.rebuild()
    assert everything(offline) == before
    offline.stop()


@pytest.mark.parametrize("text", [b"", b"this is not a database, and it is long enough to be sure of that" * 99])
def test_a_damaged_index_file_is_made_anew(tmp_path: Path, text: bytes) -> None:
    blocks = chain(5)
    (tmp_path / "index.sqlite").write_bytes(text)

    with Running(Index(filled(Store.open(None), blocks), tmp_path / "index.sqlite")) as index:
        assert index.logs(ALL, limit=1000) == expected(blocks, ALL)


def test_damage_found_while_reading_mends_itself(tmp_path: Path) -> None:
    blocks = chain(200)
    store = filled(Store.open(None), blocks)
    path = tmp_path / "index.sqlite"
    with Running(Index(store, path)) as index:
        assert len(index.logs(ALL, limit=10_000)) == len(expected(blocks, ALL))
    data = bytearray(path.read_bytes())
    for start in range(8192, len(data), 4096):
        data[start : start + 2048] = b"\xee" * 2048
    path.write_bytes(bytes(data))

    with Running(Index(store, path)) as index:
        try:
            answer = index.logs(ALL, limit=10_000)
        except StoreError as damaged:
            assert "damaged" in str(damaged)
            answer = index.logs(ALL, limit=10_000)
        assert answer == expected(blocks, ALL)


def test_an_index_of_another_layout_is_made_anew(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "index.sqlite")
    other.executescript("CREATE TABLE logs (x); INSERT INTO logs VALUES (1); PRAGMA user_version = 77;")
    other.close()
    blocks = chain(5)

    with Running(Index(filled(Store.open(None), blocks), tmp_path / "index.sqlite")) as index:
        assert index.logs(ALL, limit=1000) == expected(blocks, ALL)


def test_an_index_that_cannot_be_written_says_why_and_recovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = chain(4)
    store = filled(Store.open(None), blocks[:3])
    with Running(Index(store, tmp_path / "index.sqlite")) as index:
        index.logs(ALL, limit=100)

        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(Tables, "add", full)
            store.append(blocks[3])
            with pytest.raises(StoreError, match="database or disk is full"):
                index.logs(ALL, limit=100)

        assert index.logs(ALL, limit=100) == expected(blocks, ALL)


def test_an_index_that_is_too_slow_or_not_running_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(Store.open(None), chain(3))
    with pytest.raises(StoreError, match="not running"):
        Index(store, None).logs(ALL, limit=1)
    release = threading.Event()
    add = Tables.add

    def slow(self: Tables, blocks: Sequence[object]) -> None:
        release.wait()
        add(self, blocks)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(Tables, "add", slow)
    with Running(Index(store, tmp_path / "index.sqlite", patience=0.05)) as index:
        with pytest.raises(StoreError, match=r"not caught up with block 2 in 0\.05 seconds"):
            index.logs(ALL, limit=100)
        release.set()


def everything(index: Index) -> list[list[tuple[object, ...]]]:
    """All rows of all tables, once the index is level."""
    index.logs(LogQuery(), limit=10**6)
    tables = ("blocks", "transactions", "logs")
    return [index._select(f"SELECT * FROM {table} ORDER BY 1", []) for table in tables]
