"""What the store needs of a key-value engine, and the engine that lives in memory.

An engine maps byte keys to byte values in key order and applies a list of changes as one whole. It knows nothing of
blocks. `chain.store.rocks` is the durable one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

Change: TypeAlias = tuple[bytes, bytes | None]  # None deletes; of two changes to one key the later one counts


class WriteFailed(Exception):
    """The engine could not write; what it held before is still there and readable."""


class Engine(Protocol):
    """One writer at a time, any number of readers."""

    def get(self, key: bytes) -> bytes | None:
        """The value; DataFolderCorrupt when it is there and cannot be read."""

    def write(self, changes: Sequence[Change], *, sync: bool) -> None:
        """Apply all or nothing; with `sync` it is on the disk when this returns. Raises WriteFailed."""

    def sync(self) -> None:
        """Bring every earlier write to the disk, letting other threads run meanwhile. Raises WriteFailed."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Every pair whose key begins with `prefix`, in key order; DataFolderCorrupt as for `get`."""

    def close(self) -> None:
        """Let go of everything; a second call does nothing."""


class MemoryEngine:
    """A dictionary: lost with the process, otherwise indistinguishable."""

    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        """The value or None."""
        with self._lock:
            return self._values.get(key)

    def write(self, changes: Sequence[Change], *, sync: bool) -> None:
        """Apply all; readers see none of it or everything."""
        with self._lock:
            for key, value in changes:
                if value is None:
                    self._values.pop(key, None)
                else:
                    self._values[key] = value

    def sync(self) -> None:
        """Nothing to do: memory has no disk."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """A sorted copy of the matching pairs as they are now."""
        with self._lock:
            found = sorted((key, value) for key, value in self._values.items() if key.startswith(prefix))
        yield from found

    def close(self) -> None:
        """Contents stay until the object goes."""
