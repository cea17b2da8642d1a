"""One message being executed: what the loop and py-evm's opcodes both work on."""

from __future__ import annotations

from typing import Any

from eth.abc import MessageAPI, TransactionContextAPI
from eth.exceptions import FullStack, InsufficientStack, OutOfGas
from eth.vm.memory import Memory
from eth.vm.stack import Stack
from eth_typing import Address as EvmAddress

from chain.evm.fast.journal import Journal
from chain.evm.fast.program import COLD_SLOT_GAS, STACK_LIMIT, WARM_READ_GAS
from chain.evm.interpreter import Code, GasCounter
from chain.evm.vm import MendedComputation
from chain.primitives import Address

SSTORE_SET_GAS = 20_000
SSTORE_RESET_GAS = 2_900
SSTORE_CLEARS_REFUND = 4_800  # EIP-3529


class IntegerStack(Stack):
    """A stack of integers only; py-evm's keeps what it was given, and converts on the way out."""

    values: list[int]  # type: ignore[assignment]  # never bytes

    def __init__(self) -> None:
        self.values = []

    def push_int(self, value: int) -> None:
        """Raises FullStack."""
        if len(self.values) >= STACK_LIMIT:
            raise FullStack("stack limit")
        self.values.append(value)

    def push_bytes(self, value: bytes) -> None:
        """Raises FullStack."""
        self.push_int(int.from_bytes(value, "big"))

    def pop1_int(self) -> int:
        """Raises InsufficientStack."""
        if not self.values:
            raise InsufficientStack("stack underflow")
        return self.values.pop()

    pop1_any = pop1_int

    def pop1_bytes(self) -> bytes:
        """Without leading zeros; zero is one zero byte."""
        value = self.pop1_int()
        return value.to_bytes((value.bit_length() + 7) // 8 or 1, "big")

    def pop_ints(self, num_items: int) -> tuple[int, ...]:
        """The uppermost first. Raises InsufficientStack."""
        values = self.values
        if num_items > len(values):
            raise InsufficientStack("stack underflow")
        taken = tuple(values[: -num_items - 1 : -1])
        del values[-num_items:]
        return taken

    pop_any = pop_ints


class Frame(MendedComputation):
    """py-evm's computation with its parts within reach of the loop, and without what it validates and logs."""

    _stack: IntegerStack
    _gas_meter: GasCounter

    def __init__(self, state: Any, message: MessageAPI, transaction_context: TransactionContextAPI) -> None:
        # Everything that the base classes set up, once instead of thrice.
        self.state = state
        self.journal: Journal = state
        self.msg = message
        self.transaction_context = transaction_context
        self.code = Code(message.code)
        self.meter = self._gas_meter = GasCounter(message.gas)
        self.consume_gas = self.meter.consume_gas  # type: ignore[method-assign]  # a call less for each opcode
        self._stack = IntegerStack()
        self.stack: list[int] = self._stack.values
        self._memory = Memory()
        self.memory: bytearray = self._memory._bytes
        self.children = []
        self.accounts_to_delete = []
        self.beneficiaries = []
        self.contracts_created: list[EvmAddress] = []
        self._log_entries = []
        self.journal.mark_address_warm(state.execution_context.coinbase)  # EIP-3651

    def log(self, address: Address, topics: tuple[int, ...], data: bytes) -> None:
        """Emit it."""
        number = self.transaction_context.get_next_log_counter()
        self._log_entries.append((number, EvmAddress(address), topics, data))

    def store(self, slot: int, value: int, gas: int) -> int:
        """SSTORE, priced by what was there, before the transaction and now (EIP-2200, 2929, 3529); the gas left."""
        journal, address = self.journal, self.msg.storage_address
        current = journal.read_slot(address, slot)
        original = journal.original_slot(address, slot)
        refund = 0
        if current == value:
            price = WARM_READ_GAS
        elif original == current:
            price = SSTORE_RESET_GAS if original else SSTORE_SET_GAS
            if original and value == 0:
                refund = SSTORE_CLEARS_REFUND
        else:
            price = WARM_READ_GAS
            if original:
                if current == 0:
                    refund -= SSTORE_CLEARS_REFUND
                if value == 0:
                    refund += SSTORE_CLEARS_REFUND
            if original == value:
                refund += (SSTORE_RESET_GAS if original else SSTORE_SET_GAS) - WARM_READ_GAS
        if journal.warm_slot(address, slot):
            price += COLD_SLOT_GAS
        if gas < price:
            raise OutOfGas("SSTORE")
        self.meter.gas_refunded += refund
        journal.set_storage(address, slot, value)
        return gas - price
