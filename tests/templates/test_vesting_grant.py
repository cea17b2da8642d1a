"""Vesting on the real platform: see vesting.tree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.stage import ETHER, Contract
from tests.contracts.templates_market import ONE, Market, Version, arguments
from tests.templates.playing import moved

DAY = 86_400
TOTAL = 480 * ONE
LENGTH, CLIFF = 400 * DAY, 100 * DAY
TYPES = ["address", "address", "address", "uint64", "uint64", "uint64", "uint64"]


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("vesting", "VestingGrant")


class Grant:
    """For `buyer`; `user` can stop it."""

    def __init__(self, market: Market, version: Version, *, fund: int = TOTAL, **terms: Any) -> None:
        self.market, self.version = market, version
        self.beneficiary, self.revoker = market.buyer, market.user
        self.start = market.chain.now() + 10 * DAY
        given = {
            "beneficiary": self.beneficiary,
            "revoker": self.revoker,
            "token": market.mz.address,
            "start": self.start,
            "duration": LENGTH,
            "cliff": CLIFF,
            "period": 0,
        } | terms
        self.encoded = arguments(TYPES, list(given.values()))
        self.instance: Contract = market.as_("VestingGrant", market.use(self.wish()))
        self.wallet = market.as_("IVesting", self.instance)  # its `release` has one meaning only
        if fund:
            market.mz.transfer(self.instance, fund).send(market.user)

    def wish(self, **others: Any) -> tuple[Any, ...]:
        init = self.market.call_data("VestingGrant", "check")
        return self.version.wish(args=self.encoded, init=init, **others)

    def at(self, elapsed: int) -> None:
        self.market.chain.travel(self.start + elapsed)

    def next(self, elapsed: int) -> None:
        self.market.chain.next_at(self.start + elapsed)


@pytest.fixture
def grant(market: Market, version: Version) -> Grant:
    return Grant(market, version)


A = "0x" + "aa" * 20


@pytest.mark.parametrize(
    "terms",
    [
        {"beneficiary": ETHER},
        {"beneficiary": A, "revoker": A},
        {"duration": 0},
        {"duration": 36_526 * DAY},
        {"cliff": LENGTH + 1},
        {"period": LENGTH + 1},
        {"start": 2**48},
    ],
    ids=str,
)
def test_terms_that_make_no_grant_are_refused_when_it_is_made(grant: Grant, terms: dict[str, Any]) -> None:
    market = grant.market
    names = ["beneficiary", "revoker", "token", "start", "duration", "cliff", "period"]
    honest = [market.buyer, market.user, market.mz.address, grant.start, LENGTH, CLIFF, 0]
    values = dict(zip(names, honest, strict=True)) | terms
    init = market.call_data("VestingGrant", "check")
    wish = grant.version.wish(args=arguments(TYPES, list(values.values())), init=init)

    market.templates.use(wish).refuses("GrantTermsInvalid", sender=market.user)


def test_the_bare_implementation_does_nothing(grant: Grant) -> None:
    market = grant.market
    address = market.templates.versionOf(grant.version.id, 1).read()[4]
    bare = market.chain.at("VestingGrant", address)

    for call in (bare.take(), bare.revoke(), bare.check(), bare.standing(), bare.makeIrrevocable()):
        call.refuses("GrantBareImplementation", sender=market.buyer)
    refusal = market.chain.refusal(market.chain.fields(market.buyer, address, "0x", ONE))
    assert refusal is not None and refusal.name == "GrantBareImplementation"


def test_nothing_is_due_before_the_cliff_and_everything_at_the_end(grant: Grant) -> None:
    market, instance = grant.market, grant.instance
    before = market.held(grant.beneficiary)
    grant.at(CLIFF - 1)
    instance.take().refuses("GrantNothingDue", market.mz, sender=grant.beneficiary)
    for someone in (grant.revoker, market.stranger):
        instance.take().refuses("GrantNotAllowed", grant.beneficiary, someone, sender=someone)

    grant.next(CLIFF)
    instance.take().send(grant.beneficiary)
    assert moved(market, before, grant.beneficiary) == [TOTAL // 4]
    grant.next(LENGTH // 2)
    grant.wallet.release(market.mz).send(grant.beneficiary)
    assert moved(market, before, grant.beneficiary) == [TOTAL // 2]
    grant.next(LENGTH)
    instance.take().send(grant.beneficiary)

    assert moved(market, before, grant.beneficiary) == [TOTAL] and market.held(instance) == [0]
    instance.take().refuses("GrantNothingDue", sender=grant.beneficiary)
    instance.revoke().refuses("GrantNotRevocable", sender=grant.revoker)


def test_steps_are_due_when_they_are_over(market: Market, version: Version) -> None:
    instance = Grant(market, version, period=40 * DAY, cliff=0).instance
    start = instance.start().read()

    due = [instance.vestedAmount(market.mz, start + day * DAY).read() for day in (0, 39, 40, 79, 80, 399, 400, 999)]

    assert due == [TOTAL * tenths // 10 for tenths in (0, 0, 1, 1, 2, 9, 10, 10)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(elapsed=st.integers(-DAY, 2 * LENGTH), more=st.integers(0, LENGTH))
def test_more_time_never_means_less_and_never_more_than_came(grant: Grant, elapsed: int, more: int) -> None:
    vested = [grant.instance.vestedAmount(grant.market.mz, grant.start + t).read() for t in (elapsed, elapsed + more)]

    assert 0 <= vested[0] <= vested[1] <= TOTAL
    assert vested[0] == 0 if elapsed < CLIFF else vested[0] * LENGTH <= TOTAL * elapsed
    assert elapsed < LENGTH or vested[0] == TOTAL


def test_donations_and_many_releases_change_nothing_at_the_end(grant: Grant) -> None:
    market, instance = grant.market, grant.instance
    before = market.held(grant.beneficiary)
    for days in (100, 101, 177, 399):
        grant.next(days * DAY)
        instance.take().send(grant.beneficiary)
        market.mz.transfer(instance, 7).send(market.stranger)
    grant.next(LENGTH)
    instance.take().send(grant.beneficiary)

    assert moved(market, before, grant.beneficiary) == [TOTAL + 4 * 7]


def test_ether_vests_too(market: Market, version: Version) -> None:
    grant = Grant(market, version, fund=0, token=ETHER)
    market.chain.send(market.chain.fields(market.stranger, grant.instance.address, "0x", 8 * ONE))
    grant.next(LENGTH // 4)
    grant.instance.revoke().send(grant.revoker)
    before = market.chain.balance(grant.revoker)

    grant.instance.giveBackRest().send(market.stranger)
    grant.instance.take().send(grant.beneficiary)

    assert market.chain.balance(grant.revoker) - before == 6 * ONE
    assert market.chain.balance(grant.instance) == 0
    assert grant.instance.standing().read() == (8 * ONE, 2 * ONE, 2 * ONE, 0)


def test_a_grant_is_passed_on_in_two_steps_and_never_to_nobody(grant: Grant) -> None:
    market, instance = grant.market, grant.instance
    before = market.held(market.stranger)
    grant.at(LENGTH)
    instance.renounceOwnership().refuses("GrantOwnerNeeded", sender=grant.beneficiary)
    instance.transferOwnership(market.stranger).refuses("OwnableUnauthorizedAccount", sender=grant.revoker)
    instance.transferOwnership(market.stranger).send(grant.beneficiary)
    assert instance.owner().read() == grant.beneficiary
    instance.acceptOwnership().refuses("OwnableUnauthorizedAccount", sender=grant.revoker)

    instance.acceptOwnership().send(market.stranger)

    instance.take().refuses("GrantNotAllowed", market.stranger, grant.beneficiary, sender=grant.beneficiary)
    instance.take().send(market.stranger)
    assert moved(market, before, market.stranger) == [TOTAL]


@pytest.mark.parametrize("elapsed", [-DAY, CLIFF - 1, CLIFF, LENGTH // 2])
@pytest.mark.parametrize("first", ["take", "back"])
def test_a_revocation_leaves_what_has_vested(grant: Grant, elapsed: int, first: str) -> None:
    market, instance = grant.market, grant.instance
    before = market.held(grant.beneficiary, grant.revoker)
    instance.giveBackRest().refuses("GrantNotRevoked", sender=grant.revoker)
    instance.revoke().refuses("GrantNotAllowed", grant.revoker, grant.beneficiary, sender=grant.beneficiary)
    grant.next(elapsed)
    instance.revoke().send(grant.revoker)
    for call in (instance.revoke(), instance.makeIrrevocable()):
        call.refuses("GrantNotRevocable", sender=grant.revoker)
    grant.at(2 * LENGTH)

    mine = TOTAL * elapsed // LENGTH if elapsed >= CLIFF else 0
    if first == "back":
        instance.giveBackRest().send(market.stranger)
    if mine:
        instance.take().send(grant.beneficiary)
    if first == "take":
        instance.giveBackRest().send(market.stranger)

    assert moved(market, before, grant.beneficiary, grant.revoker) == [mine, TOTAL - mine]
    instance.take().refuses("GrantNothingDue", sender=grant.beneficiary)
    instance.giveBackRest().refuses("GrantNothingDue", sender=grant.revoker)
    assert instance.standing().read() == (TOTAL, mine, mine, 0)


def test_what_comes_after_a_revocation_is_divided_alike(grant: Grant) -> None:
    market, instance = grant.market, grant.instance
    before = market.held(grant.beneficiary, grant.revoker)
    grant.next(LENGTH // 2)
    instance.revoke().send(grant.revoker)
    instance.giveBackRest().send(grant.revoker)
    market.mz.transfer(instance, 100).send(market.stranger)

    instance.take().send(grant.beneficiary)
    instance.giveBackRest().send(grant.revoker)

    assert moved(market, before, grant.beneficiary, grant.revoker) == [TOTAL // 2 + 50, TOTAL // 2 + 50]


def test_nobody_stops_what_cannot_be_stopped(market: Market, version: Version) -> None:
    firm = Grant(market, version, revoker=ETHER, fund=0)
    firm.instance.revoke().refuses("GrantNotAllowed", sender=market.user)
    given_up = Grant(market, version, fund=0)
    given_up.instance.makeIrrevocable().refuses("GrantNotAllowed", sender=market.buyer)

    given_up.instance.makeIrrevocable().send(market.user)

    given_up.instance.revoke().refuses("GrantNotRevocable", sender=market.user)


@pytest.mark.parametrize("way", [3, 6], ids=["stays", "fee on top"])
def test_odd_tokens_are_refused_and_block_nothing_else(grant: Grant, way: int) -> None:
    market, instance = grant.market, grant.instance
    odd = market.chain.deploy("OddCoin")
    odd.mint(instance, 2000).send(market.user)
    grant.next(LENGTH // 2)
    instance.revoke().send(grant.revoker)
    odd.misbehave(way).send(market.user)

    grant.wallet.release(odd).refuses("GrantTokenOdd", odd, 1000, 0 if way == 3 else 1010, sender=grant.beneficiary)
    instance.take().send(grant.beneficiary)


def test_a_token_that_calls_back_takes_nothing_twice(market: Market, version: Version) -> None:
    player = market.chain.deploy("Actor")
    odd = market.chain.deploy("OddCoin")
    grant = Grant(market, version, fund=0, beneficiary=player.address, token=odd.address)
    odd.mint(grant.instance, 1000).send(market.user)
    grant.at(LENGTH // 2)
    take = bytes.fromhex(grant.instance.take().data[2:])
    again = player.perform(grant.instance, 0, take)
    odd.callOnTransfer(player, bytes.fromhex(again.data[2:])).send(market.user)

    refusal = market.chain.refusal(market.chain.fields(market.user, player.address, again.data))

    assert refusal is not None and refusal.name in ("GrantTokenOdd", "GrantNothingDue")
