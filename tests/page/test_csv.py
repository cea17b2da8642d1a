"""What the page's lists give away as CSV files, row by row beside what the chain says by JSON-RPC."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3

from chain import Client
from tests.page.conftest import Visitor
from tests.page.movable import Movable
from tests.page.test_flows import contract

Row = dict[str, str]


def saved(visitor: Visitor, path: str, name: str) -> list[Row]:
    """What a click on the list's link puts into the browser's folder of downloads."""
    page = visitor.page
    visitor.follow(path)
    link = page.wait_for_selector(f"a[download][href^='/data/v1/{name}.csv']")
    assert link is not None
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == f"{name}.csv"
    with Path(download.value.path()).open(newline="") as file:
        return list(csv.DictReader(file))


def moves(movable: Movable, **topics: str | None) -> list[tuple[Any, ...]]:
    """MZ that moved, the newest first, as logs tell it."""
    events = contract(movable, "MZ").events.Transfer()  # type: ignore[arg-type]
    found = events.get_logs(from_block=0, argument_filters={key: one for key, one in topics.items() if one})
    return [
        (log["blockNumber"], log["logIndex"], log["transactionHash"].to_0x_hex(), *log["args"].values())
        for log in reversed(found)
    ]


def listed(rows: list[Row]) -> list[tuple[Any, ...]]:
    """The same out of a file."""
    return [
        (int(one["block"]), int(one["logIndex"]), one["tx"], one["from"], one["to"], int(one["amount"])) for one in rows
    ]


def test_transactions_transfers_and_burns_are_saved_as_the_chain_has_them(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount]
) -> None:
    reader, me = visiting(4), people[4].address
    web3, mz = movable.web3, contract(movable, "MZ")  # type: ignore[arg-type]
    numbers = range(web3.eth.block_number, -1, -1)
    blocks = Client(movable.url).rpc_each("eth_getBlockByNumber", [(hex(number), True) for number in numbers])
    mine = [
        tuple(str(given).lower() for given in (tx["hash"], block["timestamp"], tx["from"], tx["to"], tx["value"]))
        for block in blocks
        for tx in reversed(block["transactions"])
        if me.lower() in (tx["from"], tx["to"])
    ]

    rows = saved(reader, f"/address/{me}", "txs")

    assert mine == [
        (one["hash"], hex(int(one["timestamp"])), one["from"].lower(), (one["to"] or "none").lower(), value)
        for one in rows
        for value in [hex(int(one["value"]))]
    ]
    for one in rows[:3]:
        receipt: Any = web3.eth.get_transaction_receipt(one["hash"])  # type: ignore[arg-type]
        assert int(one["fee"]) == receipt["gasUsed"] * receipt["effectiveGasPrice"]
        assert (one["success"] == "True") == (receipt["status"] == 1)
    assert listed(saved(reader, f"/token/{mz.address}", "transfers")) == moves(movable)
    burns = saved(reader, "/burns", "burns")
    assert listed(burns) == moves(movable, to=Web3.to_checksum_address("0x" + "0" * 40))
    minted = sum(amount for *_, sender, _, amount in moves(movable) if int(sender, 16) == 0)
    assert minted - sum(int(one["amount"]) for one in burns) == mz.functions.totalSupply().call()
