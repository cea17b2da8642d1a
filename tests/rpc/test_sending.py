"""The way in: raw and unlocked, alone and in batches, and everything that is refused."""

from __future__ import annotations

import json

import pytest

from chain.primitives import keccak

GWEI = 10**9


def signed(ask, account: int = 0, **fields):
    wish = {
        "chainId": 20261,
        "nonce": 0,
        "gas": 21000,
        "to": "0x" + "42" * 20,
        "value": 1,
        "maxFeePerGas": 10 * GWEI,
        "maxPriorityFeePerGas": GWEI,
    } | fields
    return "0x" + ask.keys[account].sign_transaction(wish).hex()


def test_the_receipt_is_there_when_the_hash_is(ask):
    tx_hash = ask("eth_sendRawTransaction", signed(ask))

    assert ask.receipt(tx_hash)["status"] == "0x1"


def test_a_batch_of_send_and_receipt_returns_the_receipt(ask):
    raw = signed(ask)
    tx_hash = "0x" + keccak(bytes.fromhex(raw[2:])).hex()
    answers = ask.batch(
        ("eth_blockNumber",),
        ("eth_sendRawTransaction", raw),
        ("eth_getTransactionReceipt", tx_hash),
        ("eth_call", {"to": ask.accounts[0]}),
        ("eth_blockNumber",),
    )

    assert answers[0]["result"] == "0x0" and answers[1]["result"] == tx_hash
    assert answers[2]["result"]["status"] == "0x1"
    assert answers[4]["result"] == "0x1"


def test_many_neighbouring_sends_are_awaited_together_and_keep_their_order(ask):
    sends = [("eth_sendRawTransaction", signed(ask, nonce=nonce)) for nonce in range(40)]

    answers = ask.batch(*sends, ("eth_getTransactionCount", ask.accounts[0]))

    assert answers[-1]["result"] == hex(40)
    for answer in answers[:-1]:
        assert ask.receipt(answer["result"])["status"] == "0x1"
    assert int(ask("eth_blockNumber"), 16) < 40, "at least some shared a block"


def test_neighbouring_unlocked_sends_get_consecutive_nonces(ask):
    wish = {"from": ask.accounts[0], "to": ask.accounts[1], "gas": "0x5208", "gasPrice": hex(10 * GWEI)}

    answers = ask.batch(*[("eth_sendTransaction", wish)] * 20, ("eth_getTransactionCount", ask.accounts[0]))

    nonces = [int(ask("eth_getTransactionByHash", answer["result"])["nonce"], 16) for answer in answers[:-1]]
    assert nonces == list(range(20)) and answers[-1]["result"] == hex(20)


def test_an_unlocked_send_that_leaves_something_open_sees_those_before_it(ask, deployed, sample):
    answers = ask.batch(
        ("eth_sendTransaction", {"from": ask.accounts[0], "data": sample.creation(3)}),
        ("eth_sendTransaction", {"from": ask.accounts[0], "to": deployed, "data": sample.data("store", 8, "x")}),
        ("eth_call", {"to": deployed, "data": sample.data("value")}),
    )

    assert int(answers[2]["result"], 16) == 8


def test_a_refused_send_does_not_leave_a_hole_in_the_nonces(ask):
    wish = {"from": ask.accounts[0], "to": ask.accounts[1], "gas": "0x5208", "gasPrice": hex(10 * GWEI)}

    answers = ask.batch(
        ("eth_sendTransaction", wish | {"value": hex(10**30)}),
        ("eth_sendTransaction", wish),
    )
    assert answers[0]["error"]["message"].startswith("insufficient funds")
    ask.send(to=ask.accounts[1])

    assert ask("eth_getTransactionCount", ask.accounts[0]) == "0x2", "the next one filled it"


def test_fees_gas_and_nonce_are_filled_in(ask):
    tx_hash = ask.send(to=ask.accounts[1])

    sent = ask("eth_getTransactionByHash", tx_hash)
    assert (sent["type"], sent["gas"], sent["nonce"], sent["value"]) == ("0x2", "0x5208", "0x0", "0x0")
    assert int(sent["maxFeePerGas"], 16) > int(sent["maxPriorityFeePerGas"], 16) > 0


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"value": 10**30}, -32003, "insufficient funds for gas * price + value"),
        ({"gas": 20999}, -32003, "intrinsic gas too low"),
        ({"gas": 61_000_000}, -32003, "exceeds block gas limit"),
        ({"maxPriorityFeePerGas": 11 * GWEI}, -32003, "max priority fee per gas higher than max fee per gas"),
        ({"chainId": 1}, -32003, "invalid chain id"),
        ({"nonce": 100_000}, -32003, "nonce too high"),
    ],
)
def test_refusals_begin_with_geths_words(ask, fields, code, words):
    error = ask.error("eth_sendRawTransaction", signed(ask, **fields))

    assert error["code"] == code and error["message"].startswith(words), error
    assert ask("txpool_status") == {"pending": "0x0", "queued": "0x0"}
    assert ask("eth_blockNumber") == "0x0"


