"""The public sale against a model in Python: any order of purchases, prices, claims, refunds and forced ether.

The model predicts for every step whether it succeeds, or with which error it fails, and all sums afterwards.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.contracts.stage import ETHER, Chain, Contract

ONE = 10**18
RATE = 16 * ONE // 100
SUPPLY = 10**8 * ONE
WINDOW = 10**6

buyers = st.integers(0, 2)
values = st.one_of(st.integers(0, 20), st.integers(1, ONE // 3))


class SaleMachine(RuleBasedStateMachine):
    """One sale, three buyers that are contracts (they pay no gas), a price that moves."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.chain = chain

    @initialize(
        caps=st.tuples(st.integers(0, 1000 * ONE), st.integers(1, 1000 * ONE)),
        soft_part=st.integers(1, 10),
        burns=st.booleans(),
    )
    def build(self, caps: tuple[int, int], soft_part: int, burns: bool) -> None:
        chain = self.chain
        self.caps, self.soft = caps, max(1, sum(caps) * soft_part // 10)
        self.closes = chain.now() + WINDOW
        self.mz, self.feed = chain.deploy("MZ"), chain.deploy("Feed")
        self.funds = chain.deploy("FundUse", [chain.fresh()] * 4)
        self.place = ETHER if burns else chain.fresh()
        self.sale: Contract = chain.deploy(
            "PublicSale",
            self.mz,
            self.feed,
            (chain.now(), self.closes, RATE, self.soft, caps, self.funds, self.place),
        )
        self.mz.transfer(self.sale, sum(caps)).send()
        self.people = [chain.deploy("Actor") for _ in range(3)]
        self.paid, self.bought, self.sold = [0] * 3, [0] * 3, [0, 0]
        self.out = [0] * 3
        self.raised = self.refunded = self.claimed = self.forced = self.unsold = self.proceeds = 0
        self.over = self.finalised = False
        self.set_price(20_000 * ONE)

    @property
    def succeeded(self) -> bool:
        return sum(self.sold) == sum(self.caps) or (self.over and sum(self.sold) >= self.soft)

    @property
    def failed(self) -> bool:
        return self.over and sum(self.sold) < self.soft

    @rule(price=st.integers(1, 10**6 * ONE))
    def set_price(self, price: int) -> None:
        self.price = price
        self.feed.set(ETHER, price).send()

    @rule(who=buyers, tranche=st.integers(0, 1), value=values, spare=st.integers(-1, 1))
    def buy(self, who: int, tranche: int, value: int, spare: int) -> None:
        left = self.caps[tranche] - self.sold[tranche]
        worth = (value * self.price // ONE) * RATE // ONE
        bought = min(worth, left)
        paid = value if worth <= left else -(-value * left // worth)
        minimum = max(0, bought + spare)
        call = self.people[who].perform(self.sale, value, self.sale.buy(tranche, minimum).data)
        if self.over:
            call.refuses("SaleClosed", value=value)
        elif left == 0:
            call.refuses("SaleSoldOut", value=value)
        elif bought == 0 or bought < minimum:
            call.refuses("SaleBelowMinimum", value=value)
        else:
            call.send(value=value)
            self.out[who] += value - paid
            self.paid[who] += paid
            self.bought[who] += bought
            self.sold[tranche] += bought
            self.raised += paid

    @rule(who=buyers)
    def claim(self, who: int) -> None:
        call = self.people[who].perform(self.sale, 0, self.sale.claim(self.people[who]).data)
        if not self.succeeded:
            call.refuses("SaleNotSucceeded")
        elif self.bought[who] == 0:
            call.refuses("SaleNothingDue")
        else:
            before = self.mz.balanceOf(self.people[who]).read()
            call.send()
            assert self.mz.balanceOf(self.people[who]).read() - before == self.bought[who]
            self.claimed += self.bought[who]
            self.bought[who] = self.paid[who] = 0

    @rule(who=buyers)
    def refund(self, who: int) -> None:
        call = self.people[who].perform(self.sale, 0, self.sale.refund(self.people[who]).data)
        if not self.failed:
            call.refuses("SaleNotFailed")
        elif self.bought[who] == 0:
            call.refuses("SaleNothingDue")
        else:
            call.send()
            self.out[who] += self.paid[who]
            self.refunded += self.paid[who]
            self.bought[who] = self.paid[who] = 0

    @rule()
    def finalise(self) -> None:
        call = self.sale.finalise()
        if not self.succeeded and not self.failed:
            call.refuses("SaleNotOver")
        elif self.finalised:
            call.refuses("SaleFinalised")
        else:
            call.send()
            self.finalised = True
            self.unsold = sum(self.caps) - (sum(self.sold) if self.succeeded else 0)
            self.proceeds = self.raised if self.succeeded else 0

    @rule(amount=st.integers(1, ONE))
    def force_ether(self, amount: int) -> None:
        self.chain.deploy("ForcedEther", self.sale, value=amount)
        self.forced += amount

    @rule()
    def close(self) -> None:
        self.chain.travel(max(self.closes, self.chain.now()))
        self.over = True

    @invariant()
    def the_books_balance(self) -> None:
        if not hasattr(self, "over"):
            return
        ether = self.raised - self.refunded - self.proceeds + self.forced
        assert self.chain.balance(self.sale) == ether
        assert self.chain.balance(self.funds) == self.proceeds
        assert self.mz.balanceOf(self.sale).read() == sum(self.caps) - self.claimed - self.unsold
        assert [self.chain.balance(who) for who in self.people] == self.out
        burned = self.unsold if self.place == ETHER else 0
        assert self.mz.totalSupply().read() == SUPPLY - burned


def play(chain: Chain, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: SaleMachine(chain),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_sale_does_what_the_model_says(chain: Chain) -> None:
    play(chain, examples=8, steps=20)


@pytest.mark.deep
def test_the_sale_does_what_the_model_says_for_long(chain: Chain) -> None:
    play(chain, examples=300, steps=50)
