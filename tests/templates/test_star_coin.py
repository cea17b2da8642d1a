"""Star coin on the real platform: see star-coin.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Contract
from tests.contracts.templates_market import ONE, ZERO, Market, Version, arguments, net_of
from tests.templates.playing import moved

DAY = 86_400
SUPPLY, RATE, TERM = 1_000, 3, 30 * DAY
PICTURE = 15
NOTE, PROOF, TEXT = keccak(b"address"), keccak(b"parcel"), keccak(b"a picture")
TYPES = ["address", "string", "string", "uint96", "uint64", "uint16", "uint32", "bytes32"]
NONE, WAITING, DELIVERED, RETURNED = range(4)


def publish(market: Market) -> Version:
    """The template."""
    return market.publish_clone("star-coin", "StarCoin", market.till, market.mz)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class Coin:
    """The coin of `user`, half of it set aside, with a picture as goods 1."""

    def __init__(self, market: Market, version: Version, **terms: Any) -> None:
        self.market, self.version, self.star = market, version, market.user
        self.instance: Contract = market.as_("StarCoin", market.use(self.wish(**terms)))
        self.instance.offer(0, PICTURE, 3, TEXT).send(self.star)

    def wish(self, *, salt: int = 0, opened: bool = True, **terms: Any) -> tuple[Any, ...]:
        given = {
            "star": self.star,
            "name": "Coin of a star",
            "symbol": "STAR",
            "supply": SUPPLY,
            "rate": RATE,
            "thanksBps": 5_000,
            "term": TERM,
            "text": TEXT,
        } | terms
        init = self.market.call_data("StarCoin", "open") if opened else "0x"
        return self.version.wish(salt=salt, args=arguments(TYPES, list(given.values())), init=init)

    def coins(self, *accounts: Any) -> list[int]:
        return [self.instance.balanceOf(account).read() for account in accounts]

    def redeemed(self) -> int:
        """A redemption of `buyer`, who has 20 coins before."""
        self.instance.transfer(self.market.buyer, 20).send(self.star)
        return int(self.instance.redeem(1, 1, NOTE).send(self.market.buyer).only("Redeemed")["redemption"])

    def state(self, number: int) -> int:
        return int(self.instance.redemptionOf(number).read()[0])


@pytest.fixture
def coin(market: Market, version: Version) -> Coin:
    return Coin(market, version)


@pytest.mark.parametrize("terms", [{"star": ETHER}, {"supply": 0}, {"thanksBps": 10_001}, {"term": DAY - 1}], ids=str)
def test_terms_that_make_no_coin_are_refused(coin: Coin, terms: dict[str, Any]) -> None:
    coin.market.templates.use(coin.wish(salt=1, **terms)).refuses("CoinTermsInvalid", sender=coin.star)


def test_all_coins_are_there_from_the_start_and_nobody_makes_more(coin: Coin) -> None:
    instance = coin.instance

    assert coin.coins(coin.star, instance) == [SUPPLY // 2, SUPPLY // 2]
    assert (instance.totalSupply().read(), instance.kept().read()) == (SUPPLY, (SUPPLY // 2, 0))
    assert (instance.name().read(), instance.symbol().read(), instance.decimals().read()) == (
        "Coin of a star",
        "STAR",
        0,
    )
    instance.open().refuses("CoinTermsInvalid", sender=coin.star)


def test_the_bare_implementation_does_nothing(coin: Coin) -> None:
    market = coin.market
    bare = market.chain.at("StarCoin", market.templates.versionOf(coin.version.id, 1).read()[4])
    pay = market.till.payAndCall(market.mz, ONE, bare, ZERO, b"")

    for call in (bare.open(), bare.offer(0, 1, 1, ZERO), bare.collect(), bare.terms(), pay):
        call.refuses("CoinBareImplementation", sender=market.user)


def test_coins_are_given_to_many_and_never_to_the_coin_itself(coin: Coin) -> None:
    market, instance = coin.market, coin.instance
    fans = [market.buyer, market.stranger, market.buyer]

    instance.give(fans, [1, 2, 3]).send(coin.star)

    assert coin.coins(market.buyer, market.stranger, coin.star) == [4, 2, SUPPLY // 2 - 6]
    instance.give(fans, [1, 2]).refuses("CoinListsInvalid", 3, 2, sender=coin.star)
    instance.give([market.buyer] * 101, [0] * 101).refuses("CoinListsInvalid", 101, 101, sender=coin.star)
    instance.give(fans, [1, 2, 3]).refuses("ERC20InsufficientBalance", sender=market.stranger)
    for call in (instance.transfer(instance, 1), instance.give([instance], [1])):
        call.refuses("CoinReceiverRefused", instance, sender=coin.star)


def test_support_pays_the_star_and_earns_coins(coin: Coin) -> None:
    market, instance = coin.market, coin.instance
    before, supply = market.held(coin.star, market.author, market.buyer), market.mz.totalSupply().read()
    gross = 20 * ONE + ONE // 3 - 1

    market.till.payAndCall(market.mz, gross, instance, NOTE, b"").send(market.buyer)

    share = gross * 200 // 10_000
    assert moved(market, before, coin.star, market.author, market.buyer) == [net_of(gross), share, -gross]
    assert supply - market.mz.totalSupply().read() == gross - net_of(gross) - share
    assert coin.coins(market.buyer, instance) == [60, SUPPLY // 2 - 60] and market.held(instance) == [0]


def test_what_is_no_support_is_refused(coin: Coin) -> None:
    market, instance = coin.market, coin.instance
    other = market.chain.deploy("Coin", 18)
    other.mint(market.buyer, ONE).send(market.buyer)
    other.approve(market.till, ONE).send(market.buyer)

    for gross, coins in ((ONE // 3, 0), (167 * ONE, 501)):
        pay = market.till.payAndCall(market.mz, gross, instance, ZERO, b"")
        pay.refuses("CoinSupportRefused", SUPPLY // 2, coins, sender=market.buyer)
    pay = market.till.payAndCall(other, ONE, instance, ZERO, b"")
    pay.refuses("CoinTokenRefused", other, sender=market.buyer)
    market.deposit(instance, ONE).refuses("CoinTakesNoDeposit", sender=market.buyer)
    forged = instance.onPayment(market.stranger, market.mz, ONE, ONE, ZERO, b"")
    forged.refuses("CoinCallerNotTill", market.stranger, sender=market.stranger)


def test_coins_in_a_redemption_are_no_thanks_for_supporters(coin: Coin) -> None:
    market, instance = coin.market, coin.instance
    coin.redeemed()
    assert instance.kept().read() == (SUPPLY // 2, PICTURE)

    pay = market.till.payAndCall(market.mz, 167 * ONE, instance, ZERO, b"")

    pay.refuses("CoinSupportRefused", SUPPLY // 2, 501, sender=market.buyer)


def test_delivered_goods_destroy_the_coins(coin: Coin) -> None:
    market, instance = coin.market, coin.instance
    number = coin.redeemed()
    until = market.chain.now() + TERM
    assert instance.redemptionOf(number).read() == (WAITING, market.buyer, 1, PICTURE, until)
    assert (coin.coins(market.buyer), instance.goods(1).read()) == ([5], (PICTURE, 2))
    instance.deliver(number, PROOF).refuses("CoinNotAllowed", coin.star, market.buyer, sender=market.buyer)
    instance.giveBack(number).refuses("CoinOver", until, sender=market.buyer)

    instance.deliver(number, PROOF).send(coin.star)

    assert (instance.totalSupply().read(), instance.kept().read()) == (SUPPLY - PICTURE, (SUPPLY // 2, 0))
    for call in (instance.deliver(number, PROOF), instance.giveBack(number), instance.giveBack(99)):
        call.refuses("CoinStateWrong", sender=coin.star)


@pytest.mark.parametrize("declined", [False, True])
def test_goods_that_do_not_come_give_the_coins_back_once(coin: Coin, declined: bool) -> None:
    market, instance = coin.market, coin.instance
    number = coin.redeemed()
    if not declined:
        market.chain.travel(instance.endsOf(number).read() + 1)
        assert instance.isOverdue(number).read() is True
        instance.deliver(number, PROOF).refuses("CoinOver", sender=coin.star)

    instance.giveBack(number).send(coin.star if declined else market.stranger)

    assert (coin.coins(market.buyer), coin.state(number)) == ([20], RETURNED)
    assert instance.kept().read() == (SUPPLY // 2, 0)
    for call in (instance.giveBack(number), instance.deliver(number, PROOF)):
        call.refuses("CoinStateWrong", RETURNED, sender=coin.star)


def test_nobody_redeems_for_what_they_did_not_see_or_what_is_not_there(coin: Coin) -> None:
    market, instance = coin.market, coin.instance
    instance.transfer(market.buyer, 40).send(coin.star)
    instance.offer(0, 1, 1, TEXT).refuses("CoinNotAllowed", coin.star, market.buyer, sender=market.buyer)
    for item, price in ((2, 1), (1, 0)):
        instance.offer(item, price, 1, TEXT).refuses("CoinItemUnknown", item, sender=coin.star)
    for item in (0, 2):
        instance.redeem(item, 1, NOTE).refuses("CoinItemUnknown", item, sender=market.buyer)
    instance.redeem(1, 1, NOTE).refuses("ERC20InsufficientBalance", sender=market.stranger)
    instance.offer(1, PICTURE, 1, PROOF).send(coin.star)

    instance.redeem(1, 1, NOTE).refuses("CoinEditionOver", 2, 1, sender=market.buyer)
    instance.redeem(1, 2, NOTE).send(market.buyer)
    instance.redeem(1, 2, NOTE).refuses("CoinSoldOut", 1, sender=market.buyer)


def test_mz_that_came_by_other_ways_goes_to_the_star(coin: Coin) -> None:
    market = coin.market
    before = market.held(coin.star)
    market.till.pay(market.mz, ONE, coin.instance, ZERO).send(market.buyer)

    coin.instance.collect().send(market.stranger)

    assert moved(market, before, coin.star) == [net_of(ONE)]
