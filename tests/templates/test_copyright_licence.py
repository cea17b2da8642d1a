"""The copyright licence on the real platform: see templates.tree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract, Receipt
from tests.contracts.templates_market import (
    ONE,
    SHARE_BPS,
    ZERO,
    Market,
    Version,
    arguments,
    fee_on,
)

USE, DOWNLOAD, PERIOD = 0, 1, 2
PRICES = (ONE, 2 * ONE, 40 * ONE)
MONTH = 30 * 86_400
TEXT = keccak(b"what a licensee may do")
REF = keccak(b"order 1")


class Sale:
    """A published template, a registered work of `user`, and the instance that sells its licences."""

    def __init__(self, market: Market, *, prices: tuple[int, int, int] = PRICES, opened: bool = True) -> None:
        self.market = market
        addresses = (market.till, market.mz, market.works, market.templates)
        self.version: Version = market.publish_clone("copyright-licence", "CopyrightLicence", *addresses)
        self.work = market.register(market.user, b"a song")
        made = market.use(self.wish(prices=prices, opened=opened))
        self.instance: Contract = market.as_("CopyrightLicence", made)

    def wish(
        self, *, prices: tuple[int, int, int] = PRICES, opened: bool = True, salt: int = 0, period: int = MONTH
    ) -> tuple[Any, ...]:
        """A wish for an instance that sells this work."""
        types = ["uint256", "uint96", "uint96", "uint96", "uint32", "bytes32"]
        args = arguments(types, [self.work, *prices, period, TEXT])
        init = self.market.call_data("CopyrightLicence", "open") if opened else "0x"
        return self.version.wish(salt=salt, args=args, init=init)

    def order(self, kind: int, gross: int, quantity: int = 1) -> Call:
        """A payment, not yet sent."""
        data = arguments(["uint8", "uint32"], [kind, quantity])
        return self.market.till.payAndCall(self.market.mz, gross, self.instance, REF, data)

    def buy(self, kind: int, quantity: int = 1, buyer: str | None = None) -> Receipt:
        """A purchase at today's price."""
        gross = self.instance.costOf(kind, quantity).read()
        return self.order(kind, gross, quantity).send(buyer or self.market.buyer)

    def licences(self, account: str | None = None) -> list[bool]:
        """Whether the account is licensed, by kind."""
        return [self.instance.isLicensed(account or self.market.buyer, kind).read() for kind in range(3)]


def test_the_works_owner_makes_an_instance_that_sells(market: Market) -> None:
    sale = Sale(market)

    assert sale.instance.isOpen().read() is True
    assert sale.instance.prices().read() == (*PRICES, MONTH, 1)
    assert (sale.instance.work().read(), sale.instance.text().read()) == (sale.work, TEXT)
    assert sale.instance.owner().read() == market.user


def test_nobody_else_can_sell_licences_of_the_work(market: Market) -> None:
    sale = Sale(market)
    before = market.held(*market.people)

    use = market.templates.use(sale.wish(prices=(1, 1, 1)))

    use.refuses("LicenceNotOwner", market.user, market.stranger, sender=market.stranger)
    assert market.held(*market.people) == before


def test_an_instance_without_consent_stays_closed_until_the_owner_sets_prices(market: Market) -> None:
    sale = Sale(market)
    made = market.use(sale.wish(prices=(1, 1, 1), opened=False, salt=9), market.stranger)
    sale.instance = market.as_("CopyrightLicence", made)

    sale.order(USE, 1).refuses("LicenceNotOpen", sender=market.buyer)
    sale.instance.open().refuses("LicenceNotOwner", market.user, ETHER, sender=market.user)
    lure = market.publish_clone("schemer", "Schemer", author=market.stranger)
    data = [bytes.fromhex(sale.instance.open().data[2:])]
    lured = market.use(lure.wish(init=market.call_data("Schemer", "scheme", [sale.instance.address], data)))
    assert market.as_("Schemer", lured).refusals(0).read() == keccak(b"LicenceNotOwner(address,address)")[:4]

    sale.instance.setPrices(*PRICES, MONTH).send(market.user)
    sale.buy(USE)


