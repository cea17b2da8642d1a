"""`mz` as a person runs it, but in this process: each start of its own costs a second, nearly all of it for imports."""

from __future__ import annotations

import io
import json
import os
import socketserver
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from chain.cli.main import main

# `mz` of a shell: hands its words, folder and variables to whoever listens, and says what comes back.
SCRIPT = """#!{python} -IS
import json, os, socket, sys
door = socket.socket(socket.AF_UNIX)
door.connect({door!r})
variables = {{name: value for name, value in os.environ.items() if name.startswith("MZ_")}}
door.sendall(json.dumps([sys.argv[1:], os.getcwd(), variables]).encode() + b"\\n")
status, out, err = json.loads(door.makefile("rb").readline())
sys.stdout.buffer.write(out.encode())
sys.stderr.buffer.write(err.encode())
sys.exit(status)
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def mz(*words: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Ended:
    """Runs it in a folder with nobody at the keyboard, and with these MZ_* variables only."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(cwd)
        patch.setattr(sys, "stdin", io.StringIO(""))
        for name in [name for name in os.environ if name.startswith("MZ_")]:
            patch.delenv(name)
        for name, value in {"NO_COLOR": "1", **(environ or {})}.items():
            patch.setenv(name, value)
        status = main(words)
    return Ended(status, out.getvalue(), err.getvalue())


@contextmanager
def in_shells() -> Iterator[Path]:
    """A folder for the PATH, with an `mz` that this process carries out, one after the other."""
    turn = threading.Lock()

    class Asked(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            words, cwd, variables = json.loads(self.rfile.readline())
            with turn:
                ended = mz(*words, cwd=Path(cwd), environ=variables)
            answer = [ended.returncode, ended.stdout, ended.stderr]
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    with tempfile.TemporaryDirectory(prefix="mz-") as folder:  # the path of a socket has to be short
        script, door = Path(folder) / "mz", str(Path(folder) / "door")
        script.write_text(SCRIPT.format(python=sys.executable, door=door))
        script.chmod(0o755)
        with socketserver.ThreadingUnixStreamServer(door, Asked) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield Path(folder)
            finally:
                server.shutdown()
                thread.join()
