"""What a header commits to besides the state: the roots over a block's lists, and the logs bloom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from chain.model import Log
from chain.primitives import EMPTY_TRIE_ROOT, Hash32, RLPItem, int_to_bytes, keccak, rlp_encode

BLOOM_BYTES = 256


def trie_of(items: Mapping[Hash32, bytes], written: dict[bytes, bytes]) -> Hash32:
    """Root of the trie over hashed keys, all of which are known beforehand; its nodes go into `written`."""
    if not items:
        return EMPTY_TRIE_ROOT
    encoded = rlp_encode(_node(sorted((_nibbles(key), item) for key, item in items.items()), 0, written))
    root = keccak(encoded)
    written[root] = encoded
    return root


def list_root(items: Sequence[bytes]) -> Hash32:
    """Root of the trie that maps each index (as RLP) to its item: transactions, receipts, withdrawals.

    All keys are known beforehand, so the trie is folded up from its sorted keys in one pass and every node is encoded
    once.
    """
    if not items:
        return EMPTY_TRIE_ROOT
    pairs = sorted((_nibbles(rlp_encode(int_to_bytes(index))), item) for index, item in enumerate(items))
    return keccak(rlp_encode(_node(pairs, 0)))


def _nibbles(key: bytes) -> bytes:
    return bytes(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def _node(pairs: Sequence[tuple[bytes, bytes]], depth: int, written: dict[bytes, bytes] | None = None) -> RLPItem:
    """The node for keys that agree in their first `depth` nibbles; no key is a prefix of another."""
    first = pairs[0][0]
    if len(pairs) == 1:
        return [_hex_prefix(first[depth:], leaf=True), pairs[0][1]]
    last = pairs[-1][0]
    fork = depth
    while first[fork] == last[fork]:  # sorted: what first and last share, all share
        fork += 1
    if fork > depth:
        return [_hex_prefix(first[depth:fork], leaf=False), _reference(pairs, fork, written)]
    branch: list[RLPItem] = [b""] * 17
    start = 0
    for position in range(1, len(pairs) + 1):
        nibble = pairs[start][0][depth]
        if position == len(pairs) or pairs[position][0][depth] != nibble:
            branch[nibble] = _reference(pairs[start:position], depth + 1, written)
            start = position
    return branch


def _reference(pairs: Sequence[tuple[bytes, bytes]], depth: int, written: dict[bytes, bytes] | None) -> RLPItem:
    node = _node(pairs, depth, written)
    encoded = rlp_encode(node)
    if len(encoded) < 32:
        return node
    digest = keccak(encoded)
    if written is not None:
        written[digest] = encoded
    return digest


def _hex_prefix(nibbles: bytes, *, leaf: bool) -> bytes:
    flag = 2 if leaf else 0
    padded = bytes((flag + 1,)) + nibbles if len(nibbles) % 2 else bytes((flag, 0)) + nibbles
    return bytes((high << 4) | low for high, low in zip(padded[::2], padded[1::2], strict=True))


def logs_bloom(logs: Iterable[Log]) -> bytes:
    """256-byte filter over addresses and topics (Yellow Paper, 4.3.1)."""
    bits = 0
    for log in logs:
        bits |= _bits_of(log.address)
        for topic in log.topics:
            bits |= _bits_of(topic)
    return bits.to_bytes(BLOOM_BYTES, "big")


@lru_cache(maxsize=4_096)  # contracts, events and busy accounts come again and again
def _bits_of(entry: bytes) -> int:
    digest = keccak(entry)
    bits = 0
    for offset in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[offset : offset + 2], "big") & 2047)
    return bits


def union(blooms: Iterable[bytes]) -> bytes:
    """Bloom of everything that is in any of the given ones."""
    bits = 0
    for bloom in blooms:
        bits |= int.from_bytes(bloom, "big")
    return bits.to_bytes(BLOOM_BYTES, "big")
