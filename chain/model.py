"""The records that travel through the house: transactions, headers, blocks, receipts, logs, calls.

Frozen, made of bytes and ints, without behaviour beyond their own encoding. They are ours, not py-evm's, so that every
room above `chain/evm` is independent of the engine. Amounts are wei, times are Unix seconds, gas is gas.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import dataclass_transform

import msgspec

from chain.primitives import (
    EMPTY_UNCLES_HASH,
    Address,
    Hash32,
    RLPItem,
    Wei,
    int_to_bytes,
    keccak,
    rlp_encode,
)


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A value: equal when its fields are equal, never changed after it was made."""


class TransactionType(IntEnum):
    """EIP-2718 type byte."""

    LEGACY = 0
    ACCESS_LIST = 1  # EIP-2930
    DYNAMIC_FEE = 2  # EIP-1559
    BLOB = 3  # EIP-4844
    SET_CODE = 4  # EIP-7702


AccessList = tuple[tuple[Address, tuple[Hash32, ...]], ...]

# The `s` of a transaction that a development chain made for a sender without a key; `r` then holds the sender. No
# signature can have it (it is above the curve's order), so such a transaction is never mistaken for a signed one.
IMPERSONATED_S = 2**256 - 1


class Authorization(Record):
    """One signed delegation of an EIP-7702 transaction; `authority` is None when the signature recovers to nobody."""

    chain_id: int
    address: Address
    nonce: int
    y_parity: int
    r: int
    s: int
    authority: Address | None = None


class Transaction(Record):
    """A signed transaction, decoded and with its sender recovered once.

    `raw` is the canonical EIP-2718 encoding that goes into blocks (for a blob transaction: without its sidecar).
    Legacy and access-list transactions carry their gas price in both fee fields.
    """

    raw: bytes
    hash: Hash32
    type: int
    chain_id: int | None  # None: a legacy transaction from before EIP-155
    sender: Address
    nonce: int
    gas: int
    max_fee_per_gas: Wei
    max_priority_fee_per_gas: Wei
    to: Address | None  # None: creates a contract
    value: Wei
    data: bytes
    v: int  # legacy: v as signed; typed: y parity
    r: int
    s: int
    access_list: AccessList = ()
    authorizations: tuple[Authorization, ...] = ()
    max_fee_per_blob_gas: Wei = 0
    blob_hashes: tuple[Hash32, ...] = ()

    @property
    def impersonated(self) -> bool:
        """Made by a development command in the name of an account whose key nobody gave."""
        return self.s == IMPERSONATED_S

    @property
    def blob_gas(self) -> int:
        """131,072 per blob (EIP-4844)."""
        return 131_072 * len(self.blob_hashes)

    def tip(self, base_fee: Wei) -> Wei:
        """What the block's producer gets per gas at this base fee; negative when the fee cap is below it."""
        return min(self.max_priority_fee_per_gas, self.max_fee_per_gas - base_fee)

    def effective_gas_price(self, base_fee: Wei) -> Wei:
        """Paid per gas at this base fee (EIP-1559)."""
        return base_fee + self.tip(base_fee)

    def cost(self) -> Wei:
        """The most this transaction can take from its sender."""
        return self.value + self.gas * self.max_fee_per_gas + self.blob_gas * self.max_fee_per_blob_gas


