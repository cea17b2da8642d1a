"""Odd tokens, credits and revenue: see till.tree."""

from __future__ import annotations

import pytest

from tests.contracts.conftest import World
from tests.contracts.stage import ETHER, Contract
from tests.contracts.test_till_pots import REF, act, expire, fill

STRAIGHT, FALSE, FALSE_YET_MOVES, TRUE_YET_STAYS, REVERTS, FEE_INSIDE, FEE_ON_TOP, INFLATES, _, REFUNDS_TWICE = range(
    10
)
QUARTER = 7_889_238


# --- the zoo ----------------------------------------------------------------------------------------------------------


def test_a_token_without_return_value_is_accepted(world: World) -> None:
    coin, shop = world.chain.deploy("SilentCoin"), world.instance()
    world.fund_and_approve(coin, world.alice, 10_000)

    world.till.payAndCall(coin, 5_000, shop, REF, b"").send(world.alice)
    world.till.hold(coin, 5_000, shop, REF, b"").send(world.alice)
    act(shop, world.till.refund(coin, REF, world.alice)).send()

    assert coin.balanceOf(world.alice).read() == 5_000
    assert coin.balanceOf(shop).read() == 5_000 - 50 - 125


def test_a_token_with_two_decimals_pays_at_least_a_cent(world: World) -> None:
    coin, bob = world.chain.deploy("Coin", 2), world.chain.fresh()
    world.fund_and_approve(coin, world.alice, 1_000)

    world.till.pay(coin, 101, bob, REF).send(world.alice)

    assert coin.balanceOf(bob).read() == 99
    assert world.till.unswept(coin).read() == 2


@pytest.mark.parametrize(
    ("way", "error"),
    [
        (FALSE, "SafeERC20FailedOperation"),
        (FALSE_YET_MOVES, "SafeERC20FailedOperation"),
        (TRUE_YET_STAYS, "TillTokenOdd"),
        (REVERTS, "OddCoinClosed"),
        (FEE_INSIDE, "TillTokenOdd"),
        (INFLATES, "TillTokenOdd"),
    ],
)
def test_a_token_that_misbehaves_coming_in_is_refused(world: World, way: int, error: str) -> None:
    coin, shop = world.odd_coin(world.alice), world.instance()
    coin.misbehave(way).send()
    for call in (
        world.till.pay(coin, 10_000, world.bob, REF),
        world.till.payAndCall(coin, 10_000, shop, REF, b""),
        world.till.hold(coin, 10_000, shop, REF, b""),
    ):
        call.refuses(error, sender=world.alice)


def test_a_fee_on_top_of_what_goes_out_is_refused(world: World) -> None:
    """Going in it is the payer's loss; going out it would be everybody else's in the Till."""
    coin = world.odd_coin(world.alice)
    coin.misbehave(FEE_ON_TOP).send()

    world.till.pay(coin, 10_000, world.bob, REF).refuses("TillTokenOdd", coin, 9_900, 9_999, sender=world.alice)


@pytest.mark.parametrize("way", [FALSE_YET_MOVES, TRUE_YET_STAYS, FEE_ON_TOP, REFUNDS_TWICE])
def test_a_token_that_turns_odd_cannot_take_more_out_of_a_pot(world: World, way: int) -> None:
    coin, shop = world.odd_coin(world.alice, world.bob), world.instance(0)
    fill(world, shop, world.alice, 10_000, coin)
    fill(world, shop, world.bob, 10_000, coin)
    coin.misbehave(way).send()

    act(shop, world.till.refund(coin, REF, world.alice)).refuses("TillTokenOdd")
    act(shop, world.till.release(coin, REF, 10_000, world.carol)).refuses("TillTokenOdd")


@pytest.mark.parametrize("way", [FALSE, REVERTS])
def test_a_token_that_closes_leaves_credits_for_later(world: World, way: int) -> None:
    coin, shop = world.odd_coin(world.alice), world.instance(0)
    fill(world, shop, world.alice, 10_000, coin)
    coin.misbehave(way).send()
    act(shop, world.till.refund(coin, REF, world.alice)).send()
    withdraw = world.till.withdrawFor(coin, world.alice)

    withdraw.refuses("TillSendRefused", coin, world.alice, 10_000)
    coin.misbehave(STRAIGHT).send()
    withdraw.send(world.bob)

    assert coin.balanceOf(world.alice).read() == 10**24


