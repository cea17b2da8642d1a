"""Merchandise shop on the real platform: see merchandise-shop.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, ZERO, Market, Version, arguments, net_of, packed
from tests.templates.playing import moved

DAY = 86_400
PRICE, STOCK = 20 * ONE, 10
SHIPPING, OBJECTION, RULING, GRACE = 14 * DAY, 30 * DAY, 7 * DAY, 30 * DAY
PENALTY_BPS = 1_000
PENALTY = 2 * ONE
PROOF, REASON, TEXT, NOTE = keccak(b"parcel"), keccak(b"broken"), keccak(b"a figure"), keccak(b"address")
TYPES = ["address", "address", "uint256", "(address,uint16)[]", "uint16", "uint32", "uint32", "uint32", "bytes32"]
NONE, PAID, SENT, DISPUTED, CLOSED = range(5)


def publish(market: Market) -> Version:
    """The template."""
    return market.publish_clone(
        "merchandise-shop", "MerchandiseShop", market.till, market.mz, market.works, market.templates
    )


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class Shop:
    """The shop of `user` for a work of `user`; `author` is the arbiter. `designer` and `maker` are paid too."""

    def __init__(self, market: Market, version: Version, *, pledge: int = 10 * PENALTY, **terms: Any) -> None:
        self.market, self.version = market, version
        self.seller, self.arbiter = market.user, market.author
        self.designer, self.maker = market.chain.fresh(), market.chain.fresh()
        self.work = market.register(market.user, b"a figure")
        self.instance: Contract = market.as_("MerchandiseShop", market.use(self.wish(**terms)))
        self.instance.offer(0, PRICE, STOCK, TEXT).send(self.seller)
        if pledge:
            self.pledge(pledge).send(self.seller)

    def wish(self, *, salt: int = 0, opened: bool = True, **terms: Any) -> tuple[Any, ...]:
        given = {
            "seller": self.seller,
            "arbiter": self.arbiter,
            "work": self.work,
            "parts": [(ETHER, 6_000), (self.designer, 3_000), (self.maker, 1_000)],
            "penaltyBps": PENALTY_BPS,
            "shipping": SHIPPING,
            "objection": OBJECTION,
            "ruling": RULING,
            "text": TEXT,
        } | terms
        init = self.market.call_data("MerchandiseShop", "open") if opened else "0x"
        return self.version.wish(salt=salt, args=packed(TYPES, list(given.values())), init=init)

    def pledge(self, gross: int) -> Call:
        return self.market.deposit(self.instance, gross, self.instance.pledgeRef().read())

    def order(self, buyer: str | None = None, **given: Any) -> Call:
        wish = {"item": 1, "quantity": 1, "edition": 1, "note": NOTE} | given
        gross = wish.pop("gross", PRICE * wish["quantity"])
        ref = wish.pop("ref", None) or self.instance.refOf(buyer or self.market.buyer).read()
        data = arguments(["uint32", "uint32", "uint32", "bytes32"], list(wish.values()))
        return self.market.deposit(self.instance, gross, ref, data)

    def buy(self, buyer: str | None = None) -> int:
        self.order(buyer).send(buyer or self.market.buyer)
        return int(self.instance.sales().read()[1])

    def sent(self) -> int:
        order = self.buy()
        self.instance.dispatch(order, PROOF).send(self.seller)
        return order

    def disputed(self) -> int:
        order = self.sent()
        self.instance.object(order, REASON).send(self.market.buyer)
        return order

    def later(self, order: int) -> None:
        self.market.chain.travel(self.instance.endsOf(order).read() + 1)

    def state(self, order: int = 1) -> int:
        return int(self.instance.standing(order).read()[0])

    def left(self, order: int = 1) -> int:
        return self.market.left(self.instance, self.instance.potRefOf(order).read())


@pytest.fixture
def shop(market: Market, version: Version) -> Shop:
    return Shop(market, version)


@pytest.mark.parametrize(
    "terms",
    [
        {"seller": ETHER},
        {"parts": []},
        {"parts": [("0x" + "11" * 20, 9_999)]},
        {"parts": [("0x" + f"{i:040x}", 1_000) for i in range(1, 9)] + [("0x" + "11" * 20, 2_000)]},
        {"work": 0},
        {"penaltyBps": 10_001},
        {"shipping": DAY - 1},
        {"objection": DAY - 1},
        {"ruling": DAY - 1},
        {"shipping": 950 * DAY},
    ],
    ids=str,
)
def test_terms_that_make_no_shop_are_refused(shop: Shop, terms: dict[str, Any]) -> None:
    use = shop.market.templates.use(shop.wish(salt=1, **terms))

    use.refuses("ShopTermsInvalid", sender=shop.seller)


def test_arguments_of_another_length_make_no_shop(shop: Shop) -> None:
    wish = shop.wish(salt=1)
    encoded = wish[5]
    for given in (b"", encoded[:118], encoded[:-1], encoded + bytes(22)):
        shop.market.templates.use((*wish[:5], given, wish[6])).refuses("ShopTermsInvalid", sender=shop.seller)


def test_only_the_works_owner_makes_a_shop_for_it_and_it_opens_once(shop: Shop) -> None:
    market = shop.market
    theirs = market.templates.use(shop.wish(salt=1))

    theirs.refuses("ShopWorkNotOwned", market.user, market.stranger, sender=market.stranger)
    shop.instance.open().refuses("ShopOpened", True, sender=shop.seller)
    closed = market.as_("MerchandiseShop", market.use(shop.wish(salt=2, opened=False)))
    market.deposit(closed, ONE, closed.pledgeRef().read()).refuses("ShopOpened", False, sender=shop.seller)
    closed.open().refuses("ShopWorkNotOwned", market.user, ETHER, sender=market.user)


def test_the_bare_implementation_does_nothing(shop: Shop) -> None:
    market = shop.market
    bare = market.chain.at("MerchandiseShop", market.templates.versionOf(shop.version.id, 1).read()[4])

    for call in (
        bare.open(),
        bare.offer(0, 1, 1, TEXT),
        bare.terms(),
        bare.collect(market.mz),
        market.deposit(bare, ONE),
    ):
        call.refuses("ShopBareImplementation", sender=market.user)


def test_an_order_waits_in_the_buyers_own_pot(shop: Shop) -> None:
    market, instance = shop.market, shop.instance
    before = market.held(market.buyer, market.user, shop.designer)

    ordered = shop.order(quantity=3).send(market.buyer).only("Ordered")

    assert (ordered["order"], ordered["gross"], ordered["wish"]["note"]) == (1, 3 * PRICE, NOTE)
    assert moved(market, before, market.buyer, market.user, shop.designer) == [-3 * PRICE, 0, 0]
    assert (shop.state(), shop.left()) == (PAID, 3 * PRICE)
    assert instance.goods(1).read() == (PRICE, STOCK - 3, 0)
    assert instance.pledge().read()[:3] == (1, 7 * PENALTY, 3 * PENALTY)
    assert instance.endsOf(1).read() == market.chain.now() + SHIPPING


def test_what_is_no_order_is_refused(shop: Shop) -> None:
    market, instance, buyer = shop.market, shop.instance, shop.market.buyer
    coin = market.chain.deploy("Coin", 18)
    coin.mint(buyer, PRICE).send(buyer)
    coin.approve(market.till, PRICE).send(buyer)
    ref = instance.refOf(buyer).read()

    for gross in (PRICE - 1, PRICE + 1):
        shop.order(gross=gross).refuses("ShopPriceMismatch", PRICE, gross, sender=buyer)
    shop.order(item=2).refuses("ShopItemUnknown", 2, sender=buyer)
    shop.order(quantity=0, gross=ONE).refuses("ShopStockTooSmall", STOCK, 0, sender=buyer)
    shop.order(quantity=11).refuses("ShopStockTooSmall", STOCK, 11, sender=buyer)
    market.till.hold(coin, PRICE, instance, ref, b"").refuses("ShopTokenRefused", coin, sender=buyer)
    pay = market.till.payAndCall(market.mz, PRICE, instance, ref, b"")
    pay.refuses("ShopTakesNoPayment", sender=buyer)
    forged = instance.onHold(buyer, market.mz, PRICE, ref, b"")
    forged.refuses("ShopCallerNotTill", market.stranger, sender=market.stranger)


def test_nobody_buys_what_they_did_not_see(shop: Shop) -> None:
    market, instance = shop.market, shop.instance
    order = shop.order()
    instance.offer(1, PRICE, STOCK, REASON).refuses("ShopNotAllowed", shop.seller, market.buyer, sender=market.buyer)
    for item, price in ((2, PRICE), (0, 0)):
        instance.offer(item, price, 1, TEXT).refuses("ShopItemUnknown", item, sender=shop.seller)

    instance.offer(1, PRICE, STOCK, REASON).send(shop.seller)

    order.refuses("ShopEditionOver", 2, 1, sender=market.buyer)
    shop.order(edition=2).send(market.buyer)


def test_nobody_takes_a_buyers_reference(shop: Shop) -> None:
    market = shop.market
    order = shop.order()

    order.refuses("ShopRefUnknown", sender=market.stranger)
    shop.buy(market.stranger)
    order.send(market.buyer)
    order.refuses("ShopRefUnknown", sender=market.buyer)


def test_an_order_needs_a_pledge_that_covers_it(market: Market, version: Version) -> None:
    shop = Shop(market, version, pledge=0)
    shop.order().refuses("ShopPledgeTooSmall", 0, PENALTY, sender=market.buyer)
    shop.pledge(PENALTY).send(shop.seller)

    shop.order(quantity=2).refuses("ShopPledgeTooSmall", PENALTY, 2 * PENALTY, sender=market.buyer)
    shop.buy()
    shop.order().refuses("ShopPledgeTooSmall", 0, PENALTY, sender=market.buyer)
    shop.pledge(PENALTY).send(shop.seller)
    shop.buy()


def test_a_shop_without_penalty_needs_no_pledge(market: Market, version: Version) -> None:
    shop = Shop(market, version, pledge=0, penaltyBps=0)
    before = market.held(market.buyer)
    shop.later(shop.buy())

    shop.instance.settle(1).send(market.stranger)

    assert moved(market, before, market.buyer) == [0]


def test_only_the_seller_pledges_and_takes_back_what_is_free(shop: Shop) -> None:
    market, instance = shop.market, shop.instance
    shop.pledge(ONE).refuses("ShopNotAllowed", shop.seller, market.buyer, sender=market.buyer)
    two = (2).to_bytes(32, "big")
    market.deposit(instance, ONE, two).refuses("ShopRefUnknown", sender=shop.seller)
    before = market.held(shop.seller)
    shop.buy()
    instance.withdrawPledge(1).refuses("ShopNotAllowed", shop.seller, market.buyer, sender=market.buyer)
    instance.withdrawPledge(1).refuses("ShopPledgeInUse", PENALTY, sender=shop.seller)
    instance.takeBack(1).refuses("ShopNotAllowed", shop.seller, market.buyer, sender=market.buyer)
    instance.confirm(1).send(market.buyer)

    instance.withdrawPledge(1).send(shop.seller)

    assert moved(market, before, shop.seller) == [net_of(PRICE) * 6 // 10 + 10 * PENALTY]
    instance.withdrawPledge(1).refuses("TillNotPayer", sender=shop.seller)
    assert instance.pledge().read() == (2, 0, 0, 0)
    shop.order().refuses("ShopPledgeTooSmall", 0, PENALTY, sender=market.buyer)


def test_a_penalty_closes_the_pledge_and_others_still_count_on_the_rest(shop: Shop) -> None:
    market, instance = shop.market, shop.instance
    before = market.held(market.buyer, market.stranger)
    late, also = shop.buy(), shop.buy(market.stranger)
    instance.takeBack(late).send(shop.seller)

    shop.order().refuses("ShopPledgeTooSmall", 0, PENALTY, sender=market.buyer)
    shop.pledge(PENALTY).send(shop.seller)
    assert instance.pledge().read()[:3] == (2, PENALTY, 0)
    instance.withdrawPledge(1).refuses("ShopPledgeInUse", PENALTY, sender=shop.seller)
    shop.later(also)
    instance.settle(also).send(market.author)

    assert moved(market, before, market.buyer, market.stranger) == [net_of(PENALTY)] * 2
    instance.withdrawPledge(1).send(shop.seller)
    assert market.left(instance, (1).to_bytes(32, "big")) == 0


def test_a_pledge_that_ends_too_early_makes_way_for_the_next(shop: Shop) -> None:
    market, instance = shop.market, shop.instance
    end = instance.pledge().read()[3]
    market.chain.travel(end - SHIPPING - OBJECTION - RULING - GRACE + 1)

    shop.order().refuses("ShopPledgeTooSmall", 0, PENALTY, sender=market.buyer)
    shop.pledge(PENALTY).send(shop.seller)
    shop.buy()
    instance.withdrawPledge(1).send(shop.seller)


@pytest.mark.parametrize("silent", [False, True])
def test_content_and_silent_buyers_pay_every_part_at_once(shop: Shop, silent: bool) -> None:
    market, instance = shop.market, shop.instance
    payees = [market.stranger, shop.designer, shop.maker, market.author]
    market.works.transferFrom(market.user, market.stranger, shop.work).send(market.user)
    before, supply = market.held(*payees), market.mz.totalSupply().read()
    order = shop.sent()
    instance.settle(order).refuses("ShopOver", sender=market.stranger)

    if silent:
        shop.later(order)
        instance.object(order, REASON).refuses("ShopOver", sender=market.buyer)
        instance.settle(order).send(market.author)
    else:
        instance.confirm(order).refuses("ShopNotAllowed", market.buyer, shop.seller, sender=shop.seller)
        instance.confirm(order).send(market.buyer)

    net = net_of(PRICE)
    assert moved(market, before, *payees) == [net * 6 // 10, net * 3 // 10, net // 10, PRICE * 200 // 10_000]
    assert supply - market.mz.totalSupply().read() == PRICE // 100
    assert (instance.goods(1).read()[2], instance.sales().read()) == (1, (1, 1, PRICE))
    assert instance.pledge().read()[:3] == (1, 10 * PENALTY, 0) and market.held(instance) == [0]
    for call in (instance.confirm(order), instance.settle(order)):
        call.refuses("ShopStateWrong", CLOSED, sender=market.buyer)
    for call in (instance.takeBack(order), instance.dispatch(order, PROOF)):
        call.refuses("ShopStateWrong", CLOSED, sender=shop.seller)


def test_a_hostile_payee_blocks_nobody_and_the_last_part_takes_the_rest(market: Market, version: Version) -> None:
    hostile = market.chain.deploy("Actor")
    hostile.takeEther(1).send()
    shop = Shop(market, version, work=0, parts=[(hostile.address, 3_333), (market.stranger, 6_667)], penaltyBps=0)
    shop.instance.offer(0, PRICE + 7, 1, TEXT).send(shop.seller)
    before = market.held(market.stranger)
    shop.order(item=2, gross=PRICE + 7).send(market.buyer)

    shop.instance.confirm(1).send(market.buyer)

    net = net_of(PRICE + 7)
    assert market.held(hostile) == [net * 3_333 // 10_000]
    assert moved(market, before, market.stranger) == [net - net * 3_333 // 10_000]


@pytest.mark.parametrize("taken_back", [False, True])
def test_goods_that_are_not_sent_are_refunded_with_the_penalty(shop: Shop, taken_back: bool) -> None:
    market, instance = shop.market, shop.instance
    before = market.held(market.buyer, shop.seller)
    order = shop.buy()

    if taken_back:
        instance.takeBack(order).send(shop.seller)
    else:
        shop.later(order)
        instance.dispatch(order, PROOF).refuses("ShopOver", sender=shop.seller)
        closed = instance.settle(order).send(market.stranger).only("OrderClosed")
        assert closed == {"order": order, "toSeller": 0, "penalty": PENALTY}

    assert moved(market, before, market.buyer, shop.seller) == [net_of(PENALTY), 0]
    assert (shop.state(), shop.left(), instance.sales().read()[2]) == (CLOSED, 0, 0)


def test_goods_taken_back_after_dispatch_cost_no_penalty(shop: Shop) -> None:
    market = shop.market
    before = market.held(market.buyer)

    shop.instance.takeBack(shop.sent()).send(shop.seller)
    shop.instance.takeBack(shop.disputed()).send(shop.seller)

    assert moved(market, before, market.buyer) == [0]
    assert shop.instance.pledge().read()[:3] == (1, 10 * PENALTY, 0)


@pytest.mark.parametrize("bps", [0, 3_333, 10_000])
def test_the_arbiter_divides_and_nothing_is_a_breach(shop: Shop, bps: int) -> None:
    market, instance = shop.market, shop.instance
    before = market.held(market.buyer)
    instance.object(shop.buy(), REASON).refuses("ShopStateWrong", PAID, sender=market.buyer)
    instance.dispatch(1, PROOF).refuses("ShopNotAllowed", shop.seller, market.buyer, sender=market.buyer)
    instance.dispatch(1, PROOF).send(shop.seller)
    instance.object(1, REASON).refuses("ShopNotAllowed", market.buyer, shop.seller, sender=shop.seller)
    instance.rule(1, bps).refuses("ShopStateWrong", SENT, sender=market.author)
    instance.object(1, REASON).send(market.buyer)
    instance.rule(1, bps).refuses("ShopNotAllowed", market.author, shop.seller, sender=shop.seller)
    instance.rule(1, 10_001).refuses("ShopRulingInvalid", 10_001, sender=market.author)

    instance.rule(1, bps).send(market.author)

    gross = PRICE * bps // 10_000
    assert moved(market, before, market.buyer) == [-gross + (0 if bps else net_of(PENALTY))]
    assert market.held(shop.designer) == [net_of(gross) * 3 // 10 if gross else 0]


def test_a_silent_arbiter_means_halves(shop: Shop) -> None:
    market, instance = shop.market, shop.instance
    before = market.held(market.buyer)
    order = shop.disputed()

    shop.later(order)
    instance.rule(order, 10_000).refuses("ShopOver", sender=market.author)
    instance.settle(order).send(market.stranger)

    assert moved(market, before, market.buyer) == [-PRICE // 2]
    assert instance.pledge().read()[:3] == (1, 10 * PENALTY, 0)


def test_what_nobody_settles_goes_back_after_expiry(shop: Shop) -> None:
    market, instance, till = shop.market, shop.instance, shop.market.till
    before = market.held(market.buyer)
    order = shop.buy()
    ref = instance.potRefOf(order).read()
    expiry = till.pot(instance, market.mz, ref).read()[2]
    end = till.pot(instance, market.mz, (1).to_bytes(32, "big")).read()[2]
    assert expiry == market.chain.now() + SHIPPING + OBJECTION + RULING + GRACE
    market.chain.travel(expiry + 1)

    till.reclaim(instance, market.mz, ref, market.buyer).send(market.stranger)
    instance.settle(order).refuses("TillNotPayer", sender=market.stranger)
    market.chain.travel(end + 1)
    till.reclaim(instance, market.mz, (1).to_bytes(32, "big"), shop.seller).send(market.stranger)

    assert moved(market, before, market.buyer) == [0]


def test_mz_that_came_by_other_ways_is_divided_too(shop: Shop) -> None:
    market = shop.market
    market.till.pay(market.mz, PRICE, shop.instance, ZERO).send(market.buyer)

    shop.instance.collect(market.mz).send(market.stranger)

    assert market.held(shop.designer, shop.maker) == [net_of(PRICE) * 3 // 10, net_of(PRICE) // 10]
