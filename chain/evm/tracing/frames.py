"""Calls within calls: geth's call tracer, from which the flat, selector and Parity traces are derived."""

from __future__ import annotations

import msgspec
from eth.abc import ComputationAPI

from chain.evm.outcome import error_of, reverted
from chain.evm.tracing import mnemonics
from chain.evm.tracing.budget import Budget
from chain.evm.tracing.records import Frame, FrameLog, FrameTree
from chain.evm.tracing.tracer import Entry, Tracer, Watched
from chain.evm.transition import Order, Outcome
from chain.evm.vm import MendedState
from chain.model import Log

FRAME_BYTES, LOG_BYTES = 300, 250  # as JSON, about


class _Open:
    """A frame that has not ended."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.calls: list[Frame] = []
        self.logs: list[FrameLog] = []
        self.leaving: Frame | None = None  # by a SELFDESTRUCT that is about to run


class FrameTracer(Tracer):
    """Builds the tree from the innermost call outwards."""

    def __init__(self, budget: Budget, *, logs: bool = False, top_only: bool = False) -> None:
        super().__init__(budget)
        self._wants_logs = logs
        self._top_only = top_only
        self._open: list[_Open] = []
        self._log_index = 0
        self._root: Frame | None = None
        self._gas = self._gas_used = 0

    def begin(self, state: MendedState, order: Order) -> None:
        """Remember the limit."""
        self._gas = order.gas

    def enter(self, entry: Entry) -> None:
        """One deeper."""
        self.budget.keep(FRAME_BYTES + 2 * len(entry.input))
        self._open.append(_Open(entry))

    def step(self, computation: Watched) -> None:
        """See what SELFDESTRUCT is going to move."""
        super().step(computation)
        if computation.opcode == mnemonics.SELFDESTRUCT and (top := computation.top(1)):
            address = computation.msg.storage_address
            self._open[-1].leaving = Frame(
                kind="SELFDESTRUCT",
                sender=address,
                to=top[0].to_bytes(32, "big")[12:],
                value=computation.state.get_balance(address),
                gas=0,
                gas_used=0,
                input=b"",
            )

    def done(self, computation: Watched) -> None:
        """Take logs and self-destructions in."""
        opcode = computation.opcode
        if opcode == mnemonics.SELFDESTRUCT and (leaving := self._open[-1].leaving) is not None:
            self._add(leaving)
        elif mnemonics.LOG0 <= opcode <= mnemonics.LOG4:
            self._log(computation)

    def leave(self, computation: ComputationAPI) -> None:
        """The innermost frame is complete."""
        error, was_reverted = error_of(computation), reverted(computation)
        output = bytes(computation.output) if error is None or was_reverted else b""
        self._close(computation.get_gas_used(), output, error, was_reverted)

    def refuse(self, error: str, gas_used: int) -> None:
        """The innermost frame never began."""
        self._close(gas_used, b"", error, False)

    def end(self, state: MendedState, outcome: Outcome) -> None:
        """Keep what was paid for."""
        self._gas_used = outcome.gas_used
        if self._root is None:  # the transaction creates a contract where there is one already
            message = outcome.computation.msg
            self.enter(
                Entry(
                    kind="CREATE",
                    sender=message.sender,
                    to=message.storage_address,
                    value=message.value,
                    gas=message.gas,
                    input=message.code,
                )
            )
            self.refuse("contract address collision", message.gas)

    def result(self) -> FrameTree:
        """The outermost frame, with the transaction's gas."""
        assert self._root is not None
        return FrameTree(root=self._root, gas=self._gas, gas_used=self._gas_used)

    def _close(self, gas_used: int, output: bytes, error: str | None, was_reverted: bool) -> None:
        opened = self._open.pop()
        entry = opened.entry
        self.budget.keep(2 * len(output))
        self._add(
            Frame(
                kind=entry.kind,
                sender=entry.sender,
                to=None if entry.kind.startswith("CREATE") and error is not None else entry.to,
                value=entry.value,
                gas=entry.gas,
                gas_used=gas_used,
                input=entry.input,
                output=output,
                error=error,
                reverted=was_reverted,
                calls=tuple(opened.calls) if error is None else tuple(map(without_logs, opened.calls)),
                logs=tuple(opened.logs) if error is None else (),
            )
        )

    def _add(self, frame: Frame) -> None:
        if not self._open:
            self._root = frame
        elif not self._top_only:
            self._open[-1].calls.append(frame)

    def _log(self, computation: Watched) -> None:
        index, self._log_index = self._log_index, self._log_index + 1
        if not self._wants_logs or (self._top_only and len(self._open) > 1):
            return
        address, topics, data = computation.last_log()
        self.budget.keep(LOG_BYTES + 2 * len(data))
        log = Log(address=address, topics=tuple(topic.to_bytes(32, "big") for topic in topics), data=bytes(data))
        innermost = self._open[-1]
        innermost.logs.append(FrameLog(log=log, position=len(innermost.calls), index=index))


def without_logs(frame: Frame) -> Frame:
    """What was logged below a frame that failed was undone with it."""
    if not frame.logs and not frame.calls:
        return frame
    return msgspec.structs.replace(frame, logs=(), calls=tuple(map(without_logs, frame.calls)))
