"""The fast engine as py-evm sees it: a state that keeps a journal, and computations that run the loop.

Everything around an execution (admission, blocks, transactions, calls) is shared with the reference engine.
"""

from __future__ import annotations

from collections.abc import Mapping

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
from eth.constants import STACK_DEPTH_LIMIT
from eth.exceptions import InsufficientFunds, StackDepthLimit, VMError
from eth_typing import Hash32 as EvmHash

from chain.evm.choices import HOT_RUNS
from chain.evm.fast.frame import Frame
from chain.evm.fast.journal import Journal
from chain.evm.fast.loop import run
from chain.evm.fast.reader import WarmState
from chain.evm.fast.translation import Translations
from chain.evm.fast.warmth import Warmth
from chain.evm.overlay import Overlay
from chain.evm.vm import BlockContext, MendedState
from chain.model import Header
from chain.primitives import Address, Hash32
from chain.spec import Fork


class FastComputation(Frame):
    """One message being executed."""

    @classmethod
    def apply_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Transfer the value and execute; what a failed execution has changed is undone."""
        state.check_time()  # type: ignore[attr-defined]  # ours
        mark = state.snapshot()
        if message.depth > STACK_DEPTH_LIMIT:
            raise StackDepthLimit("stack depth limit")
        if message.should_transfer_value and message.value:
            balance = state.get_balance(message.sender)
            if balance < message.value:
                raise InsufficientFunds(f"Insufficient funds: {balance} < {message.value}")
            state.delta_balance(message.sender, -message.value)
            state.delta_balance(message.storage_address, message.value)
        state.touch_account(message.storage_address)
        computation = cls.apply_computation(state, message, transaction_context, parent_computation)
        if computation.is_error:
            state.revert(mark)
        return computation

    @classmethod
    def apply_computation(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Execute code or precompile; a VMError ends up in the computation."""
        computation = cls(state, message, transaction_context)
        if parent_computation is not None:
            computation.contracts_created = parent_computation.contracts_created
        if message.is_create:
            computation.contracts_created.append(message.storage_address)
        precompile = cls._precompiles.get(message.code_address)
        try:
            if precompile is None:
                if message.code:
                    run(computation)
            elif not message.is_delegation:
                precompile(computation)
        except VMError as error:
            computation._error = error
            if error.burns_gas:
                computation.meter.gas_remaining = 0
        return computation


class FastState(Journal, MendedState):  # type: ignore[misc]  # py-evm's NewTypes of bytes, its witness
    """The accounts of one block in the making, or of one pretended call."""

    computation_class = FastComputation

    def __init__(self, overlay: Overlay, context: BlockContext, root: Hash32, warmth: Warmth) -> None:
        Journal.__init__(self, overlay, root, warmth)
        self.execution_context = context

    def is_address_warm(self, address: Address) -> bool:
        """EIP-2929: precompiles always are."""
        return address in self._warm or address in FastComputation._precompiles


class FastEngine:
    """Opens states over the nodes of one chain; what one has read, the next one finds warm. Safe to share."""

    def __init__(self, stored: Mapping[bytes, bytes], hot_runs: int | None = HOT_RUNS) -> None:
        """`hot_runs`: executions after which a code is translated; None leaves all code to the interpreter."""
        self._stored = stored
        self._warmth = Warmth(stored, None if hot_runs is None else Translations(hot_runs=hot_runs))

    def __call__(self, overlay: Overlay, context: BlockContext, root: Hash32) -> MendedState:
        """The state at `root`. Raises nothing: a root that is not there is noticed when it is read."""
        if context.fork is not Fork.PRAGUE:
            return MendedState(overlay, context, EvmHash(root))  # older rules: the reference engine has them
        return FastState(overlay, context, root, self._warmth)

    def reader(self, header: Header) -> WarmState:
        """Accounts at this block."""
        return WarmState(self._stored, header, self._warmth)
