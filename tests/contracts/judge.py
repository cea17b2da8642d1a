"""Judges mutants for slither-mutate, with everything loaded already: a mutant costs what it changes and little else.

    python -m tests.contracts.judge SOCKET LOG SECONDS TEST…       in the copied tree; answers on SOCKET

slither-mutate runs a compiler and a test command for every mutant. Both are `ASK` here, which passes on its words:

- `solc …` compiles whatever reaches the mutated file, as the tests will need it, and answers whether that went well.
  What slither reads besides is the original's, which it does not look at.
- `test` runs the tests in a fork of this process, those that caught most mutants in the least time first, and answers
  how they ended. LOG gets a line for each: seconds, and the test that failed with what it said.

A mutant is compiled without the optimizer, which changes nothing but gas and size and takes most of the time; the
tests' chain takes larger code then.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chain.errors import CompilationFailed
from chain.solidity import ensure_solc
from chain.solidity.compiler import Compilation, Compiler, Job, compilation
from tests.contracts.compiled import Shelf

ASK = """\
import json, socket, sys
door = socket.socket(socket.AF_UNIX)
door.connect(sys.argv[1])
door.sendall(json.dumps(sys.argv[2:]).encode() + b"\\n")
answer = json.loads(door.makefile("rb").readline())
sys.stdout.write(answer["out"])
sys.stderr.write(answer["err"])
sys.exit(answer["status"])
"""
Answer = dict[str, Any]


class OneExample:
    """A failing example is enough; nobody reads the smallest."""

    def pytest_configure(self) -> None:
        """Before any test takes its settings."""
        from hypothesis import Phase, settings  # pytest wants to load it first

        settings.register_profile("judge", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
        settings.load_profile("judge")


class Verdict:
    """What the tests of one mutant said; a pytest plugin of the fork, which orders them too."""

    def __init__(self, kills: dict[str, int], seconds: dict[str, float]) -> None:
        self.kills = kills
        self.known = seconds
        self.seconds: dict[str, float] = defaultdict(float)
        self.killer = ""
        self.reason = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Those that caught most mutants in the least time first; of the others, the quickest."""

        def promise(item: pytest.Item) -> tuple[float, float]:
            seconds = self.known.get(item.nodeid, 0.0)
            return -self.kills.get(item.nodeid, 0) / (seconds + 0.1), seconds

        items.sort(key=promise)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes how long it took, and the first failure."""
        if report.when == "call":
            self.seconds[report.nodeid] += report.duration
        if report.failed and not self.killer:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.killer, self.reason = report.nodeid, str(crash.message if crash else report.longrepr)


class Judge:
    """One contract's campaign."""

    def __init__(self, tree: Path, log: Path, limit: int, tests: list[str], compiler: WarmCompiler) -> None:
        self.tree = tree
        self.log = log
        self.limit = limit
        self.tests = tests
        self.compiler = compiler
        self.shelf = Shelf(tree / ".pytest_cache/d/contracts", tree)
        self.originals: dict[str, Answer] = {}
        self.kills: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, float] = {}

    def answer(self, words: list[str]) -> Answer:
        """To one `ASK`."""
        return self.test() if words == ["test"] else self.solc(words[1:])

    def solc(self, words: list[str]) -> Answer:
        """As the compiler; what is asked first is about the original."""
        question = "--version" if "--version" in words else "source"
        if question not in self.originals:
            ended = subprocess.run([self.compiler.cold.executable, *words], capture_output=True, text=True, check=False)
            self.originals[question] = {"out": ended.stdout, "err": ended.stderr, "status": ended.returncode}
        if question == "--version":
            return self.originals[question]
        try:
            self.shelf.artifacts(self.compiler.run)
        except CompilationFailed as problem:
            return {"out": "", "err": str(problem), "status": 1}
        return self.originals[question]

    def test(self) -> Answer:
        """Runs the tests on the contracts as they are now."""
        begun = time.monotonic()
        self.shelf.artifacts(self.compiler.run)  # also into the memory that the fork inherits
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "verdict"
            status = self._forked(told)
            verdict = json.loads(told.read_text()) if told.exists() else {"killer": "", "reason": "", "seconds": {}}
        if status == pytest.ExitCode.OK:
            self.seconds = verdict["seconds"]
        self.kills[verdict["killer"]] += 1
        reason = " ".join(verdict["reason"].split())[:300]
        line = f"{time.monotonic() - begun:.1f}\t{status}\t{verdict['killer']}\t{reason}"
        with self.log.open("a") as log:
            log.write(f"{line}\n")
        return {"out": "", "err": f"{line}\n", "status": int(status != pytest.ExitCode.OK)}

    def _forked(self, told: Path) -> int:
        """The exit status of pytest; -1 when it took too long."""
        child = os.fork()
        if child == 0:
            status = pytest.ExitCode.INTERNAL_ERROR
            try:
                os.setsid()  # with the node that the tests start
                verdict = Verdict(self.kills, self.seconds)
                status = pytest.ExitCode(pytest.main(options(self.tests), plugins=[verdict]))
                told.write_text(json.dumps({name: getattr(verdict, name) for name in ("killer", "reason", "seconds")}))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        deadline = time.monotonic() + self.limit
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return -1


class WarmCompiler:
    """solc 0.8.37 without the optimizer; the WebAssembly build stays loaded."""

    def __init__(self, cold: Compiler, folder: Path) -> None:
        self.cold = cold
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        if cold.kind == "wasm":
            (module,) = cold.executable.parent.glob("wasm-*/soljson.js")
            command = ["node", str(Path(__file__).with_name("warm_solc.js")), str(module)]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, job: Job) -> Compilation:
        """Compiles; raises CompilationFailed."""
        settings = {**job.document["settings"], "optimizer": {"enabled": False}}
        job = Job(document={**job.document, "settings": settings}, digest=job.digest)
        if self.process is None:
            return self.cold.run(job)
        assert self.process.stdin is not None and self.process.stdout is not None
        file = self.folder / "job.json"
        file.write_text(json.dumps(job.document))
        self.process.stdin.write(f"{file}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline(), "the compiler ended"
        output = json.loads(file.with_name("job.json.answer").read_text())
        problems = [one["formattedMessage"] for one in output.get("errors", ()) if one["severity"] == "error"]
        if problems:
            raise CompilationFailed("\n\n".join(problems))
        return compilation(job, output)


def options(tests: list[str]) -> list[str]:
    """Of pytest."""
    return ["-x", "-q", "-n", "0", "-p", "no:randomly", "-m", "not deep", *tests]


@contextmanager
def listening(place: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(place)
        door.listen()
        yield door


def main(place: str, log: str, limit: str, *tests: str) -> None:
    with tempfile.TemporaryDirectory() as folder, listening(place) as door:
        judge = Judge(Path.cwd(), Path(log), int(limit), list(tests), WarmCompiler(ensure_solc(), Path(folder)))
        pytest.main(["--collect-only", *options(judge.tests)], plugins=[OneExample()])  # loads what the forks then have
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            with door.accept()[0] as connection:
                words = json.loads(connection.makefile("rb").readline())
                connection.sendall(json.dumps(judge.answer(words)).encode() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
