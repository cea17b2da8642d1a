"""Quoters that lower a price, and test reports in people's own names. See templates.tree."""

from __future__ import annotations

import pytest

from tests.contracts.stage import Contract
from tests.contracts.templates_market import MANIFEST, ONE, PRICE, Market, Version, fee_on

HONEST, REVERTING, BURNING, SHORT, LONG, HUGE, PICKY = range(7)
NOBODY = "0x" + "00" * 20


@pytest.fixture
def version(market: Market) -> Version:
    return market.publish_clone()


def quoted(market: Market, version: Version, mood: int, price: int = ONE, friend: str = NOBODY) -> Contract:
    quoter = market.chain.deploy("Quoter")
    quoter.set(mood, price, friend).send()
    market.templates.setIncentive(version.id, version.number, quoter).send(market.author)
    return quoter


def paid(market: Market, version: Version, salt: int = 0) -> int:
    """What the user's next use costs; the event, the balance and the burn must agree."""
    before, supply = market.held(market.user)[0], market.mz.totalSupply().read()
    foretold = market.templates.priceOf(version.id, version.number, market.user, b"").read()
    used = market.templates.use(version.wish(salt=salt)).send(market.user).only("Used")
    spent = before - market.held(market.user)[0]
    assert supply - market.mz.totalSupply().read() == used["burned"] == fee_on(spent)
    assert used["paid"] == spent == foretold
    return int(spent)


@pytest.mark.parametrize("price", [0, 1, ONE, PRICE])
def test_a_lower_price_is_what_is_paid(market: Market, version: Version, price: int) -> None:
    agreed = version.agreed
    quoter = quoted(market, version, HONEST, price)

    assert paid(market, version) == price
    assert version.agreed == agreed
    assert market.templates.quoterOf(version.id, 1).read() == quoter.address.lower()


@pytest.mark.parametrize("mood", [REVERTING, BURNING, SHORT, LONG, HUGE, PICKY])
def test_whatever_else_a_quoter_does_the_full_price_is_paid(market: Market, version: Version, mood: int) -> None:
    quoted(market, version, mood, 2**255)

    assert paid(market, version) == PRICE


def test_a_quoter_may_tell_users_apart(market: Market, version: Version) -> None:
    quoted(market, version, PICKY, ONE, friend=market.user)

    assert paid(market, version) == ONE
    assert market.templates.priceOf(version.id, 1, market.stranger, b"").read() == PRICE


def test_a_quoter_changes_nothing_while_it_is_asked(market: Market, version: Version) -> None:
    meddler = market.chain.deploy("Meddler")
    market.templates.setIncentive(version.id, 1, meddler).send(market.author)

    assert paid(market, version) == PRICE
    assert meddler.asked().read() == 0


def test_a_quoter_without_code_and_none_mean_the_full_price(market: Market, version: Version) -> None:
    market.templates.setIncentive(version.id, 1, market.stranger).send(market.author)
    assert paid(market, version) == PRICE

    quoted(market, version, HONEST)
    market.templates.setIncentive(version.id, 1, NOBODY).send(market.author)
    assert paid(market, version, salt=1) == PRICE


def test_too_little_gas_to_ask_fails_instead_of_costing_more(market: Market, version: Version) -> None:
    quoted(market, version, HONEST)
    fields = market.chain.fields(market.user, market.templates.address, market.templates.use(version.wish()).data)
    outcomes = set()
    for gas in range(60_000, 130_000, 5_000):
        refusal = market.chain.refusal(fields | {"gas": hex(gas)})
        outcomes.add("" if refusal is None else refusal.name)

    estimate = int(market.chain.ask("eth_estimateGas", [{k: v for k, v in fields.items() if k != "gas"}]), 16)
    before = market.held(market.user)[0]
    market.chain.send(fields | {"gas": hex(estimate)})

    assert "TemplatesGasTooLow" in outcomes
    assert before - market.held(market.user)[0] == ONE


def test_an_upgrade_is_quoted_too(market: Market) -> None:
    first = market.publish_upgradeable()
    made = market.use(first.wish(init=market.call_data("Diary1", "open", market.user)))
    third = market.publish_upgradeable("Diary3")
    quoted(market, third, HONEST, 0)
    before = market.held(market.user)

    market.templates.upgrade(made, 2, third.agreed, b"").send(market.user)

    assert market.held(market.user) == before


def test_only_the_author_asks_for_less(market: Market, version: Version) -> None:
    call = market.templates.setIncentive(version.id, 1, market.stranger)

    call.refuses("TemplatesNotAuthor", version.id, market.stranger, sender=market.stranger)
    market.templates.setIncentive(version.id, 2, NOBODY).refuses("TemplatesUnknown", sender=market.author)


def test_anyone_attests_in_their_own_name(market: Market, version: Version) -> None:
    for signer in (market.author, market.stranger):
        attested = market.templates.attest(version.id, 1, MANIFEST).send(signer).only("Attested")
        assert (attested["signer"].lower(), attested["report"]) == (signer.lower(), MANIFEST)

    market.templates.attest(version.id, 2, MANIFEST).refuses("TemplatesUnknown", version.id, 2, sender=market.author)
