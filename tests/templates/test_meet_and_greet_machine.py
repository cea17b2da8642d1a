"""The invariants of meet-and-greet.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_meet_and_greet import CLOSED, DAY, PROOF, REASON, Meeting


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("meet-and-greet", "MeetAndGreet", street.till, street.mz)


class MeetingMachine(RuleBasedStateMachine):
    """Two seats and anything that anybody may try on them."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.meeting = Meeting(market, self.version, seats=2)
        self.people = [market.buyer, market.stranger, market.author, market.user]
        self.money, self.supply = sum(market.held(*self.people)), market.mz.totalSupply().read()

    @rule(who=st.integers(0, 2), seat=st.integers(1, 2), more=st.integers(0, 3))
    def bid(self, who: int, seat: int, more: int) -> None:
        least = self.meeting.instance.leastBid(seat).read()
        tries(self.meeting.bid(least + more, seat), self.people[who])

    @rule(who=st.integers(0, 3), seat=st.integers(1, 2), what=st.sampled_from(["confirm", "settle"]))
    def act(self, who: int, seat: int, what: str) -> None:
        tries(getattr(self.meeting.instance, what)(seat), self.people[who])

    @rule()
    def hold(self) -> None:
        tries(self.meeting.instance.held(PROOF), self.meeting.host)

    @rule(sure=st.integers(0, 9))
    def cancel(self, sure: int) -> None:
        if sure == 0:
            tries(self.meeting.instance.cancel(), self.meeting.host)

    @rule(seat=st.integers(1, 2))
    def object(self, seat: int) -> None:
        tries(self.meeting.instance.object(seat, REASON), self.meeting.instance.buyerOf(seat).read())

    @rule(seat=st.integers(1, 2), bps=st.integers(0, 10_000))
    def judge(self, seat: int, bps: int) -> None:
        tries(self.meeting.instance.rule(seat, bps), self.meeting.arbiter)

    @rule(days=st.sampled_from([1, 4, 11]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "money"):
            return
        market, meeting = self.market, self.meeting
        burned = self.supply - market.mz.totalSupply().read()
        in_till = market.held(market.till)[0]
        assert sum(market.held(*self.people)) + burned + in_till == self.money
        standing = [meeting.instance.standing(seat).read() for seat in (1, 2)]
        leading = [bid if state != CLOSED else 0 for state, _, bid, _ in standing]
        assert [meeting.left(seat) for seat in (1, 2)] == leading
        assert in_till == sum(leading) and market.held(meeting.instance) == [0]

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_seats_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: MeetingMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_seats_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: MeetingMachine(market, version), examples=120, steps=80)
