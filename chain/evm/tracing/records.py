"""What a trace is asked for and what it consists of: records, without py-evm and without hex."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from chain.model import Log, Record
from chain.primitives import Address, Wei

TRACE_SECONDS = 10.0


class TraceOptions(Record):
    """Which trace, and how much of it."""

    kind: Literal["steps", "frames", "accounts", "nothing"] = "steps"
    stack: bool = True  # steps
    storage: bool = True
    memory: bool = False
    return_data: bool = False
    most_steps: int = 0  # 0: all; further ones are executed and left out
    logs: bool = False  # frames
    top_only: bool = False
    changes: bool = False  # accounts: before and after instead of before
    seconds: float = TRACE_SECONDS


class Step(Record):
    """One opcode, as it was about to be executed."""

    pc: int
    op: int
    gas: int  # left before it
    cost: int  # with what it hands down to a call
    depth: int  # from 1
    refund: int
    error: str | None = None
    stack: tuple[int, ...] | None = None  # bottom first
    memory: bytes | None = None
    return_data: bytes | None = None
    storage: Mapping[int, int] | None = None  # of this contract so far; only where SLOAD and SSTORE stand


class Steps(Record):
    """All opcodes of one execution."""

    gas_used: int
    failed: bool
    output: bytes
    steps: tuple[Step, ...]


class FrameLog(Record):
    """A log and its place in the frame."""

    log: Log
    position: int  # calls of the frame before it
    index: int  # in the transaction


class Frame(Record):
    """One call or creation with everything inside it."""

    kind: str  # CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE, CREATE2, SELFDESTRUCT
    sender: Address
    to: Address | None  # None: a creation that failed
    value: Wei | None  # None: STATICCALL, which has none
    gas: int
    gas_used: int
    input: bytes
    output: bytes = b""
    error: str | None = None
    reverted: bool = False
    calls: tuple[Frame, ...] = ()
    logs: tuple[FrameLog, ...] = ()


class FrameTree(Record):
    """A whole transaction: the outermost frame, and what the transaction paid for around it."""

    root: Frame
    gas: int  # the transaction's limit
    gas_used: int  # with what is owed up front, after refunds


class AccountState(Record):
    """What is known of an account before or after; None: as before."""

    balance: Wei | None = None
    nonce: int | None = None
    code: bytes | None = None
    storage: Mapping[int, int] = {}


class Accounts(Record):
    """The accounts and slots that an execution looked at, as they were before it, or what it changed of them."""

    before: Mapping[Address, AccountState]
    after: Mapping[Address, AccountState] | None = None


class Nothing(Record):
    """The trace of a tracer that only executes."""


Trace: TypeAlias = Steps | FrameTree | Accounts | Nothing