def test_a_token_that_calls_back_finds_the_till_locked(world: World) -> None:
    till, shop = world.till, world.instance()
    coin = world.odd_coin(world.alice)
    fill(world, shop, world.alice, 1_000, coin)
    fill(world, shop, world.alice, 1_000)
    permit = (0, 0, 0, b"\0" * 32, b"\0" * 32)
    expire(world, shop, world.mz)  # the later of the two
    inside = [
        till.pay(world.mz, 1, world.bob, REF),
        till.payAndCall(world.mz, 1, shop, REF, b""),
        till.payFeeInMZ(world.mz, 1, world.bob, REF, 1),
        till.payAndCallFeeInMZ(world.mz, 1, shop, REF, b"", 1),
        till.payWithPermit(world.mz, 1, world.bob, REF, permit),
        till.payAndCallWithPermit(world.mz, 1, shop, REF, b"", permit),
        till.hold(world.mz, 1, shop, b"other".ljust(32), b""),
        till.holdWithPermit(world.mz, 1, shop, b"other".ljust(32), b"", permit),
        till.release(world.mz, REF, 1, world.bob),
        till.refund(world.mz, REF, world.alice),
        till.reclaim(shop, world.mz, REF, world.alice),
        till.withdraw(coin, world.bob),
        till.withdrawFor(coin, world.author),
        till.sweep(coin),
    ]
    for call in inside:
        coin.callOnTransfer(till, call.data).send()
        till.pay(coin, 100, world.bob, REF).refuses("TillBusy", sender=world.alice)


def test_a_payee_that_calls_back_while_it_is_paid_finds_the_till_locked(world: World) -> None:
    payee, shop = world.actor(), world.instance(0)
    fill(world, shop, world.alice, 1_000, ETHER)
    payee.takeEther(3).send()
    payee.plan([(world.till.address, world.till.withdrawFor(ETHER, payee).data)]).send()
    act(shop, world.till.release(ETHER, REF, 1_000, payee)).send()
    assert world.till.credit(ETHER, payee).read() == 990  # it reverted on TillBusy, so it was credited

    payee.plan([(world.till.address, world.till.withdrawFor(ETHER, payee).data)]).send()
    world.till.withdrawFor(ETHER, payee).refuses("TillSendRefused", ETHER, payee, 990)
    payee.takeEther(0).send()
    world.till.withdrawFor(ETHER, payee).send()

    assert world.chain.balance(payee) == 990
    assert world.chain.balance(world.till) == 10


def test_an_address_without_code_is_no_token(world: World) -> None:
    nothing, shop = world.chain.fresh(), world.instance()
    for call in (world.till.pay(nothing, 1, world.bob, REF), world.till.hold(nothing, 1, shop, REF, b"")):
        call.refuses("TillCalleeWithoutCode", nothing, sender=world.alice)


# --- credits ----------------------------------------------------------------------------------------------------------


def credit_author(world: World, token: Contract | str, gross: int = 10_000) -> None:
    shop = world.instance(1_000)
    world.till.pay(token, gross, shop, REF).send(world.alice, gross if token == ETHER else 0)


@pytest.mark.parametrize("name", ["coin", "ether"])
def test_a_payee_sends_the_credit_where_it_likes(world: World, name: str) -> None:
    token, place = (world.coin if name == "coin" else ETHER), world.chain.fresh()
    credit_author(world, token)

    receipt = world.till.withdraw(token, place).send(world.author)

    assert receipt.only("Withdrawn")["amount"] == 1_000
    paid = world.coin.balanceOf(place).read() if name == "coin" else world.chain.balance(place)
    assert paid == 1_000
    world.till.withdraw(token, place).refuses("TillNoCredit", token, world.author, sender=world.author)


