"""The rules work the figures out by themselves, and notice every figure that differs."""

from __future__ import annotations

import msgspec
import pytest

from chain.cli import demo, rules
from chain.cli.rules import UNIT, Terms
from chain.cli.story import REFUSALS, Refusal, Story, Unused
from chain.registry.offers import Offer

TERMS = Terms(price=1_000_001, share_bps=250, fee_bps=100, licence_price=999)
OFFER = Offer(
    id=bytes(32),
    name="copyright-licence",
    author=bytes(20),
    version=1,
    versions=1,
    price=TERMS.price,
    share_bps=TERMS.share_bps,
    payee=bytes(20),
    manifest=bytes(32),
    code_hash=bytes(32),
    runtime_hash=bytes(32),
    flags=0,
    implementation=bytes(20),
    published_at=1,
    retired=False,
)


def told(**changes):
    """A story in which everything went by the rules; figures worked out by hand."""
    fields = {
        "terms": TERMS,
        "allocations": {
            "founders": 40_000_000 * UNIT,
            "institutions": 20_000_000 * UNIT,
            "public_offering": 10_000_000 * UNIT,
            "private_placement": 10_000_000 * UNIT,
            "crowdfunding": 20_000_000 * UNIT,
        },
        "supply_start": 100_000_000 * UNIT,
        "template": OFFER,
        "work": 7,
        "claimed_at": 1,
        "instance": bytes(20),
        "creator_spent": 1_000_001,
        "author_paid_on_use": 990_000,
        "burned_on_use": 10_001,
        "reader_spent": 999,
        "creator_paid": 965,
        "author_paid_on_trade": 24,
        "burned_on_trade": 10,
        "burned": 10_011,
        "unused": (Unused(template="tip-jar", author=bytes(20), uses=0, earned=0),),
        "unused_earned": 0,
        "supply_end": 100_000_000 * UNIT - 10_011,
        "refused": tuple(
            Refusal(attempt=attempt, error=error, transaction=bytes(32)) for attempt, error in REFUSALS.items()
        ),
        "moved_by_refused": 0,
    }
    return Story(**(fields | changes))


def wrong(story):
    return [check.figure for check in rules.differing(rules.checks(story, REFUSALS))]


def test_figures_worked_out_by_hand_hold():
    assert wrong(told()) == []


@pytest.mark.parametrize(
    "figure",
    [
        "supply_start",
        "creator_spent",
        "author_paid_on_use",
        "burned_on_use",
        "reader_spent",
        "creator_paid",
        "author_paid_on_trade",
        "burned_on_trade",
        "burned",
        "unused_earned",
        "supply_end",
        "moved_by_refused",
    ],
)
@pytest.mark.parametrize("by", [1, -1])
def test_a_figure_that_is_off_by_one_wei_is_named(figure, by):
    assert wrong(told(**{figure: getattr(told(), figure) + by})) == [figure]


def test_an_allocation_to_somebody_else_is_named():
    allocations = dict(told().allocations)
    allocations["founders"], allocations["crowdfunding"] = allocations["crowdfunding"], allocations["founders"]

    assert wrong(told(allocations=allocations)) == ["allocations.founders", "allocations.crowdfunding"]


def test_an_allocation_that_no_table_knows_is_named():
    assert wrong(told(allocations={**told().allocations, "friends": 0})) == ["allocations"]


def test_a_fee_outside_its_bounds_is_named_even_if_everything_else_follows_from_it():
    terms = msgspec.structs.replace(TERMS, fee_bps=0)
    story = told(
        terms=terms,
        author_paid_on_use=1_000_001,
        burned_on_use=0,
        creator_paid=975,
        burned_on_trade=0,
        burned=0,
        supply_end=100_000_000 * UNIT,
    )

    assert wrong(story) == ["fee_bps"]


@pytest.mark.parametrize("error", ["", "SomethingElse"])
def test_an_attempt_that_succeeded_or_failed_for_another_reason_is_named(error):
    first, *others = told().refused

    assert wrong(told(refused=(msgspec.structs.replace(first, error=error), *others))) == [f"refused: {first.attempt}"]


def test_an_attempt_that_was_not_made_is_named():
    assert wrong(told(refused=told().refused[1:])) == [f"refused: {told().refused[0].attempt}"]


def test_an_unused_template_that_was_used_is_named():
    used = Unused(template="tip-jar", author=bytes(20), uses=1, earned=0)

    assert wrong(told(unused=(used,))) == ["unused_uses"]


def test_the_demo_prints_every_promised_key_with_amounts_as_decimal_strings(mz, monkeypatch):
    monkeypatch.setattr(demo, "perform", lambda session: (None, told()))

    said = mz("demo", "--json")

    assert said.status == 0
    assert said.json["allocations"]["founders"] == "40000000000000000000000000"
    for key in (
        "supply_start",
        "author_paid_on_use",
        "creator_paid",
        "author_paid_on_trade",
        "burned",
        "unused_earned",
        "supply_end",
    ):
        assert said.json[key] == str(getattr(told(), key))
    assert said.json["template"]["name"] == "copyright-licence"
    assert said.json["instance"] == "0x" + "00" * 20
    assert [set(one) >= {"attempt", "error"} for one in said.json["refused"]] == [True] * len(REFUSALS)


def test_the_demo_fails_and_names_a_figure_that_differs(mz, monkeypatch):
    monkeypatch.setattr(demo, "perform", lambda session: (None, told(creator_paid=964)))

    said = mz("demo", "--json")

    assert said.status == 1
    assert "WRONG creator_paid: the rules say 965, the chain says 964" in said.err
    assert said.json["creator_paid"] == "964"
