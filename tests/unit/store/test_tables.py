from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from chain.errors import LimitExceeded
from chain.model import LogQuery
from chain.store import Index, Store
from chain.store.tables import Tables
from tests.unit.store.forging import PEOPLE, TOKENS, TRANSFER, Running, chain, filled, word


def test_a_query_that_runs_too_long_is_stopped(tmp_path: Path) -> None:
    tables = Tables(tmp_path / "index.sqlite")
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"

    with pytest.raises(LimitExceeded, match="query timeout exceeded"):
        tables.select(endless, [], seconds=0.05)

    assert tables.select("SELECT 1", [], seconds=1) == [(1,)]
    tables.close()


def test_rows_are_written_many_to_a_step_because_a_busy_chain_keeps_the_interpreter_between_two(tmp_path: Path) -> None:
    tables = Tables(tmp_path / "index.sqlite")
    steps: list[str] = []
    tables._writer.set_trace_callback(steps.append)
    blocks = [(one.block, one.receipts) for one in chain(4, txs=100, logs_each=5)]
    rows = sum(1 + len(receipts) * 6 for _, receipts in blocks)

    tables.add(blocks)
    tables.close()

    assert rows == 1804
    assert len(steps) < rows / 20, steps


@pytest.mark.parametrize("in_memory", [True, False])
def test_readers_cannot_write(tmp_path: Path, in_memory: bool) -> None:
    tables = Tables(None if in_memory else tmp_path / "index.sqlite")

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        tables.select("DELETE FROM logs", [], seconds=1)

    tables.close()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (LogQuery(to_block=99, addresses=TOKENS[:1]), "logs_address"),
        (LogQuery(to_block=99, topics=((TRANSFER,),)), "logs_topic0"),
        (LogQuery(to_block=99, addresses=TOKENS[:1], topics=((TRANSFER,),)), "logs_event"),
        (LogQuery(to_block=99, addresses=TOKENS[:1], topics=((TRANSFER,), (word(PEOPLE[0]),))), "logs_topic1"),
        (LogQuery(to_block=99, topics=((TRANSFER,), (), (word(PEOPLE[0]),))), "logs_topic2"),
    ],
)
def test_a_query_goes_through_its_most_selective_part(
    tmp_path: Path, query: LogQuery, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(Store.open(None), chain(100))
    plans: list[str] = []
    select = Tables.select

    def explained(self: Tables, sql: str, parameters: Sequence[object], *, seconds: float) -> list[tuple[object, ...]]:
        plans.extend(row[3] for row in select(self, f"EXPLAIN QUERY PLAN {sql}", parameters, seconds=seconds))
        return select(self, sql, parameters, seconds=seconds)

    monkeypatch.setattr(Tables, "select", explained)
    with Running(Index(store, tmp_path / "index.sqlite")) as running:
        running.logs(query, limit=10_000)

    search = next(step for step in plans if step.startswith("SEARCH logs "))
    assert f"INDEX {index} (" in search
    assert "rowid>?" in search  # the block range narrows the very same index
