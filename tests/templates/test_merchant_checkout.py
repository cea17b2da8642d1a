"""Merchant checkout on the real platform: see merchant-checkout.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import FEE_BPS, ONE, ZERO, Market, Version, arguments, net_of
from tests.templates.playing import moved

DAY = 86_400
PRICE = 50 * ONE
WINDOW, GRACE = 7 * DAY, 365 * DAY
NOTE, TEXT, FOOD = keccak(b"No. 12"), keccak(b"a cafe"), b"food".ljust(32, b"\0")
TYPES = ["address", "address", "string", "bytes32", "uint32", "uint16", "bytes32"]
NONE, OPEN, HELD, PAID, REFUNDED, CANCELLED = range(6)
YUAN_PER_MZ = 35 * 10**16


def publish(market: Market, till: Contract | None = None, name: str = "merchant-checkout") -> Version:
    """The template; its checkouts take payments from this Till."""
    return market.publish_clone(name, "MerchantCheckout", till or market.till, market.mz, market.templates)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class Checkout:
    """The checkout of `user`; `author` is a cashier."""

    def __init__(self, market: Market, version: Version, till: Contract | None = None, **terms: Any) -> None:
        self.market, self.version, self.till = market, version, till or market.till
        self.owner, self.payee = market.user, market.chain.fresh()
        self.instance: Contract = market.as_("MerchantCheckout", market.use(self.wish(**terms)))
        self.instance.setCashier(market.author, True).send(self.owner)

    def wish(self, *, salt: int = 0, opened: bool = True, **terms: Any) -> tuple[Any, ...]:
        given = {
            "owner": self.owner,
            "payee": self.payee,
            "name": "Café at the corner",
            "category": FOOD,
            "window": WINDOW,
            "toleranceBps": 100,
            "text": TEXT,
        } | terms
        init = self.market.call_data("MerchantCheckout", "open") if opened else "0x"
        return self.version.wish(salt=salt, args=arguments(TYPES, list(given.values())), init=init)

    def invoice(self, amount: int = PRICE) -> int:
        """An invoice of a day."""
        written = self.instance.invoice(amount, self.market.chain.now() + DAY, NOTE).send(self.market.author)
        return int(written.only("Invoiced")["invoice"])

    def in_yuan(self, fen: int) -> int:
        """An invoice of a day in yuan."""
        written = self.instance.invoiceInYuan(fen, self.market.chain.now() + DAY, NOTE).send(self.owner)
        return int(written.only("Invoiced")["invoice"])

    def hold(self, number: int, gross: int = PRICE) -> Call:
        return self.till.hold(self.market.mz, gross, self.instance, number.to_bytes(32, "big"), b"")

    def pay(self, number: int, gross: int = PRICE) -> Call:
        data = number.to_bytes(32, "big") if number else b""
        return self.till.payAndCall(self.market.mz, gross, self.instance, NOTE, data)

    def held(self, amount: int = PRICE) -> int:
        """An invoice that `buyer` has paid with a deposit."""
        number = self.invoice(amount)
        self.hold(number, amount).send(self.market.buyer)
        return number

    def later(self, number: int) -> None:
        self.market.chain.travel(self.instance.endsOf(number).read() + 1)

    def state(self, number: int) -> int:
        return int(self.instance.receiptOf(number).read()[0])


@pytest.fixture
def checkout(market: Market, version: Version) -> Checkout:
    return Checkout(market, version)


@pytest.fixture
def counter(market: Market, version: Version) -> Checkout:
    """Where payments are final."""
    return Checkout(market, version, window=0)


@pytest.mark.parametrize(
    "terms", [{"owner": ETHER}, {"payee": ETHER}, {"window": 180 * DAY + 1}, {"toleranceBps": 1_001}], ids=str
)
def test_terms_that_make_no_checkout_are_refused(checkout: Checkout, terms: dict[str, Any]) -> None:
    use = checkout.market.templates.use(checkout.wish(salt=1, **terms))

    use.refuses("CheckoutTermsInvalid", sender=checkout.owner)


def test_a_checkout_opens_once_and_is_listed_by_its_category(checkout: Checkout) -> None:
    market = checkout.market
    listed = market.templates.use(checkout.wish(salt=1)).send(market.stranger).only("Listed")

    assert (listed["category"], listed["name"], listed["text"]) == (FOOD, "Café at the corner", TEXT)
    assert listed["owner"].lower() == market.user
    assert checkout.instance.profile().read() == ("Café at the corner", FOOD, WINDOW, TEXT)
    checkout.instance.open().refuses("CheckoutTermsInvalid", sender=checkout.owner)
    closed = market.as_("MerchantCheckout", market.use(checkout.wish(salt=2, opened=False)))
    closed.setOpen(True).refuses("CheckoutTermsInvalid", sender=checkout.owner)


def test_the_bare_implementation_does_nothing(checkout: Checkout) -> None:
    market = checkout.market
    bare = market.chain.at("MerchantCheckout", market.templates.versionOf(checkout.version.id, 1).read()[4])
    pay = market.till.payAndCall(market.mz, ONE, bare, ZERO, b"")

    for call in (bare.open(), bare.setOpen(True), bare.invoice(1, 2**40, ZERO), market.deposit(bare, ONE), pay):
        call.refuses("CheckoutBareImplementation", sender=market.user)


def test_the_owner_and_cashiers_write_invoices_and_nobody_else(checkout: Checkout) -> None:
    market, instance = checkout.market, checkout.instance
    soon = market.chain.now() + DAY
    assert checkout.invoice() == 1 and instance.asks(1).read() == (PRICE, 0)
    for amount, until in ((0, soon), (PRICE, 1)):
        instance.invoice(amount, until, NOTE).refuses("CheckoutInvoiceInvalid", amount, until, sender=market.user)

    for call in (instance.invoice(PRICE, soon, NOTE), instance.invoiceInYuan(1, soon, NOTE), instance.cancel(1)):
        call.refuses("CheckoutNotAllowed", market.user, market.stranger, sender=market.stranger)
    number = checkout.held()
    for call in (instance.refund(number, 1), instance.setCashier(market.author, True), instance.setOpen(False)):
        call.refuses("CheckoutNotAllowed", market.user, market.author, sender=market.author)
    instance.cancel(1).send(market.author)
    instance.cancel(1).refuses("CheckoutStateWrong", CANCELLED, sender=market.user)
    instance.setCashier(market.author, False).send(market.user)
    instance.invoice(PRICE, soon, NOTE).refuses("CheckoutNotAllowed", sender=market.author)


def test_a_deposit_waits_in_the_invoices_own_pot(checkout: Checkout) -> None:
    market, instance = checkout.market, checkout.instance
    before, supply = market.held(market.buyer), market.mz.totalSupply().read()
    number = checkout.invoice()
    assert (instance.canHold(number).read(), instance.canPay(number).read()) == (True, False)

    receipt = checkout.hold(number).send(market.buyer)

    ends = market.chain.now() + WINDOW
    held = next(event for event in receipt.events if event.name == "Held" and "invoice" in event.args).args
    assert (held["invoice"], held["payer"].lower(), held["gross"], held["ends"]) == (number, market.buyer, PRICE, ends)
    assert instance.receiptOf(number).read() == (HELD, ends, market.buyer, PRICE)
    assert moved(market, before, market.buyer) == [-PRICE] and market.held(checkout.payee) == [0]
    assert market.left(instance, instance.refOf(number).read()) == PRICE
    assert market.mz.totalSupply().read() == supply and instance.canHold(number).read() is False


def test_what_pays_no_invoice_is_refused(checkout: Checkout) -> None:
    market, instance, buyer = checkout.market, checkout.instance, checkout.market.buyer
    number = checkout.invoice()
    coin = market.chain.deploy("Coin", 18)
    coin.mint(buyer, PRICE).send(buyer)
    coin.approve(market.till, PRICE).send(buyer)

    for gross in (PRICE - 1, PRICE + 1):
        checkout.hold(number, gross).refuses("CheckoutPriceMismatch", PRICE, gross, sender=buyer)
    checkout.hold(number + 1).refuses("CheckoutStateWrong", NONE, sender=buyer)
    checkout.pay(number).refuses("CheckoutNeedsDeposit", sender=buyer)
    other = market.till.hold(coin, PRICE, instance, instance.refOf(number).read(), b"")
    other.refuses("CheckoutTokenRefused", coin, sender=buyer)
    for call in (
        instance.onHold(buyer, market.mz, PRICE, instance.refOf(number).read(), b""),
        instance.onPayment(buyer, market.mz, PRICE, PRICE, ZERO, b""),
    ):
        call.refuses("CheckoutCallerNotTill", market.stranger, sender=market.stranger)
    checkout.hold(number).send(buyer)
    checkout.hold(number).refuses("CheckoutStateWrong", HELD, sender=market.stranger)
    instance.cancel(number).refuses("CheckoutStateWrong", HELD, sender=checkout.owner)
    late = checkout.invoice()
    checkout.later(late)
    checkout.hold(late).refuses("CheckoutOver", sender=buyer)


def test_a_closed_checkout_takes_nothing_and_keeps_what_is_held(checkout: Checkout) -> None:
    market, instance = checkout.market, checkout.instance
    before = market.held(market.buyer)
    number, other = checkout.held(), checkout.invoice()

    instance.setOpen(False).send(checkout.owner)

    for call in (checkout.hold(other), checkout.pay(0)):
        call.refuses("CheckoutClosed", sender=market.buyer)
    instance.refund(number, PRICE).send(checkout.owner)
    assert moved(market, before, market.buyer) == [0]


@pytest.mark.parametrize("back", [0, 1, 20 * ONE, PRICE - 1, PRICE])
def test_a_refund_is_exact_and_the_rest_is_settled(checkout: Checkout, back: int) -> None:
    market, instance = checkout.market, checkout.instance
    before, supply = market.held(market.buyer, market.author), market.mz.totalSupply().read()
    number = checkout.held()
    instance.refund(number, PRICE + 1).refuses("CheckoutRefundTooLarge", PRICE, PRICE + 1, sender=checkout.owner)
    instance.refund(number, back).refuses("CheckoutNotAllowed", checkout.owner, market.buyer, sender=market.buyer)

    instance.refund(number, back).send(checkout.owner)

    gross = PRICE - back
    net = net_of(gross) if gross else 0
    assert moved(market, before, market.buyer, market.author) == [-gross, gross * 200 // 10_000]
    assert market.held(checkout.payee) == [net]
    assert supply - market.mz.totalSupply().read() == gross - net - gross * 200 // 10_000
    assert (checkout.state(number), instance.taken().read()[1]) == (PAID if gross else REFUNDED, gross)
    for call in (instance.refund(number, 1), instance.confirm(number)):
        call.refuses("CheckoutStateWrong", sender=checkout.owner)


def test_after_the_window_nothing_is_refunded_and_anyone_settles(checkout: Checkout) -> None:
    market, instance = checkout.market, checkout.instance
    first = checkout.held()
    instance.settle([first]).refuses("CheckoutNothingDue", sender=checkout.owner)
    checkout.later(first)
    later, unpaid = checkout.held(), checkout.invoice()
    instance.refund(first, PRICE).refuses("CheckoutOver", sender=checkout.owner)
    assert [instance.isDue(number).read() for number in (first, later, unpaid)] == [True, False, False]

    instance.settle([later, first, first, unpaid, 99]).send(market.stranger)

    assert market.held(checkout.payee) == [net_of(PRICE)]
    assert [checkout.state(number) for number in (first, later, unpaid)] == [PAID, HELD, OPEN]
    instance.settle([first]).refuses("CheckoutNothingDue", sender=market.stranger)
    instance.settle([]).refuses("CheckoutNothingDue", sender=market.stranger)


def test_a_content_payer_pays_the_merchant_now(checkout: Checkout) -> None:
    market, instance = checkout.market, checkout.instance
    number = checkout.held()
    instance.confirm(number).refuses("CheckoutNotAllowed", market.buyer, checkout.owner, sender=checkout.owner)

    instance.confirm(number).send(market.buyer)

    assert market.held(checkout.payee) == [net_of(PRICE)]


def test_what_nobody_settles_goes_back_after_a_year(checkout: Checkout) -> None:
    market, instance = checkout.market, checkout.instance
    before = market.held(market.buyer)
    number = checkout.held()
    market.chain.travel(instance.endsOf(number).read() + GRACE + 1)

    instance.settle([number]).refuses("TillPotExpired", sender=checkout.owner)
    market.till.reclaim(instance, market.mz, instance.refOf(number).read(), market.buyer).send(market.stranger)

    assert moved(market, before, market.buyer) == [0]


def test_where_payments_are_final_the_payee_is_paid_at_once(counter: Checkout) -> None:
    market, instance = counter.market, counter.instance
    number = counter.invoice()
    assert (instance.canHold(number).read(), instance.canPay(number).read()) == (False, True)
    counter.hold(number).refuses("CheckoutTakesNoDeposit", sender=market.buyer)
    counter.pay(number, PRICE + 1).refuses("CheckoutPriceMismatch", PRICE, PRICE + 1, sender=market.buyer)

    received = counter.pay(number).send(market.buyer).only("Received")

    assert (received["invoice"], received["payer"].lower(), received["gross"]) == (number, market.buyer, PRICE)
    assert market.held(counter.payee, instance) == [net_of(PRICE), 0]
    assert instance.receiptOf(number).read() == (PAID, 0, market.buyer, PRICE)
    counter.pay(number).refuses("CheckoutStateWrong", PAID, sender=market.stranger)
    for call in (instance.refund(number, 1), instance.confirm(number)):
        call.refuses("CheckoutStateWrong", PAID, sender=counter.owner)


def test_any_amount_is_paid_without_an_invoice(checkout: Checkout) -> None:
    market = checkout.market

    received = checkout.pay(0, 7 * ONE).send(market.buyer).only("Received")

    assert (received["invoice"], received["ref"], received["gross"]) == (0, NOTE, 7 * ONE)
    assert market.held(checkout.payee, checkout.instance) == [net_of(7 * ONE), 0]


@pytest.fixture
def abroad(market: Market) -> tuple[Checkout, Contract]:
    """A checkout whose Till has a feed, and the feed: 1 MZ is 0.35 yuan."""
    feed = market.chain.deploy("Feed")
    feed.set(market.mz, YUAN_PER_MZ).send()
    till = market.chain.deploy("Till", market.mz, market.templates, feed, ETHER, ETHER, FEE_BPS)
    market.mz.approve(till, 2**256 - 1).send(market.buyer)
    return Checkout(market, publish(market, till, "abroad"), till), feed


def test_fen_cost_what_they_are_worth_rounded_up_and_within_the_tolerance(abroad: tuple[Checkout, Contract]) -> None:
    checkout, _ = abroad
    market = checkout.market
    number, odd = checkout.in_yuan(3_500), checkout.in_yuan(1)

    assert checkout.instance.asks(number).read() == (0, 3_500)
    assert checkout.instance.costOf(number).read() == 100 * ONE
    assert checkout.instance.costOf(odd).read() == -(-(10**16) * ONE // YUAN_PER_MZ)
    for gross in (99 * ONE - 1, 101 * ONE + 1):
        checkout.hold(number, gross).refuses("CheckoutPriceMismatch", 100 * ONE, gross, sender=market.buyer)
    for gross in (99 * ONE, 101 * ONE):
        with market.chain.taken_back():
            checkout.hold(number, gross).send(market.buyer)


def test_a_price_that_jumps_in_flight_costs_nobody_anything(abroad: tuple[Checkout, Contract]) -> None:
    checkout, feed = abroad
    number = checkout.in_yuan(3_500)
    payment = checkout.hold(number, checkout.instance.costOf(number).read())

    for yuan in (YUAN_PER_MZ * 2, YUAN_PER_MZ // 2):
        feed.set(checkout.market.mz, yuan).send()
        payment.refuses("CheckoutPriceMismatch", sender=checkout.market.buyer)


def test_without_a_fresh_price_invoices_in_mz_are_paid_all_the_same(
    checkout: Checkout, abroad: tuple[Checkout, Contract]
) -> None:
    other, feed = abroad
    market = checkout.market
    checkout.hold(checkout.in_yuan(100), ONE).refuses("CheckoutPriceUnknown", sender=market.buyer)
    number = other.in_yuan(100)
    feed.set(market.mz, 0).send()
    other.hold(number, ONE).refuses("CheckoutPriceUnknown", sender=market.buyer)
    feed.misbehave(1).send()
    other.hold(number, ONE).refuses("YuanFeedStale", sender=market.buyer)

    other.hold(other.invoice()).send(market.buyer)
