"""What the Otterscan explorer asks for."""

from __future__ import annotations

import pytest

NOBODY = "0x" + "99" * 20


@pytest.fixture
def busy(ask, sample):
    """A contract's creation, a call of it and two transfers: one block each; their hashes."""
    created = ask.send(data=sample.creation())
    address = ask.receipt(created)["contractAddress"]
    called = ask.send(1, to=address, data=sample.data("store", 6, ""))
    return [created, called, *(ask.send(2, to=ask.accounts[3], value="0x5") for _ in range(2))]


def test_the_interface_says_which_it_is(ask):
    assert ask("ots_getApiLevel") == 8


def test_a_contract_has_code_a_creator_and_a_transaction(ask, busy):
    address = ask.receipt(busy[0])["contractAddress"]

    assert ask("ots_hasCode", address, "latest") is True
    assert ask("ots_hasCode", address, "0x0") is False
    assert ask("ots_getContractCreator", address) == {"hash": busy[0], "creator": ask.accounts[0]}
    assert ask("ots_getContractCreator", ask.accounts[0]) is None


def test_a_transaction_is_found_by_sender_and_nonce(ask, busy):
    assert ask("ots_getTransactionBySenderAndNonce", ask.accounts[0], 0) == busy[0]
    assert [ask("ots_getTransactionBySenderAndNonce", ask.accounts[2], nonce) for nonce in range(3)] == [
        *busy[2:],
        None,
    ]
    assert ask("ots_getTransactionBySenderAndNonce", NOBODY, 0) is None


def test_what_a_transaction_did_is_told_call_by_call(ask, busy, sample):
    address = ask.receipt(busy[0])["contractAddress"]
    failed = ask.send(to=address, data=sample.data("failWords"), gas="0x30d40")

    [call] = ask("ots_traceTransaction", busy[1])

    assert (call["type"], call["depth"], call["from"], call["to"]) == ("CALL", 0, ask.accounts[1], address)
    assert ask("ots_getTransactionError", busy[1]) == "0x"
    assert ask("ots_getTransactionError", failed).startswith("0x08c379a0")
    assert ask("ots_getInternalOperations", busy[2]) == []


def test_ether_that_a_contract_moves_is_an_internal_operation(ask):
    # creation code: five wei to the account above, then no code
    to = ask.accounts[5]
    tx_hash = ask.send(data="0x" + "5f5f5f5f6005" + "73" + to[2:] + "5af1" + "00", value="0x5", gas="0x30d40")

    creator = ask.receipt(tx_hash)["contractAddress"]
    assert ask("ots_getInternalOperations", tx_hash) == [{"type": 0, "from": creator, "to": to, "value": "0x5"}]


def test_a_block_is_told_with_its_fees_and_without_its_transactions(ask, busy):
    receipt = ask.receipt(busy[1])

    details = ask("ots_getBlockDetails", "0x2")

    assert details == ask("ots_getBlockDetailsByHash", receipt["blockHash"])
    assert "transactions" not in details["block"] and details["block"]["transactionCount"] == 1
    assert int(details["totalFees"], 16) == int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert ask("ots_getBlockDetails", "0x99") is None
    page = ask("ots_getBlockTransactions", "0x2", 0, 10)
    assert [tx["hash"] for tx in page["fullblock"]["transactions"]] == [busy[1]]
    assert len(page["fullblock"]["transactions"][0]["input"]) == 10
    assert [entry["transactionHash"] for entry in page["receipts"]] == [busy[1]]
    assert ask("ots_getBlockTransactions", "0x2", 1, 10)["receipts"] == []
    assert ask("erigon_getHeaderByNumber", "0x2")["hash"] == receipt["blockHash"]


def test_an_address_is_followed_backwards_and_forwards_page_by_page(ask, busy):
    def hashes(page):
        assert [entry["transactionHash"] for entry in page["receipts"]] == [tx["hash"] for tx in page["txs"]]
        return [tx["hash"] for tx in page["txs"]], page["firstPage"], page["lastPage"]

    receiver, contract = ask.accounts[3], ask.receipt(busy[0])["contractAddress"]
    third, fourth = busy[2:]

    assert hashes(ask("ots_searchTransactionsBefore", receiver, 0, 25)) == ([fourth, third], True, True)
    assert hashes(ask("ots_searchTransactionsBefore", receiver, 0, 1)) == ([fourth], True, False)
    assert hashes(ask("ots_searchTransactionsBefore", receiver, 4, 1)) == ([third], False, False)
    assert hashes(ask("ots_searchTransactionsBefore", receiver, 3, 1)) == ([], False, True)
    assert hashes(ask("ots_searchTransactionsAfter", receiver, 0, 1)) == ([third], False, True)
    assert hashes(ask("ots_searchTransactionsAfter", receiver, 3, 1)) == ([fourth], True, False)
    assert hashes(ask("ots_searchTransactionsBefore", contract, 0, 25)) == (busy[1::-1], True, True)
    assert hashes(ask("ots_searchTransactionsBefore", NOBODY, 0, 25)) == ([], True, True)


def test_a_page_has_a_bounded_size(ask):
    assert ask.error("ots_searchTransactionsBefore", NOBODY, 0, 101)["code"] == -32602
