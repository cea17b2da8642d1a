"""Hashes of earlier blocks, as BLOCKHASH sees them, fetched only when a contract asks."""

from __future__ import annotations

from typing import Protocol

from chain.model import Header
from chain.primitives import Hash32

WINDOW = 256  # BLOCKHASH reaches this far back


class HeaderSource(Protocol):
    """What executing needs to know of the chain."""

    def header(self, key: Hash32) -> Header:
        """The header with this hash. Raises UnknownBlock."""
        ...


class Ancestors:
    """The chain that ends with `parent_hash` at height `parent_number`, walked backwards on demand.

    Belongs to one execution: not shared between threads.
    """

    def __init__(self, headers: HeaderSource, parent_hash: Hash32, parent_number: int) -> None:
        self._headers = headers
        self._newest = parent_number
        self._hashes = [parent_hash]  # newest first

    def hash_of(self, number: int) -> Hash32 | None:
        """Hash of the ancestor at that height; None above the parent, below 0 or beyond the window."""
        depth = self._newest - number
        if depth < 0 or number < 0 or depth >= WINDOW:
            return None
        while len(self._hashes) <= depth:
            self._hashes.append(self._headers.header(self._hashes[-1]).parent_hash)
        return self._hashes[depth]
