"""Blocks, as wallets and explorers read them."""

from __future__ import annotations

import pytest

from chain.primitives import keccak

NOWHERE = "0x" + "ab" * 32


def test_every_block_reads_as_the_specification_says(ask, deployed):
    for number in ("0x0", "0x1"):
        for full in (False, True):
            by_number = ask("eth_getBlockByNumber", number, full)
            assert by_number == ask("eth_getBlockByHash", by_number["hash"], full)
            assert by_number["number"] == number
    assert ask("eth_blockNumber") == "0x1"
    assert by_number["parentHash"] == ask("eth_getBlockByNumber", "earliest", False)["hash"]
    assert by_number["baseFeePerGas"] and by_number["withdrawals"] == [] and by_number["uncles"] == []
    assert "totalDifficulty" not in by_number


def test_the_instant_authority_has_one_head_under_three_names(ask, deployed):
    latest = ask("eth_getBlockByNumber", "latest", False)

    assert ask("eth_getBlockByNumber", "safe", False) == latest
    assert ask("eth_getBlockByNumber", "finalized", False) == latest


def test_the_pending_block_has_a_number_and_no_hash_nonce_or_miner(ask, deployed):
    latest = ask("eth_getBlockByNumber", "latest", False)
    pending = ask.message("eth_getBlockByNumber", "pending", True)["result"]

    assert (pending["hash"], pending["nonce"], pending["miner"]) == (None, None, None)
    assert int(pending["number"], 16) == int(latest["number"], 16) + 1
    assert pending["parentHash"] == latest["hash"]
    assert pending["baseFeePerGas"] == ask("eth_baseFee")
    assert int(pending["timestamp"], 16) > int(latest["timestamp"], 16)
    assert set(pending) == set(latest)


def test_the_pending_block_shows_what_is_ready(ask):
    # A nonce gap waits, so it is not part of it.
    ask.send(to=ask.accounts[1], nonce="0x5", gas="0x5208")

    assert ask("eth_getBlockTransactionCountByNumber", "pending") == "0x0"


@pytest.mark.parametrize(
    "method",
    [
        "eth_getBlockByNumber",
        "eth_getBlockReceipts",
        "eth_getBlockTransactionCountByNumber",
        "eth_getUncleCountByBlockNumber",
    ],
)
def test_an_unknown_number_is_null(ask, method):
    assert ask(method, "0x99") is None


def test_an_unknown_hash_is_null(ask):
    assert ask("eth_getBlockByHash", NOWHERE, False) is None
    assert ask("eth_getBlockTransactionCountByHash", NOWHERE) is None
    assert ask("eth_getUncleCountByBlockHash", NOWHERE) is None
    assert ask("eth_getUncleByBlockHashAndIndex", NOWHERE, "0x0") is None
    assert ask("eth_getHeaderByHash", NOWHERE) is None


def test_a_block_has_no_uncles(ask):
    head = ask("eth_getBlockByNumber", "latest", False)["hash"]

    assert ask("eth_getUncleCountByBlockNumber", "latest") == "0x0"
    assert ask("eth_getUncleCountByBlockHash", head) == "0x0"
    assert ask("eth_getUncleByBlockNumberAndIndex", "latest", "0x0") is None


def test_raw_encodings_hash_to_what_the_block_says(ask, deployed):
    block = ask("eth_getBlockByNumber", "latest", True)

    header = bytes.fromhex(ask("debug_getRawHeader", "latest")[2:])
    assert "0x" + keccak(header).hex() == block["hash"]
    raw = bytes.fromhex(ask("debug_getRawBlock", "latest")[2:])
    assert len(raw) == int(block["size"], 16) and header in raw
    assert len(ask("debug_getRawReceipts", "latest")) == 1
    transaction = ask("debug_getRawTransaction", block["transactions"][0]["hash"])
    assert "0x" + keccak(bytes.fromhex(transaction[2:])).hex() == block["transactions"][0]["hash"]
    assert ask("debug_getRawTransaction", NOWHERE) == "0x"


def test_state_is_asked_for_by_number_tag_hash_and_eip_1898_object(ask, deployed):
    ask.send(to=ask.accounts[1], value="0x64")
    rich = ask.accounts[1]
    after = ask("eth_getBalance", rich)
    before = ask("eth_getBalance", rich, "0x1")
    block = ask("eth_getBlockByNumber", "0x1", False)["hash"]

    assert int(after, 16) == int(before, 16) + 100
    for reference in (
        block,
        {"blockHash": block},
        {"blockHash": block, "requireCanonical": True},
        {"blockNumber": "0x1"},
        1,
    ):
        assert ask("eth_getBalance", rich, reference) == before
    for reference in ("latest", "pending", "safe", "finalized", None, {"blockNumber": "latest"}):
        assert ask("eth_getBalance", rich, reference) == after


def test_an_unknown_state_is_header_not_found(ask):
    for reference in ("0x99", NOWHERE, {"blockHash": NOWHERE}, {"blockHash": NOWHERE, "requireCanonical": True}):
        error = ask.error("eth_getBalance", ask.accounts[0], reference)
        assert error == {"code": -32001, "message": "header not found"}


@pytest.mark.parametrize(
    "reference",
    [
        "newest",
        "",
        "0x",
        "0xzz",
        "0x" + "f" * 20,
        {},
        {"blockHash": "0x1"},
        [],
        True,
        -1,
        1.5,
        {"blockHash": NOWHERE, "blockNumber": "0x1"},
    ],
)
def test_what_is_no_block_is_invalid_params(ask, reference):
    error = ask.error("eth_getBalance", ask.accounts[0], reference)

    assert error["code"] == -32602 and "argument 1" in error["message"]


def test_the_state_methods_answer_in_their_forms(ask, deployed):
    assert ask("eth_getCode", deployed)[:6] == "0x6080"
    assert ask("eth_getCode", ask.accounts[5]) == "0x"
    five = "0x" + "5".zfill(64)
    for slot in ("0x0", "0x00", "0x" + "0" * 64):
        assert ask("eth_getStorageAt", deployed, slot, "latest") == five
    assert ask("eth_getStorageAt", deployed, "0x0", "0x0") == "0x" + "0" * 64
    assert ask("eth_getTransactionCount", ask.accounts[0]) == "0x1"
    values = ask("eth_getStorageValues", {deployed: ["0x0", "0x1"], ask.accounts[0]: []}, "latest")
    assert values == {deployed: [five, "0x" + "0" * 64], ask.accounts[0]: []}


def test_too_long_a_storage_key_is_refused(ask, deployed):
    error = ask.error("eth_getStorageAt", deployed, "0x" + "0" * 65, "latest")
    assert error["code"] == -32602 and "want at most 32 bytes" in error["message"]
    assert ask.error("eth_getStorageValues", {}, "latest")["code"] == -32602
    assert (
        "too many slots"
        in ask.error("eth_getStorageValues", {deployed: ["0x0"] * 600, ask.accounts[0]: ["0x0"] * 600})["message"]
    )
