"""Blobs that travel beside a blob transaction (EIP-4844) and the KZG proofs that bind them to it.

The blobs are checked and then dropped: a block commits to their versioned hashes only, and nothing here keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import ckzg
import eth

from chain.evm import reading
from chain.evm.rules import BLOB_GAS, BLOB_HASH_VERSION, MAX_BLOBS
from chain.primitives import Hash32, RLPItem

BLOB_BYTES = BLOB_GAS  # one gas per byte
CELLS_PER_BLOB = 128  # of a blob extended to twice its size (EIP-7594)
CELL_PROOFS_VERSION = b"\x01"
POINT_BYTES = 48  # commitments and proofs are compressed G1 points


@cache
def trusted_setup() -> Any:
    """The Ethereum ceremony's points, read once: that takes two seconds (py-evm does it on every use)."""
    return ckzg.load_trusted_setup(str(Path(eth.__file__).parent / "_utils" / "kzg_trusted_setup.txt"), 0)


def versioned_hash(commitment: bytes) -> Hash32:
    """How a transaction names a blob."""
    return BLOB_HASH_VERSION + sha256(commitment).digest()[1:]


def open_envelope(envelope: RLPItem) -> Sequence[RLPItem]:
    """The transaction inside a network form. Raises ValueError when the sidecar does not prove its blob hashes.

    Either `[transaction, blobs, commitments, proofs]` (EIP-4844), or with a version and a proof for each of a blob's
    cells (EIP-7594), which is what newer wallets send: `[transaction, 1, blobs, commitments, cell proofs]`.
    """
    fields = reading.items(envelope, (4, 5), "blob transaction with sidecar")
    per_cell = len(fields) == 5
    if per_cell and (version := reading.octets(fields[1], "sidecar version")) != CELL_PROOFS_VERSION:
        raise ValueError(f"blob sidecar: version 0x{version.hex()} is not known")
    transaction = reading.items(fields[0], 14, "blob transaction")
    hashes = [reading.hash32(item, "blob hash") for item in reading.items(transaction[10], None, "blob hashes")]
    blobs = [reading.exactly(item, BLOB_BYTES, "blob") for item in reading.items(fields[-3], None, "blobs")]
    commitments = _points(fields[-2], "commitment")
    proofs = _points(fields[-1], "proof")
    expected_proofs = len(blobs) * (CELLS_PER_BLOB if per_cell else 1)
    if not len(hashes) == len(blobs) == len(commitments) or len(proofs) != expected_proofs:
        raise ValueError(
            f"blob sidecar: {len(hashes)} hashes, {len(blobs)} blobs, {len(commitments)} commitments, "
            f"{len(proofs)} proofs where {expected_proofs} are expected"
        )
    if len(blobs) > MAX_BLOBS:
        raise ValueError(f"blob sidecar: {len(blobs)} blobs, a block holds {MAX_BLOBS}")
    for index, (commitment, expected) in enumerate(zip(commitments, hashes, strict=True)):
        if versioned_hash(commitment) != expected:
            raise ValueError(f"blob sidecar: commitment {index} does not hash to blob hash 0x{expected.hex()}")
    try:
        proven = (_cells_proven if per_cell else _blobs_proven)(blobs, commitments, proofs)
    except RuntimeError:  # a point that is not on the curve, or a field element that is too large
        proven = False
    if not proven:
        raise ValueError("blob sidecar: KZG proof does not hold")
    return transaction


def _blobs_proven(blobs: list[bytes], commitments: list[bytes], proofs: list[bytes]) -> bool:
    joined = (b"".join(blobs), b"".join(commitments), b"".join(proofs))
    return bool(ckzg.verify_blob_kzg_proof_batch(*joined, trusted_setup()))


def _cells_proven(blobs: list[bytes], commitments: list[bytes], proofs: list[bytes]) -> bool:
    cells = [cell for blob in blobs for cell in ckzg.compute_cells(blob, trusted_setup())]
    repeated = [commitment for commitment in commitments for _ in range(CELLS_PER_BLOB)]
    indices = list(range(CELLS_PER_BLOB)) * len(blobs)
    return bool(ckzg.verify_cell_kzg_proof_batch(repeated, indices, cells, proofs, trusted_setup()))


def _points(item: RLPItem, name: str) -> list[bytes]:
    return [reading.exactly(point, POINT_BYTES, name) for point in reading.items(item, None, f"{name}s")]
