"""Gas of whole transactions with our templates of trade, kept as `test_gas` keeps the others'."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from tests.contracts.templates_market import ONE, Market
from tests.templates.playing import own
from tests.templates.test_ecosystem_token import UNIT, Ecosystem
from tests.templates.test_ecosystem_token import publish as publish_ecosystem
from tests.templates.test_gas import keep, salt
from tests.templates.test_loyalty_points import Programme
from tests.templates.test_loyalty_points import publish as publish_points
from tests.templates.test_merchandise_shop import Shop
from tests.templates.test_merchandise_shop import publish as publish_shop
from tests.templates.test_merchant_checkout import Checkout
from tests.templates.test_merchant_checkout import publish as publish_checkout
from tests.templates.test_star_coin import Coin
from tests.templates.test_star_coin import publish as publish_coin

SNAPSHOT = Path(__file__).with_name("gas-trade.json")


def measure_merchandise_shop(market: Market) -> dict[str, int]:
    """Orders that are confirmed, that are not sent, and what their pledge costs."""
    shop = Shop(market, publish_shop(market), pledge=0)
    gas = {"merchandise shop, create": market.templates.use(shop.wish(salt=salt("create"))).send(market.user).gas}
    two = [(shop.designer, 9_000), (shop.maker, 1_000)]
    made = market.templates.use(shop.wish(salt=salt("create for two"), parts=two))
    gas["merchandise shop, create with two payees"] = made.send(market.user).gas
    gas["merchandise shop, offer"] = shop.instance.offer(0, ONE, 1, keccak(b"text")).send(market.user).gas
    gas["merchandise shop, pledge"] = shop.pledge(10 * ONE).send(market.user).gas
    gas["merchandise shop, order"] = shop.order().send(market.buyer).gas
    gas["merchandise shop, dispatch"] = shop.instance.dispatch(1, keccak(b"proof")).send(market.user).gas
    gas["merchandise shop, confirm and pay three"] = shop.instance.confirm(1).send(market.buyer).gas
    shop.later(shop.buy())
    gas["merchandise shop, settle a breach"] = shop.instance.settle(2).send(market.buyer).gas
    gas["merchandise shop, end"] = own(market, shop.instance).send(market.user).gas
    return gas


def measure_merchant_checkout(market: Market) -> dict[str, int]:
    """Invoices with a time for refunds, and payments that are final."""
    version = publish_checkout(market)
    checkout = Checkout(market, version)
    gas = {"merchant checkout, create": market.templates.use(checkout.wish(salt=salt("create"))).send(market.user).gas}
    invoice = checkout.instance.invoice(50 * ONE, market.chain.now() + 86_400, keccak(b"note"))
    gas["merchant checkout, invoice"] = invoice.send(market.author).gas
    gas["merchant checkout, deposit"] = checkout.hold(1).send(market.buyer).gas
    gas["merchant checkout, refund"] = checkout.instance.refund(1, 50 * ONE).send(market.user).gas
    numbers = [checkout.held(), checkout.held()]
    checkout.later(numbers[1])
    gas["merchant checkout, settle two"] = checkout.instance.settle(numbers).send(market.stranger).gas
    gas["merchant checkout, end"] = own(market, checkout.instance).send(market.user).gas
    counter = Checkout(market, version, window=0)
    gas["merchant checkout, pay at once"] = counter.pay(counter.invoice()).send(market.buyer).gas
    return gas


def measure_loyalty_points(market: Market) -> dict[str, int]:
    """Points that are earned twice, a reward, and points that lapse."""
    programme = Programme(market, publish_points(market))
    gas = {"loyalty points, create": market.templates.use(programme.wish(salt=salt("create"))).send(market.user).gas}
    pay = market.till.payAndCall(market.mz, 20 * ONE, programme.instance, keccak(b"ref"), b"")
    gas["loyalty points, first payment"] = pay.send(market.buyer).gas
    gas["loyalty points, pay again"] = pay.send(market.buyer).gas
    gas["loyalty points, claim"] = programme.instance.claim(1, 1).send(market.buyer).gas
    gas["loyalty points, give"] = programme.instance.give(1, keccak(b"proof")).send(market.user).gas
    gas["loyalty points, end"] = own(market, programme.instance).send(market.user).gas
    return gas


def measure_star_coin(market: Market) -> dict[str, int]:
    """Support, a gift to ten, and goods."""
    coin = Coin(market, publish_coin(market))
    gas = {"star coin, create": market.templates.use(coin.wish(salt=salt("create"))).send(market.user).gas}
    pay = market.till.payAndCall(market.mz, 20 * ONE, coin.instance, keccak(b"ref"), b"")
    gas["star coin, first support"] = pay.send(market.buyer).gas
    fans = [market.chain.fresh() for _ in range(10)]
    gas["star coin, give to ten"] = coin.instance.give(fans, [1] * 10).send(market.user).gas
    gas["star coin, redeem"] = coin.instance.redeem(1, 1, keccak(b"note")).send(market.buyer).gas
    gas["star coin, deliver"] = coin.instance.deliver(1, keccak(b"proof")).send(market.user).gas
    return gas


def measure_ecosystem_token(market: Market) -> dict[str, int]:
    """A release and a buyback."""
    ecosystem = Ecosystem(market, publish_ecosystem(market))
    gas = {"ecosystem token, create": market.templates.use(ecosystem.wish(salt=salt("create"))).send(market.user).gas}
    gas["ecosystem token, propose"] = ecosystem.propose(wallet=market.author).send(market.user).gas
    number = ecosystem.proposed()
    gas["ecosystem token, release"] = ecosystem.token.release(number).send(market.stranger).gas
    gas["ecosystem token, open a round"] = ecosystem.pay(number).send(market.buyer).gas
    gas["ecosystem token, sell"] = ecosystem.token.sell(number, 100 * UNIT, ONE).send(market.stranger).gas
    gas["ecosystem token, transfer"] = ecosystem.token.transfer(market.user, UNIT).send(market.stranger).gas
    return gas


MEASURES: dict[str, Callable[[Market], dict[str, int]]] = {
    "ecosystem-token": measure_ecosystem_token,
    "loyalty-points": measure_loyalty_points,
    "merchandise-shop": measure_merchandise_shop,
    "merchant-checkout": measure_merchant_checkout,
    "star-coin": measure_star_coin,
}


@pytest.mark.parametrize("name", MEASURES)
def test_gas_stays_within_the_snapshot(market: Market, name: str) -> None:
    keep(MEASURES[name](market), name, SNAPSHOT)
