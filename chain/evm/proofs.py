"""Merkle proofs over the state: the nodes on the way from a root to a key, for `eth_getProof`.

Also for what is absent: the nodes then end where the way does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chain.evm.state import State
from chain.model import Account, Header, Record
from chain.primitives import EMPTY_TRIE_ROOT, Address, Hash32, keccak, rlp_decode

BRANCH_ITEMS = 17


class SlotProof(Record):
    """One storage slot and the nodes from its account's storage root to it."""

    slot: int
    value: int
    nodes: tuple[bytes, ...]


class AccountProof(Record):
    """One account and the nodes from the header's state root to it."""

    address: Address
    account: Account
    nodes: tuple[bytes, ...]
    slots: tuple[SlotProof, ...]


def prove_account(nodes: Mapping[bytes, bytes], header: Header, address: Address, slots: Iterable[int]) -> AccountProof:
    """Proof of an account and some of its slots, as they are in the header's state. Raises UnknownBlock."""
    state = State(nodes, header)
    account = state.account(address)
    return AccountProof(
        address=address,
        account=account,
        nodes=nodes_towards(nodes, header.state_root, keccak(address)),
        slots=tuple(
            SlotProof(
                slot=slot,
                value=state.storage(address, slot),
                nodes=nodes_towards(nodes, account.storage_root, keccak(slot.to_bytes(32, "big"))),
            )
            for slot in slots
        ),
    )


def nodes_towards(nodes: Mapping[bytes, bytes], root: Hash32, key: Hash32) -> tuple[bytes, ...]:
    """Encoded nodes from `root` on, as far as they lead to `key`; none for an empty trie.

    A node below 32 bytes is part of the one above it and not listed by itself.
    """
    if root == EMPTY_TRIE_ROOT:
        return ()
    way = [nibble for byte in key for nibble in (byte >> 4, byte & 15)]
    encoded = nodes[root]
    listed = [encoded]
    node: Any = rlp_decode(encoded)  # a list of byte strings and, where they are short, further lists
    while True:
        if len(node) == BRANCH_ITEMS:
            below = node[way.pop(0)]
        else:
            prefix, is_leaf = _prefix(node[0])
            if is_leaf or way[: len(prefix)] != prefix:
                return tuple(listed)
            del way[: len(prefix)]
            below = node[1]
        if isinstance(below, bytes):
            if not below:
                return tuple(listed)
            encoded = nodes[below]
            listed.append(encoded)
            below = rlp_decode(encoded)
        node = below


def _prefix(encoded: bytes) -> tuple[list[int], bool]:
    """Nibbles of a hex-prefix encoding, and whether it is a leaf's."""
    nibbles = [nibble for byte in encoded for nibble in (byte >> 4, byte & 15)]
    return nibbles[1 if nibbles[0] & 1 else 2 :], bool(nibbles[0] & 2)
