"""Instances that their owners end: the same attacks on every template that has an end. See ending.tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import Call, Contract
from tests.contracts.templates_market import ONE, ZERO, Market, Version, creation_hash
from tests.templates import test_copyright_licence as licences
from tests.templates import test_loyalty_points as loyalty
from tests.templates import test_merchandise_shop as shops
from tests.templates import test_merchant_checkout as checkouts
from tests.templates import test_tip_jar as jars
from tests.templates.playing import moved, own


@dataclass
class Deal:
    """An instance that `user` made for themselves, with what it calls things."""

    market: Market
    instance: Contract
    version: Version
    wish: Callable[..., tuple[Any, ...]]
    prefix: str  # of its errors
    not_owner: str
    paid: str  # who receives what it holds
    business: list[tuple[Call, str, str]]  # what it does not do any more: the call, by whom, with which error
    args: bytes = b""  # encoded, where the user brings the code

    def claim(self) -> None:
        """Its maker becomes its owner."""
        brought = self.version.creation
        code = keccak(brought + self.args) if brought else creation_hash(self.market, self.instance)
        self.market.templates.claim(self.instance, ZERO, code).send(self.market.user)

    @property
    def end(self) -> Call:
        return self.market.templates.retireInstance(self.instance)


def tip_jar(market: Market) -> Deal:
    jar = jars.Jar(market)
    wish = jar.wish(market.user, 0)
    return Deal(
        market,
        jar.instance,
        jar.version,
        lambda **given: jar.wish(market.user, 0, **given),
        "Tip",
        "TipJarNotOwned",
        market.user,
        [(jar.payment(ONE), market.buyer, "TipJarEnded")],
        args=wish[5],
    )


def copyright_licence(market: Market) -> Deal:
    sale = licences.Sale(market)
    prices = sale.instance.setPrices(1, 1, 1, 1)
    market.works.setPayee(sale.work, payee := market.chain.fresh()).send(market.user)
    business = [(sale.order(0, ONE), market.buyer, "LicenceNotOpen"), (prices, market.user, "LicenceEnded")]
    return Deal(market, sale.instance, sale.version, sale.wish, "Licence", "LicenceNotOwner", payee, business)


def loyalty_points(market: Market) -> Deal:
    programme = loyalty.Programme(market, loyalty.publish(market))
    programme.pay(20 * ONE)
    instance = programme.instance
    business = [
        (market.till.payAndCall(market.mz, ONE, instance, ZERO, b""), market.buyer, "PointsEnded"),
        (instance.claim(1, 1), market.buyer, "PointsEnded"),
        (instance.award(market.buyer, 1, ZERO), market.user, "PointsEnded"),
        (instance.offer(0, 1, 1, ZERO), market.user, "PointsEnded"),
    ]
    return Deal(
        market, instance, programme.version, programme.wish, "Points", "PointsNotAllowed", market.user, business
    )


def merchant_checkout(market: Market) -> Deal:
    checkout = checkouts.Checkout(market, checkouts.publish(market))
    instance, number = checkout.instance, checkout.invoice()
    business = [
        (checkout.hold(number), market.buyer, "CheckoutClosed"),
        (checkout.pay(0, ONE), market.buyer, "CheckoutClosed"),
        (instance.invoice(1, 2**40, ZERO), market.user, "CheckoutEnded"),
        (instance.invoiceInYuan(1, 2**40, ZERO), market.author, "CheckoutEnded"),
        (instance.setOpen(True), market.user, "CheckoutEnded"),
    ]
    return Deal(
        market,
        instance,
        checkout.version,
        checkout.wish,
        "Checkout",
        "CheckoutNotAllowed",
        checkout.payee,
        business,
    )


def merchandise_shop(market: Market) -> Deal:
    shop = shops.Shop(market, shops.publish(market), parts=[(payee := market.chain.fresh(), 10_000)])
    business = [
        (shop.order(), market.buyer, "ShopEnded"),
        (shop.pledge(ONE), market.user, "ShopEnded"),
        (shop.instance.offer(1, 1, 1, ZERO), market.user, "ShopEnded"),
    ]
    return Deal(market, shop.instance, shop.version, shop.wish, "Shop", "ShopNotAllowed", payee, business)


@pytest.fixture(
    params=[tip_jar, copyright_licence, loyalty_points, merchant_checkout, merchandise_shop],
    ids=lambda make: make.__name__,
)
def deal(market: Market, request: pytest.FixtureRequest) -> Deal:
    made: Deal = request.param(market)
    return made


def test_an_owner_ends_an_instance_and_what_it_holds_goes_where_its_rules_say(deal: Deal) -> None:
    market, instance = deal.market, deal.instance
    deal.claim()
    coin = market.chain.deploy("Coin", 6)
    coin.mint(instance, 3).send()
    market.mz.transfer(instance, 5 * ONE).send(market.buyer)
    before = market.held(deal.paid)

    deal.end.send(market.user).only("InstanceRetired")

    assert moved(market, before, deal.paid) == [5 * ONE] and market.held(instance) == [0]
    assert (market.templates.isRetired(instance).read(), instance.isOpen().read()) == (True, False)
    for call, sender, error in deal.business:
        call.refuses(error, sender=sender)
    deal.end.refuses("TemplatesInstanceEnded", instance, sender=market.user)
    # What nobody thought of, and what comes later, is not stuck.
    market.mz.transfer(instance, ONE).send(market.buyer)
    for token in (coin, market.mz):
        instance.collect(token).send(market.stranger)
    assert moved(market, before, deal.paid) == [6 * ONE]
    assert [coin.balanceOf(who).read() for who in (deal.paid, instance)] == [3, 0]


def test_nobody_else_ends_it(deal: Deal) -> None:
    market, instance = deal.market, deal.instance
    for caller in (market.user, market.stranger):
        instance.onRetire().refuses(f"{deal.prefix}CallerNotRegistry", caller, sender=caller)
    for sender in (market.user, market.stranger, market.author):
        deal.end.refuses("TemplatesNotOwner", sender=sender)  # not claimed
    deal.claim()
    market.templates.transferOwnership(instance, market.stranger).send(market.user)
    deal.end.refuses("TemplatesNotOwner", instance, market.stranger, sender=market.stranger)

    market.templates.acceptOwnership(instance).send(market.stranger)

    # At the registry it is the stranger's now; whose business it is has not changed.
    deal.end.refuses(deal.not_owner, market.user, market.stranger, sender=market.stranger)
    deal.end.refuses("TemplatesNotOwner", instance, market.user, sender=market.user)
    assert (market.templates.isRetired(instance).read(), market.held(instance)) == (False, [0])
    market.templates.transferOwnership(instance, market.user).send(market.stranger)
    market.templates.acceptOwnership(instance).send(market.user)
    deal.end.send(market.user)


def test_it_is_not_ended_by_the_registrys_call_while_it_is_made(deal: Deal) -> None:
    market = deal.market
    data = market.as_("TipJar", deal.instance).onRetire().data
    wish = list(deal.wish(salt=1))
    wish[-1] = bytes.fromhex(data[2:])

    market.templates.use(tuple(wish)).refuses(f"{deal.prefix}CallerNotRegistry", market.templates, sender=market.user)


def test_a_replaced_instance_is_not_ended_its_business_goes_on(deal: Deal) -> None:
    market = deal.market
    deal.claim()
    market.templates.replace(deal.instance, deal.wish(salt=3)).send(market.user)

    deal.end.refuses("TemplatesInstanceEnded", deal.instance, sender=market.user)

    assert deal.instance.isOpen().read() is True


def test_a_jar_of_a_work_is_ended_by_the_works_owner(market: Market) -> None:
    work = market.register(market.author, b"a song")
    jar = jars.Jar(market, work=work)
    code = keccak(jar.version.creation + jar.wish(market.user, work)[5])
    market.templates.claim(jar.instance, ZERO, code).send(market.user)
    end = market.templates.retireInstance(jar.instance)

    # The person it names is not whom a work's jar is for.
    end.refuses("TipJarNotOwned", market.author, market.user, sender=market.user)
    market.templates.transferOwnership(jar.instance, market.author).send(market.user)
    market.templates.acceptOwnership(jar.instance).send(market.author)

    end.send(market.author)


def test_who_sold_the_work_does_not_end_the_sale_of_its_licences(market: Market) -> None:
    sale = licences.Sale(market)
    sale.buy(licences.USE, 2)
    end = own(market, sale.instance)
    market.works.transferFrom(market.user, market.stranger, sale.work).send(market.user)

    end.refuses("LicenceNotOwner", market.stranger, market.user, sender=market.user)
    sale.buy(licences.USE)
    market.templates.transferOwnership(sale.instance, market.stranger).send(market.user)
    market.templates.acceptOwnership(sale.instance).send(market.stranger)
    end.send(market.stranger)
    assert sale.licences() == [True, False, False]
    sale.instance.redeem(licences.USE, ZERO).send(market.buyer)
    sale.instance.setPrices(1, 1, 1, 1).refuses("LicenceEnded", sender=market.stranger)


def test_a_programme_does_not_end_while_a_member_waits_for_a_reward(market: Market) -> None:
    programme = loyalty.Programme(market, loyalty.publish(market))
    instance = programme.instance
    end = own(market, instance)
    given, returned = programme.claimed(), programme.claimed()

    end.refuses("PointsClaimsWait", 2, sender=market.user)
    instance.give(given, loyalty.PROOF).send(market.user)
    end.refuses("PointsClaimsWait", 1, sender=market.user)
    instance.giveBack(returned).send(market.user)
    end.send(market.user)

    assert programme.points() == [400 - loyalty.MUG]
    instance.giveBack(returned).refuses("PointsStateWrong", loyalty.RETURNED, sender=market.user)


def test_a_checkout_does_not_end_while_a_deposit_can_go_back(market: Market) -> None:
    checkout = checkouts.Checkout(market, checkouts.publish(market))
    instance = checkout.instance
    end = own(market, instance)
    refunded, confirmed, settled = (checkout.held() for _ in range(3))
    expiry = market.till.pot(instance, market.mz, settled.to_bytes(32, "big")).read()[2]

    end.refuses("CheckoutDepositsWait", 3, expiry, sender=market.user)
    instance.refund(refunded, checkouts.PRICE // 2).send(market.user)
    instance.confirm(confirmed).send(market.buyer)
    end.refuses("CheckoutDepositsWait", 1, expiry, sender=market.user)
    checkout.later(settled)
    instance.settle([settled]).send(market.stranger)
    end.send(market.user)

    assert market.held(market.till, instance) == [0, 0]
    assert instance.receiptOf(settled).read()[0] == checkouts.PAID


def test_a_deposit_that_the_till_gave_back_does_not_keep_a_checkout_from_ending(market: Market) -> None:
    checkout = checkouts.Checkout(market, checkouts.publish(market))
    instance = checkout.instance
    end = own(market, instance)
    number = checkout.held()
    ref = number.to_bytes(32, "big")
    expiry = market.till.pot(instance, market.mz, ref).read()[2]
    market.chain.travel(expiry)
    end.refuses("CheckoutDepositsWait", 1, expiry, sender=market.user)

    market.chain.travel(expiry + 1)
    end.send(market.user)

    before = market.held(market.buyer)
    market.till.reclaim(instance, market.mz, ref, market.buyer).send(market.stranger)
    assert moved(market, before, market.buyer) == [checkouts.PRICE]


def test_a_shop_does_not_end_while_an_order_waits(market: Market) -> None:
    shop = shops.Shop(market, shops.publish(market))
    instance = shop.instance
    end = own(market, instance)
    confirmed, disputed = shop.buy(), shop.disputed()
    expiry = market.till.pot(instance, market.mz, instance.potRefOf(disputed).read()).read()[2]

    end.refuses("ShopOrdersLive", 2, expiry, sender=market.user)
    instance.confirm(confirmed).send(market.buyer)
    end.refuses("ShopOrdersLive", 1, expiry, sender=market.user)
    instance.rule(disputed, 0).send(market.author)
    end.send(market.user)

    before = market.held(market.user)
    instance.withdrawPledge(1).send(market.user)
    assert moved(market, before, market.user) == [9 * shops.PENALTY]
    assert market.held(market.till, instance) == [0, 0]


def test_an_order_that_the_till_paid_back_does_not_keep_a_shop_from_ending(market: Market) -> None:
    shop = shops.Shop(market, shops.publish(market))
    instance = shop.instance
    end = own(market, instance)
    first = shop.buy()
    market.chain.travel(market.chain.now() + shops.DAY)
    last = shop.buy(market.stranger)
    refs = [instance.potRefOf(number).read() for number in (first, last)]
    first_expiry, expiry = (market.till.pot(instance, market.mz, ref).read()[2] for ref in refs)
    market.chain.travel(first_expiry + 1)
    market.till.reclaim(instance, market.mz, refs[0], market.buyer).send(market.stranger)
    instance.settle(first).refuses("TillNotPayer", sender=market.user)

    end.refuses("ShopOrdersLive", 2, expiry, sender=market.user)
    instance.settle(last).send(market.stranger)
    end.refuses("ShopOrdersLive", 1, expiry, sender=market.user)
    market.chain.travel(expiry + 1)

    end.send(market.user)
