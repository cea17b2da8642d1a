"""The instant authority: time never stands still, and a spec may cap how far it runs ahead of the clock."""

from __future__ import annotations

import msgspec
import pytest

from chain.consensus import Instant, consensus_of
from chain.errors import InvalidBlock, SettingsError
from chain.model import Header
from chain.primitives import EMPTY_TRIE_ROOT, ZERO_ADDRESS, ZERO_HASH
from chain.spec import Genesis, Spec

SPEC = Spec(chain_id=1, genesis=Genesis(timestamp=0, alloc={}))
COINBASE = b"\x11" * 20
PARENT = Header(
    parent_hash=ZERO_HASH,
    coinbase=ZERO_ADDRESS,
    state_root=EMPTY_TRIE_ROOT,
    transactions_root=EMPTY_TRIE_ROOT,
    receipts_root=EMPTY_TRIE_ROOT,
    logs_bloom=bytes(256),
    number=4,
    gas_limit=30_000_000,
    gas_used=0,
    timestamp=1_000,
    extra_data=b"",
    mix_hash=ZERO_HASH,
    base_fee=7,
)


def child(**fields: object) -> Header:
    follower = {"parent_hash": PARENT.hash, "number": 5, "timestamp": 1_001, "hash": b"", **fields}
    return msgspec.structs.replace(PARENT, **follower)


def test_a_block_takes_the_clock_or_one_second_after_its_parent() -> None:
    consensus = Instant(SPEC, COINBASE)

    assert consensus.prepare(PARENT, now=5_000).timestamp == 5_000
    assert consensus.prepare(PARENT, now=1_000).timestamp == 1_001
    assert consensus.prepare(PARENT, now=10).timestamp == 1_001


def test_the_gas_limit_never_drifts() -> None:
    assert Instant(SPEC, COINBASE).prepare(PARENT, now=0).gas_limit == PARENT.gas_limit


def test_a_capped_drift_makes_sealing_wait_for_the_clock() -> None:
    capped = Instant(msgspec.structs.replace(SPEC, clock_drift_limit=60), COINBASE)

    assert capped.wait(PARENT, now=941) == 0
    assert capped.wait(PARENT, now=940) == 1
    assert Instant(SPEC, COINBASE).wait(PARENT, now=0) == 0


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"timestamp": 1_000}, "timestamp 1000 is not after"),
        ({"number": 6}, "number is 6, expected 5"),
        ({"gas_limit": 30_000_001}, "gas limit is 30000001"),
        ({"difficulty": 1}, "difficulty is 1"),
        ({"parent_hash": ZERO_HASH}, "parent hash"),
    ],
)
def test_a_block_that_breaks_a_rule_is_named(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidBlock, match=fault):
        Instant(SPEC, COINBASE).verify(child(**fields), PARENT)


def test_a_right_successor_passes_and_replaces_the_head() -> None:
    consensus = Instant(SPEC, COINBASE)

    consensus.verify(child(), PARENT)

    assert consensus.choose(PARENT, child())
    assert not consensus.choose(PARENT, child(parent_hash=ZERO_HASH))
    assert consensus.finality(PARENT).finalized == 4


def test_an_unknown_consensus_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="'ouija'"):
        consensus_of(msgspec.structs.replace(SPEC, consensus="ouija"), COINBASE)
