"""The façade of this room: a chain's rules and its nodes, tied together once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from chain.errors import SettingsError
from chain.evm import admission
from chain.evm.ancestors import HeaderSource
from chain.evm.blocks import decode_block
from chain.evm.building import build_block
from chain.evm.calls import Rehearsal
from chain.evm.choices import DEFAULT_ENGINE, ENGINES, HOT_RUNS, CallLimits, EngineName
from chain.evm.decoding import decode_transaction
from chain.evm.edits import as_parent, edited_state
from chain.evm.estimation import least_gas
from chain.evm.fast.vm import FastEngine
from chain.evm.forks import Forks
from chain.evm.genesis import build_genesis
from chain.evm.inspector import Inspector
from chain.evm.state import State
from chain.evm.verification import verify_block
from chain.evm.vm import Engine, MendedState, state_of
from chain.evm.work import ProofOfWork
from chain.gasprice import next_base_fee
from chain.model import (
    AccountOverride,
    Block,
    BlockOverride,
    Built,
    Call,
    CallResult,
    Edit,
    Edits,
    Header,
    Transaction,
)
from chain.primitives import ZERO_ADDRESS, Address, Hash32, Wei
from chain.spec import Fork, Spec


class Evm:
    """Executes for one chain. It keeps nothing but what it has read, so any number of threads may use it at once.

    A thread that executes needs a stack of at least 2 MiB (`threading.stack_size`): calls nest up to 1,024 deep.
    """

    def __init__(
        self,
        spec: Spec,
        nodes: Mapping[bytes, bytes],
        headers: HeaderSource,
        *,
        engine: EngineName = DEFAULT_ENGINE,
        hot_runs: int | None = HOT_RUNS,
        edits: Callable[[Hash32], Edits | None] = lambda block_hash: None,
        uncles_of: Callable[[Hash32], tuple[Header, ...]] = lambda block_hash: (),
        seals: bool = True,
    ) -> None:
        """`hot_runs`: after how many executions the fast engine translates a code; None: never.

        `edits`: what development commands changed after the block of that hash. `uncles_of`: those that a stored block
        names. `seals`: check proofs of work where there have to be any.
        """
        if engine not in ENGINES:
            raise SettingsError(f"engine {engine!r} is not known", hint=f"known: {', '.join(ENGINES)}")
        self.spec = spec
        self._forks = Forks(spec)
        self._chain_id = spec.chain_id
        self._nodes = nodes
        self._headers = headers
        self._fast = FastEngine(nodes, hot_runs) if engine == "fast" else None
        self._engine: Engine = self._fast or MendedState
        self._edits = edits
        self._work = ProofOfWork(self._forks, headers, uncles_of, seals=seals)
        self.inspector = Inspector(self._forks, nodes, headers, self._after)

    def genesis(self) -> Built:
        """Block 0, from the spec alone."""
        return build_genesis(self.spec)

    def decode(self, raw: bytes, *, impersonated: bool = False, historical: Header | None = None) -> Transaction:
        """Signed EIP-2718 bytes to a transaction with its sender. Raises MalformedTransaction and WrongChainId.

        `impersonated`: the bytes may also come from `encode_impersonated`. Never for bytes from outside. `historical`:
        the block it stands in, whose fork may take signatures that later ones refuse.
        """
        high_s = historical is not None and self._forks.of(historical) is Fork.FRONTIER
        return decode_transaction(raw, self._chain_id, impersonated=impersonated, high_s=high_s)

    def decode_block(self, rlp: bytes) -> Block:
        """A block as nodes exchange it. Raises InvalidBlock."""
        return decode_block(rlp, self._forks)

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

        Those that break a rule are in `skipped` with their reason. Those that find no room, and everything but the
        first after `deadline` (`time.monotonic`), are simply left out. `gas_limit` is approached by 1/1024 a block.
        """
        with state_of(parent):
            return build_block(
                self._forks,
                self._nodes,
                self._headers,
                self._engine,
                self.parent(parent),
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
            return verify_block(
                self._forks, self._nodes, self._headers, self._engine, self._work, block, self.parent(parent)
            )

    def fork(self, header: Header) -> Fork:
        """The rules of a block."""
        return self._forks.of(header)

    def call(
        self,
        header: Header,
        call: Call,
        *,
        overrides: Mapping[Address, AccountOverride] | None = None,
        block: BlockOverride | None = None,
        limits: CallLimits | None = None,
    ) -> CallResult:
        """Try a call in the context of `header`, after its block; gas defaults to the block's limit.

        A failed execution is a result, not an exception. Raises TransactionRejected when it could not start
        (intrinsic gas, a fee given without the funds for it, value that the sender does not have), UnknownBlock when
        the state is gone, LimitExceeded when it took too long.
        """
        rehearsal = self._rehearse(header, call, overrides, block, limits)
        with state_of(header):
            return rehearsal.try_with(min(rehearsal.gas_limit if call.gas is None else call.gas, rehearsal.most_gas))

    def estimate(
        self,
        header: Header,
        call: Call,
        *,
        overrides: Mapping[Address, AccountOverride] | None = None,
        limits: CallLimits | None = None,
    ) -> int:
        """The least gas limit with which the call succeeds. Raises ExecutionReverted (with data), ExecutionHalted,
        InsufficientFunds and, as `call` does, other TransactionRejected, UnknownBlock and LimitExceeded.
        """
        with state_of(header):
            return least_gas(self._rehearse(header, call, overrides, None, limits))

    def state(self, header: Header) -> State:
        """Accounts as they are after `header`'s block."""
        after = self._after(header)
        return State(self._nodes, after) if self._fast is None else self._fast.reader(after)

    def next_base_fee(self, parent: Header) -> Wei:
        """Base fee of the block after `parent` (EIP-1559)."""
        return next_base_fee(self.parent(parent))

    def parent(self, header: Header) -> Header:
        """`header` as its successor takes it: the same, except where development commands changed what follows."""
        return as_parent(header, self._edits(header.hash))

    def edited(self, header: Header, accounts: Iterable[Edit]) -> tuple[Hash32, Mapping[bytes, bytes]]:
        """The state root that these edits lead to after `header`'s block, and the new nodes. Raises UnknownBlock."""
        with state_of(header):
            return edited_state(self._nodes, header, accounts)

    def _after(self, header: Header) -> Header:
        """`header` with the state that its block and the edits after it left."""
        edits = self._edits(header.hash)
        return header if edits is None else msgspec.structs.replace(header, state_root=edits.state_root)

    def _rehearse(
        self,
        header: Header,
        call: Call,
        overrides: Mapping[Address, AccountOverride] | None,
        block: BlockOverride | None,
        limits: CallLimits | None,
    ) -> Rehearsal:
        after = self._after(header)
        return Rehearsal(self._forks, self._nodes, self._headers, after, call, overrides, block, self._engine, limits)
