"""Blocks that could follow: messages executed one after the other, block by block, for `eth_simulateV1`.

Each block is made as a real one is (system contracts, roots, receipts), from messages that nobody signed. Without
`validate` fees and nonces are not looked at and the base fee is 0, as for `eth_call`; value must be there all the same.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence

import msgspec
from eth.abc import ComputationAPI
from eth_typing import Address as EvmAddress

from chain.errors import (
    FeeTooLow,
    InitcodeTooLarge,
    InsufficientFunds,
    IntrinsicGasTooLow,
    NonceGapTooLarge,
    NonceTooLow,
    SenderNotAnAccount,
    SimulationRefused,
    TransactionRejected,
)
from chain.evm import admission
from chain.evm.ancestors import HeaderSource
from chain.evm.decoding import recovered
from chain.evm.execution import BlockExecution, open_header
from chain.evm.forks import Forks
from chain.evm.outcome import error_of, reverted
from chain.evm.rules import upfront_gas
from chain.evm.tracing import mnemonics
from chain.evm.tracing.budget import Budget
from chain.evm.tracing.computation import TracedState
from chain.evm.tracing.replay import watched
from chain.evm.tracing.tracer import Entry, Tracer, Watched
from chain.evm.transition import Order, Outcome, logs_of
from chain.model import (
    AccountOverride,
    Block,
    BlockOverride,
    Call,
    CallResult,
    Header,
    Log,
    Receipt,
    Record,
    Transaction,
    TransactionType,
)
from chain.primitives import (
    ZERO_HASH,
    Address,
    Hash32,
    RLPItem,
    Wei,
    int_to_bytes,
    keccak,
    rlp_encode,
)
from chain.spec import Fork

MOST_BLOCKS = 256
SECONDS_PER_BLOCK = 1  # where no time is given

# Transfers of ether, shown as if they were an ERC-20's (the specification's `traceTransfers`).
ETHER: Address = b"\xee" * 20
TRANSFER: Hash32 = keccak(b"Transfer(address,address,uint256)")

BLOCK_GAS, BLOCK_NUMBER, BLOCK_TIME, TOO_MANY = -38015, -38020, -38021, -38026
_CODES: tuple[tuple[type[TransactionRejected], int], ...] = (
    (NonceTooLow, -38010),
    (NonceGapTooLarge, -38011),
    (FeeTooLow, -38012),
    (IntrinsicGasTooLow, -38013),
    (InsufficientFunds, -38014),
    (SenderNotAnAccount, -38024),
    (InitcodeTooLarge, -38025),
)


class SimulationCall(Record):
    """A message, as if it were a transaction."""

    call: Call
    nonce: int | None = None  # None: the sender's next
    type: int = TransactionType.DYNAMIC_FEE


class SimulationBlock(Record):
    """What is to stand in one block, and what is pretended before it."""

    calls: tuple[SimulationCall, ...] = ()
    block: BlockOverride = BlockOverride()
    accounts: Mapping[Address, AccountOverride] = {}


class SimulatedBlock(Record):
    """A block that was made, with a result for each of its messages."""

    block: Block
    receipts: tuple[Receipt, ...]
    results: tuple[CallResult, ...]


def simulate(
    forks: Forks,
    nodes: Mapping[bytes, bytes],
    headers: HeaderSource,
    head: Header,
    blocks: Sequence[SimulationBlock],
    budget: Budget,
    *,
    validate: bool,
    transfers: bool,
) -> list[SimulatedBlock]:
    """Blocks after `head`, with empty ones where numbers are skipped. Raises SimulationRefused and LimitExceeded."""
    written: dict[bytes, bytes] = {}
    known = _Headers(headers)
    made: list[SimulatedBlock] = []
    parent = head
    for wish in _without_gaps(head, blocks):
        budget.check_time()
        execution = _Execution(forks, ChainMap(written, nodes), known, _open(forks, parent, wish.block, validate))  # type: ignore[arg-type]  # only read
        if wish.block.blob_base_fee is not None:
            execution.pretend_blob_fee(wish.block.blob_base_fee)
        execution.pretend(wish.accounts)
        for message in wish.calls:
            execution.apply_message(message, budget, validate=validate, transfers=transfers)
        built = execution.seal()
        written.update(built.nodes)
        parent = built.block.header
        known.add(parent)
        made.append(SimulatedBlock(block=built.block, receipts=built.receipts, results=tuple(execution.results)))
        # A header whose state was pretended does not follow from its parent's; the next one takes it as it is.
    return made


def _without_gaps(head: Header, blocks: Sequence[SimulationBlock]) -> list[SimulationBlock]:
    """With empty blocks for skipped numbers, and a number and time in each."""
    filled: list[SimulationBlock] = []
    number, timestamp = head.number, head.timestamp
    for wish in blocks:
        wanted = number + 1 if wish.block.number is None else wish.block.number
        if wanted <= number:
            raise SimulationRefused(BLOCK_NUMBER, f"block numbers must be in order: {wanted} <= {number}")
        if wanted - head.number > MOST_BLOCKS:
            raise SimulationRefused(TOO_MANY, f"too many blocks: {wanted - head.number}, at most {MOST_BLOCKS}")
        gap = [SimulationBlock() for _ in range(wanted - number - 1)]
        for each in (*gap, wish):
            number += 1
            time = timestamp + SECONDS_PER_BLOCK if each.block.timestamp is None else each.block.timestamp
            if time < timestamp:
                raise SimulationRefused(BLOCK_TIME, f"block timestamps must be in order: {time} < {timestamp}")
            timestamp = time
            override = msgspec.structs.replace(each.block, number=number, timestamp=time)
            filled.append(msgspec.structs.replace(each, block=override))
    return filled


def _open(forks: Forks, parent: Header, override: BlockOverride, validate: bool) -> Header:
    """The child of `parent` as it begins."""
    opened = open_header(
        forks,
        parent,
        timestamp=override.timestamp or 0,
        coinbase=parent.coinbase if override.coinbase is None else override.coinbase,
        gas_limit=parent.gas_limit if override.gas_limit is None else override.gas_limit,
        prev_randao=ZERO_HASH if override.prev_randao is None else override.prev_randao,
        extra_data=b"",
    )
    base_fee = opened.base_fee if validate or opened.base_fee is None else 0
    return msgspec.structs.replace(
        opened, base_fee=base_fee if override.base_fee is None else override.base_fee, hash=b""
    )


class _Headers:
    """The chain's headers and the simulated ones."""

    def __init__(self, headers: HeaderSource) -> None:
        self._headers = headers
        self._simulated: dict[Hash32, Header] = {}

    def add(self, header: Header) -> None:
        self._simulated[header.hash] = header

    def header(self, key: Hash32) -> Header:
        """Raises UnknownBlock."""
        return self._simulated.get(key) or self._headers.header(key)


