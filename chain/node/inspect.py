"""Looking closely at the chain: traces, proofs, access lists, simulations. All of it executes: use `Node.run`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from chain.errors import UnknownTransaction
from chain.model import (
    AccessList,
    AccountOverride,
    Block,
    BlockOverride,
    Call,
    CallResult,
    Header,
    Location,
    Transaction,
)
from chain.primitives import Address, Hash32

if TYPE_CHECKING:
    from chain.evm.inspector import Inspector
    from chain.evm.proofs import AccountProof
    from chain.evm.simulation import SimulatedBlock, SimulationBlock
    from chain.evm.tracing import Budget, Trace, TraceOptions

Overrides: TypeAlias = Mapping[Address, AccountOverride]


class Blocks(Protocol):
    """What is needed of the chain."""

    def block(self, at: Hash32) -> Block:
        """Raises UnknownBlock."""
        ...

    def transaction(self, tx_hash: Hash32) -> tuple[Transaction, Location] | None:
        """One that stands in a canonical block."""
        ...


class Inspect:
    """Safe to use from any thread. Headers come from `Node.header`."""

    def __init__(self, blocks: Blocks, inspector: Inspector) -> None:
        self._blocks = blocks
        self._inspector = inspector

    def transaction(self, tx_hash: Hash32, options: TraceOptions) -> tuple[Trace, Block, int]:
        """A transaction's trace, its block and its place there. Raises UnknownTransaction, LimitExceeded."""
        found = self._blocks.transaction(tx_hash)
        if found is None:
            raise UnknownTransaction(
                f"transaction not found: 0x{tx_hash.hex()}", hint="only transactions in a block can be traced"
            )
        location = found[1]
        block = self._blocks.block(location.block_hash)
        [trace] = self._inspector.traces(block, options, [location.index])
        return trace, block, location.index

    def block(self, header: Header, options: TraceOptions, *, budget: Budget | None = None) -> Iterator[Trace]:
        """Traces of all transactions of a block. Raises InvalidBlock for genesis, LimitExceeded."""
        return self._inspector.traces(self._blocks.block(header.hash), options, budget=budget)

    def call(
        self,
        header: Header,
        call: Call,
        options: TraceOptions,
        overrides: Overrides | None = None,
        block: BlockOverride | None = None,
    ) -> Trace:
        """Trace of a call. Raises as `Node.call` does, and LimitExceeded."""
        return self._inspector.trace_call(header, call, options, overrides=overrides, block=block)

    def access_list(
        self, header: Header, call: Call, seconds: float, overrides: Overrides | None = None
    ) -> tuple[AccessList, CallResult]:
        """What the call touches, and how it goes when that is listed (EIP-2930)."""
        return self._inspector.access_list(header, call, seconds=seconds, overrides=overrides)

    def proof(self, header: Header, address: Address, slots: Sequence[int]) -> AccountProof:
        """Merkle proof against the header's state root. Raises UnknownBlock."""
        return self._inspector.proof(header, address, slots)

    def simulate(
        self, header: Header, blocks: Sequence[SimulationBlock], seconds: float, *, validate: bool, transfers: bool
    ) -> list[SimulatedBlock]:
        """Blocks that could follow. Raises SimulationRefused, LimitExceeded."""
        return self._inspector.simulate(header, blocks, seconds=seconds, validate=validate, transfers=transfers)
