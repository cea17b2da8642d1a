"""The whole economy against its ledger: any order of steps by anybody, and after each one every figure to the wei.

The ledger is the oracle. Whether a step is refused, and by which error, is predicted as well. Invariants are
equalities: supply = 100,000,000 MZ less all that burned; the Till's ether = credits and revenue not swept; the
buyback's ether = all that came less all that was paid.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chain.client import Contract
from chain.economy.audit import AUCTION, ONE, PERIOD, ROUNDS, SMALLEST_PART, audit, price_after
from chain.economy.buyback import history
from chain.economy.ledger import UNIT, Ledger
from chain.economy.simulation import QUARTER
from chain.errors import TransactionFailed
from chain.launch.dev import Dev
from chain.primitives import ZERO_ADDRESS
from chain.wallet import Account

DAY = 86_400
YUAN = 20_000 * UNIT
MINIMUM = UNIT // 10  # params.toml: below it ether waits for the next round
RATE = 16 * UNIT // 100
GAS = 1_000_000

people = st.integers(5, 8)
amounts = st.one_of(st.integers(1, 10**6), st.integers(UNIT, 500 * UNIT))


class EconomyMachine(RuleBasedStateMachine):
    """One platform, four people, and a clock of the machine's own."""

    def __init__(self, client: Dev) -> None:
        super().__init__()
        self.client = client
        self.snapshot = client.rpc("evm_snapshot")
        self.ready = False

    def teardown(self) -> None:
        """The events alone tell every round; then everything is taken back."""
        if self.ready:
            assert audit(history(self.client, self.client.platform)).mismatches == ()
        self.client.rpc("evm_revert", self.snapshot)

    @initialize()
    def begin(self) -> None:
        platform = self.client.platform
        names = {"till": "Till", "mz": "MZ", "sale": "PublicSale", "feed": "YuanFeed", "buyback": "Buyback"}
        self.contracts = {name: self.client.contract(kind, getattr(platform, name)) for name, kind in names.items()}
        self.ledger = Ledger(platform, 100)
        self.ledger.begin(self.client)
        self.clock = self.client.timestamp()
        self.next_opening = self.contracts["buyback"].call("latestRound")[2]
        self.closes = self.contracts["sale"].call("terms")["closes"]
        self.fresh_until = 0
        self.opened = 0
        for number in range(5, 9):
            for spender in ("till", "buyback"):
                self.send("mz", "approve", self.contracts[spender].address, 2**255, who=number)
        for account in self.client.accounts:
            self.ledger.ether[account.address] = self.client.balance(account)
        self.ready = True

    # --- what a step is -----------------------------------------------------------------------------------------------

    def account(self, number: int) -> Account:
        return self.client.accounts[number]

    def send(self, contract: str | Contract, function: str, *arguments: Any, who: int, value: int = 0) -> str:
        """The error's name, empty when it went through; gas is booked either way."""
        self.clock += 1
        self.client.rpc("evm_setNextBlockTimestamp", hex(self.clock))
        target = self.contracts[contract] if isinstance(contract, str) else contract
        sender, refused = self.account(who), ""
        try:
            target.send(function, *arguments, sender=sender, value=value, gas=GAS)
        except TransactionFailed as refusal:
            refused = refusal.name
        (receipt,) = self.client.rpc("eth_getBlockReceipts", "latest")
        if self.ready:
            self.ledger.spend_gas(sender.address, int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16))
        return refused

    @property
    def fresh(self) -> bool:
        return self.clock + 1 <= self.fresh_until

    # --- steps --------------------------------------------------------------------------------------------------------

    @rule()
    def report(self) -> None:
        for reporter in range(3):
            assert self.send("feed", "report", ZERO_ADDRESS, YUAN, self.clock, who=reporter) == ""
        self.fresh_until = self.clock - 3 + 3600

    def pass_time(self, seconds: int) -> None:
        """With a block at its end: why a transaction was refused is found by asking the block before it."""
        self.clock += seconds
        self.client.rpc("evm_setNextBlockTimestamp", hex(self.clock))
        self.client.rpc("evm_mine")

    @rule(days=st.sampled_from((1, 30, 89, 92)))
    def wait(self, days: int) -> None:
        self.pass_time(days * DAY)

    @rule(who=people, to=people, gross=amounts, ether=st.booleans(), instead=st.booleans())
    def pay(self, who: int, to: int, gross: int, ether: bool, instead: bool) -> None:
        currency = ZERO_ADDRESS if ether else self.client.platform.mz
        receiver, yuan = self.account(to).address, YUAN if ether and instead and self.fresh else 0
        extra = (2**255,) if instead else ()
        function = "payFeeInMZ" if instead else "pay"
        value = gross if ether else 0
        assert self.send("till", function, currency, gross, receiver, bytes(32), *extra, who=who, value=value) == ""
        quarter = self.clock // QUARTER
        self.ledger.pay(currency, self.account(who).address, gross, receiver, quarter=quarter, yuan=yuan)

    @rule(who=people, amount=st.integers(1, 1000 * UNIT))
    def burn(self, who: int, amount: int) -> None:
        assert self.send("mz", "burn", amount, who=who) == ""
        self.ledger.burn("holder", self.account(who).address, amount)

    @rule(who=people)
    def sweep(self, who: int) -> None:
        expected = "" if self.ledger.unswept else "TillNothingToSweep"
        assert self.send("till", "sweep", ZERO_ADDRESS, who=who) == expected
        if not expected:
            self.ledger.sweep()

    @rule(amount=st.integers(1, UNIT))
    def give(self, amount: int) -> None:
        giver = self.account(9)
        mined = self.client.send({"to": self.client.platform.buyback, "gas": 50_000}, sender=giver, value=amount)
        self.clock = self.client.timestamp()
        self.ledger.move(ZERO_ADDRESS, giver.address, self.client.platform.buyback, amount)
        self.ledger.spend_gas(giver.address, mined.gas_used * mined.effective_gas_price)

    @rule(who=people, tranche=st.integers(0, 1), ether=st.integers(10**6, 20 * UNIT))
    def buy(self, who: int, tranche: int, ether: int) -> None:
        expected = "" if self.clock + 1 < self.closes else "SaleClosed"
        if not expected and not self.fresh:
            expected = "YuanFeedStale"
        assert self.send("sale", "buy", tranche, 0, who=who, value=ether) == expected
        if not expected:
            self.ledger.buy(self.account(who).address, tranche, ether, YUAN, RATE, 10**30)

    @rule(who=people)
    def refund(self, who: int) -> None:
        buyer = self.account(who).address
        paid, bought = self.ledger.purchases[buyer]
        expected = "SaleNotFailed" if self.clock + 1 < self.closes else "" if bought else "SaleNothingDue"
        assert self.send("sale", "refund", buyer, who=who) == expected
        if not expected:
            del self.ledger.purchases[buyer]
            self.ledger.move(ZERO_ADDRESS, self.client.platform.sale, buyer, paid)

    @rule(who=people)
    def open(self, who: int) -> None:
        here = self.ledger.ether[self.client.platform.buyback]
        if self.ledger.round == ROUNDS:
            expected = "BuybackFinished"
        elif self.clock + 1 < self.next_opening:
            expected = "BuybackTooEarly"
        elif here < MINIMUM or (self.ledger.lot is None and not self.fresh):
            expected = "BuybackNothingToOffer"
        else:
            expected = ""
        assert self.send("buyback", "open", who=who) == expected
        if not expected:
            worth = here * YUAN // UNIT
            self.ledger.open(self.clock, here * 10**9 * (35 * UNIT // 100) // worth)
            self.opened, self.next_opening = self.clock, self.clock + PERIOD

    @rule(who=people, hours=st.integers(0, 20), percent=st.integers(1, 250))
    def fill(self, who: int, hours: int, percent: int) -> None:
        lot = self.ledger.lot
        self.pass_time(hours * 3600 + 1)
        elapsed = self.clock + 1 - self.opened
        if lot is None or elapsed > AUCTION:
            assert self.send("buyback", "fill", ZERO_ADDRESS, UNIT, 0, 2**60, who=who) == "BuybackClosed"
            return
        price, rest = price_after(elapsed, lot.anchor), lot.budget - lot.spent
        amount = lot.budget * percent // 100 * ONE // price
        paid = min(amount * price // ONE, rest)
        expected = ""
        if rest == 0:
            expected = "BuybackSoldOut"
        elif paid == 0 or (paid < -(-lot.budget // SMALLEST_PART) and paid != rest):
            expected = "BuybackFillTooSmall"
        assert self.send("buyback", "fill", ZERO_ADDRESS, amount, 0, 2**60, who=who) == expected
        if not expected:
            self.ledger.fill(self.account(who).address, amount, self.clock)

    @rule(who=people)
    def forward(self, who: int) -> None:
        ended = self.ledger.round == ROUNDS and self.clock + 1 - self.opened > AUCTION
        here = self.ledger.ether[self.client.platform.buyback]
        expected = "BuybackNotEnded" if not ended else "" if here else "BuybackNothingToForward"
        assert self.send("buyback", "forward", ZERO_ADDRESS, who=who) == expected
        if not expected:
            self.ledger.forward()

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def every_figure_is_the_ledgers(self) -> None:
        if self.ready:
            assert self.ledger.differences(self.client) == []


def play(client: Dev, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: EconomyMachine(client),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_economy_does_what_the_ledger_says(rolled_out: Dev) -> None:
    play(rolled_out, examples=5, steps=18)


@pytest.mark.deep
def test_the_economy_does_what_the_ledger_says_for_long(rolled_out: Dev) -> None:
    play(rolled_out, examples=150, steps=60)
