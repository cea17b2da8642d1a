"""A bounded cache of decoded records that never change, such as blocks by hash.

What is cached is keyed by content hash, so nothing ever needs to be invalidated: not by a rewind, not by a sibling.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class Cache(Generic[V]):
    """Least recently used values within a budget of bytes; safe for many threads.

    A value counts by its encoded size and by `each`, which it takes besides, however little is in it: an empty block is
    encoded in a few bytes, and millions of them would otherwise fit.
    """

    def __init__(self, budget: int, *, each: int = 0) -> None:
        self._budget = budget
        self._each = each
        self._used = 0
        self._entries: OrderedDict[bytes, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> V | None:
        """The value, now the most recently used, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: bytes, value: V, size: int) -> None:
        """Keep it, dropping the least recently used beyond the budget; larger than the budget is not kept."""
        size += self._each
        if size > self._budget:
            return
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self._used -= old[1]
            self._entries[key] = (value, size)
            self._used += size
            while self._used > self._budget:
                _, (_, freed) = self._entries.popitem(last=False)
                self._used -= freed

    @property
    def used(self) -> int:
        """Bytes that what is kept counts for."""
        return self._used
