"""The invariants of signed-agreement.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_signed_agreement import CLOSED, DAY, DUTY, EVIDENCE, PRICE, TOKENS, Deal, stocked


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("signed-agreement", "Agreement", street.till)


class AgreementMachine(RuleBasedStateMachine):
    """One agreement and anything that anybody may try on it."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize(delivery=st.sampled_from([DUTY, TOKENS]), signed=st.booleans())
    def make(self, delivery: int, signed: bool) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.deal, self.coin, self.stocking = stocked(market, self.version)
        if delivery == DUTY:
            self.deal = Deal(market, self.version)
        self.people = [market.buyer, market.user, market.stranger, market.author]
        self.money, self.supply = sum(market.held(*self.people)), market.mz.totalSupply().read()
        if signed:
            self.deal.bind()

    @rule(who=st.integers(0, 3))
    def sign(self, who: int) -> None:
        tries(self.deal.instance.sign(), self.people[who])

    @rule(who=st.integers(0, 1), more=st.sampled_from([0, 0, 0, 1]))
    def pay_in(self, who: int, more: int) -> None:
        tries(self.deal.deposit(PRICE + more), self.people[who])

    @rule()
    def stock(self) -> None:
        tries(self.stocking, self.deal.performer)

    @rule(who=st.integers(0, 3), what=st.sampled_from(["accept", "settle", "deliver", "giveUp"]))
    def act(self, who: int, what: str) -> None:
        tries(getattr(self.deal.instance, what)(), self.people[who])

    @rule(sure=st.integers(0, 9), who=st.integers(0, 3))
    def decline(self, sure: int, who: int) -> None:
        if sure == 0:
            tries(self.deal.instance.decline(), self.people[who])

    @rule(who=st.integers(0, 1), what=st.sampled_from(["report", "object"]))
    def say(self, who: int, what: str) -> None:
        tries(getattr(self.deal.instance, what)(EVIDENCE), self.people[who])

    @rule(bps=st.integers(0, 10_000))
    def judge(self, bps: int) -> None:
        tries(self.deal.instance.rule(bps), self.market.author)

    @rule(days=st.sampled_from([1, 4, 11]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "money"):
            return
        market, deal = self.market, self.deal
        burned = self.supply - market.mz.totalSupply().read()
        in_till = market.held(market.till)[0]
        assert sum(market.held(*self.people)) + burned + in_till == self.money
        assert in_till == market.left(deal.instance) and in_till in (0, PRICE)
        assert market.held(deal.instance) == [0] and self.coin.balanceOf(deal.instance).read() == 0
        if deal.state() == CLOSED:
            assert in_till == market.till.pot(deal.instance, self.coin, bytes(32)).read()[0] == 0

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_agreements_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: AgreementMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_agreements_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: AgreementMachine(market, version), examples=150, steps=60)
