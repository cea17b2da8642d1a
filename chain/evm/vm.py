"""py-evm's Prague, with its faults mended: the interpreter and the state that every execution here runs on.

What is wrong with the interpreters of all forks is mended in `mending.py`, here what is wrong with the state: system
contracts that appear by themselves, BLOCKHASH over a chain database. What concerns whole transactions is in
`transition.py`, what concerns blocks in `execution.py`. A block of an older fork runs on that fork's interpreter.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState
from eth.vm.interrupt import EVMMissingData
from eth_typing import Address as EvmAddress
from eth_typing import Hash32 as EvmHash

from chain.errors import LimitExceeded, UnknownBlock
from chain.evm.ancestors import Ancestors
from chain.evm.mending import Mended, repaired
from chain.evm.overlay import Overlay
from chain.evm.stock import computation_of
from chain.model import AccountOverride, Header
from chain.primitives import Address, Hash32, Wei
from chain.spec import Fork


class BlockContext(ExecutionContext):
    """What opcodes can ask about the block they run in."""

    def __init__(
        self,
        *,
        chain_id: int,
        number: int,
        timestamp: int,
        coinbase: Address,
        gas_limit: int,
        prev_randao: Hash32,
        base_fee: Wei,
        blob_base_fee: Wei,
        ancestors: Ancestors,
        fork: Fork = Fork.PRAGUE,
        difficulty: int = 0,
    ) -> None:
        super().__init__(
            coinbase=coinbase,  # type: ignore[arg-type]  # py-evm's NewTypes of bytes and int
            timestamp=timestamp,
            block_number=number,  # type: ignore[arg-type]
            difficulty=difficulty,
            mix_hash=prev_randao,  # type: ignore[arg-type]
            gas_limit=gas_limit,
            prev_hashes=(),
            chain_id=chain_id,
            base_fee_per_gas=base_fee,
        )
        self.ancestors = ancestors
        self.fork = fork
        self.blob_base_fee = blob_base_fee


class MendedComputation(Mended, PragueComputation):
    """One message being executed under Prague's rules."""


def precompiles_of(fork: Fork) -> frozenset[Address]:
    """Addresses with contracts that need no code."""
    known = MendedComputation if fork is Fork.PRAGUE else computation_of(fork)
    return frozenset(map(bytes, known.get_precompiles()))


class MendedState(PragueState):
    """The accounts of one block in the making (or of one pretended call)."""

    computation_class = MendedComputation
    execution_context: BlockContext
    deadline: float | None = None  # time.monotonic() at which a call that is only tried is given up
    allowance: float | None = None  # seconds of slow precompiles after which a transaction is given up
    slow_seconds: float = 0.0  # that they have taken

    def check_time(self, needed: float = 0.0) -> None:
        """Raises LimitExceeded when `needed` seconds from now are after the deadline. Asked when a message begins."""
        if self.deadline is not None and time.monotonic() + needed > self.deadline:
            raise LimitExceeded("execution timeout: the call took too long", hint="ask for less in one call")

    def check_allowance(self, needed: float) -> None:
        """Raises LimitExceeded when `needed` further seconds of slow precompiles are more than allowed.

        In seconds of this thread's own work: how busy the machine is decides about no transaction.
        """
        if self.allowance is not None and self.slow_seconds + needed > self.allowance:
            raise LimitExceeded(
                f"its precompiled contracts take more than {self.allowance:g} s here",
                hint="do less of it in one transaction",
            )

    def __init__(self, overlay: Overlay, context: BlockContext, root: EvmHash) -> None:
        super().__init__(overlay, context, root)
        if context.fork is not Fork.PRAGUE:
            self.computation_class = computation_of(context.fork)  # type: ignore[assignment]  # with the same repairs

    def set_system_contracts(self) -> None:
        """Nothing: genesis has them. py-evm means to write them into every state, and its condition is inverted."""

    def get_ancestor_hash(self, block_number: int) -> Hash32:  # type: ignore[override]  # NewTypes
        """BLOCKHASH; zero outside of the last 256 blocks."""
        if not 0 < self.execution_context.block_number - block_number <= 256:
            return b""
        return self.execution_context.ancestors.hash_of(block_number) or b""

    def pretend(self, accounts: Mapping[Address, AccountOverride]) -> None:
        """Change accounts as if an earlier transaction had done so."""
        for key, override in accounts.items():
            address = EvmAddress(key)
            if override.nonce is not None:
                self.set_nonce(address, override.nonce)
            if override.code is not None:
                self.set_code(address, override.code)
            if override.balance is not None:
                self.set_balance(address, override.balance)
            if override.storage is not None:
                self.delete_storage(address)
            for slot, value in {**(override.storage or {}), **(override.storage_diff or {})}.items():
                self.set_storage(address, slot, value)

    @property
    def blob_base_fee(self) -> Wei:
        """BLOBBASEFEE."""
        return self.execution_context.blob_base_fee


class Engine(Protocol):
    """What executes: opens the state at a root. All engines come to the same results."""

    def __call__(self, overlay: Overlay, context: BlockContext, root: EvmHash, /) -> MendedState:
        """The state of an execution that reads below `root` and writes into `overlay`."""
        ...


@contextmanager
def state_of(header: Header) -> Iterator[None]:
    """Whatever the execution inside misses is the state of this block: raises UnknownBlock then."""
    try:
        yield
    except EVMMissingData as missing:
        raise UnknownBlock(
            f"missing trie node: state of block {header.number} is not available ({missing})",
            hint="ask for a block whose state this node keeps",
        ) from None


MendedComputation.opcodes, MendedComputation._precompiles = repaired(PragueComputation, Fork.PRAGUE).values()
