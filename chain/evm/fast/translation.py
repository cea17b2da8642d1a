"""Code that runs hot, translated to Python functions: what an opcode works on are then local variables.

    hot code ──► for each place it is entered at: a stretch of opcodes along its likely way ──► source ──► function

A stretch follows jumps whose target is known and leaves through an exit wherever the way may fork. The interpreter
(`loop`) decides what is right; a translation only ever does what it can do exactly as the interpreter would:

* Gas of the opcodes up to the next exit or error is taken at once, if it is there. If not, or if the stack is too low
  or too full for anything in the stretch, nothing is done and the interpreter goes on from there, step by step.
* Gas that depends on operands is taken where it arises. When it is missing, the execution would have run out of gas at
  one of the opcodes already paid for, whose only possible error that is.
* Opcodes that are py-evm's, and those that do not exist, end a stretch.

Translations depend on the code alone. Their number is bounded: when there are too many, all are forgotten.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeAlias

from chain.evm.choices import HOT_RUNS
from chain.evm.fast.program import Program
from chain.evm.fast.stretch import Stretch

# Called with frame, stack, memory, calldata, journal, storage address, gas meter; returns where to go on.
Translated: TypeAlias = Callable[[Any, list[int], bytearray, bytes, Any, bytes, Any], int]

HOT_JUMPS = 200  # backward jumps in one execution after which it goes on translated
OPCODES_KEPT = 120_000  # in all translations together, some 200 bytes each
STRETCHES_OF_ONE = 400  # of one code: as many entrances as anything compiled has; more are interpreted
RUNS_COUNTED = 4_096  # codes whose executions are counted


class Translations:
    """One for each chain, shared by its executions and threads: a lost race costs a translation, never a result."""

    def __init__(self, *, hot_runs: int = HOT_RUNS, hot_jumps: int = HOT_JUMPS, opcodes: int = OPCODES_KEPT) -> None:
        self.hot_jumps = hot_jumps
        self._hot_runs = hot_runs
        self._limit = opcodes
        self._lock = threading.Lock()
        self._runs: dict[bytes, int] = {}
        self._of: dict[bytes, dict[int, Translated]] = {}
        self._opcodes = 0

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def of(self, code: bytes) -> dict[int, Translated] | None:
        """The translations of a code by where they begin; None while it is not hot. Counts one execution."""
        found = self._of.get(code)
        if found is None:
            runs = self._runs.get(code, 0) + 1
            if runs > self._hot_runs:
                return self.begin(code)
            if len(self._runs) >= RUNS_COUNTED:
                self._runs = {}
            self._runs[code] = runs
        return found

    def begin(self, code: bytes) -> dict[int, Translated]:
        """From now on the code is hot."""
        return self._of.setdefault(code, {})

    def add(self, program: Program, code: bytes, at: int) -> Translated | None:
        """Translate what begins at `at`; None when the code has too many translations."""
        known = self.begin(code)
        if len(known) >= STRETCHES_OF_ONE:
            return None
        stretch = Stretch(program, at)
        function: Translated = stretch.compiled()
        with self._lock:
            self._opcodes += stretch.opcodes
            if self._opcodes > self._limit:
                self._of, self._opcodes = {}, stretch.opcodes
            self.begin(code)[at] = function
        return function
