"""The façade of this room: a chain's rules and its nodes, tied together once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from chain.errors import SettingsError
from chain.evm import admission
from chain.evm.ancestors import HeaderSource
from chain.evm.blocks import decode_block
from chain.evm.building import build_block
from chain.evm.calls import Rehearsal
from chain.evm.decoding import decode_transaction
from chain.evm.estimation import least_gas
from chain.evm.genesis import build_genesis
from chain.evm.state import State
from chain.evm.verification import verify_block
from chain.evm.vm import state_of
from chain.gasprice import next_base_fee
from chain.model import (
    AccountOverride,
    Block,
    BlockOverride,
    Built,
    Call,
    CallResult,
    Header,
    Transaction,
)
from chain.primitives import ZERO_ADDRESS, Address, Hash32, Wei
from chain.spec import Spec

FORKS = ("prague",)


class Evm:
    """Executes for one chain. Without state of its own, so any number of threads may use it at once.

    A thread that executes needs a stack of at least 2 MiB (`threading.stack_size`): calls nest up to 1,024 deep.
    """

    def __init__(
        self,
        spec: Spec,
        nodes: Mapping[bytes, bytes],
        headers: HeaderSource,
        *,
        engine: Literal["reference"] = "reference",
    ) -> None:
        if spec.fork not in FORKS:
            raise SettingsError(f"fork {spec.fork!r} is not known", hint=f"known: {', '.join(FORKS)}")
        if engine != "reference":
            raise SettingsError(f"engine {engine!r} is not known", hint="this version executes with 'reference'")
        self._spec = spec
        self._chain_id = spec.chain_id
        self._nodes = nodes
        self._headers = headers

    def genesis(self) -> Built:
        """Block 0, from the spec alone."""
        return build_genesis(self._spec)

    def decode(self, raw: bytes) -> Transaction:
        """Signed EIP-2718 bytes to a transaction with its sender. Raises MalformedTransaction and WrongChainId."""
        return decode_transaction(raw, self._chain_id)

    def decode_block(self, rlp: bytes) -> Block:
        """A block as nodes exchange it. Raises InvalidBlock."""
        return decode_block(rlp, self._chain_id)

    def admit(self, tx: Transaction) -> None:
        """Whether a transaction, as it is, could ever be taken from a user. Raises TransactionRejected."""
        admission.check_protected(tx)
        admission.check_form(tx, self._chain_id)

    def build(
        self,
        parent: Header,
        transactions: Iterable[Transaction],
        *,
        timestamp: int,
        coinbase: Address = ZERO_ADDRESS,
        gas_limit: int | None = None,
        prev_randao: Hash32,
        extra_data: bytes = b"",
        deadline: float | None = None,
    ) -> Built:
        """A child of `parent`; never raises for a bad transaction.

        Those that break a rule are in `skipped` with their reason. Those that find no room, and everything after
        `deadline` (`time.monotonic`), are simply left out. `gas_limit` is approached by 1/1024 a block.
        """
        with state_of(parent):
            return build_block(
                self._chain_id,
                self._nodes,
                self._headers,
                parent,
                transactions,
                timestamp=timestamp,
                coinbase=coinbase,
                gas_limit=gas_limit,
                prev_randao=prev_randao,
                extra_data=extra_data,
                deadline=deadline,
            )

    def verify(self, block: Block, parent: Header) -> Built:
        """Execute somebody's block on its parent. Raises InvalidBlock naming the first field that differs."""
        with state_of(parent):
            return verify_block(self._chain_id, self._nodes, self._headers, block, parent)

    def call(
        self,
        header: Header,
        call: Call,
        *,
        overrides: Mapping[Address, AccountOverride] | None = None,
        block: BlockOverride | None = None,
    ) -> CallResult:
        """Try a call in the context of `header`, after its block; gas defaults to the block's limit.

        A failed execution is a result, not an exception. Raises TransactionRejected when it could not start
        (intrinsic gas, a fee given without the funds for it, value that the sender does not have), UnknownBlock when
        the state is gone.
        """
        rehearsal = self._rehearse(header, call, overrides, block)
        with state_of(header):
            return rehearsal.try_with(rehearsal.gas_limit if call.gas is None else call.gas)

    def estimate(
        self, header: Header, call: Call, *, overrides: Mapping[Address, AccountOverride] | None = None
    ) -> int:
        """The least gas limit with which the call succeeds. Raises ExecutionReverted (with data), ExecutionHalted,
        InsufficientFunds and, as `call` does, other TransactionRejected and UnknownBlock.
        """
        with state_of(header):
            return least_gas(self._rehearse(header, call, overrides, None))

    def state(self, header: Header) -> State:
        """Accounts as they are after `header`'s block."""
        return State(self._nodes, header)

    def next_base_fee(self, parent: Header) -> Wei:
        """Base fee of the block after `parent` (EIP-1559)."""
        return next_base_fee(parent)

    def _rehearse(
        self,
        header: Header,
        call: Call,
        overrides: Mapping[Address, AccountOverride] | None,
        block: BlockOverride | None,
    ) -> Rehearsal:
        return Rehearsal(self._chain_id, self._nodes, self._headers, header, call, overrides, block)
