"""Parity's flat traces."""

from __future__ import annotations

import pytest


@pytest.fixture
def busy(ask, sample):
    """Three blocks: a creation, a call, a transfer; their hashes."""
    created = ask.send(data=sample.creation())
    address = ask.receipt(created)["contractAddress"]
    called = ask.send(1, to=address, data=sample.data("store", 6, ""))
    return [created, called, ask.send(2, to=ask.accounts[3], value="0x5")]


def test_a_block_s_trace_is_those_of_its_transactions(ask, busy):
    for number, tx_hash in enumerate(busy, start=1):
        found = ask("trace_block", hex(number))

        assert found == ask("trace_transaction", tx_hash)
        assert {entry["transactionHash"] for entry in found} == {tx_hash}
        assert {entry["blockNumber"] for entry in found} == {number}
    assert ask("trace_block", "earliest") == []


def test_a_creation_names_what_it_made(ask, busy):
    [entry] = ask("trace_transaction", busy[0])

    receipt = ask.receipt(busy[0])
    assert entry["type"] == "create" and entry["result"]["address"] == receipt["contractAddress"]
    assert entry["result"]["code"] == ask("eth_getCode", receipt["contractAddress"])
    assert entry["subtraces"] == 0 and entry["traceAddress"] == []


def test_a_filter_chooses_by_sender_receiver_and_place(ask, busy):
    every = [entry for number in range(1, 4) for entry in ask("trace_block", hex(number))]

    assert ask("trace_filter", {"fromBlock": "0x0", "toBlock": "latest"}) == every
    assert ask("trace_filter", {}) == every
    assert ask("trace_filter", {"fromAddress": [ask.accounts[2]]}) == every[2:]
    assert ask("trace_filter", {"toAddress": [every[0]["result"]["address"]]}) == every[:2]
    assert ask("trace_filter", {"fromAddress": [ask.accounts[1]], "toAddress": [ask.accounts[3]]}) == []
    assert ask("trace_filter", {"after": 1, "count": 1}) == every[1:2]
    assert ask("trace_filter", {"fromBlock": "0x2", "toBlock": "0x2"}) == every[1:2]


def test_a_range_that_is_too_long_is_refused_by_its_limit(ask):
    error = ask.error("trace_filter", {"fromBlock": "0x0", "toBlock": "0x3e8"})

    assert error["code"] == -32005 and "1000" in error["message"]
