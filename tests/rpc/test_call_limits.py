"""What a call that is only tried may cost: gas is cut, time is limited, and long work holds up nobody else's calls."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import Future

import pytest

from chain.evm import CallLimits
from chain.launch import NodeOptions, open_node
from tests.rpc.asking import WAIT_SECONDS, Asking

CODE = "0x" + "c0" * 20
FOREVER = "0x5b5f5f5f5f5f60045af1505f56"  # calls the identity precompile again and again
GAS_LEFT = "0x5a5f5260205ff3"
PAIRINGS = "0x5f5f6203a9805f5f60085af15f5260205ff3"  # 1,250 pairs at once, within 60 million gas


@pytest.fixture(params=["fast", "reference"])
def hasty(request):
    opened = open_node(NodeOptions(engine=request.param, calls=CallLimits(seconds=0.3)))
    yield Asking(opened)
    opened.node.close()


@pytest.mark.parametrize("code", [FOREVER, PAIRINGS])
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_a_call_that_takes_too_long_is_given_up(hasty, method, code):
    began = time.monotonic()

    error = hasty.error(method, {"to": CODE, "gas": hex(10**15)}, "latest", {CODE: {"code": code}})

    assert error["code"] == -32005
    assert error["message"].startswith("execution timeout")
    assert time.monotonic() - began < 10


def test_more_gas_than_the_cap_is_cut_to_it(ask):
    def gas_left(asked: int) -> int:
        return int(ask("eth_call", {"to": CODE, "gas": hex(asked)}, "latest", {CODE: {"code": GAS_LEFT}}), 16)

    assert gas_left(2**60) == gas_left(60_000_000)
    assert gas_left(30_000_000) == 30_000_000 - 21_000 - 2


def test_long_work_holds_up_only_its_like(ask):
    release, started = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        started.release()
        assert release.wait(WAIT_SECONDS)

    long_ones = [ask.node.run_long(wait) for _ in range(4)]
    started.acquire()
    try:
        assert ask("eth_call", {"to": CODE}) == "0x"
        assert ask("eth_estimateGas", {"to": CODE}) == "0x5208"
        trace = ask.dispatcher.handle(
            json.dumps({"jsonrpc": "2.0", "id": 1, "method": "debug_traceCall", "params": [{"to": CODE}]}).encode()
        )
        assert isinstance(trace, Future) and not trace.done()
    finally:
        release.set()
    assert json.loads(trace.result(WAIT_SECONDS))["result"]["failed"] is False
    assert [one.result(WAIT_SECONDS) for one in long_ones] == [None] * 4
