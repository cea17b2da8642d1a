"""Executing again under a tracer: transactions of a block that stands, and calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chain.errors import InvalidBlock, TransactionRejected
from chain.evm.ancestors import HeaderSource
from chain.evm.calls import Rehearsal
from chain.evm.execution import BlockExecution
from chain.evm.forks import Forks
from chain.evm.tracing.accounts import AccountTracer
from chain.evm.tracing.budget import Budget
from chain.evm.tracing.computation import TracedState
from chain.evm.tracing.frames import FrameTracer
from chain.evm.tracing.records import Trace, TraceOptions
from chain.evm.tracing.steps import StepTracer
from chain.evm.tracing.tracer import Tracer
from chain.evm.transition import Order, Outcome, transact
from chain.model import CallResult, Header, Transaction

if TYPE_CHECKING:
    from chain.evm.vm import MendedState


def tracer_for(options: TraceOptions, budget: Budget) -> Tracer:
    """The tracer that records what was asked for."""
    match options.kind:
        case "steps":
            return StepTracer(options, budget)
        case "frames":
            return FrameTracer(budget, logs=options.logs, top_only=options.top_only)
        case "accounts":
            return AccountTracer(budget, changes=options.changes)
        case "nothing":
            return Tracer(budget)


class Replay(BlockExecution):
    """A block being executed again; `tracer` watches the transactions applied while it is set."""

    state_class = TracedState
    tracer: Tracer | None = None

    def _transact(self, order: Order) -> Outcome:
        state = self._state
        if self.tracer is None or not isinstance(state, TracedState):
            return super()._transact(order)
        state.lock_changes()
        return watched(state, order, self.tracer)


class TracedRehearsal(Rehearsal):
    """A call that is watched."""

    state_class = TracedState
    tracer: Tracer

    def _transact(self, state: MendedState, order: Order) -> Outcome:
        assert isinstance(state, TracedState)
        return watched(state, order, self.tracer)


def watched(state: TracedState, order: Order, tracer: Tracer) -> Outcome:
    """`transact`, with everything told to `tracer`. The caller has called `state.lock_changes()` before."""
    tracer.begin(state, order)
    state.watch(tracer)
    try:
        outcome = transact(state, order)
    finally:
        state.ignore()
    tracer.end(state, outcome)
    return outcome


def replay(
    forks: Forks,
    nodes: Mapping[bytes, bytes],
    headers: HeaderSource,
    opened: Header,
    transactions: Sequence[Transaction],
    indices: Sequence[int],
    options: TraceOptions,
    budget: Budget,
) -> Iterator[Trace]:
    """Traces of the transactions at `indices`, in the block's order. Raises UnknownBlock and LimitExceeded."""
    wanted = set(indices)
    if not wanted:
        return
    execution = Replay(forks, nodes, headers, opened)
    for index, tx in enumerate(transactions[: max(wanted) + 1]):
        budget.check_time()
        execution.tracer = tracer_for(options, budget) if index in wanted else None
        try:
            execution.apply(tx)
        except TransactionRejected as refusal:
            raise InvalidBlock(f"block {opened.number}: transaction {index}: {refusal.message}") from refusal
        if execution.tracer is not None:
            yield execution.tracer.result()


def trace_call(rehearsal: TracedRehearsal, tracer: Tracer) -> CallResult:
    """Try a call under `tracer`. Raises TransactionRejected, UnknownBlock and LimitExceeded."""
    rehearsal.tracer = tracer
    return rehearsal.try_with(rehearsal.gas_limit if rehearsal.call.gas is None else rehearsal.call.gas)
