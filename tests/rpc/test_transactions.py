"""Transactions and receipts of every type, mined and waiting."""

from __future__ import annotations

import pytest

from chain.primitives import keccak

GWEI = 10**9
NOWHERE = "0x" + "ab" * 32


def test_every_type_reads_as_the_specification_says(ask, deployed, sample):
    wishes = {
        "0x0": {"gasPrice": hex(10 * GWEI)},
        "0x1": {"gasPrice": hex(10 * GWEI), "accessList": [{"address": deployed, "storageKeys": ["0x" + "00" * 32]}]},
        "0x2": {"maxFeePerGas": hex(10 * GWEI), "maxPriorityFeePerGas": hex(GWEI)},
    }
    for kind, fees in wishes.items():
        tx_hash = ask.send(to=deployed, data=sample.data("store", 9, "hi"), value="0x1", **fees)

        mined = ask("eth_getTransactionByHash", tx_hash)
        receipt = ask.receipt(tx_hash)
        assert mined["type"] == receipt["type"] == kind
        assert receipt["status"] == "0x1" and receipt["effectiveGasPrice"] == mined["gasPrice"]
        assert ("yParity" in mined) == ("accessList" in mined) == (kind != "0x0")
        assert ("maxFeePerGas" in mined) == (kind == "0x2")
        assert mined["chainId"] == ask("eth_chainId")
        assert mined["blockHash"] == receipt["blockHash"] and mined["transactionIndex"] == "0x0"
        base_fee = int(ask("eth_getBlockByHash", mined["blockHash"], False)["baseFeePerGas"], 16)
        assert int(mined["gasPrice"], 16) == (base_fee + GWEI if kind == "0x2" else 10 * GWEI)
        raw = ask("eth_getRawTransactionByHash", tx_hash)
        assert "0x" + keccak(bytes.fromhex(raw[2:])).hex() == tx_hash
        assert "blobGasUsed" not in receipt


def test_a_delegation_shows_its_authorizations(ask, deployed):
    signer, authority = ask.keys[0], ask.keys[3]
    signed = authority.sign_authorization(chain_id=20261, address=bytes.fromhex(deployed[2:]), nonce=0)
    wire = signed | {key: hex(signed[key]) for key in ("chainId", "nonce", "yParity", "r", "s")}

    tx_hash = ask.send(to="0x" + signer.address.hex(), authorizationList=[wire])

    mined = ask("eth_getTransactionByHash", tx_hash)
    assert mined["type"] == "0x4" and ask.receipt(tx_hash)["status"] == "0x1"
    assert mined["authorizationList"][0]["address"] == deployed
    assert ask("eth_getCode", "0x" + authority.address.hex()) == "0xef0100" + deployed[2:]


def test_the_same_transaction_is_found_by_hash_and_by_place(ask, deployed):
    by_hash = ask("eth_getTransactionByHash", ask("eth_getBlockByNumber", "0x1", False)["transactions"][0])

    assert ask("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x0") == by_hash
    assert ask("eth_getTransactionByBlockHashAndIndex", by_hash["blockHash"], "0x0") == by_hash
    assert ask("eth_getBlockByNumber", "0x1", True)["transactions"] == [by_hash]
    raw = ask("eth_getRawTransactionByHash", by_hash["hash"])
    assert ask("eth_getRawTransactionByBlockNumberAndIndex", "0x1", "0x0") == raw
    assert ask("eth_getRawTransactionByBlockHashAndIndex", by_hash["blockHash"], "0x0") == raw
    assert ask("eth_getBlockTransactionCountByNumber", "0x1") == "0x1"
    assert ask("eth_getBlockTransactionCountByHash", by_hash["blockHash"]) == "0x1"


def test_a_creation_has_no_recipient_and_names_its_contract(ask, deployed):
    tx_hash = ask("eth_getBlockByNumber", "0x1", False)["transactions"][0]
    receipt = ask.receipt(tx_hash)

    assert ask("eth_getTransactionByHash", tx_hash)["to"] is None
    assert receipt["to"] is None and receipt["contractAddress"] == deployed
    assert receipt == ask("eth_getBlockReceipts", "0x1")[0]


def test_what_is_unknown_is_null_and_not_an_error(ask):
    for method in ("eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getRawTransactionByHash"):
        assert ask.message(method, NOWHERE) == {"jsonrpc": "2.0", "id": 7, "result": None}
    for method in ("eth_getTransactionByBlockNumberAndIndex", "eth_getRawTransactionByBlockNumberAndIndex"):
        assert ask.message(method, "0x0", "0x3")["result"] is None
        assert ask.message(method, "0x77", "0x0")["result"] is None


def test_a_waiting_transaction_is_in_no_block(ask):
    tx_hash = ask.send(to=ask.accounts[1], nonce="0x3", gas="0x5208")

    waiting = ask.message("eth_getTransactionByHash", tx_hash)["result"]
    assert [waiting[key] for key in ("blockHash", "blockNumber", "transactionIndex", "blockTimestamp")] == [None] * 4
    assert waiting["gasPrice"] == waiting["maxFeePerGas"]
    assert ask.message("eth_getTransactionReceipt", tx_hash)["result"] is None
    assert ask("eth_getRawTransactionByHash", tx_hash).startswith("0x02")


def test_a_failed_transaction_has_status_0_and_its_hash_is_returned(ask, deployed, sample):
    tx_hash = ask.send(to=deployed, data=sample.data("failWords"), gas="0x186a0")

    receipt = ask.receipt(tx_hash)
    assert receipt["status"] == "0x0" and receipt["logs"] == [] and receipt["contractAddress"] is None


def test_logs_are_numbered_through_the_block(ask, deployed, sample):
    # Those behind a nonce gap wait; the one that closes it takes them all into its block.
    wish = {"gas": "0x30d40", "gasPrice": hex(10 * GWEI), "to": deployed}
    hashes = [ask.send(data=sample.data("storeTwice", n), nonce=hex(n), **wish) for n in (3, 2, 1)]

    receipts = [ask.receipt(tx_hash) for tx_hash in hashes]
    assert len({receipt["blockHash"] for receipt in receipts}) == 1
    in_order = sorted(receipts, key=lambda receipt: int(receipt["transactionIndex"], 16))
    assert [int(log["logIndex"], 16) for receipt in in_order for log in receipt["logs"]] == list(range(6))
    assert ask("eth_getBlockReceipts", receipts[0]["blockHash"]) == in_order
    assert int(in_order[-1]["cumulativeGasUsed"], 16) == sum(int(receipt["gasUsed"], 16) for receipt in receipts)
    assert ask("eth_getLogs", {"blockHash": receipts[0]["blockHash"]}) == [log for r in in_order for log in r["logs"]]


@pytest.mark.parametrize("method", ["eth_getTransactionByHash", "eth_getTransactionReceipt"])
@pytest.mark.parametrize("bad", ["0x1", "ab" * 32, None, 5, "0x" + "zz" * 32, "0x" + "ab " * 21 + "a"])
def test_what_is_no_hash_is_invalid_params(ask, method, bad):
    assert ask.error(method, bad)["code"] == -32602
