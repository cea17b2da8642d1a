"""Many rows in few steps of SQLite.

sqlite3 lets go of the interpreter for each step and has to get it back afterwards. Beside a thread that computes
without a pause, that takes each time as long as the thread may keep it (`sys.setswitchinterval`), a hundred times what
a row takes. So rows are written, and looked up, some hundred to the statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain as chained
from typing import Any

# Of few lengths, because a statement is compiled for each; the longest has 3,072 variables, SQLite takes 32,766.
_LENGTHS = (256, 64, 16, 4, 1)

Row = Sequence[Any]


def insert(
    writer: sqlite3.Connection, table: str, rows: Sequence[Row], *, replace: bool = False, also: str = ""
) -> None:
    """Add rows, all of one length; `also`: what the statement ends with (an upsert clause)."""
    verb = "REPLACE" if replace else "INSERT"
    for piece in _pieces(rows):
        writer.execute(f"{verb} INTO {table} VALUES {_marks(piece)} {also}", list(chained.from_iterable(piece)))


def look_up(writer: sqlite3.Connection, table: str, keys: Sequence[Row], names: Sequence[str], value: str) -> bytes:
    """The columns `names` and `value`, all of them bytes, of the rows with these keys: one after the other, in any
    order. Keys that are not there are left out."""
    found: list[str] = []
    matches = " AND ".join(f"t.{name} = asked.{name}" for name in names)
    columns = " || ".join(f"hex(t.{name})" for name in (*names, value))
    for piece in _pieces(keys):
        sql = (
            f"WITH asked ({', '.join(names)}) AS (VALUES {_marks(piece)}) "
            f"SELECT group_concat({columns}, '') FROM asked CROSS JOIN {table} AS t ON {matches}"
        )
        row = writer.execute(sql, list(chained.from_iterable(piece))).fetchone()
        found.append(row[0] or "")
    return bytes.fromhex("".join(found))


def _pieces(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    for length in _LENGTHS:
        while len(rows) - start >= length:
            yield rows[start : start + length]
            start += length


def _marks(rows: Sequence[Row]) -> str:
    one = f"({', '.join('?' * len(rows[0]))})"
    return ", ".join([one] * len(rows))
