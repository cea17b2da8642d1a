"""Opcode by opcode: geth's struct logger."""

from __future__ import annotations

from typing import Any

from eth.exceptions import VMError

from chain.evm.outcome import words_of
from chain.evm.tracing import mnemonics
from chain.evm.tracing.budget import Budget
from chain.evm.tracing.records import Step, Steps, TraceOptions
from chain.evm.tracing.tracer import Tracer, Watched
from chain.evm.transition import Outcome
from chain.evm.vm import MendedState
from chain.primitives import Address

# Sizes as JSON, about.
STEP_BYTES, ITEM_BYTES, SLOT_BYTES = 110, 24, 140


class StepTracer(Tracer):
    """Records the state before each opcode, and what the opcode cost."""

    def __init__(self, options: TraceOptions, budget: Budget) -> None:
        super().__init__(budget)
        self._options = options
        self._steps: list[dict[str, Any]] = []
        self._running: list[dict[str, Any]] = []  # one for each message, outermost first
        self._storage: dict[Address, dict[int, int]] = {}
        self._outcome: Outcome | None = None

    def step(self, computation: Watched) -> None:
        """Record it, unless there are as many as were asked for."""
        super().step(computation)
        options = self._options
        if options.most_steps and len(self._steps) >= options.most_steps:
            self._running.append({})
            return
        size = STEP_BYTES
        fields: dict[str, Any] = {
            "pc": computation.pc,
            "op": computation.opcode,
            "gas": computation.gas_left,
            "depth": computation.msg.depth + 1,
            "refund": computation.refund,
        }
        if options.stack:
            fields["stack"] = computation.stack()
            size += ITEM_BYTES * len(fields["stack"])
        if options.memory:
            fields["memory"] = computation.memory()
            size += 5 * len(fields["memory"]) // 2
        if options.return_data:
            fields["return_data"] = bytes(computation.return_data)
            size += 2 * len(fields["return_data"])
        if options.storage and computation.opcode in (mnemonics.SLOAD, mnemonics.SSTORE):
            fields["storage"] = self._slots(computation)
            size += SLOT_BYTES * len(fields["storage"] or ())
        self.budget.keep(size)
        self._steps.append(fields)
        self._running.append(fields)

    def cost(self, computation: Watched, gas: int) -> None:
        """Of the step that is running."""
        self._running[-1]["cost"] = gas

    def done(self, computation: Watched) -> None:
        """Nothing is known of it that was not recorded."""
        self._running.pop()

    def fault(self, computation: Watched, fault: VMError) -> None:
        """Say why."""
        self._running.pop()["error"] = words_of(fault)

    def end(self, state: MendedState, outcome: Outcome) -> None:
        """Keep the outcome."""
        self._outcome = outcome

    def result(self) -> Steps:
        """All of it."""
        assert self._outcome is not None
        computation = self._outcome.computation
        return Steps(
            gas_used=self._outcome.gas_used,
            failed=computation.is_error,
            output=bytes(computation.output),
            steps=tuple(Step(**fields) for fields in self._steps),
        )

    def _slots(self, computation: Watched) -> dict[int, int] | None:
        """Every slot this contract has touched so far, this opcode's included."""
        address, top = computation.msg.storage_address, computation.top(2)
        known = self._storage.setdefault(address, {})
        if computation.opcode == mnemonics.SLOAD and top:
            known[top[0]] = computation.state.get_storage(address, top[0])
        elif computation.opcode == mnemonics.SSTORE and len(top) == 2:
            known[top[0]] = top[1]
        else:
            return None
        return dict(known)
