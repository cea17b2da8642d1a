"""The invariants of loyalty-points.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import own, play, tries
from tests.templates.test_loyalty_points import DAY, GIVEN, NOTE, PROOF, RATE, WAITING, Programme, publish

NUMBERS = st.integers(1, 3)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class PointsMachine(RuleBasedStateMachine):
    """Three members and anything that anybody may try; `made` is what payments and awards have made."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.programme = Programme(market, self.version, transferable=True)
        self.ending = own(market, self.programme.instance)
        self.people = [market.buyer, market.stranger, market.author]
        self.made = 0

    @rule(who=st.integers(0, 2), mz=st.integers(1, 20))
    def pay(self, who: int, mz: int) -> None:
        market = self.market
        call = market.till.payAndCall(market.mz, mz * ONE, self.programme.instance, NOTE, b"")
        self.made += mz * RATE if tries(call, self.people[who]) else 0

    @rule(who=st.integers(0, 2), points=st.integers(0, 200))
    def award(self, who: int, points: int) -> None:
        call = self.programme.instance.award(self.people[who], points, NOTE)
        self.made += points if tries(call, self.programme.owner) else 0

    @rule(who=st.integers(0, 2), to=st.integers(0, 2), points=st.integers(0, 200))
    def transfer(self, who: int, to: int, points: int) -> None:
        tries(self.programme.instance.transfer(self.people[to], points), self.people[who])

    @rule(who=st.integers(0, 2))
    def claim(self, who: int) -> None:
        tries(self.programme.instance.claim(1, 1), self.people[who])

    @rule(number=NUMBERS, what=st.sampled_from(["give", "giveBack"]), who=st.integers(0, 1))
    def end(self, number: int, what: str, who: int) -> None:
        instance = self.programme.instance
        call = instance.give(number, PROOF) if what == "give" else instance.giveBack(number)
        tries(call, [self.programme.owner, self.market.stranger][who])

    @rule(who=st.integers(0, 2))
    def lapse(self, who: int) -> None:
        tries(self.programme.instance.lapse(self.people[who]), self.market.stranger)

    @rule(days=st.sampled_from([1, 15, 60]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @precondition(lambda self: hasattr(self, "programme") and self.programme.instance.counts().read()[1] > 2)
    @rule()
    def end_it_all(self) -> None:
        claims = range(1, self.programme.instance.counts().read()[1] + 1)
        waits = any(self.programme.state(number) == WAITING for number in claims)
        ended = not self.programme.instance.isOpen().read()
        assert tries(self.ending, self.programme.owner) is not (waits or ended)

    @invariant()
    def no_point_comes_from_nowhere(self) -> None:
        if not hasattr(self, "made"):
            return
        instance = self.programme.instance
        held, supply = sum(self.programme.points(*self.people)), instance.totalSupply().read()
        lapsed = sum(instance.lapse(person).read() for person in self.people)
        assert held + lapsed == supply
        claims = [instance.claimOf(number).read() for number in range(1, instance.counts().read()[1] + 1)]
        out = sum(points for state, _, _, points, _ in claims if state in (WAITING, GIVEN))
        assert supply + out <= self.made
        assert self.market.held(instance) == [0]

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_points_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: PointsMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_points_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: PointsMachine(market, version), examples=120, steps=80)
