"""How our records look on disk: msgpack arrays in field order, part of the store's format version.

Everything that costs to find out (hashes, senders, authorities) is stored, so reading recovers nothing. msgpack
integers end at 64 bits: fields that may be wider are written as big-endian bytes when they are. Call data of 256 bytes
and more already stands in `raw` and is written as its place there. An empty receipt bloom is written as no bytes.

A changed record changes the format: a test pins the field order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from chain.errors import DataFolderCorrupt
from chain.model import Authorization, Block, Header, Location, Log, Receipt, Transaction, Withdrawal
from chain.primitives import Address, Hash32, bytes_to_int, int_to_bytes

_WIDEST = 2**64 - 1
_NO_BLOOM = bytes(256)
_LONG_DATA = 256  # bytes

_Wide: TypeAlias = int | bytes
_Opt: TypeAlias = bytes | None
_Auth: TypeAlias = tuple[_Wide, bytes, _Wide, _Wide, _Wide, _Wide, _Opt]
_Access: TypeAlias = tuple[tuple[bytes, tuple[bytes, ...]], ...]
_Data: TypeAlias = bytes | tuple[int, int]  # itself, or offset and length in `raw`
_Withdrawal: TypeAlias = tuple[_Wide, _Wide, bytes, _Wide]
_Log: TypeAlias = tuple[bytes, tuple[bytes, ...], bytes]
_Transaction: TypeAlias = tuple[
    bytes,  # raw
    bytes,  # hash
    int,  # type
    _Wide | None,  # chain_id
    bytes,  # sender
    _Wide,  # nonce
    _Wide,  # gas
    _Wide,  # max_fee_per_gas
    _Wide,  # max_priority_fee_per_gas
    _Opt,  # to
    _Wide,  # value
    _Data,  # data
    _Wide,  # v
    _Wide,  # r
    _Wide,  # s
    _Access,
    tuple[_Auth, ...],
    _Wide,  # max_fee_per_blob_gas
    tuple[bytes, ...],  # blob_hashes
]
_Header: TypeAlias = tuple[
    bytes,  # parent_hash
    bytes,  # coinbase
    bytes,  # state_root
    bytes,  # transactions_root
    bytes,  # receipts_root
    bytes,  # logs_bloom
    int,  # number
    _Wide,  # gas_limit
    _Wide,  # gas_used
    _Wide,  # timestamp
    bytes,  # extra_data
    bytes,  # mix_hash
    bytes,  # nonce
    _Wide,  # difficulty
    bytes,  # uncles_hash
    _Wide | None,  # base_fee
    _Opt,  # withdrawals_root
    _Wide | None,  # blob_gas_used
    _Wide | None,  # excess_blob_gas
    _Opt,  # parent_beacon_root
    _Opt,  # requests_hash
    bytes,  # hash
]
_Receipt: TypeAlias = tuple[
    bytes,  # transaction_hash
    int,  # type
    int,  # status
    _Wide,  # gas_used
    _Wide,  # cumulative_gas_used
    _Wide,  # effective_gas_price
    tuple[_Log, ...],
    bytes,  # logs_bloom
    _Opt,  # contract_address
    _Wide,  # blob_gas_used
    _Wide,  # blob_gas_price
    _Opt,  # state_root
]


def _places(record: type[msgspec.Struct], *names: str) -> tuple[int, ...]:
    return tuple(record.__struct_fields__.index(name) for name in names)


_FEES = ("max_fee_per_gas", "max_priority_fee_per_gas", "max_fee_per_blob_gas")
_TRANSACTION_WIDE = _places(Transaction, "chain_id", "nonce", "gas", "value", "v", "r", "s", *_FEES)
_TRANSACTION_DATA, _TRANSACTION_AUTHORIZATIONS = _places(Transaction, "data", "authorizations")
_AUTHORIZATION_WIDE = _places(Authorization, "chain_id", "nonce", "y_parity", "r", "s")
_HEADER_WIDE = _places(
    Header, "gas_limit", "gas_used", "timestamp", "difficulty", "base_fee", "blob_gas_used", "excess_blob_gas"
)
_WITHDRAWAL_WIDE = _places(Withdrawal, "index", "validator_index", "amount")
_RECEIPT_WIDE = _places(
    Receipt, "gas_used", "cumulative_gas_used", "effective_gas_price", "blob_gas_used", "blob_gas_price"
)
_RECEIPT_LOGS, _RECEIPT_BLOOM = _places(Receipt, "logs", "logs_bloom")

_encode = msgspec.msgpack.Encoder().encode
_header_decoder = msgspec.msgpack.Decoder(_Header)
_transaction_decoder = msgspec.msgpack.Decoder(_Transaction)
_body_decoder = msgspec.msgpack.Decoder(
    tuple[tuple[_Transaction, ...], tuple[_Header, ...], tuple[_Withdrawal, ...] | None]
)
_sparse_body_decoder = msgspec.msgpack.Decoder(tuple[tuple[msgspec.Raw, ...], msgspec.Raw, msgspec.Raw])
_receipts_decoder = msgspec.msgpack.Decoder(tuple[_Receipt, ...])


def encode_header(header: Header) -> bytes:
    """A header with its hash."""
    return _encode(_narrowed(header, _HEADER_WIDE))


def decode_header(data: bytes) -> Header:
    """Inverse of `encode_header`; DataFolderCorrupt on anything else."""
    return _header(_decode(_header_decoder, data))


def encode_body(block: Block) -> bytes:
    """A block without its header."""
    withdrawals = block.withdrawals
    return _encode(
        (
            [_transaction_row(tx) for tx in block.transactions],
            [_narrowed(uncle, _HEADER_WIDE) for uncle in block.uncles],
            None if withdrawals is None else [_narrowed(w, _WITHDRAWAL_WIDE) for w in withdrawals],
        )
    )


def decode_block(header: Header, body: bytes) -> Block:
    """A header and `encode_body` put together; DataFolderCorrupt when the body cannot be read."""
    transactions, uncles, withdrawals = _decode(_body_decoder, body)
    return Block(
        header=header,
        transactions=tuple([_transaction(row) for row in transactions]),
        uncles=tuple([_header(row) for row in uncles]),
        withdrawals=None if withdrawals is None else tuple([_withdrawal(row) for row in withdrawals]),
    )


def decode_transaction(body: bytes, index: int) -> Transaction:
    """One transaction of a body, without decoding its neighbours."""
    rows, _, _ = _decode(_sparse_body_decoder, body)
    if index >= len(rows):
        raise DataFolderCorrupt(f"a lookup names transaction {index} of a block that has {len(rows)}")
    return _transaction(_decode(_transaction_decoder, rows[index]))


def encode_receipts(receipts: Sequence[Receipt]) -> bytes:
    """All receipts of one block."""
    return _encode([_receipt_row(receipt) for receipt in receipts])


def decode_receipts(data: bytes) -> tuple[Receipt, ...]:
    """Inverse of `encode_receipts`; DataFolderCorrupt on anything else."""
    return tuple([_receipt(row) for row in _decode(_receipts_decoder, data)])


def encode_location(location: Location) -> bytes:
    """44 bytes: block hash, block number, index."""
    return location.block_hash + location.block_number.to_bytes(8, "big") + location.index.to_bytes(4, "big")


def decode_location(data: bytes) -> Location:
    """Inverse of `encode_location`; DataFolderCorrupt on another length."""
    if len(data) != 44:
        raise DataFolderCorrupt(f"a transaction lookup has {len(data)} bytes instead of 44")
    return Location(block_hash=data[:32], block_number=bytes_to_int(data[32:40]), index=bytes_to_int(data[40:]))


def _decode(decoder: msgspec.msgpack.Decoder[Any], data: bytes | msgspec.Raw) -> Any:
    try:
        return decoder.decode(data)
    except msgspec.MsgspecError as problem:
        raise DataFolderCorrupt(
            f"a stored record cannot be read: {problem}",
            hint="restore the data folder from a copy made while the node was stopped",
        ) from problem


def _narrowed(record: msgspec.Struct, wide: tuple[int, ...]) -> list[Any]:
    row = list(msgspec.structs.astuple(record))
    for place in wide:
        value = row[place]
        if value is not None and value > _WIDEST:
            row[place] = int_to_bytes(value)
    return row


def _widened(names: tuple[str, ...], row: Sequence[Any], wide: tuple[int, ...]) -> dict[str, Any]:
    values = dict(zip(names, row, strict=True))
    for place in wide:
        if type(row[place]) is bytes:
            values[names[place]] = bytes_to_int(row[place])
    return values


def _transaction_row(tx: Transaction) -> list[Any]:
    row = _narrowed(tx, _TRANSACTION_WIDE)
    if len(tx.data) >= _LONG_DATA:
        start = tx.raw.find(tx.data)
        if start >= 0:
            row[_TRANSACTION_DATA] = (start, len(tx.data))
    if tx.authorizations:
        row[_TRANSACTION_AUTHORIZATIONS] = [_narrowed(item, _AUTHORIZATION_WIDE) for item in tx.authorizations]
    return row


def _transaction(row: Sequence[Any]) -> Transaction:
    values = _widened(Transaction.__struct_fields__, row, _TRANSACTION_WIDE)
    data = values["data"]
    if type(data) is tuple:
        start, length = data
        values["data"] = values["raw"][start : start + length]
    if values["authorizations"]:
        values["authorizations"] = tuple(
            [
                Authorization(**_widened(Authorization.__struct_fields__, item, _AUTHORIZATION_WIDE))
                for item in values["authorizations"]
            ]
        )
    return Transaction(**values)


def _header(row: Sequence[Any]) -> Header:
    return Header(**_widened(Header.__struct_fields__, row, _HEADER_WIDE))


def _withdrawal(row: Sequence[Any]) -> Withdrawal:
    return Withdrawal(**_widened(Withdrawal.__struct_fields__, row, _WITHDRAWAL_WIDE))


def _receipt_row(receipt: Receipt) -> list[Any]:
    row = _narrowed(receipt, _RECEIPT_WIDE)
    row[_RECEIPT_LOGS] = [(log.address, log.topics, log.data) for log in receipt.logs]
    if receipt.logs_bloom == _NO_BLOOM:
        row[_RECEIPT_BLOOM] = b""
    return row


def _receipt(row: Sequence[Any]) -> Receipt:
    values = _widened(Receipt.__struct_fields__, row, _RECEIPT_WIDE)
    values["logs"] = tuple([_log(*log) for log in values["logs"]])
    values["logs_bloom"] = values["logs_bloom"] or _NO_BLOOM
    return Receipt(**values)


def _log(address: Address, topics: tuple[Hash32, ...], data: bytes) -> Log:
    return Log(address=address, topics=topics, data=data)
