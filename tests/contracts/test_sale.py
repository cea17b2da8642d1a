"""PublicSale: see sale.tree. The machine in test_sale_machine.py goes through every order of steps."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.contracts.stage import ETHER, Chain, Contract

ONE = 10**18
CAPS = (1_000 * ONE, 2_000 * ONE)
OFFERED = sum(CAPS)
SOFT = 600 * ONE
RATE = 16 * ONE // 100
YUAN_PER_ETHER = 20_000 * ONE
WINDOW = 30 * 86_400
PUBLIC, CROWD = 0, 1


@dataclass(frozen=True)
class Stand:
    """A sale that is open, funded, and sells 3,200 MZ for one ether."""

    chain: Chain
    mz: Contract
    feed: Contract
    funds: Contract
    sale: Contract
    alice: str
    bob: str
    closes: int

    def buy(self, tranche: int, value: int, who: str | None = None) -> int:
        """Buys without a minimum; the MZ bought."""
        receipt = self.sale.buy(tranche, 0).send(who or self.alice, value)
        return int(receipt.only("Bought")["bought"])

    def close(self) -> None:
        self.chain.travel(self.closes)

    def succeed(self) -> None:
        """Alice and Bob have bought more than the soft cap, and the window is over."""
        self.buy(PUBLIC, ONE // 10)
        self.buy(CROWD, ONE // 10, self.bob)
        self.close()

    def fail(self) -> None:
        """Alice has bought less than the soft cap, and the window is over."""
        self.buy(PUBLIC, ONE // 10)
        self.close()


def make(chain: Chain, *, unsold_to: str = ETHER, funded: int = OFFERED) -> Stand:
    opens = chain.now()
    mz, feed = chain.deploy("MZ"), chain.deploy("Feed")
    funds = chain.deploy("FundUse", [chain.fresh() for _ in range(4)])
    feed.set(ETHER, YUAN_PER_ETHER).send()
    terms = (opens, opens + WINDOW, RATE, SOFT, CAPS, funds, unsold_to)
    sale = chain.deploy("PublicSale", mz, feed, terms)
    mz.transfer(sale, funded).send()
    return Stand(chain, mz, feed, funds, sale, chain.accounts[1], chain.accounts[2], opens + WINDOW)


@pytest.fixture(scope="module")
def stand(chain: Chain) -> Stand:
    return make(chain)


def test_terms_that_make_no_sense_are_refused(chain: Chain) -> None:
    mz, feed, funds, no_code = chain.deploy("MZ"), chain.deploy("Feed"), chain.deploy("Vestings"), chain.fresh()

    def refused(error: str, *, coin: object = mz, prices: object = feed, **changes: object) -> None:
        terms = {"opens": 5, "closes": 9, "rate": RATE, "soft": SOFT, "caps": CAPS, "funds": funds, "unsold": ETHER}
        chain.refuses_deployment(error, "PublicSale", coin, prices, tuple((terms | changes).values()))

    for changes in (
        {"opens": 9}, {"rate": 0}, {"soft": 0}, {"soft": OFFERED + 1}, {"caps": (0, 0)}, {"caps": (2**96, 1)},
        {"caps": (1, 2**96)},
    ):  # fmt: skip
        refused("SaleTermsInvalid", **changes)
    refused("SaleAddressInvalid", coin=no_code)
    refused("SaleAddressInvalid", prices=no_code)
    refused("SaleAddressInvalid", funds=no_code)
    refused("SaleAddressInvalid", unsold=mz)


def test_it_sells_at_the_price_of_the_moment(stand: Stand) -> None:
    assert stand.sale.quote(ONE).read() == 3_200 * ONE
    assert stand.buy(PUBLIC, ONE // 10) == 320 * ONE
    stand.feed.set(ETHER, 10_000 * ONE).send()
    assert stand.buy(CROWD, ONE // 10 + 1) == 160 * ONE + 1_600

    assert stand.sale.purchaseOf(stand.alice).read() == (ONE // 5 + 1, 480 * ONE + 1_600)
    assert [stand.sale.soldOf(tranche).read() for tranche in (0, 1)] == [320 * ONE, 160 * ONE + 1_600]
    assert stand.sale.raised().read() == stand.chain.balance(stand.sale) == ONE // 5 + 1


def test_it_sells_inside_its_window_only(chain: Chain) -> None:
    mz, feed, funds = chain.deploy("MZ"), chain.deploy("Feed"), chain.deploy("FundUse", [chain.fresh()] * 4)
    feed.set(ETHER, YUAN_PER_ETHER).send()
    opens = chain.now() + 100
    closes = opens + 50
    sale = chain.deploy("PublicSale", mz, feed, (opens, closes, RATE, SOFT, CAPS, funds, ETHER))
    mz.transfer(sale, OFFERED).send()

    chain.travel(opens - 1)
    sale.buy(0, 0).refuses("SaleClosed", opens, closes, value=ONE)
    chain.travel(opens)
    assert sale.buy(0, 0).read(value=ONE // 10) == 320 * ONE
    chain.travel(closes - 1)
    assert sale.buy(0, 0).read(value=ONE // 10) == 320 * ONE
    chain.travel(closes)
    sale.buy(0, 0).refuses("SaleClosed", opens, closes, value=ONE)


def test_a_sale_that_does_not_hold_what_it_offers_sells_nothing(chain: Chain) -> None:
    stand = make(chain, funded=OFFERED - 1)

    stand.sale.buy(0, 0).refuses("SaleNotFunded", OFFERED, OFFERED - 1, value=ONE)


def test_a_buyer_has_the_minimum_or_keeps_the_ether(stand: Stand) -> None:
    wanted = stand.sale.quote(ONE // 10).read()
    stand.feed.set(ETHER, YUAN_PER_ETHER - 10**4).send()

    stand.sale.buy(0, wanted).refuses("SaleBelowMinimum", 320 * ONE - 160, wanted, value=ONE // 10)
    stand.sale.buy(0, wanted - 160).send(stand.alice, ONE // 10)


def test_ether_that_buys_nothing_is_refused(stand: Stand) -> None:
    stand.sale.buy(0, 0).refuses("SaleBelowMinimum", 0, 0, value=0)
    stand.feed.set(ETHER, 1).send()
    stand.sale.buy(0, 0).refuses("SaleBelowMinimum", 0, 0, value=ONE)


def test_a_stale_feed_stops_buying_and_nothing_else(stand: Stand) -> None:
    stand.buy(PUBLIC, ONE // 10)
    stand.feed.misbehave(1).send()

    stand.sale.buy(0, 0).refuses("YuanFeedStale", ETHER, value=ONE)

    stand.close()
    stand.sale.finalise().send()
    stand.sale.refund(stand.alice).send(stand.alice)


def test_what_is_over_the_cap_goes_back(stand: Stand) -> None:
    before = stand.chain.balance(stand.bob)

    receipt = stand.sale.buy(PUBLIC, CAPS[0]).send(stand.bob, ONE)

    paid = ONE * CAPS[0] // (3_200 * ONE)
    assert receipt.only("Bought") | {} == {
        "buyer": receipt.only("Bought")["buyer"], "tranche": 0, "paid": paid, "bought": CAPS[0], "returned": ONE - paid,
    }  # fmt: skip
    assert stand.chain.balance(stand.sale) == paid
    assert before - stand.chain.balance(stand.bob) < paid + ONE // 100
    stand.sale.buy(PUBLIC, 0).refuses("SaleSoldOut", PUBLIC, value=1)
    assert stand.buy(CROWD, ONE // 10) == 320 * ONE
    assert stand.sale.succeeded().read() is False


def test_a_buyer_who_does_not_take_the_rest_back_buys_nothing(stand: Stand) -> None:
    bad = stand.chain.deploy("Actor")
    bad.takeEther(1).send()
    buy = bad.perform(stand.sale, ONE, stand.sale.buy(PUBLIC, 0).data)

    buy.refuses("SaleSendRefused", value=ONE)


def test_a_tranche_is_not_sold_twice_by_coming_back(stand: Stand) -> None:
    thief = stand.chain.deploy("Actor")
    again = thief.perform(stand.sale, 1000, stand.sale.buy(PUBLIC, 0).data)
    thief.takeEther(3).send()
    thief.plan([(thief.address, bytes.fromhex(again.data[2:]))]).send()

    thief.perform(stand.sale, ONE, stand.sale.buy(PUBLIC, 0).data).refuses("SaleSendRefused", value=ONE)


def test_ether_without_a_call_is_refused(stand: Stand) -> None:
    refusal = stand.chain.refusal(stand.chain.fields(stand.alice, stand.sale.address, "0x", 1))

    assert refusal is not None
    assert refusal.name == "SaleUseBuy"


def test_after_success_everyone_claims_and_the_last_one_too(stand: Stand) -> None:
    stand.sale.claim(stand.alice).refuses("SaleNotSucceeded", sender=stand.alice)
    stand.succeed()
    stand.sale.finalise().send()

    for who in (stand.alice, stand.bob):
        to = stand.chain.fresh()
        stand.sale.claim(to).send(who)
        assert stand.mz.balanceOf(to).read() == 320 * ONE
        stand.sale.claim(to).refuses("SaleNothingDue", who, sender=who)
    assert stand.mz.balanceOf(stand.sale).read() == 0
    stand.sale.refund(stand.alice).refuses("SaleNotFailed", sender=stand.alice)


def test_a_sale_that_is_sold_out_is_over_at_once(stand: Stand) -> None:
    stand.buy(PUBLIC, ONE)
    stand.buy(CROWD, ONE, stand.bob)
    stand.sale.claim(stand.bob).send(stand.bob)
    stand.sale.finalise().send()

    assert stand.mz.balanceOf(stand.bob).read() == CAPS[1]
    assert stand.mz.balanceOf(stand.sale).read() == CAPS[0]
    assert stand.mz.totalSupply().read() == 10**8 * ONE


def test_after_failure_everyone_has_exactly_what_they_paid(stand: Stand) -> None:
    stand.buy(PUBLIC, 12_345_678_901)
    stand.buy(CROWD, 999, stand.alice)
    stand.buy(PUBLIC, 77, stand.bob)
    stand.sale.refund(stand.alice).refuses("SaleNotFailed", sender=stand.alice)
    stand.close()

    for who, paid in ((stand.bob, 77), (stand.alice, 12_345_679_900)):
        to = stand.chain.fresh()
        stand.sale.refund(to).send(who)
        assert stand.chain.balance(to) == paid
        stand.sale.refund(to).refuses("SaleNothingDue", who, sender=who)
    assert stand.chain.balance(stand.sale) == 0
    stand.sale.claim(stand.alice).refuses("SaleNotSucceeded", sender=stand.alice)


def test_a_buyer_who_refuses_ether_harms_nobody_and_can_send_it_elsewhere(stand: Stand) -> None:
    bad, to = stand.chain.deploy("Actor"), stand.chain.fresh()
    bad.perform(stand.sale, 1000, stand.sale.buy(PUBLIC, 0).data).send(value=1000)
    stand.fail()
    bad.takeEther(1).send()

    bad.perform(stand.sale, 0, stand.sale.refund(bad).data).refuses("SaleSendRefused", bad, 1000)

    stand.sale.refund(stand.alice).send(stand.alice)
    stand.sale.finalise().send()
    bad.perform(stand.sale, 0, stand.sale.refund(to).data).send()
    assert stand.chain.balance(to) == 1000


def test_a_refund_is_not_paid_twice_by_coming_back(stand: Stand) -> None:
    thief = stand.chain.deploy("Actor")
    thief.perform(stand.sale, 1000, stand.sale.buy(PUBLIC, 0).data).send(value=1000)
    stand.fail()
    thief.takeEther(3).send()
    thief.plan([(stand.sale.address, bytes.fromhex(stand.sale.refund(thief).data[2:]))]).send()

    thief.perform(stand.sale, 0, stand.sale.refund(thief).data).refuses("SaleSendRefused", thief, 1000)


def test_success_sends_the_money_to_its_uses_and_burns_the_rest_once(stand: Stand) -> None:
    stand.sale.finalise().refuses("SaleNotOver")
    stand.succeed()

    receipt = stand.sale.finalise().send()

    assert receipt.only("Finalised") == {
        "succeeded": True, "sold": 640 * ONE, "raised": ONE // 5, "unsold": OFFERED - 640 * ONE,
    }  # fmt: skip
    assert [stand.funds.due(use).read() for use in range(4)] == [ONE // 500 * part for part in (40, 15, 15, 30)]
    assert stand.mz.totalSupply().read() == 10**8 * ONE - (OFFERED - 640 * ONE)
    stand.sale.finalise().refuses("SaleFinalised")


def test_failure_burns_everything_and_leaves_the_ether(stand: Stand) -> None:
    stand.fail()

    stand.sale.finalise().send()

    assert stand.mz.totalSupply().read() == 10**8 * ONE - OFFERED
    assert stand.chain.balance(stand.sale) == ONE // 10
    stand.sale.finalise().refuses("SaleFinalised")
    stand.sale.refund(stand.alice).send(stand.alice)


def test_unsold_mz_may_have_a_place_instead(chain: Chain) -> None:
    place = chain.fresh()
    stand = make(chain, unsold_to=place)
    stand.succeed()

    stand.sale.finalise().send()

    assert stand.mz.balanceOf(place).read() == OFFERED - 640 * ONE
    assert stand.mz.totalSupply().read() == 10**8 * ONE
    assert stand.sale.terms().read() == (
        stand.closes - WINDOW, stand.closes, RATE, SOFT, CAPS, stand.funds.address.lower(), place,
    )  # fmt: skip


@pytest.mark.parametrize("success", [True, False])
def test_forced_ether_changes_no_sum(stand: Stand, success: bool) -> None:
    stand.chain.deploy("ForcedEther", stand.sale, value=10**18)
    stand.succeed() if success else stand.fail()
    stand.chain.deploy("ForcedEther", stand.sale, value=7)
    stand.sale.finalise().send()

    if success:
        assert stand.chain.balance(stand.funds) == ONE // 5
        stand.sale.claim(stand.bob).send(stand.bob)
    else:
        to = stand.chain.fresh()
        stand.sale.refund(to).send(stand.alice)
        assert stand.chain.balance(to) == ONE // 10
    assert stand.chain.balance(stand.sale) == 10**18 + 7
