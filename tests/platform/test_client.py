"""The client against real nodes, with the real contracts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chain import Client
from chain.abi import Event
from chain.artifacts import load
from chain.client import Platform
from chain.errors import AbiError, ContractReverted, InsufficientFunds, TransactionFailed
from chain.primitives import create_address
from chain.wallet import Account

Newcomer = Callable[..., Account]


def test_a_contract_is_deployed_called_and_sent_to(client: Client, newcomer: Newcomer) -> None:
    author = newcomer()
    notary = client.deploy(load("Notary"), sender=author)

    digest = b"\x07" * 32
    mined = notary.send("anchor", digest, sender=author)

    assert notary.address == create_address(author.address, 0)
    assert client.code(notary.address)
    assert notary.call("seenAt", digest) == client.timestamp()
    assert [type(event) for event in notary.events_in(mined, "Anchored")] == [Event]
    assert notary.events("Anchored")[0].transaction_hash == mined.transaction_hash


def test_a_refusal_is_named_before_anything_is_sent(client: Client, platform: Platform, newcomer: Newcomer) -> None:
    poor = newcomer()
    mz = client.contract("MZ", platform.mz)

    with pytest.raises(ContractReverted) as caught:
        mz.send("transfer", b"\1" * 20, 5, sender=poor)

    assert caught.value.name == "ERC20InsufficientBalance"
    assert caught.value.arguments == {"sender": poor.address, "balance": 0, "needed": 5}
    assert client.w3.eth.get_transaction_count(client.w3.to_checksum_address(poor.address)) == 0


def test_a_failure_in_a_block_is_named_too(client: Client, platform: Platform, newcomer: Newcomer) -> None:
    poor = newcomer()
    mz = client.contract("MZ", platform.mz)

    with pytest.raises(TransactionFailed) as caught:
        mz.send("transfer", b"\1" * 20, 5, sender=poor, gas=100_000)

    assert caught.value.name == "ERC20InsufficientBalance"
    receipt = client.w3.eth.get_transaction_receipt(caught.value.transaction_hash)
    assert receipt["status"] == 0
    assert caught.value.transaction_hash.hex() in caught.value.message


def test_too_little_gas_is_said_so(client: Client, platform: Platform, newcomer: Newcomer) -> None:
    rich = newcomer(5)
    mz = client.contract("MZ", platform.mz)

    with pytest.raises(TransactionFailed, match="all 25000 gas used"):
        mz.send("transfer", b"\1" * 20, 5, sender=rich, gas=25_000)


def test_more_ether_than_there_is_cannot_be_sent(client: Client, newcomer: Newcomer) -> None:
    with pytest.raises(InsufficientFunds):
        client.send({"to": b"\1" * 20, "gas": 21_000}, sender=newcomer(), value=10**24)


def test_one_sender_in_many_threads_uses_each_nonce_once(client: Client, newcomer: Newcomer) -> None:
    busy = newcomer()
    to = Account.create().address

    with ThreadPoolExecutor(8) as pool:
        mined = list(pool.map(lambda _: client.send({"to": to}, sender=busy, value=1), range(24)))

    assert len({transaction.transaction_hash for transaction in mined}) == 24
    assert client.balance(to) == 24


def test_web3s_own_contract_calls_are_sent_as_well(client: Client, platform: Platform, newcomer: Newcomer) -> None:
    rich = newcomer(5)
    mz = client.contract("MZ", platform.mz)
    to = Account.create()

    client.send(mz.functions.transfer(client.w3.to_checksum_address(to.address), 7), sender=rich)

    assert mz.call("balanceOf", to.address) == 7


def test_a_call_at_an_earlier_block_sees_the_state_of_then(
    client: Client, platform: Platform, newcomer: Newcomer
) -> None:
    mz, rich, to = client.contract("MZ", platform.mz), newcomer(5), Account.create().address
    mined = mz.send("transfer", to, 7, sender=rich)

    assert mz.call("balanceOf", to, block=mined.block_number - 1) == 0
    assert mz.call("balanceOf", to, block=mined.block_number) == 7


def test_events_are_selected_by_their_indexed_arguments(client: Client, platform: Platform, newcomer: Newcomer) -> None:
    mz, rich, to = client.contract("MZ", platform.mz), newcomer(5), Account.create().address
    for amount in (1, 2):
        mz.send("transfer", to, amount, sender=rich)

    found = mz.events("Transfer", {"to": to})

    assert [event.arguments["value"] for event in found] == [1, 2]
    assert all(event.arguments["from"] == rich.address for event in found)
    assert mz.events("Transfer", {"from": to}) == []
    with pytest.raises(AbiError, match="no indexed argument value"):
        mz.events("Transfer", {"value": 1})
