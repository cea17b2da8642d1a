"""The simulated quarters: what they came to, that the ledger balances, and that it would notice."""

from __future__ import annotations

import copy
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chain import economy
from chain.cli import simulate
from chain.economy import plot
from chain.economy.fees import revenue
from chain.economy.ledger import UNIT
from tests.economy.conftest import QUARTERS, Played, Said


def test_the_ledger_balances_to_the_wei(played: Played) -> None:
    assert played.outcome.differences == ()
    assert len(played.simulation.ledger.differences(played.dev)) == 0


@pytest.mark.parametrize("book", ["mz", "ether", "burned", "revenue", "unswept", "due"])
def test_the_ledger_notices_a_single_wei(played: Played, book: str) -> None:
    ledger = played.simulation.ledger
    before: Any = getattr(ledger, book)
    changed: Any = copy.copy(before)
    if isinstance(before, int):
        changed = before + 1
    else:
        changed[0 if isinstance(before, list) else next(iter(before))] += 1

    setattr(ledger, book, changed)
    found = ledger.differences(played.dev)
    setattr(ledger, book, before)

    assert found
    assert not ledger.differences(played.dev)


def test_the_figures_are_those_of_the_chain(played: Played) -> None:
    client, outcome = played.dev, played.outcome
    causes = economy.burned_by_cause(client, client.platform)

    assert outcome.supply_end == economy.supply(client, client.platform).current
    assert outcome.burned_fees == causes["use"] + causes["trade"] > 0
    assert outcome.burned_buyback == causes["buyback"] > 0
    assert causes["holder"] == causes["sale"] == 0
    assert outcome.supply_start - outcome.supply_end == outcome.burned_fees + outcome.burned_buyback
    assert [one.amount for one in revenue(client, client.platform)] == [one.revenue for one in outcome.quarters]
    assert sum(one.amount for one in economy.holders(client, client.platform)) == outcome.supply_end


def test_quarters_follow_one_another(played: Played) -> None:
    first, second = played.outcome.quarters

    assert (first.supply_start, second.supply_start) == (100_000_000 * UNIT, first.supply_end)
    for one in (first, second):
        assert one.supply_start - one.supply_end == one.burned_fees + one.burned_buyback
        assert one.band_low <= one.price_low <= one.price_high <= one.band_high


def test_json_has_exactly_the_promised_keys_with_amounts_as_decimal_strings(
    played: Played, mz: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "perform", lambda quarters, seed, tell: played.outcome)

    said = mz(played.dev, "simulate", "economy", "--quarters", "2", "--json")

    assert said.status == 0
    assert set(said.json) == {"quarters", "supply_start", "supply_end", "burned_fees", "burned_buyback"}
    assert len(said.json["quarters"]) == QUARTERS
    amounts = {name: said.json[name] for name in ("supply_start", "supply_end", "burned_fees", "burned_buyback")}
    assert int(amounts["supply_start"]) - int(amounts["supply_end"]) == int(amounts["burned_fees"]) + int(
        amounts["burned_buyback"]
    )
    assert sum(int(one["burned_fees"]) for one in said.json["quarters"]) == int(amounts["burned_fees"])


def test_a_ledger_that_does_not_balance_is_status_1(
    played: Played, mz: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = msgspec.structs.replace(played.outcome, differences=("supply: the ledger says 1, the chain says 2",))
    monkeypatch.setattr(simulate, "perform", lambda quarters, seed, tell: wrong)

    said = mz(played.dev, "simulate", "economy", "--json")

    assert said.status == 1
    assert "supply: the ledger says 1" in said.err
    assert json.loads(said.out)["supply_end"] == str(played.outcome.supply_end)


def test_it_is_drawn_for_terminals_and_as_svg(
    played: Played, mz: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(simulate, "perform", lambda quarters, seed, tell: played.outcome)

    said = mz(played.dev, "simulate", "economy", "--plot", str(tmp_path / "economy.svg"))

    for word in ("supply, million MZ", "burned in the quarter", "revenue, ETH", "price of one MZ", "balances"):
        assert word in said.out + said.err
    drawn = ElementTree.fromstring((tmp_path / "economy.svg").read_text())
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}polyline")) == 8


def test_bars_go_from_lowest_to_highest() -> None:
    assert plot.bars([1, 2, 3]) == "▁▅█"
    assert plot.bars([7, 7]) == "██"
