"""Chains that are Python libraries: a worker process for each, asked step by step."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from chain.bench import codes
from chain.bench.measures import Figures, Scale
from chain.bench.rounds import Elsewhere
from chain.errors import BenchFault

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent / ".venv-bench" / "bin" / "python"
LIBRARIES = {"eth-tester": "eth-tester", "titanoboa": "titanoboa"}


class Worker:
    """One library in its own process; `start` of its figures includes what it takes to import it."""

    def __init__(self, name: str, scale: Scale) -> None:
        self._name = name
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [str(PYTHON), str(HERE / "worker.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        given = {
            "token": codes.token(),
            "keccak": codes.deployment(codes.keccak_loop()),
            "arithmetic": codes.deployment(codes.arithmetic_loop()),
            "large": codes.deployment(codes.large()),
        }
        self._exchange(
            json.dumps({"codes": {key: "0x" + code.hex() for key, code in given.items()}, "seconds": scale.seconds})
        )
        self._started: dict[str, float] = {"start": time.perf_counter() - began}

    def __call__(self, step: str) -> Figures:
        """What a step gave; nothing where the library has no such thing."""
        if step == "end":
            self._process.communicate()
            return {}
        figures = self._exchange(step)
        started, self._started = self._started, {}
        return {**figures, **started}

    def _exchange(self, line: str) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise BenchFault(f"{self._name} ended with status {self._process.wait()}")
        figures: dict[str, float] = json.loads(answer)
        return figures


def workers(scale: Scale) -> dict[str, Callable[[], Elsewhere]]:
    """By name; called at the start of each round."""
    return {name: lambda name=name: Worker(name, scale) for name in LIBRARIES} if PYTHON.exists() else {}  # type: ignore[misc]


def versions() -> dict[str, str]:
    """Of the libraries that are installed."""
    if not PYTHON.exists():
        return {}
    source = "import importlib.metadata as m, sys; print(*(m.version(name) for name in sys.argv[1:]))"
    command = [str(PYTHON), "-c", source, *LIBRARIES.values()]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(LIBRARIES, said, strict=True))
