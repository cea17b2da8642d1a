from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import DataFolderCorrupt
from chain.model import Authorization, Block, Header, Location, Log, Receipt, Transaction, Withdrawal
from chain.store import codec
from tests.unit.store.forging import transaction

hashes = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20)
words = st.integers(0, 2**256 - 1) | st.sampled_from([2**63, 2**64 - 1, 2**64, 2**256 - 1])
short = st.integers(0, 2**64 - 1)


def tuples(values: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=most).map(tuple)


authorizations = st.builds(
    Authorization,
    chain_id=words,
    address=addresses,
    nonce=short,
    y_parity=st.integers(0, 255),
    r=words,
    s=words,
    authority=st.none() | addresses,
)
transactions = st.builds(
    lambda data, before, **fields: Transaction(raw=before + data + b"\x01", data=data, **fields),
    data=st.binary(max_size=40) | st.binary(min_size=250, max_size=300),
    before=st.binary(max_size=300),
    hash=hashes,
    type=st.integers(0, 4),
    chain_id=st.none() | words,
    sender=addresses,
    nonce=short,
    gas=words,
    max_fee_per_gas=words,
    max_priority_fee_per_gas=words,
    to=st.none() | addresses,
    value=words,
    v=words,
    r=words,
    s=words,
    access_list=tuples(st.tuples(addresses, tuples(hashes))),
    authorizations=tuples(authorizations),
    max_fee_per_blob_gas=words,
    blob_hashes=tuples(hashes),
)
headers = st.builds(
    Header,
    parent_hash=hashes,
    coinbase=addresses,
    state_root=hashes,
    transactions_root=hashes,
    receipts_root=hashes,
    logs_bloom=st.binary(min_size=256, max_size=256),
    number=short,
    gas_limit=words,
    gas_used=words,
    timestamp=words,
    extra_data=st.binary(max_size=32),
    mix_hash=hashes,
    nonce=st.binary(min_size=8, max_size=8),
    difficulty=words,
    uncles_hash=hashes,
    base_fee=st.none() | words,
    withdrawals_root=st.none() | hashes,
    blob_gas_used=st.none() | words,
    excess_blob_gas=st.none() | words,
    parent_beacon_root=st.none() | hashes,
    requests_hash=st.none() | hashes,
    hash=hashes,
)
withdrawals = st.builds(Withdrawal, index=words, validator_index=words, address=addresses, amount=words)
blocks = st.builds(
    Block,
    header=headers,
    transactions=tuples(transactions),
    uncles=tuples(headers, 2),
    withdrawals=st.none() | tuples(withdrawals),
)
receipts = st.builds(
    Receipt,
    transaction_hash=hashes,
    type=st.integers(0, 4),
    status=st.integers(0, 1),
    gas_used=words,
    cumulative_gas_used=words,
    effective_gas_price=words,
    logs=tuples(st.builds(Log, address=addresses, topics=tuples(hashes, 4), data=st.binary(max_size=80))),
    logs_bloom=st.binary(min_size=256, max_size=256) | st.just(bytes(256)),
    contract_address=st.none() | addresses,
    blob_gas_used=words,
    blob_gas_price=words,
    state_root=st.none() | hashes,
)


@settings(max_examples=60, deadline=None)
@given(headers)
def test_a_header_comes_back_as_it_went_in(header: Header) -> None:
    assert codec.decode_header(codec.encode_header(header)) == header


@settings(max_examples=80, deadline=None)
@given(blocks)
def test_a_block_comes_back_as_it_went_in_whole_or_one_transaction_at_a_time(block: Block) -> None:
    body = codec.encode_body(block)

    assert codec.decode_block(block.header, body) == block
    assert tuple(codec.decode_transaction(body, n) for n in range(len(block.transactions))) == block.transactions


@settings(max_examples=60, deadline=None)
@given(tuples(receipts))
def test_receipts_come_back_as_they_went_in(all_receipts: tuple[Receipt, ...]) -> None:
    assert codec.decode_receipts(codec.encode_receipts(all_receipts)) == all_receipts


@given(st.builds(Location, block_hash=hashes, block_number=short, index=st.integers(0, 2**32 - 1)))
def test_a_location_comes_back_as_it_went_in(location: Location) -> None:
    assert codec.decode_location(codec.encode_location(location)) == location


def test_long_call_data_is_not_written_twice() -> None:
    block = Block(header=HEADER, transactions=(transaction(1, data=bytes(range(256)) * 40),))

    assert len(codec.encode_body(block)) < 10_240 + 800


def test_records_that_are_not_records_are_called_corrupt() -> None:
    for decode in (
        codec.decode_header,
        codec.decode_receipts,
        codec.decode_location,
        lambda b: codec.decode_block(HEADER, b),
    ):
        with pytest.raises(DataFolderCorrupt):
            decode(b"\x93\x01\x02")
    with pytest.raises(DataFolderCorrupt, match="transaction 3 of a block that has 0"):
        codec.decode_transaction(codec.encode_body(Block(header=HEADER)), 3)


def test_the_field_order_on_disk_is_pinned() -> None:
    # A change here is a change of the store's format: it needs a migration (chain/store/migrations.py).
    assert Transaction.__struct_fields__ == (
        *("raw", "hash", "type", "chain_id", "sender", "nonce", "gas", "max_fee_per_gas", "max_priority_fee_per_gas"),
        *("to", "value", "data", "v", "r", "s", "access_list", "authorizations", "max_fee_per_blob_gas", "blob_hashes"),
    )
    assert Authorization.__struct_fields__ == ("chain_id", "address", "nonce", "y_parity", "r", "s", "authority")
    assert Header.__struct_fields__ == (
        *("parent_hash", "coinbase", "state_root", "transactions_root", "receipts_root", "logs_bloom", "number"),
        *("gas_limit", "gas_used", "timestamp", "extra_data", "mix_hash", "nonce", "difficulty", "uncles_hash"),
        *("base_fee", "withdrawals_root", "blob_gas_used", "excess_blob_gas", "parent_beacon_root", "requests_hash"),
        "hash",
    )
    assert Withdrawal.__struct_fields__ == ("index", "validator_index", "address", "amount")
    assert Log.__struct_fields__ == ("address", "topics", "data")
    assert Receipt.__struct_fields__ == (
        *("transaction_hash", "type", "status", "gas_used", "cumulative_gas_used", "effective_gas_price", "logs"),
        *("logs_bloom", "contract_address", "blob_gas_used", "blob_gas_price", "state_root"),
    )


HEADER = Header(
    parent_hash=bytes(32),
    coinbase=bytes(20),
    state_root=bytes(32),
    transactions_root=bytes(32),
    receipts_root=bytes(32),
    logs_bloom=bytes(256),
    number=1,
    gas_limit=1,
    gas_used=0,
    timestamp=1,
    extra_data=b"",
    mix_hash=bytes(32),
)
