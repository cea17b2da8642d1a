"""Loyalty points on the real platform: see loyalty-points.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Contract
from tests.contracts.templates_market import ONE, ZERO, Market, Version, arguments, net_of
from tests.templates.playing import moved

DAY = 86_400
RATE, LIFETIME, TERM = 10, 100 * DAY, 14 * DAY
MUG = 150
NOTE, PROOF, TEXT = keccak(b"welcome"), keccak(b"receipt"), keccak(b"a mug")
TYPES = ["address", "string", "string", "uint64", "uint32", "bool", "uint32", "bytes32"]
NONE, WAITING, GIVEN, RETURNED = range(4)


def publish(market: Market) -> Version:
    """The template."""
    return market.publish_clone("loyalty-points", "LoyaltyPoints", market.till, market.mz, market.templates)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class Programme:
    """The programme of `user` with a mug as reward 1."""

    def __init__(self, market: Market, version: Version, *, offers: bool = True, **terms: Any) -> None:
        self.market, self.version, self.owner = market, version, market.user
        self.instance: Contract = market.as_("LoyaltyPoints", market.use(self.wish(**terms)))
        if offers:
            self.instance.offer(0, MUG, 3, TEXT).send(self.owner)

    def wish(self, *, salt: int = 0, **terms: Any) -> tuple[Any, ...]:
        given = {
            "owner": self.owner,
            "name": "Corner points",
            "symbol": "CRN",
            "rate": RATE,
            "lifetime": LIFETIME,
            "transferable": False,
            "term": TERM,
            "text": TEXT,
        } | terms
        return self.version.wish(salt=salt, args=arguments(TYPES, list(given.values())))

    def pay(self, gross: int, payer: str | None = None) -> int:
        """Pays, and says until when the points live."""
        call = self.market.till.payAndCall(self.market.mz, gross, self.instance, NOTE, b"")
        call.send(payer or self.market.buyer)
        return self.market.chain.now() + LIFETIME

    def points(self, *members: str) -> list[int]:
        return [self.instance.balanceOf(member).read() for member in members or (self.market.buyer,)]

    def claimed(self) -> int:
        """A claim of `buyer` for a mug, of 200 points."""
        self.pay(20 * ONE)
        return int(self.instance.claim(1, 1).send(self.market.buyer).only("Claimed")["claim"])

    def state(self, claim: int) -> int:
        return int(self.instance.claimOf(claim).read()[0])


@pytest.fixture
def programme(market: Market, version: Version) -> Programme:
    return Programme(market, version)


@pytest.mark.parametrize("terms", [{"owner": ETHER}, {"term": DAY - 1}], ids=str)
def test_terms_that_make_no_programme_take_no_payment(market: Market, version: Version, terms: dict[str, Any]) -> None:
    instance = Programme(market, version, offers=False, **terms).instance

    pay = market.till.payAndCall(market.mz, ONE, instance, ZERO, b"")
    pay.refuses("PointsTermsInvalid", sender=market.buyer)
    if instance.owner().read() == market.user:
        instance.offer(0, 1, 1, TEXT).refuses("PointsTermsInvalid", sender=market.user)


def test_the_bare_implementation_does_nothing(programme: Programme) -> None:
    market = programme.market
    bare = market.chain.at("LoyaltyPoints", market.templates.versionOf(programme.version.id, 1).read()[4])
    pay = market.till.payAndCall(market.mz, ONE, bare, ZERO, b"")

    for call in (
        bare.award(market.user, 1, ZERO),
        bare.offer(0, 1, 1, ZERO),
        bare.collect(market.mz),
        bare.terms(),
        pay,
    ):
        call.refuses("PointsBareImplementation", sender=market.user)


def test_a_payment_earns_points_and_pays_the_owner(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    before, supply = market.held(market.user, market.author, market.buyer), market.mz.totalSupply().read()

    until = programme.pay(20 * ONE + ONE // 10 - 1)

    gross = 20 * ONE + ONE // 10 - 1
    share = gross * 200 // 10_000
    assert moved(market, before, market.user, market.author, market.buyer) == [net_of(gross), share, -gross]
    assert supply - market.mz.totalSupply().read() == gross - net_of(gross) - share
    assert instance.standing(market.buyer).read() == (200, until)
    assert (instance.name().read(), instance.symbol().read(), instance.decimals().read()) == ("Corner points", "CRN", 0)
    assert (instance.totalSupply().read(), market.held(instance)) == (200, [0])


def test_what_is_no_payment_is_refused(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, ONE).send(market.buyer)
    coin.approve(market.till, ONE).send(market.buyer)

    pay = market.till.payAndCall(coin, ONE, instance, ZERO, b"")
    pay.refuses("PointsTokenRefused", coin, sender=market.buyer)
    market.deposit(instance, ONE).refuses("PointsTakeNoDeposit", sender=market.buyer)
    forged = instance.onPayment(market.buyer, market.mz, ONE, ONE, ZERO, b"")
    forged.refuses("PointsCallerNotTill", market.stranger, sender=market.stranger)


def test_issuers_award_within_their_budget_and_nobody_else(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    for call in (instance.setBudget(market.stranger, 5), instance.offer(0, 1, 1, TEXT), instance.give(1, PROOF)):
        call.refuses("PointsNotAllowed", market.user, market.stranger, sender=market.stranger)
    instance.award(market.buyer, 1, NOTE).refuses("PointsBudgetTooSmall", 0, 1, sender=market.stranger)

    instance.setBudget(market.stranger, 50).send(market.user)
    instance.award(market.buyer, 30, NOTE).send(market.stranger)
    instance.award(market.buyer, 1_000, NOTE).send(market.user)

    assert (programme.points(), instance.budgetOf(market.stranger).read()) == ([1_030], 20)
    instance.award(market.buyer, 21, NOTE).refuses("PointsBudgetTooSmall", 20, 21, sender=market.stranger)
    instance.setBudget(market.stranger, 0).send(market.user)
    instance.award(market.buyer, 1, NOTE).refuses("PointsBudgetTooSmall", 0, 1, sender=market.stranger)


def test_points_lapse_on_the_second_and_cannot_be_renewed_then(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    until = programme.pay(20 * ONE)
    market.chain.travel(until)
    assert programme.points() == [200]

    market.chain.travel(until + 1)

    assert programme.points() == [0] and instance.standing(market.buyer).read() == (0, 0)
    instance.claim(1, 1).refuses("ERC20InsufficientBalance", market.buyer, 0, MUG, sender=market.buyer)
    programme.pay(ONE)
    assert (programme.points(), instance.totalSupply().read()) == ([RATE], RATE)


def test_earning_renews_points_and_anyone_takes_lapsed_ones_out_once(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    first = programme.pay(20 * ONE)
    market.chain.travel(first)
    until = programme.pay(ONE)
    market.chain.travel(first + 1)
    assert programme.points() == [210]
    instance.lapse(market.buyer).send(market.stranger)
    assert instance.totalSupply().read() == 210

    market.chain.travel(until + 1)
    assert instance.totalSupply().read() == 210 and instance.lapse(market.buyer).read() == 210
    for _ in range(2):
        instance.lapse(market.buyer).send(market.stranger)

    assert (instance.totalSupply().read(), programme.points()) == (0, [0])


def test_without_a_lifetime_points_never_lapse(market: Market, version: Version) -> None:
    programme = Programme(market, version, lifetime=0)
    programme.pay(ONE)

    market.chain.travel(market.chain.now() + 10_000 * DAY)

    assert programme.instance.standing(market.buyer).read() == (RATE, 0)


def test_points_stay_with_who_earned_them_unless_allowed(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    programme.pay(ONE)
    instance.approve(market.stranger, 5).send(market.buyer)

    refused = "PointsNotTransferable"
    instance.transfer(market.stranger, 1).refuses(refused, market.stranger, sender=market.buyer)
    instance.transferFrom(market.buyer, market.stranger, 1).refuses(refused, market.stranger, sender=market.stranger)


def test_points_that_are_passed_on_bring_their_time(market: Market, version: Version) -> None:
    programme = Programme(market, version, transferable=True)
    instance = programme.instance
    until = programme.pay(ONE)
    instance.transfer(instance, 1).refuses("PointsNotTransferable", instance, sender=market.buyer)
    market.chain.travel(until - 10)

    instance.transfer(market.stranger, 4).send(market.buyer)

    assert instance.standing(market.stranger).read() == (4, until)
    market.chain.travel(until + 1)
    instance.transfer(market.stranger, 1).refuses("ERC20InsufficientBalance", sender=market.buyer)
    assert programme.points(market.buyer, market.stranger) == [0, 0]


def test_a_claim_takes_points_and_the_owner_gives_the_reward(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    number = programme.claimed()

    assert programme.points() == [50]
    until = market.chain.now() + TERM
    assert instance.claimOf(number).read() == (WAITING, market.buyer, 1, MUG, until)
    assert instance.rewards(1).read() == (MUG, 2)
    instance.giveBack(number).refuses("PointsOver", until, sender=market.buyer)
    instance.give(number, PROOF).send(market.user)
    assert (programme.state(number), instance.totalSupply().read()) == (GIVEN, 50)
    for call in (instance.give(number, PROOF), instance.giveBack(number), instance.giveBack(99)):
        call.refuses("PointsStateWrong", sender=market.user)


@pytest.mark.parametrize("declined", [False, True])
def test_a_reward_that_is_not_given_gives_the_points_back_once(programme: Programme, declined: bool) -> None:
    market, instance = programme.market, programme.instance
    number = programme.claimed()
    if not declined:
        market.chain.travel(instance.endsOf(number).read() + 1)
        assert instance.isOverdue(number).read() is True
        instance.give(number, PROOF).refuses("PointsOver", sender=market.user)

    instance.giveBack(number).send(market.user if declined else market.stranger)

    assert (programme.points(), programme.state(number)) == ([200], RETURNED)
    instance.giveBack(number).refuses("PointsStateWrong", RETURNED, sender=market.user)
    instance.give(number, PROOF).refuses("PointsStateWrong", RETURNED, sender=market.user)


def test_nobody_claims_what_they_did_not_see_or_what_is_not_there(programme: Programme) -> None:
    market, instance = programme.market, programme.instance
    programme.pay(60 * ONE)
    for reward in (0, 2):
        instance.claim(reward, 1).refuses("PointsRewardUnknown", reward, sender=market.buyer)
    for reward, price in ((2, 1), (1, 0)):
        instance.offer(reward, price, 1, TEXT).refuses("PointsRewardUnknown", reward, sender=market.user)
    instance.offer(1, MUG, 1, PROOF).send(market.user)

    instance.claim(1, 1).refuses("PointsEditionOver", 2, 1, sender=market.buyer)
    instance.claim(1, 2).send(market.buyer)
    instance.claim(1, 2).refuses("PointsSoldOut", 1, sender=market.buyer)


def test_mz_that_came_by_other_ways_goes_to_the_owner(programme: Programme) -> None:
    market = programme.market
    before = market.held(market.user)
    market.till.pay(market.mz, ONE, programme.instance, ZERO).send(market.buyer)

    programme.instance.collect(market.mz).send(market.stranger)

    assert moved(market, before, market.user) == [net_of(ONE)] and programme.points() == [0]
