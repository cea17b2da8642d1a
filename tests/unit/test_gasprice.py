"""Base fee, tip and fee history, against numbers of the EIPs and of mainnet."""

from __future__ import annotations

import msgspec
import pytest

from chain import gasprice
from chain.model import Block, Header, Receipt, Transaction
from chain.primitives import EMPTY_TRIE_ROOT, ZERO_ADDRESS, ZERO_HASH

GWEI = 10**9


def header(number: int = 0, **fields: int) -> Header:
    blank = Header(
        parent_hash=ZERO_HASH,
        coinbase=ZERO_ADDRESS,
        state_root=EMPTY_TRIE_ROOT,
        transactions_root=EMPTY_TRIE_ROOT,
        receipts_root=EMPTY_TRIE_ROOT,
        logs_bloom=bytes(256),
        number=number,
        gas_limit=30_000_000,
        gas_used=0,
        timestamp=number,
        extra_data=b"",
        mix_hash=ZERO_HASH,
        base_fee=GWEI,
        excess_blob_gas=0,
        blob_gas_used=0,
    )
    return msgspec.structs.replace(blank, **fields, hash=b"")


@pytest.mark.parametrize(
    ("base_fee", "gas_used", "following"),
    [
        # EIP-1559's own test vectors, gas limit 20,000,000
        (1_000_000_000, 10_000_000, 1_000_000_000),
        (1_000_000_000, 9_000_000, 987_500_000),
        (1_000_000_000, 11_000_000, 1_012_500_000),
        (1, 20_000_000, 2),
        (7, 0, 7),
    ],
)
def test_the_base_fee_moves_with_the_gas_used(base_fee: int, gas_used: int, following: int) -> None:
    assert gasprice.next_base_fee(header(gas_limit=20_000_000, gas_used=gas_used, base_fee=base_fee)) == following


@pytest.mark.parametrize(("excess", "price"), [(0, 1), (10_000_000, 7), (100_000_000, 470_442_149)])
def test_the_blob_base_fee_grows_exponentially_with_the_excess(excess: int, price: int) -> None:
    assert gasprice.blob_base_fee(excess) == price


def test_the_gas_price_survives_one_full_block() -> None:
    head = header(gas_used=30_000_000)
    price = gasprice.gas_price_with_headroom(head, tip=GWEI)

    full = header(1, base_fee=gasprice.next_base_fee(head), gas_used=30_000_000)

    assert price >= gasprice.next_base_fee(full) + GWEI


def test_the_gas_price_is_enough_for_a_call_at_the_head_when_the_base_fee_falls() -> None:
    head = header(gas_used=0)

    assert gasprice.gas_price_with_headroom(head, tip=1) > (head.base_fee or 0)


def test_an_empty_chain_still_suggests_a_tip() -> None:
    assert gasprice.suggested_tip([Block(header=header())]) == gasprice.DEFAULT_TIP


def paying(tip: int, gas: int) -> tuple[Transaction, Receipt]:
    tx = Transaction(
        raw=b"",
        hash=bytes([tip]) * 32,
        type=2,
        chain_id=1,
        sender=ZERO_ADDRESS,
        nonce=0,
        gas=gas,
        max_fee_per_gas=100 * GWEI,
        max_priority_fee_per_gas=tip * GWEI,
        to=ZERO_ADDRESS,
        value=0,
        data=b"",
        v=0,
        r=1,
        s=1,
    )
    receipt = Receipt(
        transaction_hash=tx.hash,
        type=2,
        status=1,
        gas_used=gas,
        cumulative_gas_used=gas,
        effective_gas_price=tx.effective_gas_price(GWEI),
        logs=(),
        logs_bloom=bytes(256),
    )
    return tx, receipt


def test_fee_history_has_one_fee_more_than_blocks_and_rewards_are_tips() -> None:
    pairs = [paying(3, 200_000), paying(1, 100_000), paying(9, 700_000)]
    block = Block(header=header(1, gas_used=1_000_000), transactions=tuple(tx for tx, _ in pairs))
    chain = {0: (Block(header=header()), ()), 1: (block, tuple(receipt for _, receipt in pairs))}

    history = gasprice.fee_history(1, 5, [0, 10, 11, 30, 31, 100], lambda n: chain[n][0].header, lambda n: chain[n])

    assert history.oldest == 0
    assert len(history.base_fees) == len(history.blob_base_fees) == 3
    assert history.base_fees[2] == gasprice.next_base_fee(block.header)
    assert history.gas_used_ratios == (0.0, pytest.approx(1 / 30))
    assert history.rewards is not None
    assert history.rewards[0] == (0,) * 6
    assert [reward // GWEI for reward in history.rewards[1]] == [1, 1, 3, 3, 9, 9]


def test_fee_history_without_percentiles_reads_no_bodies() -> None:
    def unread(number: int) -> tuple[Block, tuple[Receipt, ...]]:
        raise AssertionError(f"body {number} was read")

    assert gasprice.fee_history(0, 1, [], lambda n: header(n), unread).rewards is None
