"""What may be chosen about execution: which engine does it, when it translates, what a call may cost."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from chain.model import Record

EngineName: TypeAlias = Literal["reference", "fast"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
DEFAULT_ENGINE: EngineName = "fast"

HOT_RUNS = 12  # executions of a code before it is translated


class CallLimits(Record):
    """What one call or estimate may cost. More gas than that is not refused but cut to it, as in geth."""

    gas: int = 50_000_000  # or the block's gas limit where that is higher
    seconds: float = 5.0  # of all trial runs of an estimate together
