"""The invariants of crowdfunding.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import ZERO, Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_crowdfunding import DAY, EVIDENCE, Campaign


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("crowdfunding", "Crowdfunding", street.till, street.mz, street.works)


class CampaignMachine(RuleBasedStateMachine):
    """One campaign and anything that anybody may try on it; what goes through is booked here."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.campaign = Campaign(market, self.version, least=1, goal=50_000, right=1_000)
        self.people = [market.buyer, market.stranger, market.author]
        self.paid = dict.fromkeys(self.people, 0)
        self.back = dict.fromkeys(self.people, 0)
        self.released = self.income = 0

    @rule(who=st.integers(0, 2), gross=st.integers(1, 40_000))
    def contribute(self, who: int, gross: int) -> None:
        if tries(self.market.deposit(self.campaign.instance, gross), self.people[who]):
            self.paid[self.people[who]] += gross

    @rule(gross=st.integers(1, 10**6))
    def earn(self, gross: int) -> None:
        self.market.mz.transfer(self.campaign.instance, gross).send(self.market.author)
        self.income += gross

    @rule()
    def report(self) -> None:
        tries(self.campaign.instance.report(EVIDENCE), self.market.user)

    @rule(who=st.integers(0, 2))
    def veto(self, who: int) -> None:
        tries(self.campaign.instance.veto(), self.people[who])

    @rule()
    def release(self) -> None:
        left = self.campaign.left
        if tries(self.campaign.instance.release(), self.market.author):
            self.released += left - self.campaign.left

    @rule(who=st.integers(0, 2), reclaimed=st.booleans())
    def refund(self, who: int, reclaimed: bool) -> None:
        market, person, left = self.market, self.people[who], self.campaign.left
        call = self.campaign.instance.refund(person)
        if reclaimed:
            call = market.till.reclaim(self.campaign.instance, market.mz, ZERO, person)
        if tries(call, market.user):
            self.back[person] += left - self.campaign.left

    @rule(who=st.integers(0, 3))
    def collect(self, who: int) -> None:
        tries(self.campaign.instance.collect([*self.people, self.market.user][who]), self.market.user)

    @rule(days=st.sampled_from([8, 31, 61, 300]))
    def wait(self, days: int) -> None:
        self.campaign.wait(days * DAY)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if hasattr(self, "paid"):
            assert sum(self.paid.values()) == self.released + sum(self.back.values()) + self.campaign.left

    @invariant()
    def nobody_gets_more_back_than_was_paid_in(self) -> None:
        if hasattr(self, "paid"):
            for person in self.people:
                exact = self.released == 0 and self.back[person] != 0
                assert self.back[person] <= self.paid[person]
                assert not exact or self.back[person] == self.paid[person]

    @invariant()
    def what_can_be_collected_is_there(self) -> None:
        if hasattr(self, "paid"):
            instance, everybody = self.campaign.instance, [*self.people, self.market.user]
            due = sum(instance.position(person).read()[2] for person in everybody)
            assert due <= self.market.held(instance)[0] <= self.income

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_a_campaign_keeps_its_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: CampaignMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_a_campaign_keeps_its_books_for_long(market: Market, version: Version) -> None:
    play(lambda: CampaignMachine(market, version), examples=120, steps=80)
