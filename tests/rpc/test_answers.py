"""Who answers, what gas costs, and what waits."""

from __future__ import annotations

import re

import pytest

from chain.primitives import keccak

GWEI = 10**9


def test_the_chain_id_is_the_same_in_both_forms(ask):
    assert ask("eth_chainId") == hex(20261)
    assert ask("net_version") == "20261"


def test_the_client_names_itself_so_that_brownie_speaks_its_plain_dialect(ask):
    version = ask("web3_clientVersion")

    assert re.fullmatch(r"mz/v\d+\.\d+\.\d+/[^/]+/python3\.\d+\.\d+", version)
    assert not version.lower().startswith(("geth", "ganache", "hardhat", "ethereumjs testrpc"))


def test_small_questions_have_their_answers(ask):
    assert ask("net_listening") is True
    assert ask("net_peerCount") == "0x0"
    assert ask("eth_syncing") is False
    assert ask("eth_accounts") == ask.accounts and len(ask.accounts) == 10
    assert ask("web3_sha3", "0x68656c6c6f") == "0x" + keccak(b"hello").hex()
    assert ask("eth_requestAccounts") == ask.accounts
    assert ask("eth_coinbase") == "0x00000000000000000000000000000000006d7a00"
    assert ask("eth_capabilities")["stateproofs"] == {"disabled": False, "oldestBlock": "0x0"}
    assert ask("debug_getBadBlocks") == []
    modules = ask("rpc_modules")
    assert {"eth", "net", "web3", "txpool", "debug", "rpc", "personal"} <= set(modules)
    assert set(modules.values()) == {"1.0"}


def test_an_unknown_method_names_its_neighbours(ask):
    error = ask.error("eth_getBlockByNumbr")

    assert error["code"] == -32601
    assert error["message"].startswith("the method eth_getBlockByNumbr does not exist/is not available")
    assert "eth_getBlockByNumber" in error["message"]
    assert ask.error("zzz_" + "q" * 5000)["message"].endswith("… does not exist/is not available")


def test_the_gas_price_survives_a_full_block(ask):
    base, price = int(ask("eth_baseFee"), 16), int(ask("eth_gasPrice"), 16)

    assert price >= base * 9 // 8 + int(ask("eth_maxPriorityFeePerGas"), 16)
    assert ask("eth_blobBaseFee") == "0x1"


def test_the_fee_history_has_one_base_fee_more_than_blocks(ask):
    for tip in (1, 2, 3):
        ask.send(to=ask.accounts[1], maxFeePerGas=hex(10 * GWEI), maxPriorityFeePerGas=hex(tip * GWEI))

    history = ask("eth_feeHistory", "0x3", "latest", [0, 50, 100])
    assert history["oldestBlock"] == "0x1"
    assert len(history["baseFeePerGas"]) == 4 == len(history["baseFeePerBlobGas"])
    assert len(history["gasUsedRatio"]) == 3 == len(history["blobGasUsedRatio"])
    assert history["reward"] == [[hex(tip * GWEI)] * 3 for tip in (1, 2, 3)], "the tip, not the price"
    assert history["baseFeePerGas"][-1] == ask("eth_baseFee")
    assert "reward" not in ask("eth_feeHistory", 2, "latest", [])
    assert "reward" not in ask("eth_feeHistory", "0x2", "pending", None)
    assert len(ask("eth_feeHistory", "0xffff", "latest", [])["gasUsedRatio"]) == 4
    assert ask("eth_feeHistory", "0x0", "latest", [])["oldestBlock"] == "0x0"


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        (["0x1", "0x99", []], -32000, "request beyond head block: requested 153, head 0"),
        (["0x1", "latest", [50, 10]], -32602, "invalid reward percentile"),
        (["0x1", "latest", [101]], -32602, "invalid reward percentile"),
        (["0x1", "latest", ["5"]], -32602, "invalid reward percentile"),
        (["0x1", "latest", [1] * 101], -32602, "over the query limit 100"),
        (["0x1"], -32602, "missing value for required argument 1"),
        (["few", "latest", []], -32602, "argument 0"),
    ],
)
def test_a_wrong_fee_history_says_what_is_wrong(ask, params, code, words):
    error = ask.error("eth_feeHistory", *params)

    assert error["code"] == code and words in error["message"]


def test_the_pool_shows_what_waits(ask):
    me = ask.accounts[0]
    tx_hash = ask.send(to=ask.accounts[1], nonce="0x2", gas="0x5208", value="0x5")

    assert ask("txpool_status") == {"pending": "0x0", "queued": "0x1"}
    content = ask("txpool_content")
    sender = next(iter(content["queued"]))
    assert sender.lower() == me and content["queued"][sender]["2"]["hash"] == tx_hash
    assert ask("txpool_contentFrom", me) == {"pending": {}, "queued": content["queued"][sender]}
    assert ask("txpool_contentFrom", ask.accounts[4]) == {"pending": {}, "queued": {}}
    assert re.fullmatch(r"0x\w{40}: 5 wei \+ 21000 gas × \d+ wei", ask("txpool_inspect")["queued"][sender]["2"])


def test_surplus_parameters_are_refused_where_they_would_be_misread(ask):
    assert (
        ask.error("eth_getBalance", ask.accounts[0], "latest", "0x1")["message"] == "too many arguments, want at most 2"
    )
    assert ask("eth_blockNumber", "ignored") == "0x0"
