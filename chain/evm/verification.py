"""Checking a block that somebody else made: execute it, and compare every field of its header with our own."""

from __future__ import annotations

from collections.abc import Mapping

from chain.errors import InvalidBlock, TransactionRejected
from chain.evm import rules
from chain.evm.ancestors import HeaderSource
from chain.evm.execution import BlockExecution, NoRoom, open_header
from chain.evm.roots import list_root
from chain.evm.vm import Engine
from chain.model import Block, Built, Header
from chain.primitives import ZERO_HASH, keccak, to_hex

# Cause before effect: the first difference in this order is the one worth naming.
BEFORE_EXECUTION = (
    "parent_hash",
    "number",
    "base_fee",
    "excess_blob_gas",
    "difficulty",
    "nonce",
    "uncles_hash",
    "withdrawals_root",
)
AFTER_EXECUTION = (
    "gas_used",
    "blob_gas_used",
    "receipts_root",
    "logs_bloom",
    "requests_hash",
    "state_root",
)


def verify_block(
    chain_id: int, nodes: Mapping[bytes, bytes], headers: HeaderSource, engine: Engine, block: Block, parent: Header
) -> Built:
    """The block with its receipts and nodes, as if we had made it. Raises InvalidBlock naming the first difference."""
    header = block.header
    _check_choices(header, parent)
    _check_body(block)
    opened = open_header(
        parent,
        timestamp=header.timestamp,
        coinbase=header.coinbase,
        gas_limit=header.gas_limit,
        prev_randao=header.mix_hash,
        extra_data=header.extra_data,
        parent_beacon_root=header.parent_beacon_root or ZERO_HASH,
    )
    _compare(header, opened, BEFORE_EXECUTION)
    transactions_root = list_root([tx.raw for tx in block.transactions])
    if header.transactions_root != transactions_root:
        raise _difference(header, "transactions_root", header.transactions_root, transactions_root)
    execution = BlockExecution(chain_id, nodes, headers, opened, engine)
    for index, tx in enumerate(block.transactions):
        try:
            execution.apply(tx)
        except TransactionRejected as refusal:
            raise InvalidBlock(f"block {header.number}: transaction {index}: {refusal.message}") from None
        except NoRoom:
            raise InvalidBlock(
                f"block {header.number}: transaction {index}: gas limit reached: have {execution.gas_left} gas left, "
                f"want {tx.gas}; blob gas used {execution.blob_gas_used}, want {tx.blob_gas} more"
            ) from None
    built = execution.seal()
    _compare(header, built.block.header, AFTER_EXECUTION)
    if header.hash != built.block.hash:
        raise _difference(header, "hash", header.hash, built.block.hash)
    return built


def _check_choices(header: Header, parent: Header) -> None:
    """What a producer may choose, within its limits."""
    if header.hash != keccak(header.encode()):
        raise _difference(header, "hash", header.hash, keccak(header.encode()))
    if header.timestamp <= parent.timestamp:
        raise InvalidBlock(
            f"block {header.number}: timestamp {header.timestamp} is not after the parent's {parent.timestamp}"
        )
    lowest, highest = rules.gas_limit_bounds(parent.gas_limit)
    if header.gas_limit != parent.gas_limit and not lowest <= header.gas_limit <= highest:
        raise InvalidBlock(
            f"block {header.number}: gas_limit {header.gas_limit} is not within {lowest}…{highest}, "
            f"which is what may follow {parent.gas_limit}"
        )
    if len(header.extra_data) > rules.MAX_EXTRA_DATA:
        raise InvalidBlock(
            f"block {header.number}: extra_data has {len(header.extra_data)} bytes, at most {rules.MAX_EXTRA_DATA}"
        )
    if header.parent_beacon_root is None or header.requests_hash is None:
        raise InvalidBlock(
            f"block {header.number}: header is of an earlier fork: fields after requests_hash are missing"
        )


def _check_body(block: Block) -> None:
    """What a block of ours never carries."""
    if block.uncles:
        raise InvalidBlock(f"block {block.number}: {len(block.uncles)} uncles, none are allowed")
    if block.withdrawals is None or block.withdrawals:
        # A withdrawal makes ether out of nothing; only a beacon chain could vouch for it.
        found = "no list of" if block.withdrawals is None else str(len(block.withdrawals))
        raise InvalidBlock(f"block {block.number}: {found} withdrawals, an empty list is required")


def _compare(theirs: Header, ours: Header, names: tuple[str, ...]) -> None:
    for name in names:
        found, expected = getattr(theirs, name), getattr(ours, name)
        if found != expected:
            raise _difference(theirs, name, found, expected)


def _difference(header: Header, name: str, found: object, expected: object) -> InvalidBlock:
    return InvalidBlock(
        f"block {header.number}: {name} is {_shown(found)}, expected {_shown(expected)}",
        hint="the block was made under other rules or was changed on its way",
    )


def _shown(value: object) -> str:
    return to_hex(value) if isinstance(value, bytes) else str(value)