def test_a_sale_is_opened_once(market: Market) -> None:
    Sale(market).instance.open().refuses("LicenceAlreadyOpen", sender=market.user)


def test_a_period_for_sale_needs_a_length(market: Market) -> None:
    sale = Sale(market)

    market.templates.use(sale.wish(period=0, salt=1)).refuses("LicencePeriodEmpty", sender=market.user)
    sale.instance.setPrices(*PRICES, 0).refuses("LicencePeriodEmpty", sender=market.user)
    sale.instance.setPrices(ONE, ONE, 0, 0).send(market.user)


def test_creator_author_and_fee_add_up_to_what_the_buyer_paid(market: Market) -> None:
    sale = Sale(market)
    parties = (market.buyer, market.user, market.author, sale.instance)
    before, supply, price = market.held(*parties), market.mz.totalSupply().read(), PRICES[PERIOD]

    sale.buy(PERIOD)

    fee, share = fee_on(price), price * SHARE_BPS // 10_000
    moved = [after - held for after, held in zip(market.held(*parties), before, strict=True)]
    assert moved == [-price, price - fee - share, share, 0]
    assert supply - market.mz.totalSupply().read() == fee


@pytest.mark.parametrize("kind", [USE, DOWNLOAD, PERIOD])
def test_each_kind_gives_exactly_that(market: Market, kind: int) -> None:
    sale = Sale(market)

    licensed = sale.buy(kind).only("Licensed")

    assert sale.licences() == [index == kind for index in range(3)]
    assert sale.licences(market.stranger) == [False] * 3
    assert (licensed["account"].lower(), licensed["kind"], licensed["ref"]) == (market.buyer, kind, REF)
    assert (licensed["quantity"], licensed["gross"], licensed["edition"]) == (1, PRICES[kind], 1)


def test_several_at_once_cost_several_times_the_price(market: Market) -> None:
    sale = Sale(market)
    before = market.held(market.buyer)[0]

    sale.buy(DOWNLOAD, 12)
    sale.buy(USE, 3)

    assert before - market.held(market.buyer)[0] == 12 * PRICES[DOWNLOAD] + 3 * PRICES[USE]
    assert sale.instance.licenceOf(market.buyer).read() == (0, 3, 12, 1)


def test_periods_follow_one_another_and_end_on_the_second(market: Market) -> None:
    sale = Sale(market)
    sale.buy(PERIOD)
    end = market.chain.now() + MONTH
    sale.buy(PERIOD, 2)

    assert sale.instance.licenceOf(market.buyer).read()[0] == end + 2 * MONTH
    market.chain.travel(end + 2 * MONTH - 1)
    assert sale.licences()[PERIOD] is True
    market.chain.travel(end + 2 * MONTH)
    assert sale.licences()[PERIOD] is False
    sale.buy(PERIOD)
    assert sale.instance.licenceOf(market.buyer).read()[0] == market.chain.now() + MONTH


@pytest.mark.parametrize("seed", range(5))
def test_any_other_amount_is_refused(market: Market, seed: int) -> None:
    sale, dice = Sale(market), random.Random(seed)
    kind, quantity = dice.randrange(3), dice.randrange(1, 9)
    expected = PRICES[kind] * quantity

    for given in (expected - 1, expected + 1, dice.randrange(1, expected), PRICES[kind] * (quantity + 1)):
        sale.order(kind, given, quantity).refuses("LicencePriceMismatch", expected, given, sender=market.buyer)


def test_a_price_raised_in_flight_fails_the_purchase_and_takes_nothing(market: Market) -> None:
    sale = Sale(market)
    on_its_way = sale.order(USE, PRICES[USE])
    before = market.held(*market.people)

    sale.instance.setPrices(3 * ONE, 0, 0, 0).send(market.user)

    on_its_way.refuses("LicencePriceMismatch", 3 * ONE, PRICES[USE], sender=market.buyer)
    assert market.held(*market.people) == before


