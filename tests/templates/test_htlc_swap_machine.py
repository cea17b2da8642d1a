"""The invariants of htlc-swap.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_htlc_swap import DAY, HASH, LOCKED, SECRET, Desk


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("htlc-swap", "HtlcSwap", street.till)


class SwapMachine(RuleBasedStateMachine):
    """Many locks with one secret, and anything that anybody may try on them."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.desk = Desk(market, self.version)
        self.people = [market.buyer, market.stranger, market.author, market.user]
        self.money, self.supply = sum(market.held(*self.people)), market.mz.totalSupply().read()
        self.locks: list[bytes] = []

    @rule(who=st.integers(0, 3), to=st.integers(0, 3), gross=st.sampled_from([1, ONE, 90 * ONE]))
    def lock(self, who: int, to: int, gross: int) -> None:
        chain = self.market.chain
        terms = {"recipient": self.people[to], "gross": gross, "deadline": chain.now() + 2 * DAY}
        name = self.desk.name(payer=self.people[who], **terms)
        if tries(self.desk.lock(ref=name, **terms), self.people[who]):
            self.locks.append(name)

    @rule(who=st.integers(0, 3), back=st.integers(1, 4), right=st.booleans())
    def claim(self, who: int, back: int, right: bool) -> None:
        for name in self.locks[-back:][:1]:
            tries(self.desk.instance.claim(name, SECRET if right else HASH), self.people[who])

    @rule(who=st.integers(0, 3), back=st.integers(1, 4), what=st.sampled_from(["refund", "decline"]))
    def end(self, who: int, back: int, what: str) -> None:
        for name in self.locks[-back:][:1]:
            tries(getattr(self.desk.instance, what)(name), self.people[who])

    @rule(days=st.sampled_from([1, 3]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "money"):
            return
        market, desk = self.market, self.desk
        burned = self.supply - market.mz.totalSupply().read()
        in_till = market.held(market.till)[0]
        assert sum(market.held(*self.people)) + burned + in_till == self.money
        standing = [desk.instance.standing(name).read() for name in self.locks]
        waiting = [gross if stage == LOCKED else 0 for stage, gross, *_ in standing]
        assert [market.left(desk.instance, name) for name in self.locks] == waiting
        assert in_till == sum(waiting) and market.held(desk.instance) == [0]

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_swaps_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: SwapMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_swaps_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: SwapMachine(market, version), examples=150, steps=60)
