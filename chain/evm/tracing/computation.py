"""The reference interpreter with an observer: used to execute again, never to make or check a block.

`TracedState.watch` puts it in place for one transaction; before and after it the state runs the plain computation, so
that transactions which only lead up to the traced one cost no more than usual.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
from eth.exceptions import Halt, OutOfGas, VMError
from eth.vm.computation import BaseComputation
from eth.vm.logic.invalid import InvalidOpcode

from chain.evm.interpreter import GasCounter
from chain.evm.stock import computation_of
from chain.evm.tracing import mnemonics
from chain.evm.tracing.tracer import Entry, Tracer
from chain.evm.vm import MendedComputation, MendedState
from chain.primitives import Address, create2_address, create_address, keccak
from chain.spec import Fork

DEEPEST = 1_024

if TYPE_CHECKING:
    _Base = MendedComputation
else:
    _Base = object


class RememberingCounter(GasCounter):
    """Gas that also knows what was last taken, asked for in vain and given back."""

    taken = 0
    lacking = 0
    returned = 0

    def consume_gas(self, amount: int, reason: str) -> None:
        """Take `amount`; raises OutOfGas."""
        if amount > self.gas_remaining:
            self.lacking = amount
            raise OutOfGas(reason)
        self.taken = amount
        self.gas_remaining -= amount

    def return_gas(self, amount: int) -> None:
        """Give back what a child did not use."""
        self.returned = amount
        self.gas_remaining += amount


class Telling(_Base):
    """One message, every opcode of which is told to the state's tracer; goes before an interpreter."""

    state: TracedState
    _gas_meter: RememberingCounter

    def __init__(self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI) -> None:
        super().__init__(state, message, transaction_context)
        self.opcode = mnemonics.STOP
        self.pc = 0
        self.arguments: tuple[int, ...] = ()  # of the call or creation that is under way, top of the stack first
        self._gas_before = 0
        self._unpriced = False  # the cost of the current opcode was not told yet
        self._refund_before = message.refund
        self._refund_of_children = 0

    def _configure_gas_meter(self) -> GasCounter:
        return RememberingCounter(self.msg.gas)

    @property
    def gas_left(self) -> int:
        """Before the opcode that is about to run."""
        return self._gas_meter.gas_remaining

    @property
    def refund(self) -> int:
        """The transaction's refund counter as it stands here."""
        return self._refund_before + self._gas_meter.gas_refunded + self._refund_of_children

    def stack(self) -> tuple[int, ...]:
        """Bottom first."""
        return _integers(self._stack.values)  # type: ignore[attr-defined]  # not part of py-evm's StackAPI

    def top(self, count: int) -> tuple[int, ...]:
        """The uppermost items, top first; fewer when there are fewer."""
        return _integers(self._stack.values[-count:][::-1])  # type: ignore[attr-defined]  # see `stack`

    def memory(self) -> bytes:
        """All of it."""
        return self.memory_read_bytes(0, len(self._memory))

    def last_log(self) -> tuple[Address, tuple[int, ...], bytes]:
        """Address, topics and data of the newest log."""
        _, address, topics, data = self._log_entries[-1]
        return address, topics, data

    @classmethod
    def apply_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """A call; a creation comes through here too, and was told about already."""
        if not message.is_create:
            _enter(state, message, parent_computation)
        computation = super().apply_message(state, message, transaction_context, parent_computation)
        if not message.is_create:
            cast(TracedState, state).tracer.leave(computation)
        return computation

    @classmethod
    def apply_create_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """A creation, up to the code that it leaves."""
        _enter(state, message, parent_computation)
        computation = super().apply_create_message(state, message, transaction_context, parent_computation)
        cast(TracedState, state).tracer.leave(computation)
        return computation

    @classmethod
    def apply_computation(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """py-evm's loop, with the tracer in it."""
        with cls(state, message, transaction_context) as entered:
            computation = cast(Telling, entered)
            if computation.is_origin_computation:
                computation.contracts_created = []
            if parent_computation is not None:
                computation.contracts_created = parent_computation.contracts_created
                computation._refund_before = cast(Telling, parent_computation).refund
            if message.is_create:
                computation.contracts_created.append(message.storage_address)
            precompile = computation.precompiles.get(message.code_address)
            if precompile is not None:
                if not message.is_delegation:
                    precompile(computation)
            elif message.code:
                computation._run()
        return computation

    def add_child_computation(self, child_computation: ComputationAPI) -> None:
        """Also count its refund."""
        super().add_child_computation(child_computation)
        self._refund_of_children += child_computation.get_gas_refund()

    def price(self, more: int = 0) -> None:
        """Tell what the current opcode costs, once: when it enters a call, otherwise when it is done."""
        if self._unpriced:
            self._unpriced = False
            self.state.tracer.cost(self, self._gas_before - self._gas_meter.gas_remaining + more)

    def _run(self) -> None:
        tracer, opcodes, meter, code = self.state.tracer, self.opcodes, self._gas_meter, self.code
        position = code.program_counter
        for opcode in code:
            self.pc = position
            self.opcode = opcode
            self._gas_before = meter.gas_remaining
            self._unpriced = True
            known: Any = opcodes.get(opcode)
            if opcode in mnemonics.ENTERING:
                self.arguments = self.top(7)
            tracer.step(self)
            try:
                (InvalidOpcode(opcode) if known is None else known)(computation=self)
                if self._unpriced and opcode in mnemonics.ENTERING:
                    self._refused()
            except Halt:
                self.price()
                tracer.done(self)
                return
            except VMError as fault:
                self.price(meter.lacking if isinstance(fault, OutOfGas) else 0)
                if fault.burns_gas:
                    tracer.fault(self, fault)
                else:
                    tracer.done(self)  # REVERT did what it should
                raise
            self.price()
            tracer.done(self)
            position = code.program_counter

    def _refused(self) -> None:
        """A call or creation that never began: too deep, too little ether, or an address already taken."""
        opcode, arguments, meter = self.opcode, self.arguments, self._gas_meter
        creates = opcode in mnemonics.CREATES
        value: int | None = None
        if creates:
            value, start, size = arguments[:3]
        elif opcode in (mnemonics.CALL, mnemonics.CALLCODE):
            value, start, size = arguments[2:5]
        else:
            start, size = arguments[2:4]
        code = self.memory_read_bytes(start, size)
        error = "contract address collision"
        if self.msg.depth + 1 > DEEPEST:
            error = "max call depth exceeded"
        elif value and self.state.get_balance(self.msg.storage_address) < value:
            error = "insufficient balance for transfer"
        collided = creates and error == "contract address collision"
        if collided:
            gas = meter.taken
            self.price()
        else:
            # What it would have handed down counts as its cost, as for any call, and comes back.
            gas = meter.gas_remaining - meter.gas_remaining // 64 if creates else meter.returned
            self.price(gas)
        self.state.tracer.enter(
            Entry(
                kind=mnemonics.NAMES[opcode],
                sender=self.msg.storage_address,
                to=self._address_of_creation(code, collided) if creates else _address(arguments[1]),
                value=self.msg.value if opcode == mnemonics.DELEGATECALL else value,
                gas=gas,
                input=code,
            )
        )
        self.state.tracer.refuse(error, gas if collided else 0)

    def _address_of_creation(self, code: bytes, nonce_is_used: bool) -> Address:
        creator = self.msg.storage_address
        if self.opcode == mnemonics.CREATE2:
            return create2_address(creator, self.arguments[3].to_bytes(32, "big"), keccak(code))
        return create_address(creator, self.state.get_nonce(creator) - nonce_is_used)


class TracedComputation(Telling, MendedComputation):
    """Under Prague's rules."""


@cache
def traced(fork: Fork) -> type[BaseComputation]:
    """The watched interpreter of a fork."""
    if fork is Fork.PRAGUE:
        return TracedComputation
    plain = computation_of(fork)
    found: type[BaseComputation] = type(f"Traced{plain.__name__}", (Telling, plain), {})
    return found


class TracedState(MendedState):
    """Accounts on which a transaction can be watched."""

    tracer: Tracer

    def watch(self, tracer: Tracer) -> None:
        """From here on, tell `tracer` of every opcode."""
        self.tracer = tracer
        self._unwatched = self.computation_class
        self.computation_class = traced(self.execution_context.fork)  # type: ignore[assignment]  # all are watched

    def ignore(self) -> None:
        """Nobody is watching any more."""
        self.computation_class = self._unwatched


def _enter(state: StateAPI, message: MessageAPI, parent: ComputationAPI | None) -> None:
    to: Address = message.storage_address
    value: int | None = message.value
    if parent is None:
        kind, sender = ("CREATE" if message.is_create else "CALL"), message.sender
    else:
        caller = cast(Telling, parent)
        caller.price()
        kind, sender = mnemonics.NAMES[caller.opcode], caller.msg.storage_address
        if caller.opcode in mnemonics.CALLS:
            to = _address(caller.arguments[1])  # whose code it is; for CALL and STATICCALL the account's too
        if caller.opcode == mnemonics.STATICCALL:
            value = None
    cast(TracedState, state).tracer.enter(
        Entry(
            kind=kind,
            sender=sender,
            to=to,
            value=value,
            gas=message.gas,
            input=message.code if message.is_create else message.data_as_bytes,
        )
    )


def _integers(values: list[int | bytes]) -> tuple[int, ...]:
    return tuple(item if isinstance(item, int) else int.from_bytes(item, "big") for item in values)


def _address(word: int) -> Address:
    return word.to_bytes(32, "big")[12:]
