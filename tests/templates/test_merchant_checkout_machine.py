"""The invariants of merchant-checkout.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import own, play, tries
from tests.templates.test_merchant_checkout import DAY, HELD, NOTE, PAID, REFUNDED, Checkout, publish

NUMBERS = st.integers(1, 4)
AMOUNTS = st.sampled_from([1, 7, ONE, 3 * ONE])


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class CheckoutMachine(RuleBasedStateMachine):
    """A few invoices and anything that anybody may try on them."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize()
    def make(self) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.checkout = Checkout(market, self.version)
        self.ending = own(market, self.checkout.instance)
        self.people = [market.buyer, market.stranger, market.user, market.author]
        self.money, self.supply = sum(market.held(*self.people)), market.mz.totalSupply().read()

    @rule(amount=AMOUNTS)
    def write(self, amount: int) -> None:
        tries(self.checkout.instance.invoice(amount, self.market.chain.now() + DAY, NOTE), self.checkout.owner)

    @rule(who=st.integers(0, 3), number=NUMBERS)
    def hold(self, who: int, number: int) -> None:
        cost = self.checkout.instance.costOf(number).read()
        tries(self.checkout.hold(number, cost), self.people[who])

    @rule(who=st.integers(0, 3), amount=AMOUNTS)
    def give(self, who: int, amount: int) -> None:
        tries(self.checkout.pay(0, amount), self.people[who])

    @rule(number=NUMBERS, back=AMOUNTS)
    def refund(self, number: int, back: int) -> None:
        tries(self.checkout.instance.refund(number, back), self.checkout.owner)

    @rule(who=st.integers(0, 3), number=NUMBERS, what=st.sampled_from(["confirm", "cancel"]))
    def act(self, who: int, number: int, what: str) -> None:
        tries(getattr(self.checkout.instance, what)(number), self.people[who])

    @rule(numbers=st.lists(NUMBERS, max_size=4))
    def settle(self, numbers: list[int]) -> None:
        tries(self.checkout.instance.settle(numbers), self.people[1])

    @rule(days=st.sampled_from([1, 8]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    @precondition(lambda self: hasattr(self, "checkout") and self.checkout.instance.taken().read()[0] > 2)
    @rule()
    def end(self) -> None:
        invoices = range(1, self.checkout.instance.taken().read()[0] + 1)
        market, instance = self.market, self.checkout.instance
        held = [number.to_bytes(32, "big") for number in invoices if self.checkout.state(number) == HELD]
        pots = [market.till.pot(instance, market.mz, ref).read() for ref in held]
        ended = tries(self.ending, self.checkout.owner)
        assert not ended or all(expiry < market.chain.now() for _, _, expiry, *_ in pots)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "money"):
            return
        market, instance = self.market, self.checkout.instance
        burned = self.supply - market.mz.totalSupply().read()
        in_till = market.held(market.till)[0]
        assert sum(market.held(*self.people, self.checkout.payee)) + burned + in_till == self.money
        invoices = range(1, instance.taken().read()[0] + 1)
        receipts = [instance.receiptOf(number).read() for number in invoices]
        held = [gross if state == HELD else 0 for state, _, _, gross in receipts]
        assert [market.left(instance, number.to_bytes(32, "big")) for number in invoices] == held
        assert in_till == sum(held) and market.held(instance) == [0]
        assert all(gross and int(payer, 16) for state, _, payer, gross in receipts if state in (HELD, PAID, REFUNDED))

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_invoices_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: CheckoutMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_invoices_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: CheckoutMachine(market, version), examples=120, steps=80)
