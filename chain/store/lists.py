"""Lists over the index, a page of rows at a time: newest first, by a place that later blocks do not move.

A page is asked for by the place before or after which it lies, never by a number of rows to skip, so page ten thousand
costs what page one costs. Row counts are those that `chain.store.ledger` keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from chain.model import Record
from chain.primitives import Address, Hash32
from chain.store.ledger import decode_balance
from chain.store.tables import PLACES

MOST = 2**63 - 1

Select = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
Key = tuple[Any, ...]
Where = Mapping[str, Any]
"""Columns and the value each must have; a tuple: any of its values."""


class Window(Record):
    """Which part of a list: rows before (older than) or after a key; `last` is the oldest page."""

    limit: int = 50
    key: Key | None = None
    direction: Literal["before", "after", "last"] = "before"


WHOLE = Window(limit=1_000_000)
"""A list that is read at once because it never grows beyond that."""


class Rows(Record):
    """A page of rows in list order, each with its key first, and whether there are more on either side."""

    rows: list[tuple[Any, ...]]
    keys: list[Key]
    newer: bool
    older: bool


class Lists:
    """Reads through `select`, which runs SQL on a read-only connection with a time limit."""

    def __init__(self, select: Select) -> None:
        self._select = select

    # --- pages of rows ------------------------------------------------------------------------------------------------

    def blocks(self, window: Window) -> Rows:
        """number · hash · timestamp · coinbase · gas limit · gas used · transactions."""
        columns = "number, hash, timestamp, coinbase, gas_limit, gas_used, transactions"
        return self._page(f"SELECT {columns} FROM blocks", ("number",), [], [], window)

    def transactions(self, window: Window, where: Where, party: Address | None = None) -> Rows:
        """id · block · position · hash · sender · recipient · created · status · value · gas used · gas price ·
        selector · block hash · timestamp. `party`: sent, received or was created by it."""
        conditions, parameters = _conditions("t", where)
        source = (
            "SELECT t.id, t.block, t.position, t.hash, t.sender, t.recipient, t.created, t.status, t.value, "
            "t.gas_used, t.gas_price, t.selector, b.hash, b.timestamp "
            "FROM {found} CROSS JOIN blocks AS b ON b.number = t.block"
        )
        roles = () if party is None else ("t.sender", "t.recipient", "t.created")
        return self._union(source, "transactions AS t", roles, party, conditions, parameters, window)

    def logs(self, window: Window, where: Where, party: Address | None = None) -> Rows:
        """id · block · tx position · log index · address · topic0…3 · data · block hash · timestamp · tx hash · sender.
        `party`: its address stands as the first or second indexed argument."""
        conditions, parameters = _conditions("l", where)
        source = (
            "SELECT l.id, l.block, l.tx_position, l.log_index, l.address, l.topic0, l.topic1, l.topic2, l.topic3, "
            "l.data, b.hash, b.timestamp, t.hash, t.sender FROM {found} "
            f"CROSS JOIN transactions AS t ON t.id = l.block * {PLACES} + l.tx_position "
            "CROSS JOIN blocks AS b ON b.number = l.block"
        )
        word = None if party is None else bytes(12) + party
        roles = () if party is None else ("l.topic1", "l.topic2")
        return self._union(source, "logs AS l", roles, word, conditions, parameters, window)

    def tokens(self, window: Window) -> Rows:
        """transfers · address · kind · first place · holders; the busiest first."""
        source = "SELECT transfers, address, kind, first, holders FROM tokens"
        return self._page(source, ("transfers", "address"), [], [], window)

    def holders(self, window: Window, token: Address) -> Rows:
        """balance · account; the largest first."""
        source = "SELECT balance, account FROM balances"
        found = self._page(source, ("balance", "account"), ["token = ?"], [token], window)
        rows = [(decode_balance(balance), account) for balance, account in found.rows]
        return Rows(rows=rows, keys=found.keys, newer=found.newer, older=found.older)

    def holdings(self, window: Window, account: Address) -> Rows:
        """token · balance · kind · transfers of the token."""
        source = (
            "SELECT b.token, b.balance, k.kind, k.transfers FROM balances AS b JOIN tokens AS k ON k.address = b.token"
        )
        found = self._page(source, ("b.token",), ["b.account = ?"], [account], window)
        rows = [(token, decode_balance(balance), *rest) for token, balance, *rest in found.rows]
        return Rows(rows=rows, keys=found.keys, newer=found.newer, older=found.older)

    # --- single facts -------------------------------------------------------------------------------------------------

    def count(self, kind: str, key: bytes = b"") -> int:
        """A kept count; 0 for one that is not there."""
        found = self._select("SELECT n FROM counts WHERE kind = ? AND key = ?", [kind, key])
        return int(found[0][0]) if found else 0

    def counts(self, kind: str, prefix: bytes) -> dict[bytes, int]:
        """Every kept count whose key begins so, by its key; keys have at most 32 bytes more."""
        sql = "SELECT key, n FROM counts WHERE kind = ? AND key BETWEEN ? AND ?"
        return dict(self._select(sql, [kind, prefix, prefix + b"\xff" * 32]))

    def token(self, address: Address) -> tuple[int, int, int, int] | None:
        """Kind, place of the first transfer, transfers, holders."""
        sql = "SELECT kind, first, transfers, holders FROM tokens WHERE address = ?"
        found = self._select(sql, [address])
        return None if not found else (found[0][0], found[0][1], found[0][2], found[0][3])

    def sums(self, emitter: Address, kind: str) -> list[tuple[int, int, int]]:
        """Hours since 1970 with how many rows and their sum, in order of time."""
        sql = "SELECT hour, n, total FROM sums WHERE emitter = ? AND kind = ? ORDER BY hour"
        return [(hour, n, int(total)) for hour, n, total in self._select(sql, [emitter, kind])]

    def kinds(self, emitter: Address) -> list[str]:
        """What there are sums of."""
        return [kind for (kind,) in self._select("SELECT DISTINCT kind FROM sums WHERE emitter = ?", [emitter])]

    def edges(self, account: Address) -> tuple[int | None, int | None]:
        """The places of the first and last transaction that an account was part of."""
        places: list[int] = []
        for order in ("ASC", "DESC"):
            for role in ("sender", "recipient", "created"):
                sql = f"SELECT id FROM transactions WHERE {role} = ? ORDER BY id {order} LIMIT 1"
                places.extend(place for (place,) in self._select(sql, [account]))
        return (min(places), max(places)) if places else (None, None)

    def creation(self, contract: Address) -> tuple[Hash32, Address, int] | None:
        """Hash and sender of the transaction that created a contract directly, and its block."""
        sql = "SELECT hash, sender, block FROM transactions WHERE created = ? ORDER BY id DESC LIMIT 1"
        found = self._select(sql, [contract])
        return None if not found else (found[0][0], found[0][1], found[0][2])

    def block_hash(self, number: int) -> Hash32 | None:
        """The hash of the indexed block of a number."""
        found = self._select("SELECT hash FROM blocks WHERE number = ?", [number])
        return found[0][0] if found else None

    def logs_of(self, places: Sequence[tuple[int, int]], kinds: Sequence[Hash32]) -> list[tuple[Any, ...]]:
        """block · tx position · address · topic0…3 · data of logs of some kinds in transactions (block, position)."""
        found: list[tuple[Any, ...]] = []
        columns = "block, tx_position, address, topic0, topic1, topic2, topic3, data"
        marks = ", ".join("?" * len(kinds))
        for block, position in dict.fromkeys(places):
            sql = (
                f"SELECT {columns} FROM logs NOT INDEXED WHERE id >= ? AND id < ? AND tx_position = ? "
                f"AND topic0 IN ({marks}) ORDER BY id"
            )
            found += self._select(sql, [block * PLACES, (block + 1) * PLACES, position, *kinds])
        return found

    def block_at(self, timestamp: int) -> int | None:
        """The newest block not after a time. Block times only ever rise, so it is found by halving."""
        head = self._select("SELECT number FROM blocks ORDER BY number DESC LIMIT 1", [])
        low, high = 0, head[0][0] if head else -1
        found = None
        while low <= high:
            middle = (low + high) // 2
            row = self._select("SELECT timestamp FROM blocks WHERE number = ?", [middle])
            if row and row[0][0] <= timestamp:
                found, low = middle, middle + 1
            else:
                high = middle - 1
        return found

    # --- inside -------------------------------------------------------------------------------------------------------

    def _union(
        self,
        source: str,
        table: str,
        roles: Sequence[str],
        party: bytes | None,
        conditions: list[str],
        parameters: list[Any],
        window: Window,
    ) -> Rows:
        """Rows in which any of `roles` is `party`: each by its own index, then put together by place."""
        name = table.rpartition(" ")[2]
        order, comparison, key = _direction(window)
        bound = [] if key is None else [f"{name}.id {comparison} ?"]
        bound_parameters = [] if key is None else [min(int(key[0]), MOST)]
        parts, all_parameters = [], []
        for role in roles or ("",):
            wanted = [*conditions, *([f"{role} = ?"] if role else []), *bound]
            where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
            parts.append(
                f"SELECT * FROM (SELECT {name}.id AS id FROM {table}{where} ORDER BY {name}.id {order} LIMIT ?)"
            )
            all_parameters += [*parameters, *([party] if role else []), *bound_parameters, window.limit + 1]
        found = f"({' UNION '.join(parts)}) AS f CROSS JOIN {table} ON {name}.id = f.id"
        sql = f"{source.format(found=found)} ORDER BY {name}.id {order} LIMIT ?"
        rows = self._select(sql, [*all_parameters, window.limit + 1])
        return _rows(rows, [row[:1] for row in rows], window)

    def _page(
        self, source: str, key: tuple[str, ...], conditions: list[str], parameters: list[Any], window: Window
    ) -> Rows:
        order, comparison, bound = _direction(window)
        wanted, given = list(conditions), list(parameters)
        if bound is not None:
            wanted.append(f"({', '.join(key)}) {comparison} ({', '.join('?' * len(key))})")
            given.extend(bound)
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        sql = f"{source}{where} ORDER BY {', '.join(f'{column} {order}' for column in key)} LIMIT ?"
        rows = self._select(sql, [*given, window.limit + 1])
        return _rows(rows, [row[: len(key)] for row in rows], window)


def _direction(window: Window) -> tuple[str, str, Key | None]:
    if window.direction == "before":
        return "DESC", "<", window.key
    return "ASC", ">", window.key if window.direction == "after" else None


def _rows(rows: list[tuple[Any, ...]], keys: list[Key], window: Window) -> Rows:
    """One row more than the limit was asked for: it only says that there are more."""
    more = len(rows) > window.limit
    rows, keys = rows[: window.limit], keys[: window.limit]
    if window.direction == "before":
        return Rows(rows=rows, keys=keys, newer=window.key is not None, older=more)
    rows.reverse()
    keys.reverse()
    return Rows(rows=rows, keys=keys, newer=more, older=window.direction == "after")


def _conditions(table: str, where: Where) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    for column, value in where.items():
        if value is None:
            conditions.append(f"{table}.{column} IS NULL")
        elif value == ...:
            conditions.append(f"{table}.{column} IS NOT NULL")
        else:
            choices = value if isinstance(value, tuple) else (value,)
            conditions.append(f"{table}.{column} IN ({', '.join('?' * len(choices))})")
            parameters.extend(choices)
    return conditions, parameters