class Header(Record):
    """A block header; fields of later forks are None on chains that have not reached them."""

    parent_hash: Hash32
    coinbase: Address
    state_root: Hash32
    transactions_root: Hash32
    receipts_root: Hash32
    logs_bloom: bytes  # 256 bytes
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: Hash32  # prev_randao after the merge
    nonce: bytes = bytes(8)
    difficulty: int = 0
    uncles_hash: Hash32 = EMPTY_UNCLES_HASH
    base_fee: Wei | None = None  # London
    withdrawals_root: Hash32 | None = None  # Shanghai
    blob_gas_used: int | None = None  # Cancun
    excess_blob_gas: int | None = None
    parent_beacon_root: Hash32 | None = None
    requests_hash: Hash32 | None = None  # Prague
    hash: Hash32 = b""  # filled in from the fields when not given

    def __post_init__(self) -> None:
        if not self.hash:
            msgspec.structs.force_setattr(self, "hash", keccak(self.encode()))

    def items(self) -> list[RLPItem]:
        """The RLP fields in consensus order; optional ones stop at the first that is None."""
        fields: list[RLPItem] = [
            self.parent_hash,
            self.uncles_hash,
            self.coinbase,
            self.state_root,
            self.transactions_root,
            self.receipts_root,
            self.logs_bloom,
            int_to_bytes(self.difficulty),
            int_to_bytes(self.number),
            int_to_bytes(self.gas_limit),
            int_to_bytes(self.gas_used),
            int_to_bytes(self.timestamp),
            self.extra_data,
            self.mix_hash,
            self.nonce,
        ]
        later: list[int | bytes | None] = [
            self.base_fee,
            self.withdrawals_root,
            self.blob_gas_used,
            self.excess_blob_gas,
            self.parent_beacon_root,
            self.requests_hash,
        ]
        for value in later:
            if value is None:
                break
            fields.append(int_to_bytes(value) if isinstance(value, int) else value)
        return fields

    def encode(self) -> bytes:
        """RLP; its keccak is the block hash."""
        return rlp_encode(self.items())


class Withdrawal(Record):
    """EIP-4895; imported chains have them, ours never do. `amount` is in gwei."""

    index: int
    validator_index: int
    address: Address
    amount: int

    def items(self) -> list[RLPItem]:
        """The RLP fields in consensus order."""
        return [
            int_to_bytes(self.index),
            int_to_bytes(self.validator_index),
            self.address,
            int_to_bytes(self.amount),
        ]


class Block(Record):
    """A header with what it commits to. Uncles are kept as undecoded headers: only imported chains have them."""

    header: Header
    transactions: tuple[Transaction, ...] = ()
    uncles: tuple[Header, ...] = ()
    withdrawals: tuple[Withdrawal, ...] | None = ()

    @property
    def hash(self) -> Hash32:
        """Hash of the header."""
        return self.header.hash

    @property
    def number(self) -> int:
        """Height; genesis is 0."""
        return self.header.number

    def encode(self) -> bytes:
        """RLP as it is exchanged between clients: typed transactions as byte strings, legacy ones inline."""
        # A legacy transaction's raw bytes are themselves RLP of a list, so its element is spliced, not wrapped.
        body = b"".join(tx.raw if tx.type == 0 else rlp_encode(tx.raw) for tx in self.transactions)
        uncles = b"".join(uncle.encode() for uncle in self.uncles)
        parts = self.header.encode() + rlp_list(body) + rlp_list(uncles)
        if self.withdrawals is not None:
            parts += rlp_list(b"".join(rlp_encode(w.items()) for w in self.withdrawals))
        return rlp_list(parts)


def rlp_list(payload: bytes) -> bytes:
    """Wrap already encoded items into one RLP list."""
    size = len(payload)
    if size < 56:
        return bytes((0xC0 + size,)) + payload
    width = (size.bit_length() + 7) // 8
    return bytes((0xF7 + width,)) + size.to_bytes(width, "big") + payload


class Log(Record):
    """One LOG0…LOG4 of a successful transaction."""

    address: Address
    topics: tuple[Hash32, ...]
    data: bytes


class Receipt(Record):
    """What one transaction did. Receipts stand in a block's order, one per transaction."""

    transaction_hash: Hash32
    type: int
    status: int  # 1 succeeded, 0 reverted or halted
    gas_used: int
    cumulative_gas_used: int
    effective_gas_price: Wei
    logs: tuple[Log, ...]
    logs_bloom: bytes
    contract_address: Address | None = None  # of a creating transaction
    blob_gas_used: int = 0
    blob_gas_price: Wei = 0
    state_root: Hash32 | None = None  # instead of a status before Byzantium

    def encode(self) -> bytes:
        """Consensus encoding (EIP-2718 envelope) as the receipts root commits to it."""
        outcome = self.state_root if self.state_root is not None else int_to_bytes(self.status)
        logs: list[RLPItem] = [[log.address, list(log.topics), log.data] for log in self.logs]
        body = rlp_encode([outcome, int_to_bytes(self.cumulative_gas_used), self.logs_bloom, logs])
        return body if self.type == 0 else bytes((self.type,)) + body


