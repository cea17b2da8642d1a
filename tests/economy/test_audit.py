"""Every round is worked out from events alone, and an event that was tampered with is found."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chain.economy.audit import AUCTION, PER_SECOND, PERIOD, History, audit, price_after
from chain.economy.buyback import history
from tests.contracts.auction import ROOT
from tests.economy.conftest import Played


@pytest.fixture(scope="module")
def told(played: Played) -> History:
    return history(played.dev, played.dev.platform)


def test_what_really_happened_agrees_with_the_rules(told: History, played: Played) -> None:
    found = audit(told)

    assert found.mismatches == ()
    assert len(told.fills) >= 4
    assert [(one.round, one.budget, one.spent, one.anchor) for one in found.rounds] == [
        (quarter.quarter, quarter.budget, quarter.spent, quarter.anchor) for quarter in played.outcome.quarters
    ]
    assert sum(one.bought for one in found.rounds) == played.outcome.burned_buyback


def test_the_price_rises_threefold_in_72_hours_in_the_contracts_own_steps() -> None:
    assert PER_SECOND == ROOT
    assert price_after(0, 10**18) == 10**18 // 2
    assert 15 * 10**17 - 10**9 < price_after(AUCTION, 10**18) <= 15 * 10**17


def altered(told: History, kind: str, place: int, **changes: Any) -> History:
    """The history with one event changed."""
    events = list(getattr(told, kind))
    for name, change in changes.items():
        events[place] = msgspec.structs.replace(events[place], **{name: change(getattr(events[place], name))})
    return msgspec.structs.replace(told, **{kind: tuple(events)})


def later(seconds: int) -> Any:
    return lambda at: msgspec.structs.replace(at, time=at.time + seconds)


@pytest.mark.parametrize(
    ("kind", "place", "field", "change", "said"),
    [
        ("openings", 1, "round", lambda round: round + 1, "where round 2"),
        ("openings", 0, "opened", lambda opened: opened + 1, "its block is of"),
        ("openings", 1, "closes", lambda closes: closes + 1, "not 72 hours"),
        ("lots", 0, "budget", lambda budget: budget + 1, "round 2: the lot of"),
        ("lots", 0, "budget", lambda budget: budget - 1, "round 1: the lot of"),
        ("incomes", 0, "amount", lambda amount: amount + 1, "round 1: the lot of"),
        ("lots", 1, "anchor", lambda anchor: anchor + 1, "after round 1 the rules say"),
        ("lots", 0, "round", lambda _: 3, "outside its opening"),
        ("fills", 0, "price", lambda price: price + 1, "the rules say"),
        ("fills", 0, "paid", lambda paid: paid + 1, "was paid for"),
        ("fills", 0, "burned", lambda burned: burned + 10**9, "did not leave the supply"),
        ("fills", 0, "seller", lambda _: b"\1" * 20, "did not leave the supply"),
        ("fills", 0, "currency", lambda _: b"\2" * 20, "was not offered"),
        ("fills", 0, "round", lambda _: 2, "outside the auction"),
        ("fills", 0, "at", later(1), "the rules say"),
        ("fills", 0, "at", later(AUCTION), "outside the auction"),
    ],
)
def test_a_tampered_event_is_found(told: History, kind: str, place: int, field: str, change: Any, said: str) -> None:
    found = audit(altered(told, kind, place, **{field: change}))

    assert any(word in mismatch for word in said.split("|") for mismatch in found.mismatches), found.mismatches


def test_an_event_that_is_missing_is_found(told: History) -> None:
    for kind in ("openings", "lots", "fills"):  # an income that is missing looks like a gift
        shorter = msgspec.structs.replace(told, **{kind: getattr(told, kind)[1:]})

        assert audit(shorter).mismatches, kind


def test_a_sale_told_twice_is_found_because_its_mz_burned_once(told: History) -> None:
    doubled = msgspec.structs.replace(told, fills=(told.fills[0], *told.fills))

    assert any("did not leave the supply" in mismatch for mismatch in audit(doubled).mismatches)


def test_rounds_too_close_together_are_found(told: History) -> None:
    gap = told.openings[1].opened - told.openings[0].opened
    assert gap >= PERIOD

    close = altered(told, "openings", 1, opened=lambda opened: opened - (gap - PERIOD) - 1)

    assert any("not 90 days" in mismatch for mismatch in audit(close).mismatches)