class _Execution(BlockExecution):
    """A block that takes messages instead of signed transactions."""

    state_class = TracedState
    _state: TracedState

    def __init__(self, forks: Forks, nodes: Mapping[bytes, bytes], headers: HeaderSource, opened: Header) -> None:
        super().__init__(forks, nodes, headers, opened)
        self.results: list[CallResult] = []

    def pretend_blob_fee(self, fee: Wei) -> None:
        """Of this block only."""
        self.blob_base_fee = self._state.execution_context.blob_base_fee = fee

    def pretend(self, accounts: Mapping[Address, AccountOverride]) -> None:
        """Change accounts before the first message."""
        self._state.pretend(accounts)

    def apply_message(self, message: SimulationCall, budget: Budget, *, validate: bool, transfers: bool) -> None:
        """Execute one message and take it into the block. Raises SimulationRefused."""
        call, state = message.call, self._state
        gas = self.gas_left if call.gas is None else call.gas
        if gas > self.gas_left:
            raise SimulationRefused(BLOCK_GAS, f"block gas limit reached: {gas} > {self.gas_left}")
        nonce = state.get_nonce(EvmAddress(call.sender)) if message.nonce is None else message.nonce
        tx = _unsigned(message, gas, nonce, self.chain_id)
        upfront = upfront_gas(
            call.data,
            creates=call.to is None,
            access_list=call.access_list,
            authorizations=len(call.authorizations),
            fork=self.fork,
        )
        try:
            admission.check_gas(gas, upfront)
            admission.check_fees(tx.sender, tx.max_fee_per_gas, tx.max_priority_fee_per_gas)
            if tx.to is None and self.fork >= Fork.SHANGHAI:
                admission.check_initcode(tx.data)
            if validate:
                admission.check_account(tx, state, self.base_fee, self.blob_base_fee)
            else:
                admission.check_funds(tx.sender, state.get_balance(EvmAddress(tx.sender)), tx.cost())
        except TransactionRejected as refusal:
            raise SimulationRefused(_code_of(refusal), refusal.message) from refusal
        price = max(tx.effective_gas_price(self.base_fee), 0) if validate or tx.max_fee_per_gas else 0
        tracer = _Transfers(budget) if transfers else Tracer(budget)
        state.lock_changes()
        outcome = watched(
            state,
            Order(
                sender=tx.sender,
                to=tx.to,
                value=tx.value,
                data=tx.data,
                gas=gas,
                upfront=upfront,
                gas_price=price,
                tip=max(price - self.base_fee, 0),
                blob_fee=tx.blob_gas * min(self.blob_base_fee, tx.max_fee_per_blob_gas),
                access_list=tx.access_list,
                authorizations=tuple(map(recovered, tx.authorizations)),
                blob_hashes=tx.blob_hashes,
            ),
            tracer,
        )
        self._take(tx, outcome, price, tuple(tracer.logs) if isinstance(tracer, _Transfers) else None)

    def _take(self, tx: Transaction, outcome: Outcome, price: Wei, logs: tuple[Log, ...] | None) -> None:
        computation = outcome.computation
        if logs is None:
            logs = logs_of(computation)
        self.gas_used += outcome.gas_used
        self.blob_gas_used += tx.blob_gas
        self.transactions.append(tx)
        self.receipts.append(msgspec.structs.replace(self._receipt(tx, outcome, price), logs=logs))
        self.results.append(
            CallResult(
                output=bytes(computation.output),
                gas_used=outcome.gas_used,
                gas_spent=outcome.gas_spent,
                logs=logs,
                error=error_of(computation),
                reverted=reverted(computation),
                created=outcome.created if computation.is_success else None,
            )
        )


