"""The time that blocks are stamped with: the machine's clock plus an offset that development commands move."""

from __future__ import annotations

import time

from chain.model import Record


class Reading(Record):
    """Everything that a clock can be set to."""

    offset: int = 0
    next: int | None = None  # the next block's timestamp
    step: int | None = None  # seconds from block to block, whatever the machine's clock says


class Clock:
    """Unix seconds."""

    def __init__(self, offset: int = 0) -> None:
        self.reading = Reading(offset=offset)

    @property
    def offset(self) -> int:
        """Seconds ahead of the machine's clock."""
        return self.reading.offset

    def now(self) -> int:
        """The machine's time plus the offset."""
        return int(time.time()) + self.reading.offset

    def stamp(self, parent: int) -> int:
        """The time to make a block at, after one of time `parent`."""
        if self.reading.next is not None:
            return self.reading.next
        return self.now() if self.reading.step is None else parent + self.reading.step

    def stamped(self, timestamp: int) -> None:
        """A block was made; where its time had been set, time goes on from there."""
        if self.reading.next is not None or self.reading.step is not None:
            self.reading = Reading(offset=timestamp - int(time.time()), step=self.reading.step)

    def set(self, timestamp: int) -> None:
        """From now on it is as if it were `timestamp` now."""
        self.reading = Reading(offset=timestamp - int(time.time()), step=self.reading.step)
