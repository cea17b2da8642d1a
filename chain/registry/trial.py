"""A bundle's own tests, in a process that can do little harm: a copy of the folder, an empty home, no network where the
system lets us take it away, and limits on time, memory, files and processes.

It runs other people's Python all the same. So it runs where an author or a tester asks for it, never on a node, and on
a buyer's machine only after a yes.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from chain.model import Record

SECONDS = 300
MEMORY = 4 * 1024**3  # bytes of address space
FILE_BYTES = 256 * 1024**2
OPEN_FILES = 512
_SHOWN = 6_000  # characters of output
_COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped)")
# What a test process may know of ours: how to find programs and how to write text.
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")


class Trial(Record):
    """How the tests went."""

    passed: bool
    summary: str  # pytest's own last line, or why there were none
    output: str
    isolated: bool  # whether the network was taken away


def try_folder(folder: Path, bundle: bytes, *, seconds: int = SECONDS) -> Trial | None:
    """Run `folder/tests` with pytest against a bundle, handed over as the file in `MZ_BUNDLE`; None without tests."""
    if not any((folder / "tests").glob("test_*.py")):
        return None
    with tempfile.TemporaryDirectory(prefix="mz-trial-") as name:
        home = Path(name)
        shutil.copytree(folder / "tests", home / "tests", symlinks=False, ignore=shutil.ignore_patterns("__pycache__"))
        (home / "template.bundle").write_bytes(bundle)
        environ = {key: os.environ[key] for key in _KEPT if key in os.environ}
        environ |= {"HOME": name, "TMPDIR": name, "MZ_BUNDLE": str(home / "template.bundle"), "PYTHONNOUSERSITE": "1"}
        environ |= {"PYTHONDONTWRITEBYTECODE": "1", "MZ_DATA_DIR": str(home / "data")}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", name]
        command += ["tests"]
        isolation = _without_network()
        return _run([*isolation, *command], environ, home, seconds, isolated=bool(isolation))


def _run(command: list[str], environ: dict[str, str], home: Path, seconds: int, *, isolated: bool) -> Trial:
    with subprocess.Popen(
        command,
        cwd=home,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=_limit,
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            summary = f"stopped: not done after {seconds} seconds"
            return Trial(passed=False, summary=summary, output=output[-_SHOWN:], isolated=isolated)
    lines = [line for line in output.splitlines() if _COUNTS.search(line)]
    summary = lines[-1].strip("= ") if lines else f"pytest ended with {process.returncode}"
    passed = process.returncode == 0 and bool(re.search(r"[1-9]\d* passed", summary))
    return Trial(passed=passed, summary=summary, output=output[-_SHOWN:], isolated=isolated)


def _limit() -> None:
    """In the child, before it becomes pytest."""
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def _without_network() -> list[str]:
    """A command that runs another in a network of its own, where the system has one."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    prefix = [unshare, "--user", "--map-root-user", "--net", "--"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, timeout=10, check=False)
    return prefix if tried.returncode == 0 else []
