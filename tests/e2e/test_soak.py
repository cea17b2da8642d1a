"""A served node under steady load for a long time: nothing fails, nothing is lost, and its memory stops growing.

`MZ_SOAK_MINUTES` says for how long. What was measured is written to `reports/soak.csv`.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from chain.client import Client, Platform
from chain.primitives import checksum
from chain.registry import Library
from chain.store import rocks, store
from tests.e2e.customers import CALLER, PAYERS, RECEIVER, USER, Customers, Given, call, pay, use
from tests.e2e.serving import Served, served
from tests.optional import ROOT

MINUTES = float(os.environ.get("MZ_SOAK_MINUTES", "30"))
SAMPLES = 120
# Seconds from one deed of a customer to the next: the same load on every machine that can carry it.
EVERY = {**dict.fromkeys(PAYERS, 0.25), CALLER: 0.25, USER: 5.0}
CALLS_EVERY = 0.05
LOGS_EVERY = 0.5
RECENT = 100  # blocks of a question for logs
WARM_UP = 0.2  # of the time: code is loaded, threads are there, every kind of request was answered
# After the warm-up only what has a fixed size may still fill: RocksDB's block cache, its two memtables, and the decoded
# records, which take about four times their encoded size; 24 MiB are for SQLite and the allocator. Half an hour makes
# 20,000 blocks and answers 40,000 questions: 15 KiB of each block kept for good, or 8 of each question, would be more.
DECODED_BYTES = 4 * (store.HEADER_CACHE_BYTES + store.BLOCK_CACHE_BYTES + store.RECEIPT_CACHE_BYTES)
MOST_GROWTH_KIB = (rocks.BLOCK_CACHE_BYTES + 2 * rocks.MEMTABLE_BYTES + DECODED_BYTES + (24 << 20)) // 1024


@dataclass
class Asker:
    """Asks one thing over and over and notes how long the answers took, in seconds."""

    question: Callable[[], Any]
    every: float
    seconds: list[float] = field(default_factory=list)
    problem: BaseException | None = None

    def run(self, done: threading.Event) -> None:
        try:
            while not done.is_set():
                begun = time.monotonic()
                self.question()
                self.seconds.append(time.monotonic() - begun)
                done.wait(max(0.0, begun + self.every - time.monotonic()))
        except BaseException as problem:
            self.problem = problem


@dataclass
class Listener:
    """Hears of every new block over a WebSocket."""

    heads: list[tuple[int, str, str]] = field(default_factory=list)  # number, hash, parent's hash
    problem: BaseException | None = None

    def run(self, url: str, subscribed: threading.Event, done: threading.Event) -> None:
        try:
            with connect(url.replace("http://", "ws://")) as socket:
                socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}))
                assert "result" in json.loads(socket.recv(30))
                subscribed.set()
                while not done.is_set():
                    try:
                        head = json.loads(socket.recv(1))["params"]["result"]
                    except TimeoutError:
                        continue
                    self.heads.append((int(head["number"], 16), head["hash"], head["parentHash"]))
        except BaseException as problem:
            self.problem = problem
        finally:
            subscribed.set()


@pytest.mark.deep
@pytest.mark.timeout(MINUTES * 60 + 600)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured with /proc")
def test_under_steady_load_nothing_fails_and_memory_stops_growing(eager: Path) -> None:
    with served(eager) as node:
        node.wait_for_table()
        platform = Client(node.url).platform
        given = {name: Given() for name in EVERY}
        deeds = {**{payer: pay(payer) for payer in PAYERS}, CALLER: call, USER: use}
        customers = Customers(node.url, platform, deeds, given, EVERY)
        askers = dict(questions(node, platform))
        listener = Listener()
        done, subscribed = threading.Event(), threading.Event()
        threads = [threading.Thread(target=asker.run, args=(done,)) for asker in askers.values()]
        threads.append(threading.Thread(target=listener.run, args=(node.url, subscribed, done)))
        threads[-1].start()
        assert subscribed.wait(60)
        for thread in threads[:-1]:
            thread.start()
        customers.start()
        try:
            curve = measured(node, {**{name: one.seconds for name, one in given.items()}, **seconds_of(askers)})
        finally:
            customers.stop()
            heard_until = node.web3.eth.block_number
            wait_for(lambda: listener.problem is not None or listener.heads[-1][0] >= heard_until)
            done.set()
            for thread in threads:
                thread.join()
        assert node.stop() == 0, node.printed()

    keep(ROOT / "reports" / "soak.csv", curve)
    assert [one.problem for one in (*askers.values(), listener) if one.problem is not None] == []
    assert "Traceback" not in node.printed()
    assert all(seconds for seconds in (*(one.seconds for one in given.values()), *seconds_of(askers).values()))
    # One after the other, each on the one before: none was left out, none was told twice.
    assert all(after[2] == before[1] for before, after in zip(listener.heads, listener.heads[1:], strict=False))
    receipts = {place for one in given.values() for place in one.receipts.values()}
    assert receipts <= {(number, block_hash) for number, block_hash, _ in listener.heads}
    assert growth(curve) < MOST_GROWTH_KIB, f"{growth(curve)} KiB more after the warm-up: see reports/soak.csv"


def questions(node: Served, platform: Platform) -> Iterator[tuple[str, Asker]]:
    """What is asked besides: a contract, and the newest logs."""
    client, other = Client(node.url, platform=platform), Client(node.url, platform=platform)
    token = client.contract("MZ", platform.mz)
    assert Library(client).list(), "the templates are there"
    yield "eth_call", Asker(lambda: token.call("balanceOf", RECEIVER), CALLS_EVERY)

    def newest() -> None:
        first = max(0, int(other.rpc("eth_blockNumber"), 16) - RECENT)
        assert isinstance(other.rpc("eth_getLogs", {"fromBlock": hex(first), "address": checksum(platform.mz)}), list)

    yield "eth_getLogs", Asker(newest, LOGS_EVERY)


def seconds_of(askers: dict[str, Asker]) -> dict[str, list[float]]:
    return {name: asker.seconds for name, asker in askers.items()}


Sample = dict[str, float]


def measured(node: Served, latencies: dict[str, list[float]]) -> list[Sample]:
    """Memory, blocks and latencies at equal distances until the time is over."""
    curve: list[Sample] = []
    seen = dict.fromkeys(latencies, 0)
    begun = time.monotonic()
    for number in range(1, SAMPLES + 1):
        time.sleep(max(0.0, begun + number * MINUTES * 60 / SAMPLES - time.monotonic()))
        sample: Sample = {
            "seconds": round(time.monotonic() - begun, 1),
            "rss_kib": resident(node.process.pid),
            "block": node.web3.eth.block_number,
        }
        for name, seconds in latencies.items():
            fresh = seconds[seen[name] :]
            seen[name] += len(fresh)
            sample[f"{name} requests"] = len(fresh)
            sample[f"{name} median ms"] = round(1000 * statistics.median(fresh), 2) if fresh else 0.0
            sample[f"{name} worst ms"] = round(1000 * max(fresh), 2) if fresh else 0.0
        curve.append(sample)
    return curve


def resident(pid: int) -> int:
    """Memory of a process in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])


def growth(curve: Sequence[Sample]) -> float:
    """KiB from the first samples after the warm-up to the last ones; medians, so that no single moment decides."""
    steady = curve[int(len(curve) * WARM_UP) :]
    tenth = max(1, len(steady) // 10)
    first, last = (statistics.median(one["rss_kib"] for one in some) for some in (steady[:tenth], steady[-tenth:]))
    return last - first


def wait_for(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not ready() and time.monotonic() < deadline:
        time.sleep(0.01)


def keep(report: Path, curve: Sequence[Sample]) -> None:
    report.parent.mkdir(exist_ok=True)
    with report.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(curve[0]))
        writer.writeheader()
        writer.writerows(curve)
