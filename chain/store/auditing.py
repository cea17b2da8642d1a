"""The SQL index compared, row by row, with one that is made anew from the blocks."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

from chain.errors import DataFolderCorrupt
from chain.store.index import Index
from chain.store.store import Store

HINT = "make it anew with `mz db rebuild`; the chain itself is sound"


def wrong_rows(index: Index, store: Store, path: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """How many rows the index file has, all of them right. Raises DataFolderCorrupt naming the first wrong one.

    The comparison needs as much room again beside the file; `progress` hears (blocks done, blocks in all).
    """
    index.await_level()
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".verify-") as folder:
        anew = Index(store, Path(folder) / "index.sqlite")
        try:
            anew.rebuild(progress)
        finally:
            anew.stop()
        try:
            with closing(_opened(path)) as found, closing(_opened(Path(folder) / "index.sqlite")) as expected:
                return sum(_compare(found, expected, table) for table in _tables(expected))
        except sqlite3.DatabaseError as problem:
            raise DataFolderCorrupt(f"the index cannot be read: {problem}", hint=HINT) from problem


def _compare(found: sqlite3.Connection, expected: sqlite3.Connection, table: str) -> int:
    columns = expected.execute(f'SELECT name, pk FROM pragma_table_info("{table}")').fetchall()
    key = ", ".join(f'"{name}"' for name, place in sorted(columns, key=lambda column: column[1]) if place)
    sql = f'SELECT * FROM "{table}" ORDER BY {key}'
    count = 0
    for ours, theirs in zip_longest(found.execute(sql), expected.execute(sql)):
        if ours != theirs:
            raise DataFolderCorrupt(
                f"the index is not right: row {count} of {table} is {_shown(ours)}, the blocks give {_shown(theirs)}",
                hint=HINT,
            )
        count += 1
    return count


def _tables(connection: sqlite3.Connection) -> list[str]:
    sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [name for (name,) in connection.execute(sql)]


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _shown(row: tuple[object, ...] | None) -> str:
    if row is None:
        return "missing"
    return "(" + ", ".join(value.hex() if isinstance(value, bytes) else str(value) for value in row)[:200] + ")"
