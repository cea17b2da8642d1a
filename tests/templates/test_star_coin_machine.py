"""The invariants of star-coin.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_star_coin import DAY, DELIVERED, NOTE, PROOF, SUPPLY, WAITING, Coin, publish

NUMBERS = st.integers(1, 3)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class CoinMachine(RuleBasedStateMachine):
    """A star, three fans and anything that anybody may try."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.coin = Coin(market, self.version)
        self.people = [market.buyer, market.stranger, market.author, market.user]

    @rule(who=st.integers(0, 2), mz=st.integers(1, 60))
    def support(self, who: int, mz: int) -> None:
        market = self.market
        tries(market.till.payAndCall(market.mz, mz * ONE, self.coin.instance, NOTE, b""), self.people[who])

    @rule(who=st.integers(0, 3), to=st.integers(0, 3), coins=st.integers(0, 100))
    def give(self, who: int, to: int, coins: int) -> None:
        tries(self.coin.instance.give([self.people[to]], [coins]), self.people[who])

    @rule(who=st.integers(0, 3))
    def redeem(self, who: int) -> None:
        tries(self.coin.instance.redeem(1, 1, NOTE), self.people[who])

    @rule(number=NUMBERS, what=st.sampled_from(["deliver", "giveBack"]), who=st.sampled_from([1, 3]))
    def end(self, number: int, what: str, who: int) -> None:
        instance = self.coin.instance
        call = instance.deliver(number, PROOF) if what == "deliver" else instance.giveBack(number)
        tries(call, self.people[who])

    @rule(days=st.sampled_from([1, 31]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @invariant()
    def every_coin_is_somewhere(self) -> None:
        if not hasattr(self, "people"):
            return
        instance = self.coin.instance
        redemptions = [instance.redemptionOf(n).read() for n in range(1, instance.counts().read()[1] + 1)]
        waiting, gone = (sum(row[3] for row in redemptions if row[0] == state) for state in (WAITING, DELIVERED))
        thanks, kept_waiting = instance.kept().read()
        assert kept_waiting == waiting and self.coin.coins(instance) == [thanks + waiting]
        assert instance.totalSupply().read() == SUPPLY - gone
        assert sum(self.coin.coins(*self.people)) + thanks + waiting == SUPPLY - gone
        assert self.market.held(instance) == [0]

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_coins_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: CoinMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_coins_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: CoinMachine(market, version), examples=120, steps=80)
