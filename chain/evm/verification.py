"""Checking a block that somebody else made: execute it, and compare every field of its header with our own."""

from __future__ import annotations

from collections.abc import Mapping

from chain.errors import InvalidBlock, TransactionRejected
from chain.evm.ancestors import HeaderSource
from chain.evm.checks import check_body, check_fields, check_header, difference
from chain.evm.execution import BlockExecution, NoRoom, open_header
from chain.evm.forks import Forks
from chain.evm.vm import Engine
from chain.evm.work import ProofOfWork
from chain.model import Block, Built, Header
from chain.primitives import ZERO_HASH
from chain.spec import Fork

# Cause before effect: the first difference in this order is the one worth naming.
BEFORE_EXECUTION = (
    "parent_hash",
    "number",
    "base_fee",
    "excess_blob_gas",
    "difficulty",
    "nonce",
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
    forks: Forks,
    nodes: Mapping[bytes, bytes],
    headers: HeaderSource,
    engine: Engine,
    work: ProofOfWork,
    block: Block,
    parent: Header,
) -> Built:
    """The block with its receipts and nodes, as if we had made it. Raises InvalidBlock naming the first difference."""
    header = block.header
    fork = forks.of(header)
    if header.difficulty and forks.of(parent) >= Fork.PARIS:
        raise difference(header, "difficulty", header.difficulty, 0)  # EIP-3675: no way back to work
    check_fields(header, fork)
    check_header(forks, header, parent)
    check_body(forks, block, fork)
    if fork < Fork.PARIS:
        work.check(block, parent)
    opened = open_header(
        forks,
        parent,
        timestamp=header.timestamp,
        coinbase=header.coinbase,
        gas_limit=header.gas_limit,
        prev_randao=header.mix_hash,
        extra_data=header.extra_data,
        parent_beacon_root=header.parent_beacon_root or ZERO_HASH,
        difficulty=header.difficulty,
        nonce=header.nonce if fork < Fork.PARIS else bytes(8),
    )
    _compare(header, opened, BEFORE_EXECUTION)
    execution = BlockExecution(forks, nodes, headers, opened, engine)
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
    built = execution.seal(withdrawals=block.withdrawals or (), uncles=block.uncles)
    _compare(header, built.block.header, AFTER_EXECUTION)
    if header.hash != built.block.hash:
        raise difference(header, "hash", header.hash, built.block.hash)
    return built


def _compare(theirs: Header, ours: Header, names: tuple[str, ...]) -> None:
    for name in names:
        found, expected = getattr(theirs, name), getattr(ours, name)
        if found != expected:
            raise difference(theirs, name, found, expected)
