"""The benchmark on a real node: it measures what it says, and its generator counts what really happened."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import msgspec
import pytest

from chain.bench import codes
from chain.bench.contenders import ours
from chain.bench.growth import Extent, growing_accounts, log_query
from chain.bench.measures import MEASURES
from chain.bench.seat import LATENCY, SINGLE, Book, Seat
from chain.bench.signing import signers
from chain.bench.wire import framed, repeat, request, send_all
from chain.errors import BenchFault
from chain.primitives import to_hex


@pytest.fixture(scope="module")
def seat() -> Iterator[Seat]:
    place = Seat(ours(), Book(signers()))
    assert place.token  # by the first transaction, whichever test comes first
    yield place
    place.close()


def answered(seat: Seat, method: str) -> int:
    """How many calls the node itself says it has answered."""
    with urllib.request.urlopen(f"http://127.0.0.1:{seat.port}/metrics", timeout=10) as page:
        text = page.read().decode()
    found = re.search(rf'mz_rpc_requests_total{{method="{method}",code="0"}} (\d+)', text)
    return int(found.group(1)) if found else 0


def test_a_quick_run_gives_every_figure(tmp_path) -> None:
    command = [sys.executable, "-m", "chain.cli.main", "bench", "--quick", "--only", "mz", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)

    assert done.returncode == 0, done.stderr
    found = msgspec.json.decode(done.stdout)
    assert found["notes"] == []
    assert {row["measure"]["key"] for row in found["rows"]} == {measure.key for measure in MEASURES}
    assert all(row["medians"]["mz"] > 0 for row in found["rows"])
    assert list(tmp_path.iterdir()) == []


def test_as_many_calls_are_counted_as_the_node_has_answered(seat) -> None:
    before = answered(seat, "eth_chainId")

    burst = repeat(seat.port, framed(request("eth_chainId")), connections=3, depth=7, seconds=0.2)

    assert burst.answers == answered(seat, "eth_chainId") - before > 20
    assert burst.answers % 7 == 0


def test_transfers_are_in_blocks_before_they_are_counted(seat) -> None:
    before, nonce = answered(seat, "eth_sendRawTransaction"), seat.take(SINGLE, 0)

    burst = seat.transfers([SINGLE, LATENCY], 30)

    assert answered(seat, "eth_sendRawTransaction") - before == 60
    assert burst.errors == 0
    sender = to_hex(seat.book.signers[SINGLE].address)
    assert int(seat.line.call("eth_getTransactionCount", sender, "latest"), 16) == nonce + 30


def test_a_transfer_that_fails_is_not_counted(seat) -> None:
    data = codes.transfer(bytes(19) + b"\x01", 10**30)
    too_much = [seat.book.signers[LATENCY].sign(seat.take(LATENCY), seat.token, data, gas=90_000)]

    send_all(seat.port, [seat.requests(too_much)], lambda: seat.finish(too_much[-1]))

    with pytest.raises(BenchFault, match="0 of 1 transfers succeeded"):
        seat.check_receipts(too_much)


def test_refused_transactions_are_an_error_and_not_a_speed(seat) -> None:
    raws = [seat.book.signers[9].sign(nonce, None, b"", gas=21_000) for nonce in (0, 0)]

    burst = send_all(seat.port, [seat.requests(raws)])

    assert burst.errors == 2
    assert "intrinsic gas too low" in burst.sample


def test_large_chains_are_made_and_what_is_found_on_them_is_counted(seat) -> None:
    extent = Extent(logs=20_000, accounts=(200, 300, 400), window=0.02)

    figures = dict(
        item for step in (log_query, growing_accounts) for part in step(seat, extent) for item in part.items()
    )

    assert set(figures) == {"logs", "accounts_small", "accounts_medium", "accounts_large"}
    assert all(value > 0 for value in figures.values())


def test_a_chain_that_does_not_start_says_why() -> None:
    broken = msgspec.structs.replace(ours(), command=lambda port, folder: [sys.executable, "-c", "exit('no luck')"])

    with pytest.raises(BenchFault, match="ended with status 1: no luck"):
        Seat(broken, Book(signers()))