class _Transfers(Tracer):
    """Logs in their order, with a made-up one for every transfer of ether."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.logs: list[Log] = []
        self._marks: list[int] = []
        self._leaving: tuple[Address, Address, Wei] | None = None

    def enter(self, entry: Entry) -> None:
        """A transfer comes first."""
        self._marks.append(len(self.logs))
        if entry.kind in ("CALL", "CREATE", "CREATE2"):
            self._move(entry.sender, entry.to, entry.value or 0)

    def leave(self, computation: ComputationAPI) -> None:
        """What failed did not happen."""
        mark = self._marks.pop()
        if computation.is_error:
            del self.logs[mark:]

    def refuse(self, error: str, gas_used: int) -> None:
        """Nothing was moved."""
        del self.logs[self._marks.pop() :]

    def step(self, computation: Watched) -> None:
        """See what SELFDESTRUCT is going to move."""
        super().step(computation)
        if computation.opcode == mnemonics.SELFDESTRUCT and (top := computation.top(1)):
            address = computation.msg.storage_address
            balance = computation.state.get_balance(address)
            self._leaving = address, top[0].to_bytes(32, "big")[12:], balance

    def done(self, computation: Watched) -> None:
        """Real logs stand between the others."""
        if computation.opcode == mnemonics.SELFDESTRUCT and self._leaving is not None:
            self._move(*self._leaving)
        elif mnemonics.LOG0 <= computation.opcode <= mnemonics.LOG4:
            address, topics, data = computation.last_log()
            words = tuple(topic.to_bytes(32, "big") for topic in topics)
            self.logs.append(Log(address=address, topics=words, data=bytes(data)))

    def _move(self, sender: Address, to: Address, value: Wei) -> None:
        if value:
            topics = (TRANSFER, bytes(12) + sender, bytes(12) + to)
            self.logs.append(Log(address=ETHER, topics=topics, data=value.to_bytes(32, "big")))


def _unsigned(message: SimulationCall, gas: int, nonce: int, chain_id: int) -> Transaction:
    """The message as a transaction with an empty signature; its hash is that of these bytes."""
    call, kind = message.call, message.type
    cap, tip = call.max_fee_per_gas or 0, call.max_priority_fee_per_gas or 0
    numbers = [nonce, cap] if kind <= TransactionType.ACCESS_LIST else [nonce, tip, cap]
    fields: list[RLPItem] = [*map(int_to_bytes, (*numbers, gas)), call.to or b"", int_to_bytes(call.value), call.data]
    if kind != TransactionType.LEGACY:
        fields = [int_to_bytes(chain_id), *fields, [[address, list(slots)] for address, slots in call.access_list]]
    if kind == TransactionType.BLOB:
        fields += [int_to_bytes(call.max_fee_per_blob_gas or 0), list(call.blob_hashes)]
    if kind == TransactionType.SET_CODE:
        fields.append(
            [
                [
                    int_to_bytes(item.chain_id),
                    item.address,
                    *map(int_to_bytes, (item.nonce, item.y_parity, item.r, item.s)),
                ]
                for item in call.authorizations
            ]
        )
    raw = (b"" if kind == TransactionType.LEGACY else bytes((kind,))) + rlp_encode([*fields, b"", b"", b""])
    return Transaction(
        raw=raw,
        hash=keccak(raw),
        type=kind,
        chain_id=None if kind == TransactionType.LEGACY else chain_id,
        sender=call.sender,
        nonce=nonce,
        gas=gas,
        max_fee_per_gas=cap,
        max_priority_fee_per_gas=tip,
        to=call.to,
        value=call.value,
        data=call.data,
        v=0,
        r=0,
        s=0,
        access_list=call.access_list,
        authorizations=call.authorizations,
        max_fee_per_blob_gas=call.max_fee_per_blob_gas or 0,
        blob_hashes=call.blob_hashes,
    )


def _code_of(refusal: TransactionRejected) -> int:
    return next((code for kind, code in _CODES if isinstance(refusal, kind)), refusal.code)
