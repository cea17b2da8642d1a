"""Filters that a client installed and polls: new blocks, new waiting transactions, new logs.

An event only appends a reference; logs are read when they are asked for, in the asking thread. A filter that nobody
polled for five minutes is gone, and so is one whose backlog has outgrown the limit (polling it says so).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from chain.errors import LimitExceeded, NotFound
from chain.events import Event, Head, Pending
from chain.model import Block
from chain.primitives import Hash32
from chain.rpc.encode import JsonObject, data, log_object, placed_logs
from chain.rpc.logfilter import LogFilter

if TYPE_CHECKING:
    from chain.node import Node


class FilterLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many filters there may be, how long and how much they keep."""

    filters: int = 1000
    idle: float = 300.0  # seconds without a poll
    backlog: int = 10_000  # blocks or transactions that wait for one poll


class _Change(msgspec.Struct, frozen=True):
    block: Block
    removed: bool


class _Filter(msgspec.Struct):
    polled: float  # monotonic seconds
    wants: type[Head] | type[Pending]
    logs: LogFilter | None = None
    first: int = 0
    last: int | None = None
    changes: list[_Change] = []
    hashes: list[Hash32] = []
    overflowed: bool = False


class Filters:
    """All installed filters of one node. Thread-safe."""

    def __init__(
        self, node: Node, limits: FilterLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._node = node
        self._limits = limits or FilterLimits()
        self._clock = clock
        self._lock = threading.Lock()
        self._filters: dict[int, _Filter] = {}
        self._unsubscribe = node.events.subscribe(self._hear)

    def close(self) -> None:
        """Hear no more events."""
        self._unsubscribe()

    def new_logs(self, criteria: LogFilter) -> int:
        """Logs of blocks from now on, within the filter's own range."""
        first, last = criteria.bounds(self._node)
        return self._install(_Filter(polled=self._clock(), wants=Head, logs=criteria, first=first, last=last))

    def new_blocks(self) -> int:
        """Hashes of new blocks."""
        return self._install(_Filter(polled=self._clock(), wants=Head))

    def new_pending(self) -> int:
        """Hashes of transactions that were admitted to the pool."""
        return self._install(_Filter(polled=self._clock(), wants=Pending))

    def uninstall(self, key: int) -> bool:
        """Whether there was such a filter."""
        with self._lock:
            self._forget_idle()
            return self._filters.pop(key, None) is not None

    def criteria(self, key: int) -> LogFilter:
        """Of a log filter; counts as a poll."""
        with self._lock:
            found = self._find(key)
            if found.logs is None:
                raise NotFound(f"filter not found: {key:#x} is not a log filter")
            return found.logs

    def changes(self, key: int) -> list[str] | list[JsonObject]:
        """What came since the last poll."""
        with self._lock:
            found = self._find(key)
            if found.overflowed:
                del self._filters[key]
                raise LimitExceeded(
                    f"filter {key:#x} dropped: more than {self._limits.backlog} changes waited",
                    hint="install it again and poll it more often",
                )
            changes, hashes = found.changes, found.hashes
            found.changes, found.hashes = [], []
        if found.logs is None:
            return [data(item) for item in hashes]
        return [entry for change in changes for entry in self._logs(found, found.logs, change)]

    def _logs(self, found: _Filter, criteria: LogFilter, change: _Change) -> list[JsonObject]:
        header = change.block.header
        if header.number < found.first or (found.last is not None and header.number > found.last):
            return []
        placed = placed_logs(header, self._node.receipts(header.hash), removed=change.removed)
        return [log_object(entry) for entries in placed for entry in entries if criteria.matches(entry.log)]

    def _install(self, new: _Filter) -> int:
        key = secrets.randbits(127) | 1 << 127  # not to be guessed: whoever knows it can drain or remove it
        with self._lock:
            self._forget_idle()
            if len(self._filters) >= self._limits.filters:
                raise LimitExceeded(
                    f"too many filters: {self._limits.filters} are installed",
                    hint=f"uninstall some, or wait {self._limits.idle:.0f} s until unused ones expire",
                )
            self._filters[key] = new
        return key

    def _find(self, key: int) -> _Filter:
        self._forget_idle()
        found = self._filters.get(key)
        if found is None:
            raise NotFound("filter not found")
        found.polled = self._clock()
        return found

    def _forget_idle(self) -> None:
        oldest = self._clock() - self._limits.idle
        for key in [key for key, one in self._filters.items() if one.polled < oldest]:
            del self._filters[key]

    def _hear(self, event: Event) -> None:
        if not isinstance(event, Head | Pending):
            return
        with self._lock:
            self._forget_idle()
            for one in self._filters.values():
                if one.wants is type(event) and not one.overflowed:
                    self._note(one, event)

    def _note(self, one: _Filter, event: Head | Pending) -> None:
        if isinstance(event, Pending):
            one.hashes.append(event.transaction.hash)
        elif one.logs is None:
            one.hashes.extend(block.hash for block in event.added)
        else:
            moved = [_Change(block, True) for block in event.removed] + [_Change(block, False) for block in event.added]
            # A block without any log has an empty bloom and needs no reading later.
            one.changes.extend(change for change in moved if any(change.block.header.logs_bloom))
        if len(one.hashes) + len(one.changes) > self._limits.backlog:
            one.overflowed = True
            one.hashes, one.changes = [], []
