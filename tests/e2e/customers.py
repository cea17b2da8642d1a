"""People who use a served platform at the same time: they pay, call contracts and use a template, each with a key of
their own.

Knows nothing of what a test wants to see; it tells of every receipt that was handed out and of everything that failed.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chain.client import Client, Platform
from chain.errors import ChainError
from chain.primitives import Hash32
from chain.registry import Library
from chain.wallet import Wallet

RECEIVER = bytes.fromhex("00" * 18 + "beef")
PAYERS = ("dev5", "dev6")
CALLER = "dev1"
USER = "dev2"
BATCH = 100  # calls in one request

Deed = Callable[[Client], Hash32]


def pay(sender: str) -> Deed:
    """One wei to the receiver."""
    return lambda client: client.send({"to": RECEIVER, "gas": 21_000}, sender=sender, value=1).transaction_hash


def call(client: Client) -> Hash32:
    """10^-18 MZ to the receiver: a contract call that leaves a log."""
    return client.contract("MZ", client.platform.mz).send("transfer", RECEIVER, 1, sender=CALLER).transaction_hash


def use(client: Client) -> Hash32:
    """A tip jar: its price is paid, a contract is made, half a dozen logs are left."""
    return Library(client).use("tip-jar", sender=USER).transaction_hash


@dataclass
class Given:
    """What one customer was given: block number and hash by transaction, and how long each took, in seconds."""

    receipts: dict[Hash32, tuple[int, str]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


@dataclass
class Customers:
    """Everybody at once, each doing the same thing over and over, until `stop` or until the node is gone."""

    url: str
    platform: Platform
    deeds: Mapping[str, Deed]
    given: Mapping[str, Given]
    every: Mapping[str, float] = field(default_factory=dict)  # seconds from one deed to the next; else without a pause
    problems: list[BaseException] = field(default_factory=list)
    _leaving: threading.Event = field(default_factory=threading.Event)
    _node_may_go: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Everybody begins."""
        self._threads = [threading.Thread(target=self._go_on, args=(name,)) for name in self.deeds]
        for thread in self._threads:
            thread.start()

    def leave(self) -> None:
        """The node is about to go: from now on nobody wonders when it does not answer. `wait` for them afterwards."""
        self._node_may_go.set()
        self._leaving.set()

    def stop(self) -> None:
        """Everybody finishes what they are doing; raises what went wrong."""
        self._leaving.set()
        self.wait()

    def wait(self) -> None:
        """Until the last one has stopped; raises what went wrong before `leave`."""
        for thread in self._threads:
            thread.join()
        if self.problems:
            raise AssertionError(f"{len(self.problems)} customers were failed") from self.problems[0]

    def _go_on(self, name: str) -> None:
        client = Client(self.url, Wallet.dev(), platform=self.platform)
        deed, given, pause = self.deeds[name], self.given[name], self.every.get(name, 0.0)
        due = time.monotonic()
        try:
            while not self._leaving.is_set():
                begun = time.monotonic()
                done = deed(client)
                receipt = client.rpc("eth_getTransactionReceipt", f"0x{done.hex()}")
                given.receipts[done] = (int(receipt["blockNumber"], 16), receipt["blockHash"])
                given.seconds.append(time.monotonic() - begun)
                due = max(due + pause, time.monotonic())
                self._leaving.wait(due - time.monotonic())
        except (ChainError, OSError) as problem:
            if not self._node_may_go.is_set():
                self.problems.append(problem)
        except BaseException as problem:
            self.problems.append(problem)


def ask_each(url: str, method: str, parameters: Sequence[Sequence[Any]]) -> list[Any]:
    """The results of one method for each of these parameters; an error anywhere fails."""
    results: list[Any] = []
    for start in range(0, len(parameters), BATCH):
        calls = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(given)}
            for number, given in enumerate(parameters[start : start + BATCH])
        ]
        request = urllib.request.Request(url, json.dumps(calls).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            answers = json.load(answer)
        assert [one.get("id") for one in answers] == list(range(len(calls)))
        failed = [one["error"] for one in answers if "error" in one]
        assert failed == [], f"{method}: {failed[0]}"
        results += [one["result"] for one in answers]
    return results
