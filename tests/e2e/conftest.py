"""One rolled-out data folder for all tests of this kind, copied for each that changes it."""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.serving import MZ, environment, free_port, served


@pytest.fixture(scope="session")
def platform_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder in which `mz up` has deployed and published everything, stopped cleanly. Workers of one run share it."""
    if worker_id == "master":
        return _rolled_out(tmp_path_factory.mktemp("platform"))
    shared = tmp_path_factory.getbasetemp().parent
    with (shared / "platform.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = shared / "platform" / "mz.ready"
        if not ready.exists():
            (shared / "platform").mkdir(exist_ok=True)
            _rolled_out(shared / "platform")
            ready.touch()
    return shared / "platform" / "mz"


def _rolled_out(parent: Path) -> Path:
    folder = parent / "mz"
    with served(folder) as node:
        node.wait_for_table()
        assert node.stop() == 0, node.printed()
    return folder


@pytest.fixture
def rolled_out(platform_folder: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    copy = tmp_path / "mz"
    shutil.copytree(platform_folder, copy)
    return copy


@pytest.fixture
def eager(tmp_path: Path) -> Path:
    """Such a folder of a chain that makes a block whenever there is a transaction; that of `mz up` waits for the clock
    once its blocks are some seconds ahead."""
    folder = tmp_path / "eager"
    with log_of(folder).open("wb") as log:
        command = [str(MZ), "node", "start", "--port", str(free_port()), "--data-dir", str(folder), "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment(), text=True)
        assert process.stdout is not None
        try:
            assert any(line == "}\n" for line in process.stdout), log_of(folder).read_text()
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0, log_of(folder).read_text()
        finally:
            process.kill()
            process.wait(timeout=30)
            process.stdout.close()
    with served(folder) as node:
        node.wait_for_table()
        assert node.stop() == 0, node.printed()
    return folder


def log_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.log")
