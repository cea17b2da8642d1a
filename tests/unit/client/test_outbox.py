"""Sending where blocks are slow, dear or taken back, on our own development node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chain import Client
from chain.client import Outbox, Patience, outbox
from chain.errors import TransactionFailed, TransactionPending
from chain.launch.dev import dev
from chain.primitives import checksum, to_hex
from chain.wallet import dev_accounts

ALICE, BOB = dev_accounts(2)
GWEI = 10**9


@pytest.fixture(scope="module")
def chain() -> Iterator[Client]:
    with dev(platform=False) as client:
        yield client


@pytest.fixture
def client(chain: Client) -> Iterator[Client]:
    snapshot = chain.rpc("evm_snapshot")
    yield chain
    chain.rpc("evm_revert", snapshot)


def gift() -> dict[str, object]:
    return {"to": checksum(BOB.address), "data": b"", "gas": 21_000}


def paid(client: Client, transaction_hash: bytes) -> int:
    return int(client.rpc("eth_getTransactionByHash", to_hex(transaction_hash))["maxFeePerGas"], 16)


def test_a_transaction_that_finds_no_block_is_offered_for_more_under_the_same_nonce(client, monkeypatch):
    client.rpc("evm_setAutomine", False)
    told = []

    def hear(text: str) -> None:
        told.append(text)
        if len(told) == 2:
            client.rpc("evm_mine")

    monkeypatch.setattr(outbox, "_pause", lambda looks: None)
    nonce = Outbox(client, ALICE).nonce()
    mined = Outbox(client, ALICE, Patience(replace_seconds=0.0), hear).send(gift(), value=7)

    assert len(told) >= 2
    assert all(f"nonce {nonce} found no block" in text for text in told)
    assert Outbox(client, ALICE).nonce("latest") == nonce + 1
    assert paid(client, mined.transaction_hash) >= 1.2 * 2 * GWEI  # twice raised by a tenth


def test_no_more_than_the_highest_fee_is_ever_offered(client, monkeypatch):
    client.rpc("evm_setAutomine", False)
    looks = iter(range(1000))
    most = 2 * GWEI

    def pause(_: int) -> None:
        if next(looks) == 5:
            client.rpc("evm_mine")

    monkeypatch.setattr(outbox, "_pause", pause)
    mined = Outbox(client, ALICE, Patience(replace_seconds=0.0, most_fee=most)).send(gift())

    assert paid(client, mined.transaction_hash) <= most


def test_it_counts_only_when_it_is_deep_enough(client, monkeypatch):
    monkeypatch.setattr(outbox, "_pause", lambda looks: client.rpc("evm_mine"))

    mined = Outbox(client, ALICE, Patience(confirmations=4)).send(gift())

    assert int(client.rpc("eth_blockNumber"), 16) - mined.block_number + 1 == 4


def test_a_block_that_is_taken_back_does_not_count(client, monkeypatch):
    before = client.rpc("evm_snapshot")
    looks = iter(range(1000))

    def pause(_: int) -> None:
        if next(looks) == 0:
            client.rpc("evm_revert", before)
            client.rpc("anvil_dropAllTransactions")
        client.rpc("evm_mine")

    monkeypatch.setattr(outbox, "_pause", pause)
    had = client.balance(BOB)
    mined = Outbox(client, ALICE, Patience(confirmations=3, replace_seconds=0.0)).send(gift(), value=7)

    assert client.rpc("eth_getTransactionReceipt", to_hex(mined.transaction_hash))["blockHash"] == to_hex(
        mined.block_hash
    )
    assert client.balance(BOB) == had + 7


def test_patience_ends_with_what_still_waits(client, monkeypatch):
    client.rpc("evm_setAutomine", False)
    patience = Patience(replace_seconds=100.0, give_up_seconds=0.0)

    with pytest.raises(TransactionPending, match="nonce 0, is not deep enough"):
        Outbox(client, ALICE, patience).send(gift())
    with pytest.raises(TransactionPending, match=r"1 transactions of 0xf39F.* still wait, from nonce 0 on"):
        Outbox(client, ALICE, patience).settle()

    client.rpc("evm_mine")
    Outbox(client, ALICE, patience).settle()


def test_a_transaction_that_fails_in_its_block_is_told_with_its_reason(client):
    always_reverts = client.send(
        {"data": bytes.fromhex("60056000556005600d60003960056000f3") + bytes.fromhex("60006000fd"), "gas": 200_000},
        ALICE,
    )
    with pytest.raises(TransactionFailed):
        Outbox(client, ALICE).send({"to": always_reverts.contract_address, "data": b"", "gas": 50_000})
