"""The buyback against a model in Python: any order of revenue, openings and sales, in two currencies.

The model predicts for every step whether it succeeds, or with which error it fails, and all sums afterwards. At the end
every round is told again from the events alone.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.contracts.auction import (
    AUCTION,
    FIRST_YUAN,
    MINIMUM,
    ONE,
    PERIOD,
    PRICE_ONE,
    ROUNDS,
    SUPPLY,
    YUAN_PER_COIN,
    Lot,
    Market,
    build_market,
    price_after,
)  # fmt: skip
from tests.contracts.stage import ETHER, Chain, Contract, Event, Receipt

YUAN = {"coin": YUAN_PER_COIN, "ether": 20_000 * ONE}
names = st.sampled_from(("coin", "ether"))
amounts = st.one_of(st.integers(1, 2 * MINIMUM), st.integers(1, 10**18))
parts = st.one_of(st.integers(0, 250), st.just(100), st.just(10), st.just(50))


class BuybackMachine(RuleBasedStateMachine):
    """One buyback, a seller that is a contract (it pays no gas), time that only goes on."""

    def __init__(self, market: Market) -> None:
        super().__init__()
        self.chain = market.chain
        self.market = replace(market)
        self.before = self.chain.ask("evm_snapshot", [])

    @initialize()
    def build(self) -> None:
        self.seller = self.chain.deploy("Actor")
        self.market.mz.transfer(self.seller, SUPPLY // 2).send()
        approval = self.market.mz.approve(self.market.buyback, 2**255)
        self.seller.perform(self.market.mz, 0, approval.data).send()
        self.tokens: dict[str, Contract | str] = {"coin": self.market.coin, "ether": ETHER}
        self.income, self.paid = {"coin": 0, "ether": 0}, {"coin": 0, "ether": 0}
        self.lots: dict[str, Lot] = {}
        self.burned = self.round = 0
        self.next_opening = self.market.born + PERIOD
        self.fresh = True
        self.log: list[Event] = []

    def keep(self, receipt: Receipt) -> None:
        self.log += [event for event in receipt.events if event.address.lower() == self.market.buyback.address.lower()]

    def here(self, name: str) -> int:
        return self.income[name] - self.paid[name]

    # --- steps --------------------------------------------------------------------------------------------------------

    @rule(name=names, amount=amounts)
    def earn(self, name: str, amount: int) -> None:
        self.market.earn(amount, self.tokens[name])
        self.income[name] += amount

    @rule()
    def price_goes_stale_or_comes_back(self) -> None:
        self.fresh = not self.fresh
        self.market.feed.misbehave(0 if self.fresh else 1).send()

    @rule(wait=st.sampled_from([-60, 0, 1, 10**6]))
    def open(self, wait: int) -> None:
        moment = max(self.chain.now() + 1, self.next_opening + wait)
        call = self.market.buyback.open()
        offered: dict[str, Lot] = {}
        for name in ("ether", "coin"):
            last = self.lots.get(name)
            if last is None:
                anchor = self.here(name) * 10**9 * FIRST_YUAN // (self.here(name) * YUAN[name] // ONE or 1)
                anchor = anchor if self.fresh else 0
            else:
                anchor = last.next_anchor
            if self.here(name) >= MINIMUM and anchor:
                offered[name] = Lot(self.here(name), anchor, self.round + 1)
        if self.round == ROUNDS:
            call.refuses("BuybackFinished")
            return
        self.chain.travel(moment - 1)
        if moment <= self.next_opening:
            call.refuses("BuybackTooEarly", self.next_opening)
        if moment < self.next_opening:
            return
        if not offered:
            self.chain.travel(moment)
            call.refuses("BuybackNothingToOffer")
            return
        self.chain.next_at(moment)
        self.keep(call.send())
        self.round += 1
        self.lots |= offered
        self.market.opened, self.next_opening = moment, moment + PERIOD

    @rule(name=names, percent=parts, wait=st.integers(1, 40_000), spare=st.integers(-1, 1))
    def sell(self, name: str, percent: int, wait: int, spare: int) -> None:
        moment = self.chain.now() + wait
        lot, elapsed = self.lots.get(name), moment - self.market.opened
        live = lot is not None and lot.round == self.round and elapsed <= AUCTION
        price = price_after(elapsed, lot.anchor) if lot is not None and live else 1
        amount = -(-(lot.budget if lot is not None else ONE) * percent * PRICE_ONE // (100 * price)) if live else ONE
        paid, burned = lot.trade(amount, price) if lot is not None and live else (0, 0)
        minimum = max(0, paid + spare)
        sale = self.market.buyback.fill(self.tokens[name], amount, minimum, moment)
        call = self.seller.perform(self.market.buyback, 0, sale.data)
        if lot is None or not live:
            self.chain.travel(moment)
            call.refuses("BuybackClosed")
        elif lot.spent == lot.budget:
            self.chain.travel(moment)
            call.refuses("BuybackSoldOut")
        elif paid == 0 or (paid * 100 < lot.budget and paid != lot.budget - lot.spent):
            self.chain.travel(moment)
            call.refuses("BuybackFillTooSmall")
        elif paid < minimum:
            self.chain.travel(moment)
            call.refuses("BuybackBelowMinimum", paid, minimum)
        else:
            self.chain.next_at(moment)
            self.keep(call.send())
            lot.spent += paid
            lot.bought += burned
            self.paid[name] += paid
            self.burned += burned

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        if not hasattr(self, "log"):
            return
        market = self.market
        assert market.mz.totalSupply().read() == SUPPLY - self.burned
        assert market.mz.balanceOf(market.buyback).read() == 0
        assert self.chain.balance(market.buyback) == self.here("ether")
        assert self.chain.balance(self.seller) == self.paid["ether"]
        assert market.coin.balanceOf(market.buyback).read() == self.here("coin")
        assert market.coin.balanceOf(self.seller).read() == self.paid["coin"]
        for name, lot in self.lots.items():
            assert market.lot(self.tokens[name]) == (lot.budget, lot.spent, lot.bought, lot.anchor, lot.round)

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.the_events_alone_tell_every_round()
        self.chain.ask("evm_revert", [self.before])

    def the_events_alone_tell_every_round(self) -> None:
        told: dict[str, Lot] = {}
        for event in self.log:
            name = "ether" if event.args.get("currency") == ETHER else "coin"
            if event.name == "LotOpened":
                if name in told:
                    assert event.args["anchor"] == told[name].next_anchor
                told[name] = Lot(event.args["budget"], event.args["anchor"], event.args["round"])
            elif event.name == "Filled":
                told[name].spent += event.args["paid"]
                told[name].bought += event.args["burned"]
        assert told == self.lots


def play(chain: Chain, examples: int, steps: int) -> None:
    market = build_market(chain, "Coin", 18)
    run_state_machine_as_test(
        lambda: BuybackMachine(market),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_buyback_does_what_the_model_says(chain: Chain) -> None:
    play(chain, examples=10, steps=25)


@pytest.mark.deep
def test_the_buyback_does_what_the_model_says_for_long(chain: Chain) -> None:
    play(chain, examples=300, steps=60)
