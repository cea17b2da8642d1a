"""`eth_simulateV1`."""

from __future__ import annotations

import pytest

from chain.primitives import keccak

RICH = "0x" + "77" * 20
ETHER = hex(10**18)


def simulate(ask, *blocks, **options):
    return ask("eth_simulateV1", {"blockStateCalls": list(blocks), **options}, "latest")


def test_later_calls_see_what_earlier_ones_did_and_the_chain_does_not(ask, deployed, sample):
    store = {"from": ask.accounts[0], "to": deployed, "data": sample.data("store", 6, "")}
    read = {"to": deployed, "data": sample.data("value")}

    first, second = simulate(ask, {"calls": [read, store, read]}, {"calls": [read]})

    words = [int(call["returnData"], 16) for call in (first["calls"][0], first["calls"][2], second["calls"][0])]
    assert words == [5, 6, 6]
    assert first["calls"][1]["logs"][0]["blockHash"] == first["hash"]
    assert second["parentHash"] == first["hash"]
    assert ask("eth_call", read) == f"0x{5:064x}" and ask("eth_blockNumber") == "0x1"


def test_a_simulated_transfer_is_what_a_real_one_becomes(ask):
    [block] = simulate(ask, {"calls": [{"from": ask.accounts[0], "to": RICH, "value": "0x5"}]})
    receipt = ask.receipt(ask.send(to=RICH, value="0x5"))

    assert block["calls"][0]["gasUsed"] == receipt["gasUsed"] == block["gasUsed"]
    assert block["number"] == receipt["blockNumber"]
    assert block["calls"][0]["status"] == "0x1" and block["baseFeePerGas"] == "0x0"


def test_accounts_and_block_can_be_pretended(ask):
    # NUMBER, TIMESTAMP, COINBASE returned as three words
    code = "0x435f5242602052416040526060" + "5ff3"
    wish = {
        "stateOverrides": {RICH: {"balance": ETHER, "code": code}},
        "blockOverrides": {"number": "0x9", "time": "0xffffffff", "feeRecipient": ask.accounts[4]},
        "calls": [{"from": RICH, "to": RICH, "value": "0x1"}],
    }

    blocks = simulate(ask, wish)

    assert [int(block["number"], 16) for block in blocks] == list(range(1, 10))
    words = blocks[-1]["calls"][0]["returnData"][2:]
    assert [int(words[at : at + 64], 16) for at in (0, 64, 128)] == [9, 0xFFFFFFFF, int(ask.accounts[4], 16)]
    assert all(block["calls"] == [] for block in blocks[:-1])


def test_a_failure_is_a_result_of_its_call(ask, deployed, sample):
    calls = [{"to": deployed, "data": sample.data(name), "gas": "0x30d40"} for name in ("failWords", "failGas")]

    [block] = simulate(ask, {"calls": calls})

    reverted, halted = block["calls"]
    assert (reverted["status"], reverted["error"]["code"]) == ("0x0", 3)
    assert reverted["error"]["message"] == "execution reverted: these words"
    assert halted["error"]["code"] == -32015 and halted["error"]["message"].startswith("vm execution error")


def test_transfers_of_ether_can_be_shown_as_logs(ask):
    call = {"from": ask.accounts[0], "to": RICH, "value": "0x5"}

    [shown] = simulate(ask, {"calls": [call]}, traceTransfers=True)
    [plain] = simulate(ask, {"calls": [call]})

    [log] = shown["calls"][0]["logs"]
    assert log["address"] == "0x" + "ee" * 20 and int(log["data"], 16) == 5
    assert log["topics"][0] == "0x" + keccak(b"Transfer(address,address,uint256)").hex()
    assert plain["calls"][0]["logs"] == []


def test_transactions_can_be_shown_in_full(ask):
    [block] = simulate(
        ask, {"calls": [{"from": ask.accounts[0], "to": RICH, "value": "0x5"}]}, returnFullTransactions=True
    )

    [tx] = block["transactions"]
    assert (tx["from"], tx["to"], tx["value"], tx["blockHash"]) == (ask.accounts[0], RICH, "0x5", block["hash"])


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ({"nonce": "0x0"}, -38010),
        ({"nonce": "0x9"}, -38011),
        ({"maxFeePerGas": "0x1"}, -38012),
        ({"gas": "0x10"}, -38013),
        ({"value": "0xffffffffffffffffffffffffff"}, -38014),
        ({"gas": "0xffffffffff"}, -38015),
    ],
)
def test_validation_refuses_what_a_block_would_with_the_code_of_its_reason(ask, call, code):
    ask.send(to=RICH)
    fees = {"maxFeePerGas": "0x77359400", "nonce": "0x1", "gas": "0x5208"}
    whole = {"from": ask.accounts[0], "to": RICH, **fees, **call}

    error = ask.error("eth_simulateV1", {"blockStateCalls": [{"calls": [whole]}], "validation": True}, "latest")

    assert error["code"] == code


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ([{"number": "0x5"}, {"number": "0x5"}], -38020),
        ([{"number": "0x0"}], -38020),
        ([{"number": "0x5000"}], -38026),
        ([{"time": "0xffffffff"}, {"time": "0xfffffffe"}], -38021),
        ([{"withdrawals": [{}]}], -32602),
    ],
)
def test_blocks_come_in_order_and_in_bounded_number(ask, overrides, code):
    blocks = [{"blockOverrides": override} for override in overrides]

    assert ask.error("eth_simulateV1", {"blockStateCalls": blocks}, "latest")["code"] == code
    assert ask.error("eth_simulateV1", {"blockStateCalls": []}, "latest")["code"] == -32602
