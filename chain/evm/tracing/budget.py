"""What one request for a trace may cost; shared by all transactions of a block that is traced at once."""

from __future__ import annotations

import time

from chain.errors import LimitExceeded

MOST_STEPS = 1_000_000  # recorded in one answer
MOST_BYTES = 64 * 1024 * 1024  # of an answer, as JSON, about
CHECK_EVERY = 1_024  # steps between two looks at the clock


class Budget:
    """Counts down. Belongs to one request, in one thread. All methods raise LimitExceeded."""

    def __init__(self, seconds: float, *, steps: int = MOST_STEPS, size: int = MOST_BYTES) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._most_steps, self._steps = steps, steps
        self._most_bytes, self._bytes = size, size
        self._until_check = CHECK_EVERY

    def tick(self) -> None:
        """An opcode is executed."""
        self._until_check -= 1
        if self._until_check <= 0:
            self._until_check = CHECK_EVERY
            self.check_time()

    def check_time(self) -> None:
        """Whether there is time left."""
        if time.monotonic() > self._deadline:
            raise LimitExceeded(
                f"execution timeout: this took more than {self._seconds:g} s",
                hint="trace less at once, or name a longer `timeout`",
            )

    def keep(self, size: int) -> None:
        """Something of about `size` bytes is recorded: a step, a call."""
        self._steps -= 1
        self._bytes -= size
        if self._steps < 0:
            raise LimitExceeded(
                f"trace too long: more than {self._most_steps} steps", hint="ask for the first ones with `limit`"
            )
        if self._bytes < 0:
            raise LimitExceeded(
                f"trace too large: more than {self._most_bytes} bytes",
                hint="leave out memory, stack and storage, or ask for the first steps with `limit`",
            )
