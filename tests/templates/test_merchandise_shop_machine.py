"""The invariants of merchandise-shop.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.contracts.templates_market import Market, Version
from tests.templates.playing import own, play, tries
from tests.templates.test_merchandise_shop import CLOSED, DAY, PENALTY, PENALTY_BPS, PROOF, REASON, Shop, publish


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class ShopMachine(RuleBasedStateMachine):
    """A few orders and anything that anybody may try on them."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.shop = Shop(market, self.version, pledge=0)
        self.ending = own(market, self.shop.instance)
        self.people = [market.buyer, market.stranger, market.user, market.author]
        self.payees = [self.shop.designer, self.shop.maker]
        self.money, self.supply = sum(market.held(*self.people)), market.mz.totalSupply().read()

    @rule(who=st.integers(0, 1), quantity=st.integers(1, 2))
    def order(self, who: int, quantity: int) -> None:
        tries(self.shop.order(self.people[who], quantity=quantity), self.people[who])

    @rule(times=st.integers(1, 3))
    def pledge(self, times: int) -> None:
        tries(self.shop.pledge(times * PENALTY), self.shop.seller)

    @rule(number=st.integers(1, 3))
    def withdraw(self, number: int) -> None:
        tries(self.shop.instance.withdrawPledge(number), self.shop.seller)

    @rule(order=st.integers(1, 4), who=st.integers(0, 3), what=st.sampled_from(["confirm", "settle", "takeBack"]))
    def act(self, order: int, who: int, what: str) -> None:
        tries(getattr(self.shop.instance, what)(order), self.people[who])

    @rule(order=st.integers(1, 4))
    def dispatch(self, order: int) -> None:
        tries(self.shop.instance.dispatch(order, PROOF), self.shop.seller)

    @rule(order=st.integers(1, 4))
    def object(self, order: int) -> None:
        tries(self.shop.instance.object(order, REASON), self.shop.instance.buyerOf(order).read())

    @rule(order=st.integers(1, 4), bps=st.sampled_from([0, 1, 5_000, 10_000]))
    def judge(self, order: int, bps: int) -> None:
        tries(self.shop.instance.rule(order, bps), self.shop.arbiter)

    @rule(days=st.sampled_from([1, 10, 20, 400]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @precondition(lambda self: hasattr(self, "shop") and self.shop.instance.sales().read()[1] > 2)
    @rule()
    def end(self) -> None:
        market, instance = self.market, self.shop.instance
        live = [order for order in range(1, instance.sales().read()[1] + 1) if instance.isLive(order).read()]
        pots = [market.till.pot(instance, market.mz, instance.potRefOf(order).read()).read() for order in live]
        ended = tries(self.ending, self.shop.seller)
        assert not ended or all(expiry < market.chain.now() for _, _, expiry, *_ in pots)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "money"):
            return
        market, shop = self.market, self.shop
        burned = self.supply - market.mz.totalSupply().read()
        in_till = market.held(market.till)[0]
        assert sum(market.held(*self.people, *self.payees)) + burned + in_till == self.money
        orders = [shop.instance.standing(order).read() for order in range(1, shop.instance.sales().read()[1] + 1)]
        open_ = [gross if state != CLOSED else 0 for state, _, _, _, gross, _ in orders]
        assert [shop.left(order + 1) for order in range(len(orders))] == open_
        present = shop.instance.pledge().read()
        pledged = [market.left(shop.instance, n.to_bytes(32, "big")) for n in range(1, present[0] + 1)]
        assert in_till == sum(open_) + sum(pledged) and market.held(shop.instance) == [0]
        assert pledged[-1] == present[1] + present[2]
        assert sum(pledged) >= sum(open_) * PENALTY_BPS // 10_000

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_orders_and_pledges_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: ShopMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_orders_and_pledges_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: ShopMachine(market, version), examples=120, steps=80)
