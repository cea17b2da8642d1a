"""Traces over JSON-RPC: the shapes that tools read, and what is refused."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from chain.launch import NodeOptions, open_node
from tests.rpc.asking import Asking

TRACERS = ("callTracer", "prestateTracer", "flatCallTracer", "4byteTracer", "noopTracer")
NOWHERE = "0x" + "ab" * 32

WORD = r"^0x[0-9a-f]{64}$"
STEP = {
    "type": "object",
    "required": ["pc", "op", "gas", "gasCost", "depth", "refund"],
    "additionalProperties": False,
    "properties": {
        **{name: {"type": "integer", "minimum": 0} for name in ("pc", "gas", "gasCost", "refund")},
        "depth": {"type": "integer", "minimum": 1},
        "op": {"type": "string"},
        "error": {"type": "string", "minLength": 1},
        "stack": {"type": "array", "items": {"pattern": r"^0x(0|[1-9a-f][0-9a-f]{0,63})$"}},
        "memory": {"type": "array", "items": {"pattern": WORD}},
        "returnData": {"pattern": r"^0x([0-9a-f]{2})*$"},
        "storage": {"type": "object", "patternProperties": {WORD: {"pattern": WORD}}, "additionalProperties": False},
    },
}
STEPS = {
    "type": "object",
    "required": ["gas", "failed", "returnValue", "structLogs"],
    "additionalProperties": False,
    "properties": {
        "gas": {"type": "integer"},
        "failed": {"type": "boolean"},
        "returnValue": {"pattern": r"^0x([0-9a-f]{2})*$"},
        "structLogs": {"type": "array", "items": STEP},
    },
}


def steps(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a result that is as execution-apis describes it."""
    jsonschema.validate(result, STEPS)
    return list(result["structLogs"])


@pytest.fixture
def stored(ask, deployed, sample):
    """Hash of a transaction that writes, logs and succeeds."""
    return ask.send(to=deployed, data=sample.data("store", 6, "six"))


def test_brownie_s_probe_is_refused_as_a_parameter_and_not_as_a_method(ask):
    for params in ([], [[]]):
        error = ask.error("debug_traceTransaction", *params)

        assert error["code"] == -32602


def test_the_steps_show_what_was_asked_for(ask, stored):
    everything = {"enableMemory": True, "enableReturnData": True}
    full = steps(ask("debug_traceTransaction", stored, everything))
    bare = steps(
        ask("debug_traceTransaction", stored, {"disableStack": True, "disableStorage": True, "enableMemory": False})
    )

    assert len(full) == len(bare) > 50
    assert {"stack", "memory", "returnData"} <= set(full[10])
    assert any("storage" in step for step in full)
    assert set().union(*bare) == {"pc", "op", "gas", "gasCost", "depth", "refund"}


def test_a_limit_leaves_out_later_steps_and_not_the_result(ask, stored):
    short = ask("debug_traceTransaction", stored, {"limit": 3})
    whole = ask("debug_traceTransaction", stored)

    assert steps(short) == steps(whole)[:3]
    assert short["gas"] == whole["gas"] == int(ask.receipt(stored)["gasUsed"], 16)


def test_a_revert_is_seen_in_steps_and_calls(ask, deployed, sample):
    tx_hash = ask.send(to=deployed, data=sample.data("failWords"), gas="0x30d40")

    trace = ask("debug_traceTransaction", tx_hash)
    frame = ask("debug_traceTransaction", tx_hash, {"tracer": "callTracer"})

    assert trace["failed"] is True and steps(trace)[-1]["op"] == "REVERT" and "error" not in trace["structLogs"][-1]
    assert trace["returnValue"] == frame["output"]
    assert (frame["error"], frame["revertReason"]) == ("execution reverted", "these words")
    assert (frame["gas"], frame["gasUsed"]) == ("0x30d40", ask.receipt(tx_hash)["gasUsed"])


def test_logs_are_in_the_frame_when_they_are_asked_for(ask, stored):
    with_logs = ask("debug_traceTransaction", stored, {"tracer": "callTracer", "tracerConfig": {"withLog": True}})
    without = ask("debug_traceTransaction", stored, {"tracer": "callTracer"})

    mined = ask.receipt(stored)["logs"]
    assert "logs" not in without
    assert [(log["address"], log["topics"], log["data"]) for log in with_logs["logs"]] == [
        (log["address"], log["topics"], log["data"]) for log in mined
    ]


def test_changes_are_what_the_blocks_before_and_after_say(ask, deployed, stored):
    wish = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
    changes = ask("debug_traceTransaction", stored, wish)

    for when, tag in (("pre", "0x1"), ("post", "0x2")):
        for address, fields in changes[when].items():
            if "balance" in fields:
                assert fields["balance"] == ask("eth_getBalance", address, tag)
            for slot, value in fields.get("storage", {}).items():
                assert value == ask("eth_getStorageAt", address, slot, tag)
    assert changes["post"][deployed]["storage"]


