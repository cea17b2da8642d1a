"""A served node as a user starts it: its own process, its own folder, a free port, real HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from web3 import HTTPProvider, Web3

MZ = Path(sys.executable).with_name("mz")
START_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Served:
    """`mz up` on a folder."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        command: Sequence[str] = (str(MZ),),
        flags: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.port = free_port() if port is None else port
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.log = folder.parent / f"{folder.name}-{self.port}.log"
        self.started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "up", "--port", str(self.port), "--data-dir", str(folder), *flags],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment() if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        self.web3 = Web3(HTTPProvider(self.url, request_kwargs={"timeout": 30}))

    def wait_for_answer(self) -> float:
        """Seconds from start to the first answer."""
        self._wait(lambda: self.web3.is_connected())
        return time.monotonic() - self.started

    def wait_for_table(self) -> str:
        """What it printed once everything is rolled out."""
        self._wait(lambda: "Ctrl-C" in self.printed())
        return self.printed()

    def printed(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def get(self, path: str) -> str:
        """A page or one of its files, as a browser asks for it."""
        with urllib.request.urlopen(f"{self.url}/{path.lstrip('/')}", timeout=10) as answer:
            body: bytes = answer.read()
        return body.decode()

    def kill(self) -> None:
        """As a power failure: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> int:
        """As Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

    def _wait(self, ready: Callable[[], bool]) -> None:
        deadline = self.started + START_SECONDS
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"mz up did not come up (exit {self.process.poll()}):\n{self.printed()}")
            time.sleep(0.05)


def environment() -> dict[str, str]:
    """Without what sets the tests themselves: the node would take it for settings of its own, and refuse them."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("MZ_")}, "NO_COLOR": "1"}


@contextmanager
def served(folder: Path, port: int | None = None) -> Iterator[Served]:
    node = Served(folder, port)
    try:
        yield node
    finally:
        if node.process.poll() is None:
            node.kill()
