"""Where everything stands in the key-value store: the key scheme and the changes a block makes.

Keys are one letter and an identifier. Blocks and nodes are keyed by hash and never deleted, so siblings coexist.

    h + block hash     header             n + node hash  trie node or contract code
    b + block hash     rest of the block  j + tx hash    pool journal: 8-byte sequence number, raw bytes
    r + block hash     receipts           m:head         hash of the canonical head
    c + 8-byte number  canonical hash     m:identity     what `Store.initialise` was given (the encoded spec)
    t + tx hash        canonical place    m:commits      8-byte count of commits
    e + block hash     edits after it     m:edited       there when a development command ever changed the chain
    d + block hash     sum of difficulties up to it, of blocks that prove work
                                          m:oldest       8-byte number of the oldest block with a state; absent: 0
"""

from __future__ import annotations

from typing import NamedTuple

from chain.model import Block, Built, Location
from chain.store import codec
from chain.store.engine import Change

HEADER = b"h"
BODY = b"b"
RECEIPTS = b"r"
NUMBER = b"c"
TRANSACTION = b"t"
NODE = b"n"
JOURNAL = b"j"
EDITS = b"e"
WORK = b"d"
HEAD = b"m:head"
IDENTITY = b"m:identity"
COMMITS = b"m:commits"
MARK = b"m:edited"
OLDEST_STATE = b"m:oldest"


class Encoded(NamedTuple):
    """The encoded parts of a block."""

    header: bytes
    body: bytes
    receipts: bytes


def encode(built: Built) -> Encoded:
    """The parts; ValueError when receipts and transactions do not pair up."""
    if len(built.receipts) != len(built.block.transactions):
        raise ValueError(f"{len(built.receipts)} receipts for {len(built.block.transactions)} transactions")
    return Encoded(
        codec.encode_header(built.block.header), codec.encode_body(built.block), codec.encode_receipts(built.receipts)
    )


def stored(built: Built, encoded: Encoded) -> list[Change]:
    """The changes that store a block by its hash, with its nodes."""
    block_hash = built.block.hash
    changes: list[Change] = [(NODE + key, value) for key, value in built.nodes.items()]
    changes.append((HEADER + block_hash, encoded.header))
    changes.append((BODY + block_hash, encoded.body))
    changes.append((RECEIPTS + block_hash, encoded.receipts))
    return changes


def canonical(block: Block) -> list[Change]:
    """The changes that make a stored block part of the chain."""
    number, block_hash = block.number, block.hash
    changes: list[Change] = [(number_key(number), block_hash)]
    for index, tx in enumerate(block.transactions):
        location = Location(block_hash=block_hash, block_number=number, index=index)
        changes.append((TRANSACTION + tx.hash, codec.encode_location(location)))
    return changes


def number_key(number: int) -> bytes:
    """Where the canonical hash of that height stands; in key order of heights."""
    return NUMBER + number.to_bytes(8, "big")
