"""Where a serving command's log goes, without ever holding the node up.

Whoever started the node may never read its output (brownie does not), and a full pipe blocks the thread that writes to
it. So lines wait in a short queue for a thread of their own, and those that find no room are counted, not kept.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
from datetime import UTC, datetime
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


class JsonLines(logging.Formatter):
    """One object a line: `time` (ISO, UTC), `level`, `logger`, `message`, and `exception` where there was one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {"time": moment, "level": record.levelname.lower(), "logger": record.name}
        fields["message"] = record.getMessage()
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def log_to(file: Path | None = None, form: str = "text", level: str = "warning") -> None:
    """Send what this process logs, from `level` on, to a file or to stderr; `form` is text or json.

    Libraries are only heard from warnings on: what they tell besides may hold requests, and those may hold secrets.
    """
    handler = Unhurried() if file is None else logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("chain").setLevel(level.upper())