def test_what_has_no_price_is_not_for_sale(market: Market) -> None:
    sale = Sale(market, prices=(ONE, 0, 0))

    sale.order(DOWNLOAD, ONE).refuses("LicenceNotForSale", DOWNLOAD, sender=market.buyer)
    sale.order(PERIOD, ONE).refuses("LicenceNotForSale", PERIOD, sender=market.buyer)
    sale.order(3, ONE).refuses("LicenceNotForSale", 3, sender=market.buyer)
    sale.instance.costOf(PERIOD, 1).refuses("LicenceNotForSale", PERIOD)


def test_nothing_is_sold_for_nothing(market: Market) -> None:
    Sale(market).order(USE, 1, 0).refuses("LicencePriceMismatch", 0, 1, sender=market.buyer)


@pytest.mark.parametrize("size", [0, 32, 63, 96])
def test_an_order_has_two_words(market: Market, size: int) -> None:
    sale = Sale(market)

    pay = market.till.payAndCall(market.mz, ONE, sale.instance, REF, b"\0" * size)

    pay.refuses("LicenceOrderMalformed", size, sender=market.buyer)


def test_licences_are_sold_for_mz_only(market: Market) -> None:
    sale = Sale(market)
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, ONE).send(market.buyer)
    coin.approve(market.till, ONE).send(market.buyer)

    pay = market.till.payAndCall(coin, ONE, sale.instance, REF, arguments(["uint8", "uint32"], [USE, 1]))

    pay.refuses("LicenceTokenRefused", coin, sender=market.buyer)


def test_a_purchase_needs_an_allowance_for_the_till(market: Market) -> None:
    sale = Sale(market)
    market.mz.approve(market.till, 0).send(market.buyer)

    refusal = market.chain.refusal(market.chain.fields(market.buyer, market.till.address, sale.order(USE, ONE).data))

    assert refusal is not None
    assert (refusal.name, refusal.args[:2]) == ("ERC20InsufficientAllowance", (market.till.address.lower(), 0))


def test_only_the_till_announces_payments(market: Market) -> None:
    sale = Sale(market)
    order = arguments(["uint8", "uint32"], [USE, 1])

    forged = sale.instance.onPayment(market.stranger, market.mz, ONE, ONE, REF, order)

    forged.refuses("LicenceCallerNotTill", market.stranger, sender=market.stranger)
    assert sale.licences(market.stranger) == [False] * 3


def test_the_bare_implementation_sells_nothing(market: Market) -> None:
    sale = Sale(market)
    bare = market.chain.at("CopyrightLicence", market.templates.versionOf(sale.version.id, 1).read()[4])
    sale.instance = bare

    sale.order(USE, ONE).refuses("LicenceBareImplementation", sender=market.buyer)
    for call in (bare.open(), bare.setPrices(1, 1, 1, 1), bare.collect(market.mz), bare.costOf(USE, 1), bare.work()):
        call.refuses("LicenceBareImplementation", sender=market.user)
    assert market.templates.origin(bare).read()[1] == 0


def test_deposits_are_not_taken(market: Market) -> None:
    sale = Sale(market)

    hold = market.till.hold(market.mz, ONE, sale.instance, REF, b"")

    hold.refuses("LicenceTakesNoDeposit", sender=market.buyer)


def test_a_plain_payment_buys_nothing_and_is_sent_on(market: Market) -> None:
    sale = Sale(market)
    creator, author = market.held(market.user, market.author)
    share = ONE * SHARE_BPS // 10_000

    market.till.pay(market.mz, ONE, sale.instance, REF).send(market.buyer)

    assert sale.licences() == [False] * 3
    assert market.held(market.author) == [author + share]
    sale.instance.collect(market.mz).send(market.stranger)
    assert market.held(market.user, sale.instance) == [creator + ONE - fee_on(ONE) - share, 0]


