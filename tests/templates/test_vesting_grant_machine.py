"""The invariants of vesting.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_vesting_grant import DAY, TOTAL, Grant


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("vesting", "VestingGrant")


class GrantMachine(RuleBasedStateMachine):
    """One grant and anything that anybody may try on it."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize(period=st.sampled_from([0, 30 * DAY]))
    def make(self, period: int) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.grant = Grant(market, self.version, period=period)
        self.people = [market.buyer, market.user, market.stranger]
        self.sent, self.start = TOTAL, market.held(*self.people)
        self.given, self.least = 0, 0

    @rule(amount=st.sampled_from([1, 7, 50 * ONE]))
    def send(self, amount: int) -> None:
        if tries(self.market.mz.transfer(self.grant.instance, amount), self.market.stranger):
            self.sent, self.given = self.sent + amount, self.given + amount

    @rule(who=st.integers(0, 2), what=st.sampled_from(["take", "giveBack"]))
    def act(self, who: int, what: str) -> None:
        instance = self.grant.instance
        call = instance.take() if what == "take" else instance.giveBack(self.market.mz)
        tries(call, self.people[who])

    @rule(who=st.integers(0, 2), sure=st.integers(0, 3))
    def revoke(self, who: int, sure: int) -> None:
        if sure == 0:
            tries(self.grant.instance.revoke(), self.people[who])

    @rule(days=st.sampled_from([1, 20, 90]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "grant"):
            return
        market, instance = self.market, self.grant.instance
        total, vested, taken, due = instance.standing().read()
        back = instance.returned(market.mz).read()
        buyer, user, stranger = (now - then for now, then in zip(market.held(*self.people), self.start, strict=True))
        assert (total, stranger) == (self.sent, -self.given)
        assert (buyer, user) == (taken, back)
        assert market.held(instance) == [self.sent - taken - back]
        assert taken + due == vested <= total and vested >= self.least
        assert back + instance.returnable(market.mz).read() in (0, total - vested)
        self.least = vested

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_grants_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: GrantMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_grants_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: GrantMachine(market, version), examples=150, steps=60)
