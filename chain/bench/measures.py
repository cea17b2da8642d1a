"""What is measured while all chains take turns. Each function returns one figure, or more under their own names."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from chain.bench import codes
from chain.bench.contenders import Contender
from chain.bench.seat import BATCH, LATENCY, MANY, SINGLE, Book, Seat
from chain.bench.signing import hash_of
from chain.bench.wire import framed, repeat, request
from chain.errors import BenchFault
from chain.model import Record
from chain.primitives import Address, to_hex

Figures: TypeAlias = Mapping[str, float]
GENERATOR = "generator"  # beside a figure: the generator's own share of a processor
CONNECTIONS, DEPTH = 8, 16  # of the reads
KECCAK_TURNS, ARITHMETIC_TURNS = 100_000, 100_000
LOOP_GAS = 40_000_000
DEPLOYMENTS = 5
INTERVAL_SECONDS = 1
POOL_EACH = 1_000  # one account's transactions that may wait; nodes limit them


class Measure(Record):
    """A figure with its name and unit."""

    key: str
    title: str
    unit: str
    better: Literal["higher", "lower"] = "higher"


class Scale(Record):
    """How much of everything: for figures, or only to see that it works."""

    seconds: float = 2.0  # of each measure
    latencies: int = 200
    turns: float = 1.0  # share of a loop's turns


QUICK = Scale(seconds=0.1, latencies=20, turns=0.01)

MEASURES = (
    Measure(key="transfers_one", title="ERC-20 transfers, 1 connection", unit="tx/s"),
    Measure(key="transfers_four", title="ERC-20 transfers, 4 connections", unit="tx/s"),
    Measure(key="transfers_pool", title="ERC-20 transfers, fill the pool, then mine", unit="tx/s"),
    Measure(key="transfers_interval", title="ERC-20 transfers, a block every second", unit="tx/s"),
    Measure(key="call", title="eth_call balanceOf", unit="calls/s"),
    Measure(key="block_number", title="eth_blockNumber", unit="calls/s"),
    Measure(key="latency_p50", title="send to receipt, median", unit="ms", better="lower"),
    Measure(key="latency_p95", title="send to receipt, 95th percentile", unit="ms", better="lower"),
    Measure(key="start", title="start to first answer", unit="s", better="lower"),
    Measure(key="memory_start", title="memory after the first dozen transactions", unit="MB", better="lower"),
    Measure(key="keccak", title="keccak loop", unit="Mgas/s"),
    Measure(key="arithmetic", title="arithmetic loop", unit="Mgas/s"),
    Measure(key="deploy", title="deploy 20 KB", unit="ms", better="lower"),
)


def take_seat(contender: Contender, book: Book) -> tuple[Seat, Figures]:
    """Start it: how long until it answers anything, and what memory it needs once it executes."""
    seat = Seat(contender, book)
    # Who answers before everything is loaded has not taken its memory yet.
    assert seat.token
    return seat, {"start": seat.started, "memory_start": seat.memory()}


def one_connection(seat: Seat, scale: Scale) -> Figures:
    """Batches of 100 where the chain takes them; each is answered before the next is sent."""
    return _rate("transfers_one", seat, [SINGLE], _count(seat, scale))


def four_connections(seat: Seat, scale: Scale) -> Figures:
    """The same from four senders at once."""
    return _rate("transfers_four", seat, MANY[:4], max(BATCH, _count(seat, scale) // 4))


def pool_then_mine(seat: Seat, scale: Scale) -> Figures:
    """Everything waits in the pool before blocks are made."""
    each = min(max(10, _count(seat, scale) // 4), POOL_EACH)
    automatic, manual = seat.contender.automine
    seat.line.call(manual[0], *manual[1])
    try:
        return _rate("transfers_pool", seat, MANY[:4], each, lambda: seat.line.call("evm_mine"))
    finally:
        seat.line.call(automatic[0], *automatic[1])


def every_second(seat: Seat, scale: Scale) -> Figures:
    """Until the last is in a block."""
    unit = seat.contender.interval_in
    if unit is None:
        return {}
    automatic, manual = seat.contender.automine
    seat.line.call(manual[0], *manual[1])
    seat.line.call("evm_setIntervalMining", INTERVAL_SECONDS * (1_000 if unit == "milliseconds" else 1))
    each = min(max(10, _count(seat, scale) // len(MANY)), POOL_EACH)
    try:
        return _rate("transfers_interval", seat, MANY, each)
    finally:
        seat.line.call("evm_setIntervalMining", 0)
        seat.line.call(automatic[0], *automatic[1])


def calls(seat: Seat, scale: Scale) -> Figures:
    """Of a view function that reads one slot."""
    question = {"to": to_hex(seat.token), "data": to_hex(codes.balance_of(seat.book.signers[SINGLE].address))}
    held = seat.line.call("eth_call", question, "latest")
    if not 0 < int(held, 16) <= 10**12:
        raise BenchFault(f"{seat.contender.name}: balanceOf answered {held}")
    return _reads("call", seat, scale, request("eth_call", question, "latest"))


def block_numbers(seat: Seat, scale: Scale) -> Figures:
    """The least that can be asked."""
    return _reads("block_number", seat, scale, request("eth_blockNumber"))


def latency(seat: Seat, scale: Scale) -> Figures:
    """One transaction at a time, from sending it to holding its receipt."""
    first = seat.take(LATENCY, scale.latencies)
    taken = []
    for nonce in range(first, first + scale.latencies):
        raw = seat.book.transfer(LATENCY, nonce)
        payload, tx_hash = to_hex(raw), hash_of(raw)
        began = time.perf_counter()
        seat.line.call("eth_sendRawTransaction", payload)
        seat.await_receipt(tx_hash)
        taken.append((time.perf_counter() - began) * 1_000)
    seat.check_receipts([seat.book.transfer(LATENCY, nonce) for nonce in range(first, first + scale.latencies)])
    taken.sort()
    return {"latency_p50": statistics.median(taken), "latency_p95": taken[int(len(taken) * 0.95)]}


def keccak_loop(seat: Seat, scale: Scale) -> Figures:
    """Gas of transactions over the time until their receipts."""
    return {"keccak": _loop(seat, seat.keccak_loop, int(KECCAK_TURNS * scale.turns), scale)}


def arithmetic_loop(seat: Seat, scale: Scale) -> Figures:
    """Gas of transactions over the time until their receipts."""
    return {"arithmetic": _loop(seat, seat.arithmetic_loop, int(ARITHMETIC_TURNS * scale.turns), scale)}


def deploy(seat: Seat, scale: Scale) -> Figures:
    """Until the receipt."""
    taken = []
    for _ in range(DEPLOYMENTS):
        began = time.perf_counter()
        seat.deploy(codes.deployment(codes.large()))
        taken.append((time.perf_counter() - began) * 1_000)
    return {"deploy": statistics.median(taken)}


STEPS: tuple[Callable[[Seat, Scale], Figures], ...] = (
    one_connection,
    four_connections,
    pool_then_mine,
    every_second,
    calls,
    block_numbers,
    latency,
    keccak_loop,
    arithmetic_loop,
    deploy,
)


def _count(seat: Seat, scale: Scale) -> int:
    return max(50, int(seat.rate * scale.seconds))


def _rate(
    key: str, seat: Seat, accounts: tuple[int, ...] | list[int], each: int, then: Callable[[], None] = lambda: None
) -> Figures:
    burst = seat.transfers(accounts, each, then)
    return {key: each * len(accounts) / burst.seconds, GENERATOR: burst.busy}


def _reads(key: str, seat: Seat, scale: Scale, question: dict[str, object]) -> Figures:
    depth = DEPTH if seat.contender.pipelines else 1
    burst = repeat(seat.port, framed(question), connections=CONNECTIONS, depth=depth, seconds=scale.seconds)
    if burst.errors:
        raise BenchFault(f"{seat.contender.name} answered {burst.errors} times with an error: {burst.sample}")
    return {key: burst.answers / burst.seconds, GENERATOR: burst.busy}


def _loop(seat: Seat, where: Address, turns: int, scale: Scale) -> float:
    gas = 0
    began = time.perf_counter()
    while time.perf_counter() < began + scale.seconds:
        gas += int(seat.send(where, codes.turns(turns), gas=LOOP_GAS)["gasUsed"], 16)
    return gas / (time.perf_counter() - began) / 1e6
