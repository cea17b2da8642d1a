"""The log of a serving command: it arrives, and nobody waits for a reader."""

from __future__ import annotations

import json
import logging
import os
import time

from chain.cli.logs import WAITING_LINES, JsonLines, Unhurried, log_to


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


def test_one_object_a_line_for_programs():
    record = logging.makeLogRecord(
        {"name": "chain.store", "levelname": "ERROR", "created": 1.5, "msg": "a\n%d", "args": (7,)}
    )

    assert json.loads(JsonLines().format(record)) == {
        "time": "1970-01-01T00:00:01.500+00:00",
        "level": "error",
        "logger": "chain.store",
        "message": "a\n7",
    }
    assert "\n" not in JsonLines().format(record)
