"""The index door's lists: which rows, by which filters, in which words. Amounts are decimal strings in smallest units.

Each list is a function of what was asked and returns items with their keys; cursors, CSV and HTTP are `data`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chain.errors import InvalidParams
from chain.model import Record
from chain.pages import in_words
from chain.pages.in_words import HELD, Item
from chain.primitives import Address, address_from, checksum, from_hex, keccak, to_hex
from chain.store import WHOLE, Lists, Rows, Window
from chain.store.ledger import FILLED, PUBLISHED, RETIRED, SETTLED, TRANSFER, USED

ZERO_WORD = bytes(32)
ETHER = bytes(20)
REFUNDED = keccak(b"Refunded(address,address,bytes32,address,uint256,bool)")
WORK = keccak(b"WorkRegistered(uint256,bytes32,address,uint256,bool)")


class Listed(Record):
    """A page: items with the rows they come from, and how many there are in all when that is kept."""

    items: list[Item]
    rows: Rows
    total: int | None
    placed: bool = True  # the first part of a key is a place in the chain


class Asked(Record):
    """The query of one request; every accessor raises InvalidParams naming the parameter."""

    lists: Lists
    window: Window
    query: Mapping[str, str]
    platform: Mapping[str, str]

    def address(self, name: str) -> Address | None:
        """An optional account or contract."""
        given = self.query.get(name)
        return None if given is None else address_from(given, name=name)

    def required(self, name: str) -> Address:
        """One that must be there."""
        found = self.address(name)
        if found is None:
            raise InvalidParams(f"{name} is missing", hint=f"add ?{name}=0x…")
        return found

    def word(self, name: str) -> bytes | None:
        """32 bytes in hex."""
        given = self.query.get(name)
        return None if given is None else from_hex(given, length=32, name=name)

    def number(self, name: str) -> int | None:
        """A whole number."""
        given = self.query.get(name)
        if given is None:
            return None
        if not given.isdecimal() or len(given) > 15:
            raise InvalidParams(f"{name} is a whole number, not {given[:40]!r}")
        return int(given)

    def amount(self, name: str) -> int | None:
        """In smallest units, of up to 256 bits."""
        given = self.query.get(name)
        if given is None:
            return None
        if not given.isdecimal() or not given.isascii() or len(given) > 78:
            raise InvalidParams(f"{name} is an amount in smallest units, not {given[:40]!r}")
        return int(given)

    def flag(self, name: str) -> bool:
        """Whether `name=1` was said."""
        return self.query.get(name) in ("1", "true", "yes")

    def contract(self, name: str) -> Address:
        """One of the platform's contracts; raises InvalidParams where it is not on this chain."""
        if name not in self.platform:
            raise InvalidParams(
                f"this chain has no {name} contract that the node knows of", hint="`mz up` rolls the platform out"
            )
        return address_from(self.platform[name], name=name)


def blocks(asked: Asked) -> Listed:
    """Every block."""
    found = asked.lists.blocks(asked.window)
    items = [
        {
            "number": number,
            "hash": to_hex(hash_),
            "timestamp": timestamp,
            "producer": checksum(coinbase),
            "gasLimit": gas_limit,
            "gasUsed": gas_used,
            "transactions": transactions,
        }
        for number, hash_, timestamp, coinbase, gas_limit, gas_used, transactions in found.rows
    ]
    newest = asked.lists.blocks(Window(limit=1)).rows
    return Listed(items=items, rows=found, total=newest[0][0] + 1 if newest else 0, placed=False)


def transactions(asked: Asked) -> Listed:
    """`address` (any part in it), or `from`, `to`, `block`; `failed`, `created` (contracts made)."""
    where: dict[str, Any] = {}
    for name, column in (("from", "sender"), ("to", "recipient")):
        if (address := asked.address(name)) is not None:
            where[column] = address
    if (block := asked.number("block")) is not None:
        where["block"] = block
    if asked.flag("failed"):
        where["status"] = 0
    if asked.flag("created"):
        where["created"] = ...
    party = asked.address("address")
    found = asked.lists.transactions(asked.window, where, party)
    total = None
    if not where:
        total = asked.lists.count("transactions", party or b"")
    elif party is None and where == {"status": 0}:
        total = asked.lists.count("failed")
    elif party is None and where == {"created": ...}:
        total = asked.lists.count("creations")
    return Listed(items=[in_words.transaction(row) for row in found.rows], rows=found, total=total)


