"""Calls, estimates and what they say when they fail."""

from __future__ import annotations

import pytest

ZERO = "0x" + "0" * 40


def word(value: int) -> str:
    return f"0x{value:064x}"


def test_a_call_returns_what_the_contract_returns(ask, deployed, sample):
    wish = {"to": deployed, "data": sample.data("value")}

    assert ask("eth_call", wish) == word(5)
    assert ask("eth_call", {"to": deployed, "input": sample.data("value")}, "latest") == word(5)
    assert ask("eth_call", wish, "0x0") == "0x"
    assert ask("eth_call", {"from": ZERO, "to": ask.accounts[3], "value": None}) == "0x"


def test_a_call_in_the_past_sees_the_past(ask, deployed, sample):
    ask.send(to=deployed, data=sample.data("store", 6, ""))

    assert ask("eth_call", {"to": deployed, "data": sample.data("value")}, "0x1") == word(5)
    assert ask("eth_call", {"to": deployed, "data": sample.data("value")}, "0x2") == word(6)


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        ("failWords", (), "execution reverted: these words"),
        ("failPanic", (0,), "execution reverted: division or modulo by zero"),
        ("failCustom", (3,), "execution reverted"),
        ("failEmpty", (), "execution reverted"),
    ],
)
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_a_revert_is_code_3_with_reason_and_payload(ask, deployed, sample, method, function, arguments, words):
    error = ask.error(method, {"to": deployed, "data": sample.data(function, *arguments)})

    assert error["code"] == 3
    assert error["message"] == words
    assert error["data"].startswith("0x")
    if function == "failCustom":
        assert error["data"].endswith(f"{3:064x}{10:064x}")
    if function == "failEmpty":
        assert error["data"] == "0x"


def test_other_halts_are_not_reverts(ask, deployed, sample):
    error = ask.error("eth_call", {"to": deployed, "data": sample.data("failGas"), "gas": "0x186a0"})

    assert error["code"] == -32000 and "data" not in error
    assert error["message"].startswith("out of gas")


def test_state_and_block_can_be_pretended(ask, deployed, sample):
    value = {"to": deployed, "data": sample.data("value")}
    slot = "0x" + "00" * 32

    assert ask("eth_call", value, "latest", {deployed: {"stateDiff": {slot: word(77)}}}) == word(77)
    assert ask("eth_call", value, "latest", {deployed: {"state": {}}}) == word(0)
    # PUSH1 42 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    assert ask("eth_call", value, "latest", {deployed: {"code": "0x602a5f5260205ff3"}}) == word(42)
    around = ask(
        "eth_call",
        {"to": deployed, "data": sample.data("surroundings"), "from": ask.accounts[0], "gasPrice": "0x9"},
        "latest",
        {},
        {"number": "0x1234", "time": "0x70000000", "feeRecipient": "0x" + "11" * 20, "baseFeePerGas": "0x9"},
    )
    assert [int(around[2 + 64 * n : 66 + 64 * n], 16) for n in range(4)] == [0x1234, 0x70000000, int("11" * 20, 16), 9]
    assert ask("eth_call", value) == word(5), "nothing was kept"


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"data": "0x01", "input": "0x02"}, 'both "data" and "input" are set and not equal'),
        ({"gasPrice": "0x1", "maxFeePerGas": "0x1"}, "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas)"),
        ({"maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2"}, "maxFeePerGas (1) < maxPriorityFeePerGas (2)"),
        ({"chainId": "0x1"}, "chainId does not match node's (have=1, want=20261)"),
        ({"to": "0x12"}, "0.to: expected 20 bytes"),
        ({"value": "5"}, "0.value: expected a 0x hex quantity"),
        ({"gas": hex(2**64)}, "0.gas"),
        ({"data": "0xabc"}, "0.data: not hex"),
        ({"accessList": [{"storageKeys": []}]}, "0.accessList[0]: address is missing"),
        ("0x", "argument 0: expected an object"),
    ],
)
def test_a_contradictory_wish_is_refused_with_its_place(ask, wish, words):
    error = ask.error("eth_call", wish)

    assert error["code"] == -32602 and words in error["message"]


def test_wrong_overrides_are_refused_with_their_place(ask):
    address = "0x" + "11" * 20
    both = ask.error("eth_call", {"to": ZERO}, "latest", {address: {"state": {}, "stateDiff": {}}})
    assert both["code"] == -32602 and "both 'state' and 'stateDiff'" in both["message"]
    assert ask.error("eth_call", {"to": ZERO}, "latest", [])["code"] == -32602
    assert ask.error("eth_call", {"to": ZERO}, "latest", {"0x1": {}})["code"] == -32602
    assert ask.error("eth_call", {"to": ZERO}, "latest", {}, {"time": "soon"})["code"] == -32602
    assert ask.error("eth_call", {"to": ZERO}, "latest", {}, {}, 5)["message"] == "too many arguments, want at most 4"


def test_an_estimate_is_enough_and_exact(ask, deployed, sample):
    assert ask("eth_estimateGas", {"from": ask.accounts[0], "to": ask.accounts[1], "value": "0x1"}) == "0x5208"
    data = sample.data("store", 1234, "a note")
    estimate = int(ask("eth_estimateGas", {"from": ask.accounts[0], "to": deployed, "data": data}), 16)

    assert ask.receipt(ask.send(to=deployed, data=data, gas=hex(estimate - 1)))["status"] == "0x0"
    estimate = int(ask("eth_estimateGas", {"from": ask.accounts[0], "to": deployed, "data": data}), 16)
    assert ask.receipt(ask.send(to=deployed, data=data, gas=hex(estimate)))["status"] == "0x1"


def test_an_estimate_works_without_fees_and_below_the_base_fee_for_those_without_funds(ask):
    assert ask("eth_estimateGas", {"from": "0x" + "77" * 20, "to": ask.accounts[1]}) == "0x5208"
    assert ask("eth_estimateGas", {"to": ask.accounts[1]}, "pending") == "0x5208"


def test_an_estimate_does_not_mind_a_price_below_the_base_fee(ask):
    for fees in ({"gasPrice": "0x1"}, {"maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, {"maxFeePerGas": "0x1"}):
        assert ask("eth_estimateGas", {"from": ask.accounts[0], "to": ask.accounts[1], **fees}) == "0x5208"
