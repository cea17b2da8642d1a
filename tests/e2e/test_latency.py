"""What a reader feels beside a busy chain: answers stay quick while blocks of about 150 ms follow each other, and none
shows half a block.

The bars are the design's: `eth_blockNumber` p99 ≤ 5 ms, `eth_call` p99 ≤ 20 ms, from another process, over HTTP. They
are for a machine that has a core for the node; what was measured is written to `reports/latency.csv`.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_node import started
from tests.optional import ROOT

SECONDS = float(os.environ.get("MZ_LATENCY_SECONDS", "20"))
BARS = {"eth_blockNumber": 0.005, "eth_call": 0.020}


def runtime() -> str:
    """A contract with slot 0 += 1, work until 30,000 gas are left, slot 1 += 1: between blocks both are equal.

    With call data it answers slot 0 - slot 1 and the block's number instead.
    """
    read = (
        "5b6001545f54035f52436020526040" + "5ff3"
    )  # JUMPDEST: mstore(0, s0 - s1), mstore(32, NUMBER), return 64 bytes
    work = "5f546001015f55"  # s0 += 1
    loop = "5b" + "5a617530" + "10" + "60{0:02x}57"  # JUMPDEST GAS 30000 LT(30000, GAS) JUMPI loop
    last = "600154600101600155" + "00"
    start = "3660{0:02x}57"  # CALLDATASIZE: read
    loop_at = 4 + len(work) // 2
    read_at = loop_at + len(loop.format(0)) // 2 + len(last) // 2
    return "0x" + start.format(read_at) + work + loop.format(loop_at) + last + read


class Wire:
    """One keep-alive connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)

    def ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self._connection.request("POST", "/", body, {"content-type": "application/json"})
        answer = json.loads(self._connection.getresponse().read())
        assert "error" not in answer, answer
        return answer["result"]

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


CONTRACT = "0x" + "c0" * 20


@contextmanager
def busy(url: str, gas: int) -> Iterator[threading.Event]:
    """Two senders, so that there is always work for the next block."""
    done = threading.Event()
    with Wire(url) as first:
        accounts = first.ask("eth_accounts")
        first.ask("anvil_setCode", CONTRACT, runtime())
    failed: list[BaseException] = []

    def send(sender: str) -> None:
        wish = {"from": sender, "to": CONTRACT, "gas": hex(gas), "gasPrice": hex(10**12)}
        try:
            with Wire(url) as wire:
                while not done.is_set():
                    wire.ask("eth_sendTransaction", wish)
        except BaseException as problem:
            failed.append(problem)

    threads = [threading.Thread(target=send, args=(account,)) for account in accounts[:2]]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    assert failed == []


def gas_of_a_block(url: str, seconds: float = 0.15) -> int:
    """How much work takes about that long here."""
    gas = 1_000_000
    with Wire(url) as wire:
        wire.ask("anvil_setCode", CONTRACT, runtime())
        sender = wire.ask("eth_accounts")[0]
        for _ in range(6):
            wish = {"from": sender, "to": CONTRACT, "gas": hex(gas), "gasPrice": hex(10**12)}
            began = time.monotonic()
            wire.ask("eth_sendTransaction", wish)
            gas = min(int(gas * min(4.0, seconds / (time.monotonic() - began))), 25_000_000)
    return max(gas, 200_000)


def test_a_call_at_a_block_never_sees_half_of_the_next(tmp_path: Path) -> None:
    seen: set[int] = set()
    with (
        started(tmp_path, "--port", "0", "--memory") as (facts, _),
        busy(facts["rpc"], 600_000),
        Wire(facts["rpc"]) as wire,
    ):
        until = time.monotonic() + 4
        while time.monotonic() < until:
            for at in ("latest", "pending", wire.ask("eth_blockNumber")):
                answer = wire.ask("eth_call", {"to": CONTRACT, "data": "0x01"}, at)
                difference, number = int(answer[2:66], 16), int(answer[66:], 16)
                assert difference == 0, f"half of a block was seen at {at} ({number})"
                seen.add(number)

    assert len(seen) > 5, "there were not enough blocks to see"


@pytest.mark.deep
def test_answers_stay_quick_beside_back_to_back_blocks(tmp_path: Path) -> None:
    took: dict[str, list[float]] = {method: [] for method in BARS}
    with started(tmp_path, "--port", "0", "--data-dir", "d") as (facts, _):
        gas = gas_of_a_block(facts["rpc"])
        with busy(facts["rpc"], gas), Wire(facts["rpc"]) as wire:
            first, began = int(wire.ask("eth_blockNumber"), 16), time.monotonic()
            while time.monotonic() < began + SECONDS:
                for method, params in (("eth_blockNumber", ()), ("eth_call", ({"to": CONTRACT, "data": "0x01"},))):
                    asked = time.perf_counter()
                    wire.ask(method, *params)
                    took[method].append(time.perf_counter() - asked)
                time.sleep(0.005)
            blocks = int(wire.ask("eth_blockNumber"), 16) - first
            apart = (time.monotonic() - began) / max(blocks, 1)

    rows = []
    for method, seconds in took.items():
        cuts = statistics.quantiles(seconds, n=100)
        rows.append((method, len(seconds), *(round(value * 1000, 2) for value in (cuts[49], cuts[98], max(seconds)))))
    (ROOT / "reports").mkdir(exist_ok=True)
    with (ROOT / "reports" / "latency.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("method", "asked", "p50_ms", "p99_ms", "max_ms", f"block_every_ms={apart * 1000:.0f}", gas))
        writer.writerows(rows)
    assert apart < 0.6, f"blocks were not back to back: one every {apart:.2f} s"
    assert [row for row in rows if row[3] > BARS[row[0]] * 1000] == []