def events(asked: Asked) -> Listed:
    """Logs by `address`, `topic0` … `topic3`, `block`."""
    where: dict[str, Any] = {}
    address = asked.address("address")
    if address is not None:
        where["address"] = address
    for number in range(4):
        if (topic := asked.word(f"topic{number}")) is not None:
            where[f"topic{number}"] = topic
    if (block := asked.number("block")) is not None:
        where["block"] = block
    found = asked.lists.logs(asked.window, where)
    total = asked.lists.count("events", address) if address is not None and len(where) == 1 else None
    return Listed(items=[in_words.event(row) for row in found.rows], rows=found, total=total)


def transfers(asked: Asked) -> Listed:
    """Token moves, by `token`, `account` (either side), `from`, `to`."""
    where: dict[str, Any] = {"topic0": TRANSFER}
    if (token := asked.address("token")) is not None:
        where["address"] = token
    for name, column in (("from", "topic1"), ("to", "topic2")):
        if (address := asked.address(name)) is not None:
            where[column] = bytes(12) + address
    account = asked.address("account")
    found = asked.lists.logs(asked.window, where, account)
    total = None
    if len(where) == 1:
        total = asked.lists.count("transfers", account or b"")
    elif token is not None and len(where) == 2 and account is None:
        known = asked.lists.token(token)
        total = known[2] if known is not None else 0
    return Listed(items=[in_words.transfer(row) for row in found.rows], rows=found, total=total)


def burns(asked: Asked) -> Listed:
    """Every MZ (or `token`) destroyed, with what destroyed it: use, trade, buyback, or the holder's own wish."""
    token = asked.address("token") or asked.contract("mz")
    where = {"address": token, "topic0": TRANSFER, "topic2": ZERO_WORD}
    found = asked.lists.logs(asked.window, where)
    causes = _causes(asked, found.rows)
    items = [in_words.transfer(row) | {"cause": causes.take(row)} for row in found.rows]
    return Listed(items=items, rows=found, total=asked.lists.count("burns", token))


def tokens(asked: Asked) -> Listed:
    """Contracts that have emitted Transfer events, the busiest first."""
    found = asked.lists.tokens(asked.window)
    items = [
        {"address": checksum(address), "kind": kind, "transfers": transfers_, "holders": holders_}
        for transfers_, address, kind, _, holders_ in found.rows
    ]
    return Listed(items=items, rows=found, total=None, placed=False)


def holders(asked: Asked) -> Listed:
    """Who holds a `token`, the largest first, by its own Transfer events."""
    token = asked.required("token")
    found = asked.lists.holders(asked.window, token)
    items = [{"account": checksum(account), "balance": str(balance)} for balance, account in found.rows]
    known = asked.lists.token(token)
    return Listed(items=items, rows=found, total=known[3] if known is not None else 0, placed=False)


def holdings(asked: Asked) -> Listed:
    """Which tokens an `account` holds, by their Transfer events."""
    found = asked.lists.holdings(asked.window, asked.required("account"))
    items = [
        {"token": checksum(token), "balance": str(balance), "kind": kind} for token, balance, kind, _ in found.rows
    ]
    return Listed(items=items, rows=found, total=None, placed=False)


def templates(asked: Asked) -> Listed:
    """Published versions, by `author`, `id`; each says how often its template was used and whether it is retired."""
    registry = asked.contract("templates")
    where: dict[str, Any] = {"address": registry, "topic0": PUBLISHED}
    if (template := asked.word("id")) is not None:
        where["topic1"] = template
    if (author := asked.address("author")) is not None:
        where["topic3"] = bytes(12) + author
    found = asked.lists.logs(asked.window, where)
    ended = {"address": registry, "topic0": RETIRED, "topic1": tuple({row[6] for row in found.rows})}
    retired = {(row[6], row[7]) for row in asked.lists.logs(WHOLE, ended).rows}
    items = []
    for row in found.rows:
        item = in_words.version(row)
        if item is not None:
            item["retired"] = (row[6], row[7]) in retired
            item["uses"] = asked.lists.count("uses", registry + row[6])
            items.append(item)
    total = asked.lists.count("published", registry) if len(where) == 2 else None
    return Listed(items=items, rows=found, total=total)


