"""The invariants of simple-governance.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_simple_governance import DAY, DEFEATED, EXECUTED, NOTICE, Club


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("simple-governance", "Assembly", street.till)


class AssemblyMachine(RuleBasedStateMachine):
    """Payments that are proposed, voted on, carried out or not, by people who try everything at any time."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.club = Club(market, self.version)
        self.people = [market.buyer, market.stranger, market.author, market.user]
        self.money = sum(market.held(*self.people, self.club.instance))
        self.votes: dict[tuple[int, int], int] = {}
        self.proposals = 0
        self.paid: set[int] = set()

    @rule(who=st.integers(0, 3), amount=st.sampled_from([1, 25, 61]))
    def propose(self, who: int, amount: int) -> None:
        market = self.market
        call = self.club.instance.proposePayment(market.mz, market.author, amount * ONE, str(self.proposals))
        self.proposals += tries(call, self.people[who])

    @rule(
        back=st.integers(0, 2), who=st.integers(0, 3), gross=st.sampled_from([40, 100, 130]), support=st.integers(0, 3)
    )
    def vote(self, back: int, who: int, gross: int, support: int) -> None:
        proposal = self.proposals - back
        if proposal > 0 and tries(self.club.vote(proposal, gross * ONE, support), self.people[who]):
            assert (proposal, who) not in self.votes, "one vote for each account"
            self.votes[proposal, who] = gross * ONE

    @rule(back=st.integers(0, 2), who=st.integers(0, 3))
    def carry_out(self, back: int, who: int) -> None:
        proposal = self.proposals - back
        if proposal > 0 and tries(self.club.instance.carryOut(proposal), self.people[who]):
            assert proposal not in self.paid, "once"
            self.paid.add(proposal)

    @rule(back=st.integers(0, 2), who=st.integers(0, 3))
    def give_back(self, back: int, who: int) -> None:
        proposal = self.proposals - back
        if proposal > 0 and tries(self.club.instance.giveBack(proposal, self.people[who]), self.market.stranger):
            assert self.club.state(proposal) >= DEFEATED
            self.votes.pop((proposal, who))

    @rule(back=st.integers(0, 2), who=st.integers(0, 3))
    def cancel(self, back: int, who: int) -> None:
        if self.proposals > back:
            tries(self.club.cancel(self.proposals - back), self.people[who])

    @rule(seconds=st.sampled_from([NOTICE + 1, 3 * DAY, 6 * DAY]))
    def wait(self, seconds: int) -> None:
        self.market.chain.travel(self.market.chain.now() + seconds)

    @invariant()
    def every_deposit_waits_in_full_and_only_decisions_spend(self) -> None:
        if not hasattr(self, "paid"):
            return
        market, instance = self.market, self.club.instance
        waiting = sum(self.votes.values())
        assert market.held(market.till) == [waiting]
        assert sum(market.held(*self.people, instance)) + waiting == self.money
        for proposal in range(1, self.proposals + 1):
            deposited = sum(gross for (number, _), gross in self.votes.items() if number == proposal)
            assert market.left(instance, proposal.to_bytes(32, "big")) == deposited
            assert (self.club.state(proposal) == EXECUTED) == (proposal in self.paid)

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_an_assembly_keeps_its_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: AssemblyMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_an_assembly_keeps_its_books_for_long(market: Market, version: Version) -> None:
    play(lambda: AssemblyMachine(market, version), examples=150, steps=60)
