"""The log of a serving command: it arrives, and nobody waits for a reader."""

from __future__ import annotations

import logging
import os
import time

from chain.cli.logs import WAITING_LINES, Unhurried, log_to


def test_a_line_arrives():
    reader, writer = os.pipe()
    handler = Unhurried(writer)
    handler.handle(logging.makeLogRecord({"name": "chain", "levelno": logging.ERROR, "msg": "one line"}))

    assert os.read(reader, 100) == b"one line\n"


def test_nobody_waits_for_a_pipe_that_is_never_read():
    reader, writer = os.pipe()
    handler = Unhurried(writer)
    record = logging.makeLogRecord({"name": "chain", "levelno": logging.ERROR, "msg": "x" * 1000})
    began = time.monotonic()
    for _ in range(3 * WAITING_LINES):
        handler.handle(record)

    assert time.monotonic() - began < 5
    assert handler.dropped > WAITING_LINES
    os.close(reader)


def test_a_file_takes_the_log_instead(tmp_path):
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        log_to(tmp_path / "node.log")
        logging.getLogger("chain.somewhere").warning("kept value=%d", 7)
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)

    assert "WARNING chain.somewhere kept value=7" in (tmp_path / "node.log").read_text()
