"""The invariants of ecosystem-token.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_ecosystem_token import AMOUNT, DAY, FROZEN, RELEASED, SUPPLY, Ecosystem, publish

NUMBERS = st.integers(1, 3)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class EcosystemMachine(RuleBasedStateMachine):
    """A decider, two projects, an investor and anything that anybody may try."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.ecosystem = Ecosystem(market, self.version)
        self.people = [market.buyer, market.author, market.stranger]

    @rule(who=st.integers(0, 1), times=st.integers(1, 3), bps=st.sampled_from([0, 5_000, 10_000]))
    def propose(self, who: int, times: int, bps: int) -> None:
        tries(self.ecosystem.propose(times * AMOUNT, self.people[who], bps), self.ecosystem.decider)

    @rule(number=NUMBERS, what=st.sampled_from(["release", "release", "cancel", "closeRound"]), who=st.integers(0, 1))
    def act(self, number: int, what: str, who: int) -> None:
        tries(getattr(self.ecosystem.token, what)(number), [self.ecosystem.decider, self.market.stranger][who])

    @rule(number=NUMBERS, who=st.integers(0, 2), amount=st.sampled_from([1, AMOUNT // 2, AMOUNT]))
    def refill(self, number: int, who: int, amount: int) -> None:
        tries(self.ecosystem.token.refill(number, amount), self.people[who])

    @rule(number=NUMBERS, who=st.integers(0, 1), mz=st.integers(1, 5))
    def pay(self, number: int, who: int, mz: int) -> None:
        tries(self.ecosystem.pay(number, mz * ONE), self.people[who])

    @rule(number=NUMBERS, who=st.integers(0, 2), amount=st.sampled_from([1, AMOUNT // 5, AMOUNT]))
    def sell(self, number: int, who: int, amount: int) -> None:
        tries(self.ecosystem.token.sell(number, amount, 0), self.people[who])

    @rule(days=st.sampled_from([1, 8, 31]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @invariant()
    def every_token_and_every_mz_is_somewhere(self) -> None:
        if not hasattr(self, "people"):
            return
        ecosystem, token = self.ecosystem, self.ecosystem.token
        holders = [token, ecosystem.team, ecosystem.rewards, *self.people]
        assert sum(ecosystem.held(*holders)) == token.totalSupply().read() == SUPPLY
        numbers = range(1, token.projects().read() + 1)
        rows = [token.standing(number).read() for number in numbers]
        out = sum(row[2] for row in rows if row[0] == RELEASED)
        assert ecosystem.held(token) == [FROZEN - out + sum(row[4] for row in rows)]
        assert self.market.held(token) == [sum(token.roundOf(number).read()[0] for number in numbers)]

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_the_vault_keeps_its_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: EcosystemMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_the_vault_keeps_its_books_for_long(market: Market, version: Version) -> None:
    play(lambda: EcosystemMachine(market, version), examples=120, steps=80)
