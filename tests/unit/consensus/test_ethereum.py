"""Other clients' chains: work until the merge and none after it, the heavier branch before and the longer one after."""

from __future__ import annotations

import msgspec
import pytest

from chain.consensus import Ethereum
from chain.errors import InvalidBlock, NotProducing
from chain.model import Header
from chain.primitives import EMPTY_TRIE_ROOT, ZERO_ADDRESS, ZERO_HASH
from chain.spec import Genesis, Schedule, Spec

TOTAL = 1_000
GENESIS = Header(
    parent_hash=ZERO_HASH,
    coinbase=ZERO_ADDRESS,
    state_root=EMPTY_TRIE_ROOT,
    transactions_root=EMPTY_TRIE_ROOT,
    receipts_root=EMPTY_TRIE_ROOT,
    logs_bloom=bytes(256),
    number=0,
    gas_limit=30_000_000,
    gas_used=0,
    timestamp=1_000,
    extra_data=b"",
    mix_hash=ZERO_HASH,
    difficulty=400,
)


def after(parent: Header, difficulty: int) -> Header:
    return msgspec.structs.replace(
        GENESIS, parent_hash=parent.hash, number=parent.number + 1, difficulty=difficulty, hash=b""
    )


ONE = after(GENESIS, 500)  # 900 in all
TWO = after(ONE, 100)  # 1,000: the last one that proves work
MERGED = after(TWO, 0)
WORK = {GENESIS.hash: 400, ONE.hash: 900, TWO.hash: 1_000}


def consensus(total: int | None = TOTAL) -> Ethereum:
    spec = Spec(
        chain_id=1,
        genesis=Genesis(timestamp=0, alloc={}),
        schedule=Schedule(terminal_total_difficulty=total),
        consensus="ethereum",
    )
    return Ethereum(spec, ZERO_ADDRESS, lambda header: WORK[header.hash])


def test_work_is_proved_until_the_terminal_total_difficulty_and_then_no_more() -> None:
    rules = consensus()

    for header, parent in ((ONE, GENESIS), (TWO, ONE), (MERGED, TWO), (after(MERGED, 0), MERGED)):
        rules.verify(header, parent)
    with pytest.raises(InvalidBlock, match="has reached the terminal total difficulty 1000"):
        rules.verify(after(TWO, 5), TWO)
    with pytest.raises(InvalidBlock, match="still proves work"):
        rules.verify(after(ONE, 0), ONE)
    with pytest.raises(InvalidBlock, match="still proves work"):
        consensus(None).verify(MERGED, TWO)


def test_blocks_are_made_only_after_the_merge() -> None:
    rules = consensus()

    assert rules.prepare(TWO, now=5).timestamp == 1_001
    assert rules.prepare(MERGED, now=5_000).timestamp == 5_000
    with pytest.raises(NotProducing, match=r"block 2 would have to prove work: .* 1000 is not reached"):
        rules.prepare(ONE, now=5)
    with pytest.raises(NotProducing, match="block 3 would have to prove work"):
        consensus(None).prepare(TWO, now=5)


def test_more_work_wins_and_then_the_longer_branch() -> None:
    rules = consensus()
    light = after(GENESIS, 450)
    WORK[light.hash] = 850

    assert rules.choose(light, ONE) and not rules.choose(ONE, light)
    assert rules.choose(ONE, TWO)
    assert rules.choose(TWO, MERGED) and not rules.choose(MERGED, TWO)
    assert rules.choose(MERGED, after(MERGED, 0)) and not rules.choose(MERGED, MERGED)


def test_a_branch_begins_no_deeper_than_what_is_final() -> None:
    rules = consensus()
    head = msgspec.structs.replace(MERGED, number=200, hash=b"")

    assert (rules.finality(head).safe, rules.finality(head).finalized) == (168, 136)
    assert rules.admits(head, msgspec.structs.replace(MERGED, number=136, hash=b""))
    assert not rules.admits(head, msgspec.structs.replace(MERGED, number=135, hash=b""))
    assert rules.finality(MERGED).finalized == 0
