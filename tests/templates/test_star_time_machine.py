"""The invariants of star-time.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_star_time import BOOKED, DAY, DISPUTED, PRICE, PROOF, REASON, Diary


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("star-time", "StarTime", street.till, street.mz)


class DiaryMachine(RuleBasedStateMachine):
    """Two slots and anything that anybody may try on them."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.diary = Diary(market, self.version)
        self.diary.offer()
        self.people = [market.buyer, market.stranger, market.author, market.user]
        self.money, self.supply = sum(market.held(*self.people)), market.mz.totalSupply().read()

    @rule(who=st.integers(0, 3), slot=st.integers(1, 2))
    def book(self, who: int, slot: int) -> None:
        tries(self.diary.booking(slot=slot), self.people[who])

    @rule(slot=st.integers(1, 2), bps=st.integers(10_000, 12_000))
    def list(self, slot: int, bps: int) -> None:
        holder = self.diary.instance.holderOf(slot).read()
        tries(self.diary.instance.list(slot, PRICE * bps // 10_000), holder)

    @rule(who=st.integers(0, 3), slot=st.integers(1, 2), what=st.sampled_from(["cancel", "confirm", "settle"]))
    def act(self, who: int, slot: int, what: str) -> None:
        tries(getattr(self.diary.instance, what)(slot), self.people[who])

    @rule(slot=st.integers(1, 2))
    def deliver(self, slot: int) -> None:
        tries(self.diary.instance.deliver(slot, PROOF), self.diary.star)

    @rule(who=st.integers(0, 3), slot=st.integers(1, 2))
    def object(self, who: int, slot: int) -> None:
        tries(self.diary.instance.object(slot, REASON), self.people[who])

    @rule(slot=st.integers(1, 2), bps=st.integers(0, 10_000))
    def judge(self, slot: int, bps: int) -> None:
        tries(self.diary.instance.rule(slot, bps), self.diary.arbiter)

    @rule(to=st.integers(0, 3), slot=st.integers(1, 2))
    def give(self, to: int, slot: int) -> None:
        holder = self.diary.instance.holderOf(slot).read()
        tries(self.diary.instance.transferFrom(holder, self.people[to], slot), holder)

    @rule(days=st.sampled_from([1, 4, 9]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "money"):
            return
        market, instance = self.market, self.diary.instance
        burned = self.supply - market.mz.totalSupply().read()
        in_till = market.held(market.till)[0]
        assert sum(market.held(*self.people)) + burned + in_till == self.money
        refs = [instance.potRefOf(slot).read() for slot in (1, 2)]
        assert in_till == sum(market.left(instance, ref) for ref in refs)
        assert market.held(instance) == [0]
        for slot, ref in zip((1, 2), refs, strict=True):
            found = instance.slotOf(slot).read()
            waiting = found[0] + found[8] if BOOKED <= found[4] <= DISPUTED else 0
            assert market.left(instance, ref) == waiting

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_slots_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: DiaryMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_slots_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: DiaryMachine(market, version), examples=120, steps=80)