class Rejected(Record):
    """A transaction that the producer left out of a block, and why."""

    transaction: Transaction
    reason: str


class Built(Record):
    """A block with everything that must be written, in one batch, to make it part of the chain."""

    block: Block
    receipts: tuple[Receipt, ...]
    nodes: Mapping[bytes, bytes]  # new trie nodes and contract codes, by keccak hash
    skipped: tuple[Rejected, ...] = ()


class Account(Record):
    """What the state trie holds for an address; an absent account reads as all zero."""

    nonce: int = 0
    balance: Wei = 0
    code_hash: Hash32 = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
    storage_root: Hash32 = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")


class Call(Record):
    """An unsigned message: what `eth_call` and `eth_estimateGas` are asked to try. None means: not given."""

    sender: Address = bytes(20)
    to: Address | None = None
    data: bytes = b""
    value: Wei = 0
    gas: int | None = None
    max_fee_per_gas: Wei | None = None
    max_priority_fee_per_gas: Wei | None = None
    access_list: AccessList = ()
    authorizations: tuple[Authorization, ...] = ()
    max_fee_per_blob_gas: Wei | None = None
    blob_hashes: tuple[Hash32, ...] = ()


class AccountOverride(Record):
    """State changes pretended during one call; None leaves the field as it is."""

    balance: Wei | None = None
    nonce: int | None = None
    code: bytes | None = None
    storage: Mapping[int, int] | None = None  # replaces all slots
    storage_diff: Mapping[int, int] | None = None  # changes some


class BlockOverride(Record):
    """Block fields pretended during one call; None leaves the field as it is."""

    number: int | None = None
    timestamp: int | None = None
    gas_limit: int | None = None
    coinbase: Address | None = None
    prev_randao: Hash32 | None = None
    base_fee: Wei | None = None
    blob_base_fee: Wei | None = None


class CallResult(Record):
    """How an execution ended. `error` is None on success, `reverted` tells REVERT from the exceptional halts."""

    output: bytes
    gas_used: int  # including intrinsic gas, after refunds and the calldata floor
    gas_spent: int  # before refunds: the least that execution needed at once
    logs: tuple[Log, ...] = ()
    error: str | None = None
    reverted: bool = False
    created: Address | None = None


class Edit(Record):
    """What development commands changed of one account; None, and a slot that is not named, stay as they are."""

    address: Address
    balance: Wei | None = None
    nonce: int | None = None
    code: bytes | None = None
    storage: Mapping[int, int] = {}


class Edits(Record):
    """What development commands changed after a block: its successor begins with this state and these rules."""

    state_root: Hash32  # what the block's own state and `accounts` lead to
    accounts: tuple[Edit, ...] = ()  # one per address
    base_fee: Wei | None = None  # of the next block, instead of the one that follows from its parent
    gas_limit: int | None = None  # of the next block and those after it


class LogEntry(Record):
    """A log with its place on the chain, as filters and subscriptions hand it out."""

    log: Log
    block_hash: Hash32
    block_number: int
    block_timestamp: int
    transaction_hash: Hash32
    transaction_index: int
    log_index: int  # block-wide
    removed: bool = False


class LogQuery(Record):
    """Which logs: a block range or one block, any of these addresses, topics by position (empty: any)."""

    from_block: int = 0
    to_block: int = 0
    block_hash: Hash32 | None = None
    addresses: tuple[Address, ...] = ()
    topics: tuple[tuple[Hash32, ...], ...] = ()


class Location(Record):
    """Where a transaction stands."""

    block_hash: Hash32
    block_number: int
    index: int