@pytest.mark.parametrize("tracer", ["", *TRACERS])
def test_a_block_s_traces_are_those_of_its_transactions(ask, stored, tracer):
    config = {"tracer": tracer} if tracer else {}
    receipt = ask.receipt(stored)

    by_number = ask("debug_traceBlockByNumber", receipt["blockNumber"], config)
    by_hash = ask("debug_traceBlockByHash", receipt["blockHash"], config)

    assert by_number == by_hash
    assert [entry["txHash"] for entry in by_number] == [stored]
    assert by_number[0]["result"] == ask("debug_traceTransaction", stored, config)


def test_a_call_is_traced_on_what_is_pretended(ask, deployed, sample):
    call = {"to": deployed, "data": sample.data("value")}
    pretended = {"stateOverrides": {deployed: {"code": "0x602a5f5260205ff3"}}, "blockOverrides": {"number": "0x7"}}

    plain = ask("debug_traceCall", call, "latest")
    other = ask("debug_traceCall", call, "latest", pretended)

    assert plain["returnValue"] == f"0x{5:064x}" and len(steps(plain)) > 10
    assert other["returnValue"] == f"0x{0x2A:064x}" and len(steps(other)) == 6
    assert ask("debug_traceCall", call, "latest", {"tracer": "callTracer"})["output"] == plain["returnValue"]


def test_selectors_are_counted(ask, deployed, sample):
    call = {"to": deployed, "data": sample.data("value")}

    assert ask("debug_traceCall", call, "latest", {"tracer": "4byteTracer"}) == {f"{sample.data('value')[:10]}-0": 1}
    assert ask("debug_traceCall", call, "latest", {"tracer": "noopTracer"}) == {}
    assert (
        ask("debug_traceCall", {"to": f"0x{4:040x}", "data": "0x11223344"}, "latest", {"tracer": "4byteTracer"}) == {}
    )


def test_a_flat_trace_begins_with_the_transaction_s_own_gas(ask, stored):
    [entry] = ask("debug_traceTransaction", stored, {"tracer": "flatCallTracer"})
    [parity] = ask("trace_transaction", stored)

    assert entry["result"]["gasUsed"] == ask.receipt(stored)["gasUsed"]
    assert entry["action"]["gas"] == ask("eth_getTransactionByHash", stored)["gas"]
    assert int(parity["result"]["gasUsed"], 16) < int(entry["result"]["gasUsed"], 16) - 21_000


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"tracer": "{result: 1}"}, "unknown tracer"),
        ({"tracer": 7}, "unknown tracer"),
        ({"timeout": "soon"}, "duration"),
        ({"limit": -1}, "limit"),
        ({"enableMemory": "yes"}, "true or false"),
        ([], "object"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(ask, stored, config, said):
    error = ask.error("debug_traceTransaction", stored, config)

    assert error["code"] == -32602 and said in error["message"]


def test_what_is_not_there_is_not_traced(ask, stored):
    assert "not found" in ask.error("debug_traceTransaction", NOWHERE)["message"]
    assert "not found" in ask.error("debug_traceBlockByHash", NOWHERE)["message"]
    assert "genesis" in ask.error("debug_traceBlockByNumber", "0x0")["message"]


def test_time_is_limited(ask):
    forever = {"stateOverrides": {ask.accounts[1]: {"code": "0x5b5f56"}}, "timeout": "50ms", "tracer": "noopTracer"}

    error = ask.error("debug_traceCall", {"to": ask.accounts[1]}, "latest", forever)

    assert error["code"] == -32005 and "0.05 s" in error["message"]


def test_size_is_limited(ask, monkeypatch):
    monkeypatch.setattr("chain.evm.tracing.budget.Budget.__init__.__kwdefaults__", {"steps": 1_000, "size": 10_000_000})
    forever = {"stateOverrides": {ask.accounts[1]: {"code": "0x5b5f56"}}}

    error = ask.error("debug_traceCall", {"to": ask.accounts[1]}, "latest", forever)

    assert error["code"] == -32005 and "1000 steps" in error["message"]
    assert ask("debug_traceCall", {"to": ask.accounts[1]}, "latest", {"limit": 5})["structLogs"] == []


def test_a_transaction_is_traced_on_state_that_was_edited():
    opened = open_node(NodeOptions(dev=True))
    ask = Asking(opened)
    contract = "0x" + "ab" * 20
    # what is in slot 0, returned
    ask("anvil_setCode", contract, "0x5f545f5260205ff3")
    ask("anvil_setStorageAt", contract, "0x0", f"0x{42:064x}")
    ask("anvil_setBalance", contract, "0xde0b6b3a7640000")
    traced = ask("debug_traceCall", {"to": contract}, "latest")
    tx_hash = ask.send(to=contract, gas="0x30d40")
    ask("anvil_setStorageAt", contract, "0x0", f"0x{43:064x}")

    trace = ask("debug_traceTransaction", tx_hash)
    before = ask("debug_traceTransaction", tx_hash, {"tracer": "prestateTracer"})
    opened.node.close()

    assert traced["returnValue"] == trace["returnValue"] == f"0x{42:064x}"
    assert before[contract] == {
        "balance": "0xde0b6b3a7640000",
        "code": "0x5f545f5260205ff3",
        "storage": {f"0x{0:064x}": f"0x{42:064x}"},
    }
