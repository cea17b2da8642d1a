"""Records as JSON-RPC objects, field by field as geth writes them (names, order, nulls, what is left out when).

Hex appears here and nowhere below: quantities without leading zeros, data with all bytes, addresses in lower case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from chain.model import (
    AccessList,
    Authorization,
    Block,
    Header,
    LogEntry,
    Receipt,
    Transaction,
    TransactionType,
    Withdrawal,
)
from chain.primitives import to_hex

JsonObject: TypeAlias = dict[str, Any]

quantity = hex
data = to_hex


def word(value: int) -> str:
    """A 32-byte storage value, all digits."""
    return f"0x{value:064x}"


def header_object(header: Header) -> JsonObject:
    """The header's fields; fields of forks the chain has not reached are left out."""
    fields: JsonObject = {
        "number": quantity(header.number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "mixHash": data(header.mix_hash),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(header.logs_bloom),
        "stateRoot": data(header.state_root),
        "miner": data(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "extraData": data(header.extra_data),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "transactionsRoot": data(header.transactions_root),
        "receiptsRoot": data(header.receipts_root),
    }
    later: list[tuple[str, int | bytes | None]] = [
        ("baseFeePerGas", header.base_fee),
        ("withdrawalsRoot", header.withdrawals_root),
        ("blobGasUsed", header.blob_gas_used),
        ("excessBlobGas", header.excess_blob_gas),
        ("parentBeaconBlockRoot", header.parent_beacon_root),
        ("requestsHash", header.requests_hash),
    ]
    for name, value in later:
        if value is not None:
            fields[name] = quantity(value) if isinstance(value, int) else data(value)
    return fields


def block_object(block: Block, *, full: bool) -> JsonObject:
    """A block; `full` with transaction objects instead of hashes."""
    fields = header_object(block.header)
    fields["size"] = quantity(len(block.encode()))
    fields["transactions"] = [
        transaction_object(tx, block.header, index) if full else data(tx.hash)
        for index, tx in enumerate(block.transactions)
    ]
    fields["uncles"] = [data(uncle.hash) for uncle in block.uncles]
    if block.withdrawals is not None and block.header.withdrawals_root is not None:
        fields["withdrawals"] = [_withdrawal(withdrawal) for withdrawal in block.withdrawals]
    return fields


def pending_block_object(block: Block, *, full: bool) -> JsonObject:
    """A block that does not exist yet: no hash, nonce or miner, and its transactions are in no block."""
    fields = block_object(block, full=False)
    if full:
        fields["transactions"] = [transaction_object(tx) for tx in block.transactions]
    return fields | {"hash": None, "nonce": None, "miner": None}


def transaction_object(tx: Transaction, header: Header | None = None, index: int | None = None) -> JsonObject:
    """A transaction; without a header it waits in the pool."""
    price = tx.max_fee_per_gas
    if header is not None and header.base_fee is not None:
        price = tx.effective_gas_price(header.base_fee)
    fields: JsonObject = {
        "blockHash": None if header is None else data(header.hash),
        "blockNumber": None if header is None else quantity(header.number),
        "blockTimestamp": None if header is None else quantity(header.timestamp),
        "from": data(tx.sender),
        "gas": quantity(tx.gas),
        "gasPrice": quantity(price),
        "hash": data(tx.hash),
        "input": data(tx.data),
        "nonce": quantity(tx.nonce),
        "to": None if tx.to is None else data(tx.to),
        "transactionIndex": None if index is None else quantity(index),
        "value": quantity(tx.value),
        "type": quantity(tx.type),
    }
    if tx.type >= TransactionType.DYNAMIC_FEE:
        fields["maxFeePerGas"] = quantity(tx.max_fee_per_gas)
        fields["maxPriorityFeePerGas"] = quantity(tx.max_priority_fee_per_gas)
    if tx.type >= TransactionType.ACCESS_LIST:
        fields["accessList"] = access_list_object(tx.access_list)
    if tx.chain_id is not None:
        fields["chainId"] = quantity(tx.chain_id)
    if tx.type == TransactionType.BLOB:
        fields["maxFeePerBlobGas"] = quantity(tx.max_fee_per_blob_gas)
        fields["blobVersionedHashes"] = [data(item) for item in tx.blob_hashes]
    if tx.type == TransactionType.SET_CODE:
        fields["authorizationList"] = [_authorization(item) for item in tx.authorizations]
    fields |= {"v": quantity(tx.v), "r": quantity(tx.r), "s": quantity(tx.s)}
    if tx.type >= TransactionType.ACCESS_LIST:
        fields["yParity"] = quantity(tx.v)
    return fields


def access_list_object(entries: AccessList) -> list[JsonObject]:
    """EIP-2930."""
    return [{"address": data(address), "storageKeys": [data(key) for key in keys]} for address, keys in entries]


def receipt_object(
    tx: Transaction, receipt: Receipt, header: Header, index: int, logs: Sequence[LogEntry]
) -> JsonObject:
    """A receipt; `logs` are the transaction's own, already placed in the block."""
    fields: JsonObject = {
        "blockHash": data(header.hash),
        "blockNumber": quantity(header.number),
        "transactionHash": data(tx.hash),
        "transactionIndex": quantity(index),
        "from": data(tx.sender),
        "to": None if tx.to is None else data(tx.to),
        "gasUsed": quantity(receipt.gas_used),
        "cumulativeGasUsed": quantity(receipt.cumulative_gas_used),
        "contractAddress": None if receipt.contract_address is None else data(receipt.contract_address),
        "logs": [log_object(entry) for entry in logs],
        "logsBloom": data(receipt.logs_bloom),
        "type": quantity(receipt.type),
        "effectiveGasPrice": quantity(receipt.effective_gas_price),
    }
    if receipt.state_root is not None:
        fields["root"] = data(receipt.state_root)
    else:
        fields["status"] = quantity(receipt.status)
    if receipt.type == TransactionType.BLOB:
        fields["blobGasUsed"] = quantity(receipt.blob_gas_used)
        fields["blobGasPrice"] = quantity(receipt.blob_gas_price)
    return fields


def log_object(entry: LogEntry) -> JsonObject:
    """A log with its place on the chain."""
    return {
        "address": data(entry.log.address),
        "topics": [data(topic) for topic in entry.log.topics],
        "data": data(entry.log.data),
        "blockNumber": quantity(entry.block_number),
        "transactionHash": data(entry.transaction_hash),
        "transactionIndex": quantity(entry.transaction_index),
        "blockHash": data(entry.block_hash),
        "blockTimestamp": quantity(entry.block_timestamp),
        "logIndex": quantity(entry.log_index),
        "removed": entry.removed,
    }


def placed_logs(header: Header, receipts: Sequence[Receipt], *, removed: bool = False) -> Iterator[list[LogEntry]]:
    """The logs of each receipt of a block, numbered through the block."""
    log_index = 0
    for index, receipt in enumerate(receipts):
        entries = [
            LogEntry(
                log=log,
                block_hash=header.hash,
                block_number=header.number,
                block_timestamp=header.timestamp,
                transaction_hash=receipt.transaction_hash,
                transaction_index=index,
                log_index=log_index + offset,
                removed=removed,
            )
            for offset, log in enumerate(receipt.logs)
        ]
        log_index += len(entries)
        yield entries


def _authorization(item: Authorization) -> JsonObject:
    return {
        "chainId": quantity(item.chain_id),
        "address": data(item.address),
        "nonce": quantity(item.nonce),
        "yParity": quantity(item.y_parity),
        "r": quantity(item.r),
        "s": quantity(item.s),
    }


def _withdrawal(item: Withdrawal) -> JsonObject:
    return {
        "index": quantity(item.index),
        "validatorIndex": quantity(item.validator_index),
        "address": data(item.address),
        "amount": quantity(item.amount),
    }
