"""Export a calendar year (UTC) for an audit: every use, trade, sweep, buyback sale and burn, and whether they add up.

    python examples/export_audit.py 2026 audit-2026

Reads events and past state alone, which any node of the chain gives. Ends with 1 if a figure contradicts another.
"""

import csv
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import chain
from chain.client import Occurrence
from chain.economy import audit, buyback
from chain.errors import LimitExceeded

URL = os.environ.get("MZ_RPC", "http://127.0.0.1:8545")
LISTS = {  # file: where the events come from, and the figure that burned with each
    "uses": ("templates", "Templates", "Used", "burned"),
    "trades": ("till", "Till", "Settled", "burned"),
    "buyback": ("buyback", "Buyback", "Filled", "burned"),
    "sweeps": ("till", "Till", "Swept", None),
    "burns": ("mz", "MZ", "Transfer", "value"),
}


def main(year: int, folder: Path) -> None:
    client = chain.connect(URL)
    times = Times(client)
    first, last = (times.first_block_from(datetime(y, 1, 1, tzinfo=UTC).timestamp()) for y in (year, year + 1))
    if first == last:
        sys.exit(f"the chain at {URL} has no block of {year}")
    folder.mkdir(parents=True, exist_ok=True)

    burned = {}
    for name, (where, kind, event, figure) in LISTS.items():
        contract = client.contract(kind, client.platform.names()[where])
        only = {"to": bytes(20)} if name == "burns" else {}
        found = list(occurrences(contract, event, only, first, last - 1))
        burned[name] = sum(one.arguments[figure] for one in found if figure)
        write(folder / f"{name}.csv", found, times)

    supply = [supply_at(client, block) for block in (first - 1, last - 1)]
    minted = client.contract("MZ", client.platform.mz).call("SUPPLY") if supply[0] == 0 else 0
    wrong = list(audit.audit(buyback.history(client, client.platform)).mismatches)
    if supply[0] + minted - burned["burns"] != supply[1]:
        wrong.append(f"the supply went from {supply[0]} to {supply[1]}, with {burned['burns']} burned")
    accounted = sum(burned[name] for name in ("uses", "trades", "buyback"))
    if accounted > burned["burns"]:
        wrong.append(f"{accounted} are said to have burned, {burned['burns']} did")
    summary = {
        "year": year,
        "blocks": [first, last - 1],
        "supply": [str(amount) for amount in supply],  # in wei of MZ, as text: too large for a JSON number
        "minted": str(minted),
        "burned": {name: str(amount) for name, amount in burned.items() if LISTS[name][3]},
        "contradictions": wrong,
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")

    print(f"{folder}: blocks {first} to {last - 1}, {burned['burns'] / 10**18:g} MZ burned")
    print(f"  {burned['uses'] / 10**18:g} by uses, {burned['trades'] / 10**18:g} by trades")
    sys.exit("\n".join(wrong) or None)


def occurrences(
    contract: chain.Contract, event: str, where: dict[str, bytes], first: int, last: int
) -> Iterator[Occurrence]:
    """All events of a range; a range that is too much for one answer is asked for in halves."""
    try:
        yield from contract.events(event, where, first=first, last=last)
    except LimitExceeded:
        middle = (first + last) // 2
        yield from occurrences(contract, event, where, first, middle)
        yield from occurrences(contract, event, where, middle + 1, last)


def supply_at(client: chain.Client, block: int) -> int:
    """MZ in wei as they were after a block; 0 before the token was made."""
    answer = client.call(client.platform.mz, bytes.fromhex("18160ddd"), block=max(block, 0))  # totalSupply()
    return int.from_bytes(answer)


def write(path: Path, found: list[Occurrence], times: "Times") -> None:
    names = list(found[0].arguments) if found else []
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "block", "log", "transaction", *names])
        for one in found:
            when = datetime.fromtimestamp(times.of(one.block_number), UTC).isoformat()
            values = (f"0x{v.hex()}" if isinstance(v, bytes) else v for v in one.arguments.values())
            rows.writerow([when, one.block_number, one.log_index, f"0x{one.transaction_hash.hex()}", *values])


class Times:
    """When blocks were made, in seconds since 1970."""

    def __init__(self, client: chain.Client) -> None:
        self._client = client
        self._known: dict[int, int] = {}

    def of(self, block: int) -> int:
        if block not in self._known:
            header = self._client.rpc("eth_getBlockByNumber", hex(block), False)
            self._known[block] = int(header["timestamp"], 16)
        return self._known[block]

    def first_block_from(self, time: float) -> int:
        """The first block not before a time, by halving; one after the newest when there is none."""
        low, high = 0, int(self._client.rpc("eth_blockNumber"), 16) + 1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.of(middle) < time else (low, middle)
        return low


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), Path(sys.argv[2]))
    except chain.ChainError as problem:
        sys.exit(f"{problem}\n{problem.hint or ''}".strip())
    except (IndexError, ValueError):
        sys.exit("say which year, and a folder for the files: python examples/export_audit.py 2026 audit-2026")
