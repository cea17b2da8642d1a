"""How the buyback ends and where what is left goes: see buyback.tree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contracts.auction import AUCTION, ONE, PERIOD, ROUNDS, SUPPLY, Market, build_market
from tests.contracts.stage import ETHER, Chain

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


@pytest.fixture
def finished(market: Market) -> Market:
    """Eight rounds in which nobody sold, in their last second."""
    for _ in range(ROUNDS):
        market.earn(BUDGET)
        market.open()
    market.earn(7, ETHER)
    market.at(AUCTION)
    return market


def test_what_is_left_after_the_end_goes_to_the_vault_whoever_calls(finished: Market) -> None:
    chain, buyback, vault = finished.chain, finished.buyback, finished.vault
    buyback.forward(finished.coin).refuses("BuybackNotEnded", sender=finished.vault.address)
    assert buyback.ended().read() is False
    junk = chain.deploy("Coin", 18)
    junk.mint(buyback, 5).send()

    chain.travel(finished.opened + AUCTION + 1)
    assert buyback.ended().read() is True
    receipt = buyback.forward(finished.coin).send(chain.accounts[9])
    buyback.forward(ETHER).send(chain.accounts[9])
    buyback.forward(junk).send(chain.accounts[9])

    assert receipt.only("Forwarded") == {"currency": finished.coin.address_checksum, "amount": BUDGET * ROUNDS}
    assert finished.coin.balanceOf(vault).read() == BUDGET * ROUNDS
    assert (chain.balance(vault), chain.balance(buyback)) == (7, 0)
    assert junk.balanceOf(vault).read() == 5
    assert finished.mz.totalSupply().read() == SUPPLY
    buyback.fill(finished.coin, ONE, 0, FOREVER).refuses("BuybackClosed", finished.coin)


def test_what_is_swept_here_after_the_end_can_be_forwarded_too(finished: Market) -> None:
    finished.at(AUCTION + 1)
    finished.buyback.forward(finished.coin).send()
    finished.buyback.forward(finished.coin).refuses("BuybackNothingToForward", finished.coin)

    finished.earn(11)
    finished.buyback.forward(finished.coin).send()

    assert finished.coin.balanceOf(finished.vault).read() == BUDGET * ROUNDS + 11


def test_before_the_end_nothing_can_be_forwarded(auction: Market) -> None:
    for _ in range(ROUNDS - 2):
        auction.open()
    auction.chain.travel(auction.opened + 10 * PERIOD)  # seven rounds, the eighth is anyone's to open

    for caller in (auction.seller, auction.auditor):
        auction.buyback.forward(auction.coin).refuses("BuybackNotEnded", sender=caller)
        auction.buyback.forward(ETHER).refuses("BuybackNotEnded", sender=caller)
    auction.vault.perform(auction.buyback, 0, auction.buyback.forward(auction.coin).data).refuses("BuybackNotEnded")


def test_without_any_mz_the_buyback_has_ended(auction: Market) -> None:
    auction.mz.burn(SUPPLY - 10**6 * ONE).send(auction.seller)
    auction.buyback.forward(auction.coin).refuses("BuybackNotEnded")
    auction.mz.burn(10**6 * ONE).send(auction.other)

    auction.buyback.forward(auction.coin).send()

    assert auction.coin.balanceOf(auction.vault).read() == BUDGET


def test_neither_mz_nor_what_is_no_token_can_be_forwarded(finished: Market) -> None:
    finished.at(AUCTION + 1)
    finished.mz.transfer(finished.buyback, 5).send(finished.seller)
    mute = finished.chain.deploy("MuteCoin")
    mute.mint(finished.buyback, 5).send()
    mute.silence(1).send()
    nothing = finished.chain.fresh()

    finished.buyback.forward(finished.mz).refuses("BuybackCurrencyInvalid", finished.mz)
    finished.buyback.forward(nothing).refuses("BuybackNothingToForward", nothing)
    finished.buyback.forward(mute).refuses("BuybackNothingToForward", mute)


def test_a_token_that_forwards_again_while_it_is_forwarded_gains_nothing(finished: Market) -> None:
    finished.at(AUCTION + 1)
    finished.coin.callOnTransfer(finished.buyback, finished.buyback.forward(finished.coin).data).send()

    before = finished.coin.balanceOf(finished.buyback).read()
    finished.buyback.forward(finished.coin).refuses("BuybackNothingToForward")

    assert (finished.coin.balanceOf(finished.buyback).read(), before) == (before, BUDGET * ROUNDS)


def test_a_vault_or_token_that_refuses_keeps_everything_where_it_is(finished: Market) -> None:
    finished.at(AUCTION + 1)
    finished.vault.takeEther(1).send()
    finished.buyback.forward(ETHER).refuses("BuybackSendRefused", finished.vault, 7)
    finished.coin.misbehave(1).send()
    finished.buyback.forward(finished.coin).refuses("SafeERC20FailedOperation")

    finished.coin.misbehave(0).send()
    finished.vault.takeEther(0).send()
    finished.buyback.forward(ETHER).send()
    finished.buyback.forward(finished.coin).send()

    assert finished.chain.balance(finished.vault) == 7