def uses(asked: Asked) -> Listed:
    """Uses of templates, by `id`, `user`: each made an instance."""
    registry = asked.contract("templates")
    where: dict[str, Any] = {"address": registry, "topic0": USED}
    if (template := asked.word("id")) is not None:
        where["topic1"] = template
    if (user := asked.address("user")) is not None:
        where["topic3"] = bytes(12) + user
    found = asked.lists.logs(asked.window, where)
    total = None
    if len(where) == 2:
        total = asked.lists.count("uses", registry)
    elif template is not None and user is None:
        total = asked.lists.count("uses", registry + template)
    return Listed(items=[in_words.use(row) for row in found.rows], rows=found, total=total)


def settlements(asked: Asked) -> Listed:
    """Trades through the Till, by `account` (either side), `from`, `to`, `ref`."""
    till = asked.contract("till")
    where: dict[str, Any] = {"address": till, "topic0": SETTLED}
    for name, column in (("from", "topic1"), ("to", "topic2")):
        if (address := asked.address(name)) is not None:
            where[column] = bytes(12) + address
    if (ref := asked.word("ref")) is not None:
        where["topic3"] = ref
    account = asked.address("account")
    found = asked.lists.logs(asked.window, where, account)
    total = asked.lists.count("settlements", till) if len(where) == 2 and account is None else None
    return Listed(items=[in_words.settlement(row) for row in found.rows], rows=found, total=total)


def deposits(asked: Asked) -> Listed:
    """Money that went into the Till's pots and back to its payers, by `payer`, `instance`, `ref`."""
    where: dict[str, Any] = {"address": asked.contract("till"), "topic0": (HELD, REFUNDED)}
    for name, column in (("payer", "topic1"), ("instance", "topic2")):
        if (address := asked.address(name)) is not None:
            where[column] = bytes(12) + address
    if (ref := asked.word("ref")) is not None:
        where["topic3"] = ref
    found = asked.lists.logs(asked.window, where)
    return Listed(items=[in_words.deposit(row) for row in found.rows], rows=found, total=None)


def buybacks(asked: Asked) -> Listed:
    """Purchases of the buyback, by `round` and `seller`: each burned what it bought."""
    where: dict[str, Any] = {"address": asked.contract("buyback"), "topic0": FILLED}
    if (round_ := asked.number("round")) is not None:
        where["topic1"] = round_.to_bytes(32, "big")
    if (seller := asked.address("seller")) is not None:
        where["topic3"] = bytes(12) + seller
    found = asked.lists.logs(asked.window, where)
    items = [
        in_words.place(row)
        | {
            "round": int.from_bytes(row[6], "big"),
            "currency": in_words.account(row[7]),
            "seller": in_words.account(row[8]),
            "burned": in_words.amount(row[9], 0),
            "paid": in_words.amount(row[9], 1),
            "price": in_words.amount(row[9], 2),
        }
        for row in found.rows
    ]
    return Listed(items=items, rows=found, total=None)


def works(asked: Asked) -> Listed:
    """Registered works, by `author` and `hash` of their content."""
    where: dict[str, Any] = {"address": asked.contract("works"), "topic0": WORK}
    if (content := asked.word("hash")) is not None:
        where["topic2"] = content
    if (author := asked.address("author")) is not None:
        where["topic3"] = bytes(12) + author
    found = asked.lists.logs(asked.window, where)
    items = [
        in_words.place(row)
        | {
            "work": str(int.from_bytes(row[6], "big")),
            "contentHash": to_hex(row[7]),
            "author": in_words.account(row[8]),
            "claimedAt": in_words.number(row[9], 0),
            "committed": bool(in_words.number(row[9], 1)),
        }
        for row in found.rows
    ]
    return Listed(items=items, rows=found, total=None)


LISTS: Mapping[str, Callable[[Asked], Listed]] = {
    "blocks": blocks,
    "txs": transactions,
    "events": events,
    "transfers": transfers,
    "burns": burns,
    "buybacks": buybacks,
    "tokens": tokens,
    "holders": holders,
    "holdings": holdings,
    "templates": templates,
    "uses": uses,
    "instances": uses,
    "settlements": settlements,
    "deposits": deposits,
    "works": works,
}


def _causes(asked: Asked, rows: Sequence[tuple[Any, ...]]) -> in_words.Causes:
    found = asked.lists.logs_of([(row[1], row[2]) for row in rows], (USED, SETTLED, FILLED))
    return in_words.Causes(found, {name: address_from(value) for name, value in asked.platform.items()})
