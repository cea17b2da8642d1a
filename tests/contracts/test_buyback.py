"""Buyback: see buyback.tree. The machine in test_buyback_machine.py goes through every order of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, getcontext

import pytest

from tests.contracts.auction import (
    AUCTION,
    DAY,
    FIRST_YUAN,
    MINIMUM,
    ONE,
    PERIOD,
    PRICE_ONE,
    ROOT,
    ROUNDS,
    SUPPLY,
    Market,
    build_market,
    price_after,
)  # fmt: skip
from tests.contracts.stage import ETHER, Call, Chain, Contract

FIRST_ANCHOR = 5 * 10**16 * 10**9  # 0.35 yuan are 0.05 coins at 7 yuan
BUDGET = 10**20
FOREVER = 2**40


@pytest.fixture(scope="module")
def built(chain: Chain) -> Market:
    return build_market(chain)


@pytest.fixture
def market(built: Market) -> Market:
    """With a memory of its own."""
    return replace(built)


@pytest.fixture
def auction(market: Market) -> Market:
    """A round with a lot of 100 coins."""
    market.earn(BUDGET)
    market.open()
    return market


def mz_for(paid: int, price: int) -> int:
    """The least MZ that are worth so much."""
    return -(-paid * PRICE_ONE // price)


def test_a_buyback_that_makes_no_sense_is_refused(chain: Chain) -> None:
    mz, coin, feed, vault, none = (chain.deploy(name) for name in ("MZ", "OddCoin", "Feed", "Actor", "Feed"))
    no_code, who = chain.fresh(), chain.accounts[0]

    def refused(error: str, currencies: Sequence[tuple[object, int]], *parts: object) -> None:
        given = parts or (mz, feed, vault, who, FIRST_YUAN)
        chain.refuses_deployment(error, "Buyback", *given, currencies)

    good = [(coin, 1)]
    for currencies in ([], [(coin, 0)], [(mz, 1)], [(no_code, 1)], [(coin, 1), (coin, 1)], [(ETHER, 1)] * 2):
        refused("BuybackCurrencyInvalid", currencies)
    refused("BuybackCurrencyInvalid", [(chain.deploy("OddCoin"), 1) for _ in range(5)])
    refused("BuybackAddressInvalid", good, no_code, feed, vault, who, FIRST_YUAN)
    refused("BuybackAddressInvalid", good, mz, no_code, vault, who, FIRST_YUAN)
    refused("BuybackAddressInvalid", good, mz, feed, who, who, FIRST_YUAN)
    refused("BuybackAddressInvalid", good, mz, feed, vault, ETHER, FIRST_YUAN)
    refused("BuybackPriceInvalid", good, mz, feed, vault, who, 0)
    assert none.address != feed.address


def test_up_to_four_currencies_are_listed_in_their_order(chain: Chain) -> None:
    mz, feed, vault = (chain.deploy(name) for name in ("MZ", "Feed", "Actor"))
    currencies = [(ETHER, 7), *((chain.deploy("OddCoin").address_checksum, minimum) for minimum in (1, 2**96 - 1, 5))]

    buyback = chain.deploy("Buyback", mz, feed, vault, chain.accounts[0], FIRST_YUAN, currencies)

    assert [tuple(listed) for listed in buyback.currencies().read()] == [(t.lower(), least) for t, least in currencies]


def test_anyone_opens_a_round_after_ninety_days_and_not_earlier(market: Market) -> None:
    market.earn(BUDGET)
    earliest = market.born + PERIOD
    market.chain.travel(earliest - 1)
    market.buyback.open().refuses("BuybackTooEarly", earliest)

    market.chain.next_at(earliest)
    receipt = market.buyback.open().send(market.chain.accounts[9])

    assert receipt.only("RoundOpened") == {"round": 1, "opened": earliest, "closes": earliest + AUCTION}
    assert receipt.only("LotOpened")["anchor"] == market.anchor() == FIRST_ANCHOR
    assert market.buyback.latestRound().read() == (1, earliest, earliest + PERIOD)
    market.earn(BUDGET)
    market.chain.travel(earliest + PERIOD - 1)
    market.buyback.open().refuses("BuybackTooEarly", earliest + PERIOD)


def test_there_is_no_ninth_round(market: Market) -> None:
    for _ in range(ROUNDS):
        market.earn(BUDGET)
        market.open()
    market.earn(BUDGET)
    market.chain.travel(market.opened + 5 * PERIOD)

    market.buyback.open().refuses("BuybackFinished")
    assert market.buyback.overdue().read()[0] is False


def test_dust_opens_no_round_and_uses_none_up(market: Market) -> None:
    market.earn(MINIMUM - 1)
    market.earn(MINIMUM - 1, ETHER)
    market.chain.travel(market.born + PERIOD)

    market.buyback.open().refuses("BuybackNothingToOffer")

    market.earn(1)
    assert market.open().only("LotOpened")["round"] == 1


def test_a_currency_below_its_minimum_waits(market: Market) -> None:
    market.earn(MINIMUM - 1, ETHER)
    market.earn(BUDGET)

    assert market.open().only("LotWaits") == {"round": 1, "currency": ETHER, "balance": MINIMUM - 1}
    market.buyback.priceOf(ETHER).refuses("BuybackClosed", ETHER)
    market.earn(1, ETHER)
    market.earn(BUDGET)
    assert [event.name for event in market.open().events].count("LotOpened") == 2
    assert market.anchor(ETHER) == 35 * ONE * ONE * 10**9 // (100 * 20_000 * ONE)


def test_junk_that_is_swept_here_opens_and_buys_nothing(market: Market) -> None:
    junk = market.chain.deploy("Coin", 18)
    junk.mint(market.buyback, 10**30).send()
    market.chain.travel(market.born + PERIOD)
    market.buyback.open().refuses("BuybackNothingToOffer")
    market.earn(BUDGET)
    market.open()

    market.buyback.fill(junk, ONE, 0, FOREVER).refuses("BuybackClosed", junk)


@pytest.mark.parametrize("way", [1, 2, 3, "worth nothing", "worth too little", "worth too much"])
def test_a_currency_without_a_fresh_price_waits_and_is_never_priced_again(market: Market, way: int | str) -> None:
    market.earn(BUDGET)
    yuan = {"worth nothing": 0, "worth too little": 1, "worth too much": 2**128}
    market.feed.misbehave(way).send() if isinstance(way, int) else market.feed.set(market.coin, yuan[way]).send()
    market.chain.travel(market.born + PERIOD)
    market.buyback.open().refuses("BuybackNothingToOffer")

    market.feed.misbehave(0).send()
    market.feed.set(market.coin, 7 * ONE).send()
    market.open()
    assert market.anchor() == FIRST_ANCHOR
    market.feed.misbehave(2).send()
    market.feed.set(market.coin, 1).send()
    market.open()
    assert market.anchor() == FIRST_ANCHOR * 5 // 4


@pytest.mark.parametrize("how", [1, 2, 3])
def test_a_token_that_does_not_tell_its_balance_keeps_nobody_from_buying(chain: Chain, how: int) -> None:
    market = build_market(chain, "MuteCoin")
    market.earn(BUDGET)
    market.earn(ONE, ETHER)
    market.coin.silence(how).send()

    receipt = market.open()

    assert receipt.only("LotOpened")["currency"] == ETHER
    assert receipt.only("LotWaits")["balance"] == 0


def test_the_price_rises_geometrically_from_half_to_one_and_a_half(auction: Market) -> None:
    getcontext().prec = 60
    assert auction.buyback.priceOf(auction.coin).read() == FIRST_ANCHOR // 2
    last = 0
    for elapsed in (1, 2, 3599, 86_400, AUCTION // 2, 200_001, AUCTION - 1, AUCTION):
        auction.at(elapsed)
        price = auction.buyback.priceOf(auction.coin).read()
        exact = Decimal(FIRST_ANCHOR) / 2 * Decimal(3) ** (Decimal(elapsed) / AUCTION)
        assert abs(price - exact) <= 1
        assert price == price_after(elapsed, FIRST_ANCHOR) > last
        last = price
    auction.at(AUCTION + 1)
    auction.buyback.priceOf(auction.coin).refuses("BuybackClosed", auction.coin)
    assert abs(Decimal(ROOT) - Decimal(2) ** 120 * Decimal(3) ** (Decimal(1) / AUCTION)) < 1


def test_mz_burn_and_the_seller_is_paid_in_one_transaction(auction: Market) -> None:
    price = price_after(1000, FIRST_ANCHOR)
    receipt = auction.fill(1000, 100 * ONE)

    paid = 100 * ONE * price // PRICE_ONE
    assert receipt.only("Filled") | {"seller": 0, "currency": 0} == {
        "round": 1, "currency": 0, "seller": 0, "burned": 100 * ONE, "paid": paid, "price": price,
    }  # fmt: skip
    assert auction.coin.balanceOf(auction.seller).read() == paid
    assert auction.mz.totalSupply().read() == SUPPLY - 100 * ONE
    assert auction.mz.balanceOf(auction.buyback).read() == 0
    assert auction.lot() == (BUDGET, paid, 100 * ONE, FIRST_ANCHOR, 1)


def test_it_pays_in_ether_too(market: Market) -> None:
    seller = market.chain.deploy("Actor")
    market.mz.transfer(seller, 10**6 * ONE).send()
    seller.perform(market.mz, 0, market.mz.approve(market.buyback, 2**255).data).send()
    market.earn(ONE, ETHER)
    market.open()
    sell = seller.perform(market.buyback, 0, market.buyback.fill(ETHER, 10**6 * ONE, 0, FOREVER).data)
    seller.takeEther(1).send()
    sell.refuses("BuybackSendRefused", seller, ONE)
    assert market.mz.totalSupply().read() == SUPPLY

    seller.takeEther(0).send()
    sell.send()

    assert market.chain.balance(seller) == ONE
    assert market.mz.totalSupply().read() == SUPPLY - market.lot(ETHER)[2]


def test_a_seller_who_sells_again_while_being_paid_counts_twice_and_burns_twice(market: Market) -> None:
    seller, amount = market.chain.deploy("Actor"), 2000 * ONE
    market.mz.transfer(seller, 2 * amount).send()
    seller.perform(market.mz, 0, market.mz.approve(market.buyback, 2**255).data).send()
    market.earn(ONE, ETHER)
    market.open()
    sell = market.buyback.fill(ETHER, amount, 0, FOREVER).data
    seller.takeEther(3).send()
    seller.plan([(market.buyback.address, bytes.fromhex(sell[2:]))]).send()

    receipt = seller.perform(market.buyback, 0, sell).send()

    paid = [event.args["paid"] for event in receipt.events if event.name == "Filled"]
    assert market.lot(ETHER)[1:3] == (sum(paid), 2 * amount)
    assert market.chain.balance(seller) == sum(paid)
    assert market.mz.totalSupply().read() == SUPPLY - 2 * amount


def test_less_than_a_hundredth_is_refused_unless_it_is_the_rest(auction: Market) -> None:
    price, least = price_after(0, FIRST_ANCHOR), BUDGET // 100
    auction.buyback.fill(auction.coin, mz_for(least, price) - 1, 0, FOREVER).refuses(
        "BuybackFillTooSmall", least - 1, least
    )
    auction.buyback.fill(auction.coin, 0, 0, FOREVER).refuses("BuybackFillTooSmall", 0, least)
    auction.fill(1, mz_for(BUDGET - 5, price_after(1, FIRST_ANCHOR)))
    assert auction.lot()[1] == BUDGET - 5

    before = auction.mz.totalSupply().read()
    auction.fill(2, ONE)

    assert auction.lot()[1] == BUDGET
    assert before - auction.mz.totalSupply().read() == mz_for(5, price_after(2, FIRST_ANCHOR))
    auction.buyback.fill(auction.coin, ONE, 0, FOREVER).refuses("BuybackSoldOut", auction.coin)


def test_a_seller_says_the_least_and_the_latest(auction: Market) -> None:
    now, paid = auction.chain.now(), 100 * ONE * price_after(0, FIRST_ANCHOR) // PRICE_ONE

    auction.buyback.fill(auction.coin, 100 * ONE, paid + 1, FOREVER).refuses("BuybackBelowMinimum", paid, paid + 1)
    auction.buyback.fill(auction.coin, 100 * ONE, 0, now - 1).refuses("BuybackExpired", now - 1)
    assert auction.buyback.fill(auction.coin, 100 * ONE, paid, now).read() == (paid, 100 * ONE)


def test_nothing_is_sold_before_between_and_after_rounds(market: Market) -> None:
    sell = market.buyback.fill(market.coin, 100 * ONE, 0, FOREVER)
    market.earn(BUDGET)
    sell.refuses("BuybackClosed", market.coin)
    market.open()
    market.at(AUCTION)
    assert sell.read()[1] == 100 * ONE
    market.at(AUCTION + 1)
    sell.refuses("BuybackClosed", market.coin)
    market.earn(ONE, ETHER)
    market.coin.misbehave(3).send()
    market.open()
    assert market.lot()[4] == 2


def test_mz_must_be_there_and_approved(auction: Market) -> None:
    poor = auction.chain.accounts[5]
    auction.buyback.fill(auction.coin, 100 * ONE, 0, FOREVER).refuses("ERC20InsufficientAllowance", sender=poor)
    auction.mz.approve(auction.buyback, 2**255).send(poor)
    auction.buyback.fill(auction.coin, 100 * ONE, 0, FOREVER).refuses("ERC20InsufficientBalance", sender=poor)


@pytest.mark.parametrize(
    ("way", "error"),
    [
        (1, "SafeERC20FailedOperation"), (2, "SafeERC20FailedOperation"), (3, "BuybackTokenOdd"), (4, "OddCoinClosed"),
        (6, "BuybackTokenOdd"), (9, "BuybackTokenOdd"),
    ],
)  # fmt: skip
def test_a_currency_that_misbehaves_burns_nothing(auction: Market, way: int, error: str) -> None:
    auction.coin.misbehave(way).send()

    auction.buyback.fill(auction.coin, 100 * ONE, 0, FOREVER).refuses(error)


def sell_part(market: Market, elapsed: int, hundredths: int) -> None:
    """Sells that part of the lot at that second."""
    price = price_after(elapsed, market.anchor())
    market.fill(elapsed, mz_for(market.lot()[0] * hundredths // 100, price))


@pytest.mark.parametrize(
    ("hundredths", "elapsed", "up"),
    [
        (0, 0, (5, 4)), (1, AUCTION, (5, 4)), (9, 0, (5, 4)), (10, AUCTION, (1, 1)), (49, AUCTION, (1, 1)),
        (50, AUCTION, (5, 4)), (100, AUCTION, (5, 4)), (50, 0, (3, 4)), (100, 0, (3, 4)),
    ],
)  # fmt: skip
def test_the_next_anchor_moves_by_what_was_sold_and_a_quarter_at_most(
    auction: Market, hundredths: int, elapsed: int, up: tuple[int, int]
) -> None:
    if hundredths:
        sell_part(auction, elapsed, hundredths)
    auction.earn(BUDGET)
    auction.open()

    assert auction.anchor() == FIRST_ANCHOR * up[0] // up[1]


def test_within_a_quarter_the_anchor_is_the_mean_by_volume(auction: Market) -> None:
    sell_part(auction, 120_000, 30)
    sell_part(auction, 160_000, 40)
    _, spent, bought, _, _ = auction.lot()
    auction.earn(BUDGET)
    auction.open()

    assert auction.anchor() == spent * PRICE_ONE // bought
    assert price_after(120_000, FIRST_ANCHOR) < auction.anchor() < price_after(160_000, FIRST_ANCHOR)


def test_a_patient_monopolist_moves_it_a_quarter_a_round_and_no_more(market: Market) -> None:
    market.earn(BUDGET)
    for number in range(ROUNDS):
        market.earn(BUDGET)
        market.open()
        expected = FIRST_ANCHOR
        for _ in range(number):
            expected = expected * 5 // 4
        assert market.anchor() == expected
        sell_part(market, AUCTION, 100)


def test_a_currency_that_sat_out_keeps_its_anchor(auction: Market) -> None:
    auction.fill(0 + 1, 10**6 * ONE)
    anchor = auction.lot()[1] * PRICE_ONE // auction.lot()[2]
    assert auction.coin.balanceOf(auction.buyback).read() == 0
    auction.earn(ONE, ETHER)
    auction.open()
    assert auction.lot()[4] == 1

    auction.earn(BUDGET)
    auction.open()

    assert auction.anchor() == max(anchor, FIRST_ANCHOR * 3 // 4)
    assert auction.lot()[4] == 3


def declare(market: Market, currency: Contract | str, revenue: int, cost: int, added: int, value: int = 0) -> Call:
    report = b"\7" * 32
    call = market.buyback.declare(currency, revenue, cost, added, report)
    return market.vault.perform(market.buyback, value, call.data)


def test_the_vault_adds_half_of_what_it_declares(market: Market) -> None:
    coin, vault = market.coin, market.vault
    coin.mint(vault, 1000).send()
    vault.perform(coin, 0, coin.approve(market.buyback, 2**255).data).send()

    declare(market, coin, 10, 11, 5).refuses("BuybackCostAboveRevenue", 10, 11)
    declare(market, coin, 100, 11, 44).refuses("BuybackAddedTooLittle", 44, 45)
    declare(market, market.mz, 1, 1, 0).refuses("BuybackCurrencyInvalid", market.mz)
    declare(market, coin, 1, 1, 0, 1).refuses("BuybackValueMismatch", 0, 1, value=1)
    declare(market, ETHER, 20, 0, 10, 9).refuses("BuybackValueMismatch", 10, 9, value=9)
    market.buyback.declare(coin, 1, 1, 0, b"\1" * 32).refuses("BuybackNotVault", market.seller)
    vault.perform(market.buyback, 0, market.buyback.declare(coin, 1, 1, 0, bytes(32)).data).refuses("BuybackHashZero")

    receipt = declare(market, coin, 100, 11, 45).send()
    assert receipt.only("ProfitDeclared") | {"currency": 0} == {
        "number": 1, "currency": 0, "revenue": 100, "cost": 11, "added": 45, "report": b"\7" * 32,
    }  # fmt: skip
    assert coin.balanceOf(market.buyback).read() == 45
    declare(market, coin, 10, 0, 5).send()
    assert coin.balanceOf(market.buyback).read() == 50
    declare(market, ETHER, 20, 0, 10, 10).send(value=10)
    assert market.chain.balance(market.buyback) == 10


@pytest.mark.parametrize(("way", "moved"), [(5, 990), (7, 1001)], ids=["fee", "inflates"])
def test_a_token_that_moves_another_amount_does_not_count_as_added(market: Market, way: int, moved: int) -> None:
    market.coin.mint(market.vault, 10**6).send()
    market.vault.perform(market.coin, 0, market.coin.approve(market.buyback, 2**255).data).send()
    market.coin.misbehave(way).send()

    call = declare(market, market.coin, 1000, 0, 1000)
    call.refuses("BuybackTokenOdd", market.coin, 1000, moved)


def test_the_auditor_attests(market: Market) -> None:
    market.buyback.attest(b"\1" * 32).refuses("BuybackNotAuditor", market.seller, sender=market.seller)
    market.buyback.attest(bytes(32)).refuses("BuybackHashZero", sender=market.auditor)

    receipt = market.buyback.attest(b"\1" * 32).send(market.auditor)

    assert receipt.only("Attested") == {"number": 1, "record": b"\1" * 32}
    assert (market.buyback.vault().read(), market.buyback.auditor().read()) == (
        market.vault.address.lower(), market.auditor,
    )  # fmt: skip


def test_lateness_shows(market: Market) -> None:
    overdue, chain = market.buyback.overdue(), market.chain
    assert overdue.read() == (False, False, False)
    chain.travel(market.born + 120 * DAY)
    assert overdue.read() == (False, False, False)
    chain.travel(market.born + 121 * DAY)
    assert overdue.read() == (True, False, False)
    chain.travel(market.born + 121 * DAY + 1)
    assert overdue.read() == (True, True, False)
    chain.travel(market.born + 212 * DAY)
    assert overdue.read() == (True, True, False)
    chain.travel(market.born + 212 * DAY + 1)
    assert overdue.read() == (True, True, True)

    market.earn(BUDGET)
    market.open()
    assert overdue.read() == (False, True, True)
    market.buyback.attest(b"\1" * 32).send(market.auditor)
    declare(market, market.coin, 0, 0, 0).send()
    assert overdue.read() == (False, False, False)


def test_no_function_but_fill_lets_money_out(auction: Market) -> None:
    artifact = auction.chain.artifacts["Buyback"]
    writing = {
        item["name"]
        for item in artifact.abi
        if item["type"] == "function" and item["stateMutability"] not in ("view", "pure")
    }

    assert writing == {"open", "fill", "forward", "declare", "attest"}
