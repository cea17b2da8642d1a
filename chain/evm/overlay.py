"""The database that py-evm sees: the chain's trie nodes underneath, everything written kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from eth.db.backends.base import BaseAtomicDB


class Overlay(BaseAtomicDB):
    """Reads fall through to `nodes` and are remembered, writes land in `written`; dropping it undoes them.

    Belongs to one execution: not shared between threads.
    """

    def __init__(self, nodes: Mapping[bytes, bytes]) -> None:
        self.written: dict[bytes, bytes] = {}
        self._nodes = nodes
        self._seen: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        value = self.written.get(key)
        if value is None:
            value = self._seen.get(key)
        if value is None:
            value = self._seen[key] = self._nodes[key]
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.written[key] = value

    def __delitem__(self, key: bytes) -> None:
        # Nodes are content: one that this block does not need may belong to an earlier state.
        raise TypeError("trie nodes are never deleted")

    def _exists(self, key: bytes) -> bool:
        return key in self.written or key in self._seen or key in self._nodes

    @contextmanager
    def atomic_batch(self) -> Iterator[Overlay]:  # type: ignore[override]  # py-evm only assigns and reads items in it
        """Nothing is durable here, so a batch is the overlay itself."""
        yield self
