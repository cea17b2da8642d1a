"""Where a serving command's log goes, without ever holding the node up.

Whoever started the node may never read its output (brownie does not), and a full pipe blocks the thread that writes to
it. So lines wait in a short queue for a thread of their own, and those that find no room are counted, not kept.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
WAITING_LINES = 1000


class Unhurried(logging.Handler):
    """Lines to a file descriptor."""

    def __init__(self, descriptor: int = 2) -> None:
        super().__init__()
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes] = queue.Queue(WAITING_LINES)
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a line; returns at once."""
        try:
            self._lines.put_nowait((self.format(record) + "\n").encode(errors="replace"))
        except queue.Full:
            self.dropped += 1

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except OSError:
                return  # nobody will ever read it


def log_to(file: Path | None = None) -> None:
    """Send warnings and errors of this process to a file, or to stderr."""
    handler = Unhurried() if file is None else logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