def test_a_used_nonce_says_both_numbers_and_a_repeat_is_already_known(ask):
    raw = signed(ask)
    ask("eth_sendRawTransaction", raw)

    low = ask.error("eth_sendRawTransaction", signed(ask, value=2))
    assert low["message"].startswith("nonce too low") and "1" in low["message"] and "0" in low["message"]
    assert ask.error("eth_sendRawTransaction", raw)["message"].startswith(("already known", "nonce too low"))


@pytest.mark.parametrize(
    "raw", ["0x", "0x00", "0x02", "0xc0", "0x02f8", "0xff", "0x" + "02" * 500, "0xf86b" + "00" * 40]
)
def test_malformed_bytes_are_refused_and_leave_nothing(ask, raw):
    error = ask.error("eth_sendRawTransaction", raw)

    assert error["code"] in (-32000, -32602, -32003) and "internal" not in error["message"]
    assert ask("eth_blockNumber") == "0x0"


def test_a_raw_transaction_that_is_no_hex_is_invalid_params(ask):
    for raw in ("f86b", None, 5, {}):
        assert ask.error("eth_sendRawTransaction", raw)["code"] == -32602


@pytest.mark.parametrize(
    ("wish", "code", "words"),
    [
        ({}, -32602, "contract creation without any data provided"),
        ({"to": "0x" + "42" * 20, "from": "0x" + "55" * 20}, -32000, "unknown account 0x5555"),
        (
            {"to": "0x" + "42" * 20, "type": "0x0", "maxFeePerGas": "0x1"},
            -32602,
            "maxFeePerGas and maxPriorityFeePerGas do not go with type 0",
        ),
        ({"to": "0x" + "42" * 20, "blobVersionedHashes": ["0x01" + "00" * 31]}, -32602, "blob transactions"),
        ({"to": "0x" + "42" * 20, "gasPrice": "0x1"}, -32003, ""),
    ],
)
def test_an_unlocked_send_that_cannot_be_is_refused(ask, wish, code, words):
    error = ask.error("eth_sendTransaction", {"from": ask.accounts[0], **wish})

    assert error["code"] == code and error["message"].startswith(words), error


def test_sending_what_would_revert_says_so_unless_the_gas_is_given(ask, deployed, sample):
    data = sample.data("failWords")

    error = ask.error("eth_sendTransaction", {"from": ask.accounts[0], "to": deployed, "data": data})
    assert error["code"] == 3 and error["message"] == "execution reverted: these words"
    assert ask.receipt(ask.send(to=deployed, data=data, gas="0x186a0"))["status"] == "0x0"


def test_sending_synchronously_answers_with_the_receipt(ask):
    receipt = ask("eth_sendRawTransactionSync", signed(ask))

    assert receipt == ask.receipt(receipt["transactionHash"])
    assert ask.error("eth_sendRawTransactionSync", signed(ask, nonce=1), 0)["code"] == -32602


def test_what_is_in_no_block_in_time_is_code_4_with_the_hash(ask):
    # Behind a nonce gap it waits for ever.
    raw = signed(ask, nonce=1)
    error = ask.error("eth_sendRawTransactionSync", raw, 50)

    assert error["code"] == 4 and "wasn't processed in 0.05s" in error["message"]
    assert ask.message("eth_getTransactionByHash", error["data"])["result"]["blockHash"] is None


def test_a_synchronous_send_hears_of_its_block(ask):
    waiting = ask.dispatcher.handle(
        json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransactionSync", "params": [signed(ask, nonce=1)]}
        ).encode()
    )
    ask("eth_sendRawTransaction", signed(ask, nonce=0))

    receipt = json.loads(waiting.result(10))["result"]
    assert receipt["status"] == "0x1" and receipt["blockNumber"] == "0x1"
