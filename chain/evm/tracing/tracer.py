"""What an observer of an execution is told. This one does nothing; each trace overrides what it needs."""

from __future__ import annotations

from typing import Protocol

from eth.abc import ComputationAPI, MessageAPI
from eth.exceptions import VMError

from chain.evm.tracing.budget import Budget
from chain.evm.tracing.records import Nothing, Trace
from chain.evm.transition import Order, Outcome
from chain.evm.vm import MendedState
from chain.model import Record
from chain.primitives import Address, Wei


class Entry(Record):
    """The beginning of a call or creation."""

    kind: str
    sender: Address
    to: Address
    value: Wei | None
    gas: int
    input: bytes


class Watched(Protocol):
    """A message being executed, as a tracer sees it between two opcodes."""

    pc: int
    opcode: int

    @property
    def msg(self) -> MessageAPI:
        """What is executed."""
        ...

    @property
    def state(self) -> MendedState:
        """Accounts, as they are now."""
        ...

    @property
    def gas_left(self) -> int:
        """Before the opcode."""
        ...

    @property
    def refund(self) -> int:
        """The transaction's refund counter."""
        ...

    @property
    def return_data(self) -> bytes:
        """Of the newest call."""
        ...

    def stack(self) -> tuple[int, ...]:
        """Bottom first."""
        ...

    def top(self, count: int) -> tuple[int, ...]:
        """The uppermost items, top first."""
        ...

    def memory(self) -> bytes:
        """All of it."""
        ...

    def last_log(self) -> tuple[Address, tuple[int, ...], bytes]:
        """Address, topics and data of the newest log."""
        ...


class Tracer:
    """Belongs to one transaction.

    begin ─► enter ─► (step ─► [cost ─► enter … leave] ─► done | fault)* ─► leave ─► end
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def begin(self, state: MendedState, order: Order) -> None:
        """Nothing is paid yet."""

    def enter(self, entry: Entry) -> None:
        """A call or creation begins."""

    def leave(self, computation: ComputationAPI) -> None:
        """It ended."""

    def refuse(self, error: str, gas_used: int) -> None:
        """It ended before its first opcode."""

    def step(self, computation: Watched) -> None:
        """An opcode is about to run."""
        self.budget.tick()

    def cost(self, computation: Watched, gas: int) -> None:
        """What the current opcode of this computation costs; told before the calls inside it begin."""

    def done(self, computation: Watched) -> None:
        """The opcode did what it should."""

    def fault(self, computation: Watched, fault: VMError) -> None:
        """The opcode ended the message: out of gas, an invalid jump, ..."""

    def end(self, state: MendedState, outcome: Outcome) -> None:
        """Everything is paid, refunded and cleared."""

    def result(self) -> Trace:
        """What was asked for, after `end`."""
        return Nothing()
