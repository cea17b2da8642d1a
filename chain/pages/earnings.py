"""What an author's templates have earned: `GET /data/v1/earnings?author=…`, added up here so that nobody reads every
instance's trades for it. The same rules as `chain.registry.earnings`, which asks any node by JSON-RPC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from chain.model import Record
from chain.pages import in_words
from chain.pages.in_words import Item
from chain.pages.lists import Asked
from chain.primitives import Address, Hash32, checksum, keccak
from chain.store import Lists, Window
from chain.store.ledger import HOUR, PUBLISHED, SETTLED, USED

UPGRADED = keccak(b"InstanceUpgraded(address,bytes32,uint32,uint32,uint256,uint256)")
MOST_ROWS = 50_000  # of one kind: what is older is left out, and the answer says so
AT_ONCE = 500  # instances in one query
PAID, BURNED = 1, 2  # words of the data of both events

Hourly = dict[int, list[int]]
Row = tuple[Any, ...]


class Earned(Record):
    """`templates` as items, the newest first; `hourly` of MZ alone: how often and how many wei, by hour since 1970."""

    templates: list[Item]
    hourly: Mapping[str, Hourly]
    complete: bool


class _Template:
    """One template of the author while its events are gone through."""

    def __init__(self, version: Item) -> None:
        self.newest = version
        self.payees: set[str] = set()
        self.uses = self.paid = self.trades = 0
        self.shares: defaultdict[str, int] = defaultdict(int)

    def item(self) -> Item:
        known = {key: self.newest[key] for key in ("id", "name", "author", "version", "shareBps")}
        shares = {token: str(total) for token, total in self.shares.items()}
        return known | {"uses": self.uses, "paid": str(self.paid), "trades": self.trades, "shares": shares}


def earned(asked: Asked) -> Earned:
    """Of the `author` that was asked about; raises InvalidParams without one."""
    lists, author = asked.lists, asked.required("author")
    registry, till, mz = (asked.contract(name) for name in ("templates", "till", "mz"))
    templates = _published(lists, registry, author)
    hourly: dict[str, Hourly] = {"uses": defaultdict(lambda: [0, 0]), "trades": defaultdict(lambda: [0, 0])}
    homes: dict[Address, _Template] = {}
    complete = True
    ids = tuple(templates)
    for kind, column in ((USED, "topic1"), (UPGRADED, "topic2")):
        rows, whole = _rows(lists, {"address": registry, "topic0": kind, column: ids}) if ids else ([], True)
        complete &= whole
        for row in rows:
            template = templates[row[6] if kind == USED else row[7]]
            net = in_words.number(row[9], PAID) - in_words.number(row[9], BURNED)
            template.paid += net
            _add(hourly["uses"], row, net)
            if kind == USED:
                template.uses += 1
                homes[row[9][12:32]] = template
    complete &= _trades(lists, till, homes, checksum(mz), hourly["trades"])
    return Earned(templates=[one.item() for one in templates.values()], hourly=hourly, complete=complete)


def _published(lists: Lists, registry: Address, author: Address) -> dict[Hash32, _Template]:
    rows, _ = _rows(lists, {"address": registry, "topic0": PUBLISHED, "topic3": bytes(12) + author})
    found: dict[Hash32, _Template] = {}
    for row in rows:
        version = in_words.version(row)
        if version is not None:
            found.setdefault(row[6], _Template(version)).payees.add(version["payee"])
    return found


def _trades(lists: Lists, till: Address, homes: Mapping[Address, _Template], mz: str, hourly: Hourly) -> bool:
    """Add what trades of these instances brought; whether all of them were looked at."""
    seen: set[int] = set()
    complete = True
    instances = [bytes(12) + one for one in homes]
    for start in range(0, len(instances), AT_ONCE):
        words = tuple(instances[start : start + AT_ONCE])
        for column in ("topic2", "topic1"):
            rows, whole = _rows(lists, {"address": till, "topic0": SETTLED, column: words})
            complete &= whole
            for row in rows:
                settled = in_words.settlement(row)
                template = homes.get(row[7][12:]) or homes[row[6][12:]]
                # A released pot names its instance as the payer; but so does a trade in which an instance is the
                # customer, whose share belongs to somebody else.
                foreign = row[7][12:] not in homes and settled["payee"] not in template.payees
                if row[0] in seen or foreign:
                    continue
                seen.add(row[0])
                template.trades += 1
                if share := int(settled["share"]):
                    template.shares[settled["token"]] += share
                    if settled["token"] == mz:
                        _add(hourly, row, share)
    return complete


def _rows(lists: Lists, where: Mapping[str, Any]) -> tuple[Sequence[Row], bool]:
    found = lists.logs(Window(limit=MOST_ROWS), where)
    return found.rows, not found.older


def _add(hourly: Hourly, row: Row, amount: int) -> None:
    entry = hourly[row[11] // HOUR]
    entry[0] += 1
    entry[1] += amount
