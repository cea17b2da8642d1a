"""Calls that leave nothing behind: `eth_call` and the trial runs of a gas estimate.

A call runs in the context of one block, on its state, with some accounts and block fields pretended. Without fees it
costs nothing: gas price 0, base fee 0 for BASEFEE, and no funds are needed for gas. Value must be there, as in geth.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TypeVar

from eth_typing import Address as EvmAddress
from eth_typing import Hash32 as EvmHash

from chain.evm import admission
from chain.evm.ancestors import Ancestors, HeaderSource
from chain.evm.choices import CallLimits
from chain.evm.decoding import recovered
from chain.evm.forks import Forks
from chain.evm.outcome import error_of, reverted
from chain.evm.overlay import Overlay
from chain.evm.rules import Upfront, upfront_gas
from chain.evm.transition import Order, Outcome, transact
from chain.evm.vm import BlockContext, Engine, MendedState
from chain.model import AccountOverride, BlockOverride, Call, CallResult, Header
from chain.primitives import Address, Wei
from chain.spec import Fork

T = TypeVar("T")

NO_OVERRIDE = BlockOverride()


class Rehearsal:
    """One call, prepared so that it can be tried with several gas limits; each trial starts from the same state.

    Belongs to one thread. Raises TransactionRejected when the call could not even start.
    """

    state_class = MendedState

    def __init__(
        self,
        forks: Forks,
        nodes: Mapping[bytes, bytes],
        headers: HeaderSource,
        header: Header,
        call: Call,
        overrides: Mapping[Address, AccountOverride] | None,
        block: BlockOverride | None,
        engine: Engine | None = None,
        limits: CallLimits | None = None,
    ) -> None:
        """`engine`: what executes, if not `state_class`. The time of `limits` begins now."""
        self.header = header
        self._deadline = None if limits is None else time.monotonic() + limits.seconds
        self.most_gas = 2**64 if limits is None else max(limits.gas, header.gas_limit)
        self._engine = engine
        self.call = call
        self._overrides = overrides or {}
        self._overlay = Overlay(nodes)  # never written to: trials share what they read
        changed = block or NO_OVERRIDE
        self.cap: Wei = call.max_fee_per_gas or 0
        tip: Wei = call.max_priority_fee_per_gas or 0
        free = self.cap == 0 and tip == 0
        base_fee = 0 if free else _or(changed.base_fee, header.base_fee or 0)
        if not free:
            admission.check_fees(call.sender, self.cap, tip)
            admission.check_base_fee(call.sender, self.cap, base_fee)
        fork = forks.of(header)
        if call.blob_hashes:
            admission.check_blobs(call.blob_hashes, forks.blobs(fork).most)
        if call.to is None and fork >= Fork.SHANGHAI:
            admission.check_initcode(call.data)
        self._gas_price = min(self.cap, base_fee + tip)
        self._tip = self._gas_price - base_fee
        self.gas_limit = _or(changed.gas_limit, header.gas_limit)
        self.upfront: Upfront = upfront_gas(
            call.data,
            creates=call.to is None,
            access_list=call.access_list,
            authorizations=len(call.authorizations),
            fork=fork,
        )
        self._authorizations = tuple(map(recovered, call.authorizations))
        self._context = BlockContext(
            chain_id=forks.chain_id,
            number=_or(changed.number, header.number),
            timestamp=_or(changed.timestamp, header.timestamp),
            coinbase=_or(changed.coinbase, header.coinbase),
            gas_limit=self.gas_limit,
            prev_randao=_or(changed.prev_randao, header.mix_hash),
            base_fee=base_fee,
            blob_base_fee=_or(changed.blob_base_fee, forks.blob_base_fee(fork, header.excess_blob_gas)),
            ancestors=Ancestors(headers, header.parent_hash, header.number - 1),
            fork=fork,
            difficulty=header.difficulty,
        )

    def try_with(self, gas: int) -> CallResult:
        """Execute with this gas limit."""
        call = self.call
        admission.check_gas(gas, self.upfront)
        blob_gas = 131_072 * len(call.blob_hashes)
        blob_cap = call.max_fee_per_blob_gas or 0
        state = self._state()
        balance = state.get_balance(EvmAddress(call.sender))
        admission.check_funds(call.sender, balance, gas * self.cap + blob_gas * blob_cap + call.value)
        state.lock_changes()
        outcome = self._transact(
            state,
            Order(
                sender=call.sender,
                to=call.to,
                value=call.value,
                data=call.data,
                gas=gas,
                upfront=self.upfront,
                gas_price=self._gas_price,
                tip=self._tip,
                blob_fee=blob_gas * min(blob_cap, self._context.blob_base_fee),
                access_list=call.access_list,
                authorizations=self._authorizations,
                blob_hashes=call.blob_hashes,
            ),
        )
        computation = outcome.computation
        return CallResult(
            output=bytes(computation.output),
            gas_used=outcome.gas_used,
            gas_spent=outcome.gas_spent,
            logs=outcome.logs,
            error=error_of(computation),
            reverted=reverted(computation),
            created=outcome.created if computation.is_success else None,
        )

    def balance(self) -> Wei:
        """The sender's, with overrides."""
        return self._state().get_balance(EvmAddress(self.call.sender))

    def nonce(self) -> int:
        """The sender's, with overrides."""
        return self._state().get_nonce(EvmAddress(self.call.sender))

    def code(self) -> bytes:
        """The receiver's, with overrides."""
        return self._state().get_code(EvmAddress(self.call.to or self.call.sender))

    def _transact(self, state: MendedState, order: Order) -> Outcome:
        return transact(state, order)

    def _state(self) -> MendedState:
        """A fresh state with the overrides in it, as if an earlier transaction had made them."""
        opened = self._engine or self.state_class
        state = opened(self._overlay, self._context, EvmHash(self.header.state_root))
        state.deadline = self._deadline
        state.pretend(self._overrides)
        return state


def _or(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value
