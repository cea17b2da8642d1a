"""What takes a large chain before it can be measured: once for each contender, after the rounds.

A chain that would need too long is asked for less, and its figure stays empty: the time limit is per step.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import msgspec

from chain.bench import codes
from chain.bench.contenders import OURS
from chain.bench.measures import Figures, Measure
from chain.bench.seat import GROWTH, SINGLE, Seat
from chain.bench.wire import framed, request, send_all
from chain.errors import BenchFault
from chain.model import Record
from chain.primitives import to_hex

PIECE = 5_000  # transfers between two looks at the clock
SPREAD_TURNS, SPREAD_GAS = 2_000, 90_000_000
EMIT_TURNS, EMIT_GAS = 10_000, 20_000_000
QUERIES = 5
WINDOWS = 3

GROWTH_MEASURES = (
    Measure(key="memory_after", title="memory after 100,000 transfers", unit="MB", better="lower"),
    Measure(key="logs", title="query 977 logs out of 1,000,000", unit="ms", better="lower"),
    Measure(key="accounts_small", title="transfers among 10,000 accounts", unit="tx/s"),
    Measure(key="accounts_medium", title="transfers among 100,000 accounts", unit="tx/s"),
    Measure(key="accounts_large", title="transfers among 1,000,000 accounts", unit="tx/s"),
    Measure(key="imported", title="import blocks of transfers", unit="Mgas/s"),
)


class Extent(Record):
    """How large chains are made."""

    transfers: int = 100_000
    imported: int = 5_000  # transfers
    logs: int = 1_000_000
    accounts: tuple[int, int, int] = (10_000, 100_000, 1_000_000)
    window: float = 2.0  # seconds of a measure on the large chain
    limit: float = 300.0  # seconds that a step may take to get there


def after_transfers(seat: Seat, extent: Extent) -> Iterator[Figures]:
    """Memory when so many transfers are in blocks."""
    for _ in _until(extent.limit, range(0, extent.transfers, PIECE)):
        seat.transfers([SINGLE], min(PIECE, extent.transfers))
    yield {"memory_after": seat.memory()}


def log_query(seat: Seat, extent: Extent) -> Iterator[Figures]:
    """A rare topic over the whole chain; the answer is counted."""
    where = seat.deploy(codes.deployment(codes.emitter()))
    for start in _until(extent.limit, range(0, extent.logs, EMIT_TURNS)):
        seat.send(where, codes.turns(EMIT_TURNS, start), gas=EMIT_GAS, account=GROWTH)
    topic = 1_000
    expected = len(range(topic, extent.logs, 1_024))
    wanted = framed(
        request(
            "eth_getLogs",
            {
                "fromBlock": "0x0",
                "toBlock": "latest",
                "address": to_hex(where),
                "topics": [None, "0x" + topic.to_bytes(32, "big").hex()],
            },
        )
    )
    # An index that is written beside the chain may have some way to go; a query is measured once it is there.
    latest = time.perf_counter() + extent.limit
    while "result" not in msgspec.json.decode(seat.line.exchange(wanted)) and time.perf_counter() < latest:
        time.sleep(1)
    taken = []
    for _ in range(QUERIES):
        began = time.perf_counter()
        answer = seat.line.exchange(wanted)
        taken.append((time.perf_counter() - began) * 1_000)
        found = msgspec.json.decode(answer).get("result")
        if not isinstance(found, list) or len(found) != expected:
            raise BenchFault(f"{seat.contender.name}: {answer[:200]!r} instead of {expected} logs")
    yield {"logs": statistics.median(taken)}


def growing_accounts(seat: Seat, extent: Extent) -> Iterator[Figures]:
    """Transfers of ether to accounts chosen at random among ever more of them."""
    assert seat.rate
    where = seat.deploy(codes.deployment(codes.spreader()))
    seat.send(where, codes.turns(0), value=10**15)
    made = 0
    for key, size in zip(("accounts_small", "accounts_medium", "accounts_large"), extent.accounts, strict=True):
        for start in _until(extent.limit, range(made, size, SPREAD_TURNS)):
            turns = min(SPREAD_TURNS, size - start)
            seat.send(where, codes.turns(turns, start), gas=SPREAD_GAS, account=GROWTH)
        made = size
        yield {key: statistics.median(_scattered(seat, size, extent.window) for _ in range(WINDOWS))}


def block_import(seat: Seat, extent: Extent) -> Iterator[Figures]:
    """Ours only: its blocks, verified and stored anew. The others take no blocks."""
    if seat.contender.name != OURS:
        return
    assert seat.token
    for _ in _until(extent.limit, range(0, extent.imported, PIECE)):
        seat.transfers([SINGLE], min(PIECE, extent.imported))
    seat.stop()
    command = [sys.executable, "-m", "chain.bench.importing", str(seat.folder / "data" / "chain")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFault(f"the blocks could not be imported: {done.stderr[-500:]}")
    yield {"imported": float(done.stdout)}


STEPS: tuple[Callable[[Seat, Extent], Iterator[Figures]], ...] = (
    after_transfers,
    log_query,
    growing_accounts,
    block_import,
)


def _scattered(seat: Seat, accounts: int, seconds: float) -> float:
    """Transfers per second of 1 wei to random ones of the accounts that the spreader made."""
    count = max(100, int(seat.rate * seconds))
    pick = random.Random(accounts + seat.take(SINGLE, 0))
    first = seat.take(SINGLE, count)
    signer = seat.book.signers[SINGLE]
    raws = [
        signer.sign(nonce, codes.spread_address(pick.randrange(1, accounts)), value=1, gas=21_000)
        for nonce in range(first, first + count)
    ]
    burst = send_all(seat.port, [seat.requests(raws)], lambda: seat.finish(raws[-1]))
    if burst.errors:
        raise BenchFault(f"{seat.contender.name} refused {burst.errors} transfers: {burst.sample}")
    seat.check_receipts(raws)
    return count / burst.seconds


def _until(limit: float, steps: range) -> Iterator[int]:
    """Raises BenchFault when there is no time for the next step."""
    began = time.perf_counter()
    for step in steps:
        if time.perf_counter() > began + limit:
            raise BenchFault(f"stopped after {limit:g} s, {step} of {steps.stop} done")
        yield step
