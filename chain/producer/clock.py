"""The time that blocks are stamped with: the machine's clock plus an offset that development commands move."""

from __future__ import annotations

import time


class Clock:
    """Unix seconds."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset

    def now(self) -> int:
        """The machine's time plus the offset."""
        return int(time.time()) + self.offset
