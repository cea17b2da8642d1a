"""The second façade of this room: looking closely at what was executed, and at what would be.

Everything here runs on the reference interpreter and keeps nothing. It may take long: callers use a reader thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from chain.errors import InvalidBlock
from chain.evm.ancestors import HeaderSource
from chain.evm.forks import Forks
from chain.evm.proofs import AccountProof, prove_account
from chain.evm.simulation import SimulatedBlock, SimulationBlock, simulate
from chain.evm.tracing.accounts import AccessTracer
from chain.evm.tracing.budget import Budget
from chain.evm.tracing.records import Trace, TraceOptions
from chain.evm.tracing.replay import TracedRehearsal, replay, trace_call, tracer_for
from chain.evm.vm import precompiles_of, state_of
from chain.model import AccessList, AccountOverride, Block, BlockOverride, Call, CallResult, Header
from chain.primitives import Address, create_address

Overrides = Mapping[Address, AccountOverride]

ACCESS_ROUNDS = 16  # a contract that looks at GAS may touch other slots each time


class Inspector:
    """Explains executions. Without state of its own, so any number of threads may use it at once."""

    def __init__(
        self,
        forks: Forks,
        nodes: Mapping[bytes, bytes],
        headers: HeaderSource,
        after: Callable[[Header], Header],
    ) -> None:
        """`after`: a header with the state that its successor begins with."""
        self._forks = forks
        self._nodes = nodes
        self._headers = headers
        self._after = after

    def traces(
        self, block: Block, options: TraceOptions, indices: Sequence[int] | None = None, *, budget: Budget | None = None
    ) -> Iterator[Trace]:
        """Traces of a block's transactions (all of them, or those at `indices`), in the block's order.

        Raises InvalidBlock for genesis, LimitExceeded and UnknownBlock.
        """
        if block.number == 0:
            raise InvalidBlock("genesis is not traceable")
        parent = self._headers.header(block.header.parent_hash)
        # As it was before its transactions: the state is still what its parent left.
        opened = msgspec.structs.replace(block.header, state_root=self._after(parent).state_root)
        chosen = range(len(block.transactions)) if indices is None else indices
        with state_of(parent):
            yield from replay(
                self._forks,
                self._nodes,
                self._headers,
                opened,
                block.transactions,
                chosen,
                options,
                budget or Budget(options.seconds),
            )

    def trace_call(
        self,
        header: Header,
        call: Call,
        options: TraceOptions,
        *,
        overrides: Overrides | None = None,
        block: BlockOverride | None = None,
    ) -> Trace:
        """Trace of a call in the context of `header`. Raises as `Evm.call` does, and LimitExceeded."""
        tracer = tracer_for(options, Budget(options.seconds))
        rehearsal = self._rehearse(header, call, overrides, block)
        with state_of(header):
            trace_call(rehearsal, tracer)
        return tracer.result()

    def access_list(
        self, header: Header, call: Call, *, seconds: float, overrides: Overrides | None = None
    ) -> tuple[AccessList, CallResult]:
        """What the call touches that a list can make cheaper, and how the call goes with that list."""
        budget = Budget(seconds)
        with state_of(header):
            creator = self._rehearse(header, call, overrides, None).nonce() if call.to is None else 0
            to = create_address(call.sender, creator) if call.to is None else call.to
            delegates = [item.authority for item in call.authorizations if item.authority is not None]
            free = {call.sender, to, *delegates, *precompiles_of(self._forks.of(header))}
            found = call.access_list
            for _ in range(ACCESS_ROUNDS):
                tracer = AccessTracer(budget, free)
                listed = msgspec.structs.replace(call, access_list=found)
                result = trace_call(self._rehearse(header, listed, overrides, None), tracer)
                touched = _sorted(tracer.touched)
                if touched == found:
                    break
                found = touched
        return found, result

    def proof(self, header: Header, address: Address, slots: Sequence[int]) -> AccountProof:
        """Merkle proof against the header's state root. Raises UnknownBlock."""
        return prove_account(self._nodes, header, address, slots)

    def simulate(
        self,
        header: Header,
        blocks: Sequence[SimulationBlock],
        *,
        seconds: float,
        validate: bool = False,
        transfers: bool = False,
    ) -> list[SimulatedBlock]:
        """Blocks that could follow `header`. Raises SimulationRefused, LimitExceeded and UnknownBlock."""
        with state_of(header):
            return simulate(
                self._forks,
                self._nodes,
                self._headers,
                self._after(header),
                blocks,
                Budget(seconds),
                validate=validate,
                transfers=transfers,
            )

    def _rehearse(
        self, header: Header, call: Call, overrides: Overrides | None, block: BlockOverride | None
    ) -> TracedRehearsal:
        after = self._after(header)
        return TracedRehearsal(self._forks, self._nodes, self._headers, after, call, overrides, block)


def _sorted(touched: Mapping[Address, set[int]]) -> AccessList:
    return tuple(
        (address, tuple(slot.to_bytes(32, "big") for slot in sorted(slots)))
        for address, slots in sorted(touched.items())
    )