def test_anybody_sends_a_credit_to_its_payee_only(world: World) -> None:
    credit_author(world, world.coin)

    world.till.withdraw(world.coin, world.bob).refuses("TillNoCredit", world.coin, world.bob, sender=world.bob)
    world.till.withdrawFor(world.coin, world.author).send(world.bob)

    assert world.coin.balanceOf(world.author).read() == 1_000


def test_a_payee_that_reverts_keeps_its_credit(world: World) -> None:
    payee, shop = world.actor(), world.actor()
    payee.takeEther(1).send()
    world.origins.set(shop, payee, 1_000).send()
    world.till.pay(ETHER, 10_000, shop, REF).send(world.alice, 10_000)

    world.till.withdrawFor(ETHER, payee).refuses("TillSendRefused", ETHER, payee, 1_000)
    payee.perform(world.till, 0, world.till.withdraw(ETHER, world.chain.fresh()).data).send()

    assert world.till.credit(ETHER, payee).read() == 0


# --- revenue ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["coin", "ether"])
def test_a_sweep_divides_the_revenue_and_nothing_else(world: World, name: str) -> None:
    token, shop = (world.coin if name == "coin" else ETHER), world.instance(1_000)
    fill(world, shop, world.alice, 5_000, token)
    world.till.pay(token, 10_100, shop, REF).send(world.alice, 10_100 if token == ETHER else 0)
    if name == "coin":
        world.coin.transfer(world.till, 77).send(world.bob)
    else:
        world.chain.deploy("ForcedEther", world.till, value=77)

    receipt = world.till.sweep(token).send(world.carol)

    swept = receipt.only("Swept")
    assert (swept["toBuyback"], swept["toVault"]) == (51, 50)
    balance = world.chain.balance if name == "ether" else lambda account: world.coin.balanceOf(account).read()
    assert (balance(world.buyback), balance(world.vault)) == (51, 50)
    assert balance(world.till) == 5_000 + 1_010 + 77
    world.till.sweep(token).refuses("TillNothingToSweep", token)


def test_mz_is_never_swept(world: World) -> None:
    world.till.pay(world.mz, 10_000, world.bob, REF).send(world.alice)

    world.till.sweep(world.mz).refuses("TillNothingToSweep", world.mz)


@pytest.mark.parametrize("missing", ["buyback", "vault"])
def test_without_buyback_and_vault_revenue_waits(world: World, missing: str) -> None:
    buyback, vault = (ETHER if missing == name else world.chain.fresh() for name in ("buyback", "vault"))
    till = world.chain.deploy("Till", world.mz, world.origins, world.feed, buyback, vault, 100)
    till.pay(ETHER, 10_000, world.chain.fresh(), REF).send(world.alice, 10_000)

    till.sweep(ETHER).refuses("TillSweepClosed")
    assert till.unswept(ETHER).read() == 100


def test_a_vault_that_refuses_ether_loses_nothing(world: World) -> None:
    vault = world.actor()
    till = world.chain.deploy("Till", world.mz, world.origins, world.feed, world.buyback, vault, 100)
    till.pay(ETHER, 10_000, world.chain.fresh(), REF).send(world.alice, 10_000)
    vault.takeEther(1).send()

    till.sweep(ETHER).refuses("TillSendRefused", ETHER, vault, 50)
    assert till.unswept(ETHER).read() == 100


def test_revenue_is_kept_by_quarter(world: World) -> None:
    till = world.till
    first = till.currentQuarter().read()
    till.pay(world.coin, 10_000, world.bob, REF).send(world.alice)
    till.pay(world.coin, 10_000, world.bob, REF).send(world.alice)
    world.chain.travel((first + 1) * QUARTER - 1)
    assert till.currentQuarter().read() == first
    world.chain.next_at((first + 1) * QUARTER)

    till.pay(world.coin, 30_000, world.bob, REF).send(world.alice)
    till.sweep(world.coin).send()
    world.chain.travel((first + 3) * QUARTER)
    till.pay(world.coin, 40_000, world.bob, REF).send(world.alice)

    assert [till.revenue(world.coin, first + n).read() for n in range(-1, 5)] == [0, 200, 300, 0, 400, 0]
    assert till.unswept(world.coin).read() == 400
