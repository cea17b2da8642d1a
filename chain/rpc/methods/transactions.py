"""Transactions and receipts, by hash and by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chain.model import Location, Transaction
from chain.primitives import Hash32
from chain.rpc.encode import JsonObject, data, placed_logs, receipt_object, transaction_object
from chain.rpc.methods.blocks import known_block
from chain.rpc.params import Params
from chain.rpc.service import Service

if TYPE_CHECKING:
    from chain.node import Tag


def transaction_by_hash(service: Service, params: Params) -> JsonObject | None:
    """Mined or waiting, or null."""
    found = service.node.find(params.at_most(1).hash(0))
    if found is None:
        return None
    tx, location = found
    if location is None:
        return transaction_object(tx)
    return transaction_object(tx, service.node.header(location.block_hash), location.index)


def transaction_by_number(service: Service, params: Params) -> JsonObject | None:
    """By block and index, or null."""
    return _at(service, service.block(params.at_most(2), 0, default=None), params.quantity(1))


def transaction_by_block_hash(service: Service, params: Params) -> JsonObject | None:
    """By block and index, or null."""
    return _at(service, params.at_most(2).hash(0), params.quantity(1))


def receipt(service: Service, params: Params) -> JsonObject | None:
    """Null while the transaction is in no block."""
    return receipt_of(service, params.at_most(1).hash(0))


def raw_by_hash(service: Service, params: Params) -> str | None:
    """Signed bytes, mined or waiting, or null."""
    found = service.node.find(params.at_most(1).hash(0))
    return None if found is None else data(found[0].raw)


def raw_by_number(service: Service, params: Params) -> str | None:
    """Signed bytes by block and index, or null."""
    return _raw_at(service, service.block(params.at_most(2), 0, default=None), params.quantity(1))


def raw_by_block_hash(service: Service, params: Params) -> str | None:
    """Signed bytes by block and index, or null."""
    return _raw_at(service, params.at_most(2).hash(0), params.quantity(1))


def receipt_of(service: Service, tx_hash: Hash32) -> JsonObject | None:
    """The receipt of a mined transaction, or None."""
    found = service.node.find(tx_hash)
    if found is None:
        return None
    tx, location = found
    return None if location is None else _receipt_at(service, tx, location)


def _receipt_at(service: Service, tx: Transaction, location: Location) -> JsonObject:
    header = service.node.header(location.block_hash)
    receipts = service.node.receipts(location.block_hash)
    # Logs are numbered through the block, so those before this transaction have to be counted.
    logs = list(placed_logs(header, receipts[: location.index + 1]))[-1]
    return receipt_object(tx, receipts[location.index], header, location.index, logs)


def _place(service: Service, tag: Tag, index: int) -> Any:
    block = known_block(service, tag)
    if block is None or index >= len(block.transactions):
        return None
    return block, block.transactions[index]


def _at(service: Service, tag: Tag, index: int) -> JsonObject | None:
    place = _place(service, tag, index)
    return None if place is None else transaction_object(place[1], place[0].header, index)


def _raw_at(service: Service, tag: Tag, index: int) -> str | None:
    place = _place(service, tag, index)
    return None if place is None else data(place[1].raw)


METHODS = {
    "eth_getTransactionByHash": transaction_by_hash,
    "eth_getTransactionByBlockNumberAndIndex": transaction_by_number,
    "eth_getTransactionByBlockHashAndIndex": transaction_by_block_hash,
    "eth_getTransactionReceipt": receipt,
    "eth_getRawTransactionByHash": raw_by_hash,
    "eth_getRawTransactionByBlockNumberAndIndex": raw_by_number,
    "eth_getRawTransactionByBlockHashAndIndex": raw_by_block_hash,
}
