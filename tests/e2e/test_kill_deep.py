"""kill -9 again and again on one folder while many do different things: no receipt that was given is ever taken back.

`MZ_KILLS` says how often, `MZ_KILLS_SEED` repeats a run as far as the machine's timing lets it be repeated.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from chain.client import Client, Platform
from chain.model import LogEntry, LogQuery
from chain.primitives import checksum, to_hex
from chain.store import Index, Store
from chain.wallet import Wallet
from tests.e2e.customers import CALLER, PAYERS, RECEIVER, USER, Customers, Given, ask_each, call, pay, use
from tests.e2e.offline import verified
from tests.e2e.serving import Served, served

KILLS = int(os.environ.get("MZ_KILLS", "50"))
SEED = int(os.environ.get("MZ_KILLS_SEED", "0"))
LONGEST_LIFE_SECONDS = 3.0
AT_ONCE = 200  # blocks of one question for logs
DEEDS = {**{payer: pay(payer) for payer in PAYERS}, CALLER: call, USER: use}


@pytest.mark.deep
def test_however_often_it_is_killed_no_receipt_that_was_given_is_lost(eager: Path) -> None:
    chance = random.Random(SEED)
    given = {name: Given() for name in DEEDS}
    with served(eager) as node:
        node.wait_for_table()
        platform = Client(node.url).platform
        before = holdings(node, platform)
        assert node.stop() == 0

    for _ in range(KILLS):
        with served(eager) as node:
            node.wait_for_answer()
            everything_is_there(node, given)
            customers = Customers(node.url, platform, DEEDS, given)
            customers.start()
            # Between none and many transactions after the start, and at any point of one.
            time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
            customers.leave()
            node.kill()
            customers.wait()

    with served(eager) as node:
        node.wait_for_table()
        everything_is_there(node, given)
        add_up(given, before, holdings(node, platform))
        logs = served_logs(node)
        assert node.stop() == 0, node.printed()
    sound = verified(eager)
    assert sound.transactions >= sum(len(one.receipts) for one in given.values()) and sound.rows
    assert logs == rebuilt_logs(eager)
    emitters = {log[4] for log in logs}
    assert {to_hex(platform.mz), to_hex(platform.templates)} <= emitters


def everything_is_there(node: Served, given: dict[str, Given]) -> None:
    """Each receipt is still the one that was given: the same block, canonical, and the transaction in it succeeded."""
    expected = {tx: place for one in given.values() for tx, place in one.receipts.items()}
    receipts = ask_each(node.url, "eth_getTransactionReceipt", [[to_hex(tx)] for tx in expected])
    found = {
        tx: (int(receipt["blockNumber"], 16), receipt["blockHash"], receipt["status"])
        for tx, receipt in zip(expected, receipts, strict=True)
        if receipt is not None
    }
    assert found == {tx: (*place, "0x1") for tx, place in expected.items()}
    numbers = sorted({number for number, _ in expected.values()})
    blocks = ask_each(node.url, "eth_getBlockByNumber", [[hex(number), False] for number in numbers])
    canonical = {int(block["number"], 16): block["hash"] for block in blocks}
    assert {number: canonical[number] for number, _ in expected.values()} == dict(expected.values())


def holdings(node: Served, platform: Platform) -> dict[str, int]:
    """What only these customers change: transactions by sender, and what the receiver has."""
    client = Client(node.url, Wallet.dev(), platform=platform)
    counts = {
        name: int(client.rpc("eth_getTransactionCount", checksum(client.wallet[name].address), "latest"), 16)
        for name in DEEDS
    }
    return {
        **counts,
        "wei": client.balance(RECEIVER),
        "mz": client.contract("MZ", platform.mz).call("balanceOf", RECEIVER),
    }


def add_up(given: dict[str, Given], before: dict[str, int], after: dict[str, int]) -> None:
    """Nothing is lost and nothing is done twice: a life can add one transaction of each that nobody heard of."""
    gained = {name: after[name] - before[name] for name in after}
    counts = {name: len(one.receipts) for name, one in given.items()}
    for name, count in counts.items():
        assert count >= KILLS // 5, f"{name} has hardly come to anything: {counts}"
        assert count <= gained[name] <= count + KILLS
    assert gained["wei"] == sum(gained[payer] for payer in PAYERS)
    assert gained["mz"] == gained[CALLER]


Row = tuple[int, int, str, str, str, tuple[str, ...], str]


def served_logs(node: Served) -> list[Row]:
    """Every log, as the node answers."""
    head = int(ask_each(node.url, "eth_blockNumber", [[]])[0], 16)
    ranges = [
        [{"fromBlock": hex(first), "toBlock": hex(min(first + AT_ONCE - 1, head))}]
        for first in range(0, head + 1, AT_ONCE)
    ]
    return [row_of(log) for some in ask_each(node.url, "eth_getLogs", ranges) for log in some]


def row_of(log: dict[str, Any]) -> Row:
    return (
        int(log["blockNumber"], 16),
        int(log["logIndex"], 16),
        log["blockHash"],
        log["transactionHash"],
        log["address"].lower(),
        tuple(log["topics"]),
        log["data"],
    )


def rebuilt_logs(folder: Path) -> list[Row]:
    """Every log, from an index that is made anew from the blocks alone."""
    store = Store.open(folder / "chain")
    index = Index(store, None)
    try:
        index.rebuild()
        return [
            row_of_entry(entry)
            for first in range(0, store.head.number + 1, AT_ONCE)
            for entry in index.logs(LogQuery(from_block=first, to_block=first + AT_ONCE - 1), limit=10**6)
        ]
    finally:
        index.stop()
        store.close()


def row_of_entry(entry: LogEntry) -> Row:
    return (
        entry.block_number,
        entry.log_index,
        to_hex(entry.block_hash),
        to_hex(entry.transaction_hash),
        to_hex(entry.log.address),
        tuple(to_hex(topic) for topic in entry.log.topics),
        to_hex(entry.log.data),
    )
