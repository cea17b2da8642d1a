"""Medians and ratios of a sheet of figures."""

from __future__ import annotations

import msgspec

from chain.bench.contenders import ours
from chain.bench.report import report, table, written
from chain.bench.rounds import Sheet, turned


def sheet(*rows: tuple[str, str, list[float]]) -> Sheet:
    filled = Sheet()
    for chain, key, figures in rows:
        for round_, value in enumerate(figures):
            filled.add(chain, round_, {key: value})
    return filled


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_medians() -> None:
    found = report(sheet(("mz", "call", [10, 100, 30]), ("peer", "call", [10, 25, 10])), [], 3, {"peer": "1"})

    (row,) = found.rows
    assert row.medians == {"mz": 30, "peer": 10}
    assert row.ratios == {"peer": 3}  # 1, 4 and 3


def test_where_less_is_better_the_ratio_is_turned_around() -> None:
    found = report(sheet(("mz", "start", [2.0]), ("peer", "start", [6.0])), [], 1, {"peer": "1"})

    assert found.rows[0].ratios == {"peer": 3}


def test_a_chain_without_a_figure_has_no_cell() -> None:
    found = report(sheet(("mz", "call", [1_000])), [ours()], 1, {"peer": "1"})
    headings, rows = table(found)

    assert headings[2:] == [f"mz {found.versions['mz']}", "peer 1"]
    assert rows == [["eth_call balanceOf", "calls/s", "1,000", ""]]


def test_every_figure_of_every_round_is_in_the_json() -> None:
    found = report(sheet(("mz", "call", [1, 2, 3])), [], 3)

    assert msgspec.json.decode(msgspec.json.encode(found))["rows"][0]["figures"] == {"mz": [1, 2, 3]}


def test_figures_are_written_with_the_digits_that_mean_something() -> None:
    assert [written(value) for value in (12_345.6, 123.4, 12.345, 0.01234)] == ["12,346", "123", "12.3", "0.0123"]


def test_another_chain_begins_in_each_round() -> None:
    assert [turned("abc", by)[0] for by in range(4)] == ["a", "b", "c", "a"]
