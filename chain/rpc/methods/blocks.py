"""Blocks: by number, tag or hash, their receipts and counts, and the view of the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chain.errors import UnknownBlock
from chain.gasprice import next_base_fee, next_excess_blob_gas
from chain.model import Block, Header, Transaction
from chain.primitives import EMPTY_TRIE_ROOT, ZERO_ADDRESS, ZERO_HASH
from chain.rpc.encode import (
    JsonObject,
    block_object,
    header_object,
    pending_block_object,
    placed_logs,
    quantity,
    receipt_object,
)
from chain.rpc.later import then
from chain.rpc.params import Params
from chain.rpc.service import Early, Service

if TYPE_CHECKING:
    from chain.node import Tag


def block_number(service: Early, params: Params) -> str:
    """Height of the head."""
    return quantity(service.chain.head().number)


def block_by_number(service: Service, params: Params) -> Any:
    """A block, or null. `pending` is the next block as it would be begun now."""
    tag, full = service.block(params.at_most(2), 0, default=None), params.flag(1)
    if tag == "pending":
        return then(service.node.pool_content(), lambda content: _pending(service, _ready(content.ready), full))
    return _block(service, tag, full)


def made_block(service: Early, params: Params) -> Any:
    """A block, or null. Never asked for `pending`: see `Reception`."""
    return _block(service, service.block(params.at_most(2), 0, default=None), params.flag(1))


def block_by_hash(service: Early, params: Params) -> Any:
    """A block, canonical or not, or null."""
    return _block(service, params.at_most(2).hash(0), params.flag(1))


def header_by_number(service: Early, params: Params) -> JsonObject | None:
    """A block without its body, or null."""
    header = _header(service, service.block(params.at_most(1), 0, default=None))
    return None if header is None else header_object(header)


def header_by_hash(service: Early, params: Params) -> JsonObject | None:
    """A block without its body, or null."""
    header = _header(service, params.at_most(1).hash(0))
    return None if header is None else header_object(header)


def block_receipts(service: Early, params: Params) -> Any:
    """All receipts of a block, or null."""
    tag = service.block(params.at_most(1), 0, default=None)
    return service.chain.run(lambda: _receipts(service, tag))


def transaction_count_by_number(service: Service, params: Params) -> Any:
    """Transactions in a block, or null."""
    tag = service.block(params.at_most(1), 0, default=None)
    if tag == "pending":
        return then(service.node.pool_content(), lambda content: quantity(len(_ready(content.ready))))
    return _count(service, tag)


def transaction_count_by_hash(service: Early, params: Params) -> str | None:
    """Transactions in a block, or null."""
    return _count(service, params.at_most(1).hash(0))


def uncle_count_by_number(service: Early, params: Params) -> str | None:
    """0x0 since the merge; null for an unknown block."""
    return _uncle_count(service, service.block(params.at_most(1), 0, default=None))


def uncle_count_by_hash(service: Early, params: Params) -> str | None:
    """0x0 since the merge; null for an unknown block."""
    return _uncle_count(service, params.at_most(1).hash(0))


def uncle_by_number(service: Early, params: Params) -> JsonObject | None:
    """Null, except on imported chains from before the merge."""
    return _uncle(service, service.block(params.at_most(2), 0, default=None), params.quantity(1))


def uncle_by_hash(service: Early, params: Params) -> JsonObject | None:
    """Null, except on imported chains from before the merge."""
    return _uncle(service, params.at_most(2).hash(0), params.quantity(1))


def known_block(service: Early, tag: Tag) -> Block | None:
    """The block, or None."""
    try:
        return service.chain.block(tag)
    except UnknownBlock:
        return None


def next_block(head: Header, timestamp: int, transactions: tuple[Transaction, ...]) -> Block:
    """The block after `head` before it is executed; roots and gas used are those of nothing done yet."""
    header = Header(
        parent_hash=head.hash,
        coinbase=ZERO_ADDRESS,
        state_root=head.state_root,
        transactions_root=EMPTY_TRIE_ROOT,
        receipts_root=EMPTY_TRIE_ROOT,
        logs_bloom=bytes(256),
        number=head.number + 1,
        gas_limit=head.gas_limit,
        gas_used=0,
        timestamp=timestamp,
        extra_data=b"",
        mix_hash=ZERO_HASH,
        base_fee=None if head.base_fee is None else next_base_fee(head),
        withdrawals_root=None if head.withdrawals_root is None else EMPTY_TRIE_ROOT,
        blob_gas_used=None if head.blob_gas_used is None else 0,
        excess_blob_gas=None if head.excess_blob_gas is None else next_excess_blob_gas(head),
        parent_beacon_root=None if head.parent_beacon_root is None else ZERO_HASH,
        requests_hash=head.requests_hash,
    )
    return Block(header=header, transactions=transactions)


def _ready(content: Any) -> tuple[Transaction, ...]:
    return tuple(by_nonce[nonce] for by_nonce in content.values() for nonce in sorted(by_nonce))


def _pending(service: Service, transactions: tuple[Transaction, ...], full: bool) -> JsonObject:
    block = next_block(*service.node.upcoming(), transactions)
    return pending_block_object(block, full=full)


def _block(service: Early, tag: Tag, full: bool) -> Any:
    def read() -> JsonObject | None:
        block = known_block(service, tag)
        return None if block is None else block_object(block, full=full)

    # With all transactions written out a large block takes long enough to be felt by other callers.
    return service.chain.run(read) if full else read()


def _header(service: Early, tag: Tag) -> Header | None:
    try:
        return service.chain.header(tag)
    except UnknownBlock:
        return None


def _receipts(service: Early, tag: Tag) -> list[JsonObject] | None:
    block = known_block(service, tag)
    if block is None:
        return None
    receipts = service.chain.receipts(block.hash)
    placed = placed_logs(block.header, receipts)
    return [
        receipt_object(tx, receipt, block.header, index, logs)
        for index, (tx, receipt, logs) in enumerate(zip(block.transactions, receipts, placed, strict=True))
    ]


def _count(service: Early, tag: Tag) -> str | None:
    block = known_block(service, tag)
    return None if block is None else quantity(len(block.transactions))


def _uncle_count(service: Early, tag: Tag) -> str | None:
    block = known_block(service, tag)
    return None if block is None else quantity(len(block.uncles))


def _uncle(service: Early, tag: Tag, index: int) -> JsonObject | None:
    block = known_block(service, tag)
    if block is None or index >= len(block.uncles):
        return None
    return block_object(Block(header=block.uncles[index], withdrawals=None), full=False)


EARLY = {
    "eth_blockNumber": block_number,
    "eth_getBlockByNumber": made_block,
    "eth_getBlockByHash": block_by_hash,
    "eth_getHeaderByNumber": header_by_number,
    "eth_getHeaderByHash": header_by_hash,
    "eth_getBlockReceipts": block_receipts,
    "eth_getBlockTransactionCountByHash": transaction_count_by_hash,
    "eth_getUncleCountByBlockNumber": uncle_count_by_number,
    "eth_getUncleCountByBlockHash": uncle_count_by_hash,
    "eth_getUncleByBlockNumberAndIndex": uncle_by_number,
    "eth_getUncleByBlockHashAndIndex": uncle_by_hash,
}
METHODS = {
    **EARLY,
    "eth_getBlockByNumber": block_by_number,
    "eth_getBlockTransactionCountByNumber": transaction_count_by_number,
}