def test_a_sold_work_pays_its_new_owner_who_sets_the_prices(market: Market) -> None:
    sale = Sale(market)
    sale.buy(USE, 2)
    market.works.transferFrom(market.user, market.stranger, sale.work).send(market.user)
    before = market.held(market.user, market.stranger)

    sale.buy(DOWNLOAD)

    assert market.held(market.user)[0] == before[0]
    assert market.held(market.stranger)[0] > before[1]
    set_prices = sale.instance.setPrices(ONE, ONE, ONE, MONTH)
    set_prices.refuses("LicenceNotOwner", market.stranger, market.user, sender=market.user)
    set_prices.send(market.stranger)
    assert sale.instance.licenceOf(market.buyer).read()[1:3] == (2, 1)


def test_the_payee_of_the_work_is_paid(market: Market) -> None:
    sale = Sale(market)
    payee = market.chain.fresh()
    market.works.setPayee(sale.work, payee).send(market.user)

    sale.buy(USE)

    assert market.held(payee) == [ONE - fee_on(ONE) - ONE * SHARE_BPS // 10_000]


def test_a_payee_that_reverts_on_everything_blocks_nobody(market: Market) -> None:
    sale = Sale(market)
    hostile = market.chain.deploy("Actor")
    hostile.takeEther(1).send(market.user)
    market.works.setPayee(sale.work, hostile).send(market.user)

    sale.buy(USE)

    assert sale.licences()[USE] is True


def test_only_the_owner_changes_prices(market: Market) -> None:
    sale = Sale(market)

    for person in (market.buyer, market.author, market.stranger):
        sale.instance.setPrices(1, 1, 1, 1).refuses("LicenceNotOwner", market.user, person, sender=person)


def test_later_buyers_pay_the_new_prices_and_earlier_licences_do_not_change(market: Market) -> None:
    sale = Sale(market)
    sale.buy(PERIOD)
    sale.buy(USE, 5)
    earlier = sale.instance.licenceOf(market.buyer).read()

    changed = sale.instance.setPrices(7, 8, 9, 60).send(market.user).only("PricesSet")

    assert changed == {"edition": 2, "perUse": 7, "perDownload": 8, "perPeriod": 9, "period": 60}
    assert sale.instance.licenceOf(market.buyer).read() == earlier
    assert sale.instance.prices().read() == (7, 8, 9, 60, 2)
    bought = [sale.buy(kind, 2, market.stranger).only("Licensed") for kind in range(3)]
    assert [entry["gross"] for entry in bought] == [14, 16, 18]
    assert sale.instance.licenceOf(market.stranger).read() == (market.chain.now() + 120, 2, 2, 2)
    sale.instance.setPrices(7, 8, 9, 60).send(market.user)
    assert sale.buy(USE).only("Licensed")["edition"] == 3 == sale.instance.licenceOf(market.buyer).read()[3]


def test_redeeming_uses_up_one_and_is_announced(market: Market) -> None:
    sale = Sale(market)
    sale.buy(USE, 2)
    sale.buy(DOWNLOAD)
    note = keccak(b"session 7")

    redeemed = sale.instance.redeem(USE, note).send(market.buyer).only("Redeemed")
    sale.instance.redeem(DOWNLOAD, ZERO).send(market.buyer)

    assert (redeemed["account"].lower(), redeemed["kind"], redeemed["note"], redeemed["left"]) == (
        market.buyer,
        USE,
        note,
        1,
    )
    assert sale.licences() == [True, False, False]


def test_what_is_used_up_or_never_bought_cannot_be_redeemed(market: Market) -> None:
    sale = Sale(market)
    sale.buy(USE)
    sale.buy(PERIOD)
    sale.instance.redeem(USE, ZERO).send(market.buyer)

    for kind in (USE, DOWNLOAD, PERIOD):
        sale.instance.redeem(kind, ZERO).refuses("LicenceNothingLeft", kind, sender=market.buyer)


def test_an_endless_period_is_refused(market: Market) -> None:
    sale = Sale(market, prices=(0, 0, 1))
    sale.instance.setPrices(0, 0, 1, 2**32 - 1).send(market.user)

    most = 2**32 - 1

    sale.order(PERIOD, most, most).refuses("SafeCastOverflowedUintDowncast", sender=market.buyer)
