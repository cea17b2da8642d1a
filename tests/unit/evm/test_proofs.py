"""Proofs against py-trie, which checks them without our code."""

from __future__ import annotations

import random

import pytest
import rlp
from trie import HexaryTrie

from chain.evm.proofs import nodes_towards
from chain.primitives import EMPTY_TRIE_ROOT, keccak
from tests.traffic import MemoryChain, Traffic, contract, key_of


def test_every_account_and_slot_is_proven_at_every_block() -> None:
    chain = MemoryChain()
    traffic = Traffic(9)
    for _ in range(3):
        chain.produce(traffic.take(20))
    addresses = [bytes.fromhex(key_of(0).address[2:]), contract("store"), contract("witness"), b"\x01" * 20]

    for block in chain.blocks:
        state = chain.evm.state(block.header)
        for address in addresses:
            proof = chain.evm.inspector.proof(block.header, address, range(12))
            nodes = [rlp.decode(node) for node in proof.nodes]
            found = HexaryTrie.get_from_proof(block.header.state_root, keccak(address), nodes)
            assert bool(found) == (proof.account != type(proof.account)())
            for slot in proof.slots:
                assert slot.value == state.storage(address, slot.slot)
                if proof.account.storage_root == EMPTY_TRIE_ROOT:
                    assert slot.nodes == ()
                    continue
                value = HexaryTrie.get_from_proof(
                    proof.account.storage_root,
                    keccak(slot.slot.to_bytes(32, "big")),
                    [rlp.decode(node) for node in slot.nodes],
                )
                assert slot.value == (int.from_bytes(rlp.decode(value), "big") if value else 0)


@pytest.mark.parametrize("size", [0, 1, 2, 17, 300])
def test_present_and_absent_keys_are_proven_in_tries_of_every_size(size: int) -> None:
    pick = random.Random(size)
    trie = HexaryTrie({})
    # Short values, so that nodes lie inside others.
    for index in range(size):
        trie[keccak(bytes((index & 255, index >> 8)))] = pick.randbytes(pick.choice((1, 2, 40)))

    for index in range(size + 20):
        key = keccak(bytes((index & 255, index >> 8)))
        nodes = nodes_towards(trie.db, trie.root_hash, key)
        decoded = [rlp.decode(node) for node in nodes] or [b""]
        assert HexaryTrie.get_from_proof(trie.root_hash, key, decoded) == trie[key]
        assert bool(trie[key]) == (index < size)
