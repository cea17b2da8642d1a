"""Transactions that wait in the pool, kept so that a restart finds them. Which they are is also known in memory."""

from __future__ import annotations

from collections.abc import Iterable

from chain.primitives import Hash32
from chain.store.engine import Change, Engine
from chain.store.layout import JOURNAL

SEQUENCE_BYTES = 8  # before the raw transaction: sorts by the order of adding


class Journal:
    """Written by the store's one writer: changes first, then `wrote` once they are in the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: set[Hash32] = set()
        self._sequence = 0
        for key, value in engine.scan(JOURNAL):
            self._known.add(key[1:])
            self._sequence = max(self._sequence, int.from_bytes(value[:SEQUENCE_BYTES], "big"))

    def entries(self) -> list[bytes]:
        """Raw transactions in the order they were added."""
        found = sorted(value for _, value in self._engine.scan(JOURNAL))
        return [value[SEQUENCE_BYTES:] for value in found]

    def addition(self, tx_hash: Hash32, raw: bytes) -> list[Change]:
        """What to write for a transaction that waits."""
        self._sequence += 1
        return [(JOURNAL + tx_hash, self._sequence.to_bytes(SEQUENCE_BYTES, "big") + raw)]

    def removal(self, hashes: Iterable[Hash32]) -> list[Change]:
        """What to write for those that no longer wait; unknown ones are no matter."""
        return [(JOURNAL + tx_hash, None) for tx_hash in hashes if tx_hash in self._known]

    def wrote(self, changes: Iterable[Change]) -> None:
        """These changes of ours are in the engine."""
        for key, value in changes:
            if value is None:
                self._known.discard(key[1:])
            else:
                self._known.add(key[1:])
