"""Watching executions: transactions of a block executed again, and calls.

    TraceOptions ─► tracer_for ─► Tracer, told of every opcode by TracedComputation ─► Trace (a record)

computation.py  the interpreter with an observer     replay.py    what is executed again under it
steps.py        opcode by opcode                     frames.py    calls within calls
accounts.py     accounts and slots, before and after budget.py    what one request may cost

Hex, names of JSON members and the shapes that are derived from frames are the business of `chain.rpc`.
"""

from __future__ import annotations

from chain.evm.tracing.budget import Budget
from chain.evm.tracing.records import (
    Accounts,
    AccountState,
    Frame,
    FrameLog,
    FrameTree,
    Nothing,
    Step,
    Steps,
    Trace,
    TraceOptions,
)

__all__ = [
    "AccountState",
    "Accounts",
    "Budget",
    "Frame",
    "FrameLog",
    "FrameTree",
    "Nothing",
    "Step",
    "Steps",
    "Trace",
    "TraceOptions",
]
