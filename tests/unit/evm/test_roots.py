"""List roots and blooms against implementations that are not ours."""

from __future__ import annotations

import random

from eth_bloom import BloomFilter
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from chain.evm.roots import list_root, logs_bloom, union
from chain.model import Log
from chain.primitives import EMPTY_TRIE_ROOT, int_to_bytes, rlp_encode


def trie_root(items: list[bytes]) -> bytes:
    trie = HexaryTrie({})
    for index, item in enumerate(items):
        trie[rlp_encode(int_to_bytes(index))] = item
    return bytes(trie.root_hash)


def test_the_root_of_nothing_is_the_empty_trie() -> None:
    assert list_root([]) == EMPTY_TRIE_ROOT


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=80), max_size=40))
def test_a_list_root_is_the_root_of_the_trie_with_those_items(items: list[bytes]) -> None:
    assert list_root(items) == trie_root(items)


def test_list_roots_agree_around_every_change_of_key_length() -> None:
    picks = random.Random(7)
    for count in (1, 2, 15, 16, 17, 127, 128, 129, 130, 255, 256, 257, 300):
        items = [picks.randbytes(picks.randrange(1, 120)) for _ in range(count)]

        assert list_root(items) == trie_root(items), count


@settings(deadline=None)
@given(
    st.lists(st.binary(min_size=20, max_size=20), max_size=6), st.lists(st.binary(min_size=32, max_size=32), max_size=4)
)
def test_blooms_hold_what_eth_bloom_says(addresses: list[bytes], topics: list[bytes]) -> None:
    logs = [Log(address=address, topics=tuple(topics), data=b"x") for address in addresses]
    expected = BloomFilter()
    for log in logs:
        expected.add(log.address)
        for topic in log.topics:
            expected.add(topic)

    assert int.from_bytes(logs_bloom(logs), "big") == int(expected)
    assert union(logs_bloom([log]) for log in logs) == logs_bloom(logs)
