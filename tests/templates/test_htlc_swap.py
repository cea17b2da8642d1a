"""HTLC swap on the real platform: see htlc-swap.tree."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, Market, Version, arguments, net_of
from tests.templates.playing import moved

HOUR, DAY = 3_600, 86_400
GROSS = 100 * ONE
SECRET = hashlib.sha256(b"only Ann knows").digest()
HASH = hashlib.sha256(SECRET).digest()
NONE, LOCKED, CLAIMED, REFUNDED = range(4)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("htlc-swap", "HtlcSwap", street.till)


class Desk:
    """Locks of `buyer` for `stranger`."""

    def __init__(
        self, market: Market, version: Version, token: str = "", shortest: int = HOUR, longest: int = 9 * DAY
    ) -> None:
        self.market, self.version = market, version
        self.payer, self.recipient = market.buyer, market.stranger
        self.token = token or market.mz.address
        self.encoded = arguments(["address", "uint32", "uint32"], [self.token, shortest, longest])
        self.instance: Contract = market.as_("HtlcSwap", market.use(version.wish(args=self.encoded)))
        self.deadline = market.chain.now() + 2 * DAY

    def name(self, **others: Any) -> bytes:
        given = {"payer": self.payer, "recipient": self.recipient, "gross": GROSS, "hash": HASH}
        return bytes(self.instance.lockOf(*(given | {"deadline": self.deadline} | others).values()).read())

    def lock(self, ref: bytes | None = None, **others: Any) -> Call:
        given = {"recipient": self.recipient, "gross": GROSS, "hash": HASH, "deadline": self.deadline} | others
        name = self.name(**others) if ref is None else ref
        data = arguments(["address", "bytes32", "uint48"], [given["recipient"], given["hash"], given["deadline"]])
        return self.market.till.hold(self.token, given["gross"], self.instance, name, data)

    def stage(self, lock: bytes) -> int:
        return int(self.instance.standing(lock).read()[0])


@pytest.fixture
def desk(market: Market, version: Version) -> Desk:
    return Desk(market, version)


@pytest.mark.parametrize("bounds", [(0, DAY), (2 * DAY, DAY)], ids=str)
def test_terms_that_make_no_swap_lock_nothing(market: Market, version: Version, bounds: tuple[int, int]) -> None:
    Desk(market, version, "", *bounds).lock().refuses("SwapTermsInvalid", sender=market.buyer)


def test_the_bare_implementation_does_nothing(desk: Desk) -> None:
    market = desk.market
    bare = market.chain.at("HtlcSwap", market.templates.versionOf(desk.version.id, 1).read()[4])

    for call in (bare.claim(HASH, SECRET), bare.refund(HASH), bare.decline(HASH), market.deposit(bare, ONE)):
        call.refuses("SwapBareImplementation", sender=market.buyer)


def test_a_lock_waits_in_a_pot_of_its_own(desk: Desk) -> None:
    market, lock = desk.market, desk.name()

    event = desk.lock().send(desk.payer).only("SwapLocked")

    assert (bytes(event["lock"]), event["gross"], bytes(event["hash"])) == (lock, GROSS, HASH)
    expected = (LOCKED, GROSS, desk.recipient, desk.payer, HASH, desk.deadline)
    assert desk.instance.standing(lock).read() == expected
    pot = market.till.pot(desk.instance, market.mz, lock).read()
    assert (pot[0], pot[2], market.held(desk.instance)) == (GROSS, desk.deadline + 30 * DAY, [0])


def test_what_is_no_lock_is_refused(desk: Desk) -> None:
    market, payer = desk.market, desk.payer
    coin = market.chain.deploy("Coin", 18)
    coin.mint(payer, GROSS).send(payer)
    coin.approve(market.till, GROSS).send(payer)

    for other in (bytes(32), desk.name(gross=1), desk.name(recipient=payer), desk.name(payer=desk.recipient)):
        desk.lock(ref=other).refuses("SwapRefUnknown", desk.name(), other, sender=payer)
    desk.lock(recipient=ETHER).refuses("SwapRecipientInvalid", sender=payer)
    for late in (market.chain.now() + HOUR - 60, market.chain.now() + 9 * DAY + 60, 0):
        desk.lock(deadline=late).refuses("SwapDeadlineRefused", sender=payer)
    strange = market.till.hold(coin, GROSS, desk.instance, desk.name(), b"")
    strange.refuses("SwapTokenRefused", coin, sender=payer)
    market.till.payAndCall(market.mz, GROSS, desk.instance, bytes(32), b"").refuses("SwapTakesNoPayment", sender=payer)
    forged = desk.instance.onHold(payer, market.mz, GROSS, desk.name(), b"")
    forged.refuses("SwapCallerNotTill", payer, sender=payer)
    desk.lock().send(payer)
    desk.lock().refuses("SwapStageWrong", LOCKED, sender=payer)


def test_a_name_is_its_payers_alone(desk: Desk, version: Version) -> None:
    squatted = desk.name()
    desk.lock(ref=squatted).refuses("SwapRefUnknown", sender=desk.market.author)
    other = Desk(desk.market, version, longest=8 * DAY)

    assert other.name(deadline=desk.deadline) != squatted
    desk.lock().send(desk.payer)


@pytest.mark.parametrize("who", ["recipient", "stranger"])
def test_the_secret_pays_the_recipient_whoever_shows_it(desk: Desk, who: str) -> None:
    market, lock = desk.market, desk.name()
    before = market.held(desk.payer, desk.recipient, market.user)
    desk.lock().send(desk.payer)
    assert desk.instance.hashOf(SECRET).read() == HASH
    for wrong in (HASH, bytes(32), SECRET[:-1] + b"\0"):
        desk.instance.claim(lock, wrong).refuses("SwapSecretWrong", HASH, sender=desk.recipient)
    desk.instance.refund(lock).refuses("SwapDeadline", desk.deadline, sender=desk.payer)
    assert desk.instance.netOf(GROSS).read() == net_of(GROSS)

    market.chain.next_at(desk.deadline)
    receipt = desk.instance.claim(lock, SECRET).send(desk.recipient if who == "recipient" else market.user)

    assert bytes(receipt.only("SwapClaimed")["secret"]) == SECRET
    assert moved(market, before, desk.payer, desk.recipient, market.user) == [-GROSS, net_of(GROSS), 0]
    for call in (desk.instance.claim(lock, SECRET), desk.instance.refund(lock), desk.instance.decline(lock)):
        call.refuses("SwapStageWrong", CLAIMED, sender=desk.recipient)
    desk.lock().refuses("TillPotClosed", sender=desk.payer)


def test_a_hash_of_another_length_has_no_secret_here(desk: Desk) -> None:
    longer = hashlib.sha256(SECRET + b"\0" * 32).digest()
    desk.lock(hash=longer).send(desk.payer)

    claim = desk.instance.claim(desk.name(hash=longer), SECRET)
    claim.refuses("SwapSecretWrong", longer, sender=desk.recipient)


def test_silence_sends_everything_back_once(desk: Desk) -> None:
    market, lock = desk.market, desk.name()
    before = market.held(desk.payer)
    desk.lock().send(desk.payer)

    market.chain.travel(desk.deadline + 1)
    desk.instance.claim(lock, SECRET).refuses("SwapDeadline", desk.deadline, sender=desk.recipient)
    desk.instance.refund(lock).send(market.user)

    assert moved(market, before, desk.payer) == [0]
    desk.instance.refund(lock).refuses("SwapStageWrong", REFUNDED, sender=desk.payer)
    desk.instance.claim(lock, SECRET).refuses("SwapStageWrong", REFUNDED, sender=desk.recipient)


def test_a_lock_that_nobody_asks_for_goes_back_by_the_till(desk: Desk) -> None:
    market, lock = desk.market, desk.name()
    before = market.held(desk.payer)
    desk.lock().send(desk.payer)

    market.chain.travel(desk.deadline + 30 * DAY + 1)
    market.till.reclaim(desk.instance, market.mz, lock, desk.payer).send(market.user)

    assert moved(market, before, desk.payer) == [0]
    desk.instance.refund(lock).refuses("TillNotPayer", sender=desk.payer)


def test_the_recipient_alone_declines(desk: Desk) -> None:
    market, lock = desk.market, desk.name()
    before = market.held(desk.payer)
    desk.lock().send(desk.payer)
    desk.instance.decline(lock).refuses("SwapNotAllowed", desk.recipient, desk.payer, sender=desk.payer)

    desk.instance.decline(lock).send(desk.recipient)

    assert moved(market, before, desk.payer) == [0]
    desk.lock().refuses("SwapStageWrong", REFUNDED, sender=desk.payer)


@pytest.mark.parametrize("shown", [True, False], ids=["shown", "silence"])
def test_one_secret_moves_both_sides_or_neither(market: Market, version: Version, shown: bool) -> None:
    coin = market.chain.deploy("Coin", 2)
    coin.mint(market.stranger, 50_000).send(market.stranger)
    coin.approve(market.till, 50_000).send(market.stranger)
    ours, theirs = Desk(market, version), Desk(market, version, coin.address)
    before = market.held(market.buyer, market.stranger)
    answer = {"recipient": market.buyer, "gross": 50_000, "deadline": ours.deadline - DAY}
    there = theirs.name(payer=market.stranger, **answer)
    ours.lock().send(market.buyer)
    theirs.lock(ref=there, **answer).send(market.stranger)

    if shown:
        told = theirs.instance.claim(there, SECRET).send(market.buyer).only("SwapClaimed")["secret"]
        ours.instance.claim(ours.name(), bytes(told)).send(market.stranger)
    else:
        market.chain.travel(ours.deadline + 1)
        theirs.instance.refund(there).send(market.user)
        ours.instance.refund(ours.name()).send(market.user)

    gained = moved(market, before, market.buyer, market.stranger)
    coins = [coin.balanceOf(who).read() for who in (market.buyer, market.stranger)]
    assert gained == ([-GROSS, net_of(GROSS)] if shown else [0, 0])
    assert coins == ([net_of(50_000), 0] if shown else [0, 50_000])
