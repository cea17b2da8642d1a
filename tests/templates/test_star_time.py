"""Star time on the real platform: see star-time.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, Market, Version, arguments, net_of
from tests.templates.playing import moved

DAY = 86_400
PRICE, LENGTH = 40 * ONE, 3_600
NOTICE, GRACE, OBJECTION, RULING, CAP = 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 2_000
TYPES = ["string", "address", "address", "uint32", "uint32", "uint32", "uint32", "uint16"]
PROOF, REASON, TEXT = keccak(b"recording"), keccak(b"nobody came"), keccak(b"half an hour of questions")
NONE, OFFERED, BOOKED, DELIVERED, DISPUTED, CLOSED = range(6)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("star-time", "StarTime", street.till, street.mz)


class Diary:
    """The slots of `user`; `author` is the arbiter, `buyer` and `stranger` book."""

    def __init__(self, market: Market, version: Version, *, slot: bool = True, **terms: Any) -> None:
        self.market, self.version = market, version
        self.star, self.arbiter = market.user, market.author
        self.instance: Contract = market.as_("StarTime", market.use(self.wish(**terms)))
        self.start = market.chain.now() + 10 * DAY
        if slot:
            self.offer()

    def wish(self, **terms: Any) -> tuple[Any, ...]:
        given = {
            "title": "Time of Ann",
            "star": self.star,
            "arbiter": self.arbiter,
            "notice": NOTICE,
            "grace": GRACE,
            "objection": OBJECTION,
            "ruling": RULING,
            "capBps": CAP,
        } | terms
        return self.version.wish(args=arguments(TYPES, list(given.values())), salt=len(terms))

    def offer(self) -> int:
        offered = self.instance.offer(PRICE, self.start, LENGTH, TEXT).send(self.star)
        return int(offered.only("Offered")["slot"])

    def booking(self, gross: int | None = None, slot: int = 1) -> Call:
        price = self.instance.priceOf(slot).read() if gross is None else gross
        return self.market.deposit(self.instance, price, self.instance.refOf(slot).read())

    def book(self, payer: str | None = None, slot: int = 1) -> None:
        self.booking(slot=slot).send(payer or self.market.buyer)

    def resell(self, asked: int, buyer: str | None = None, slot: int = 1) -> None:
        self.instance.list(slot, asked).send(self.instance.holderOf(slot).read())
        self.book(buyer or self.market.stranger, slot)

    def deliver(self, slot: int = 1) -> None:
        self.market.chain.travel(self.start + LENGTH)
        self.instance.deliver(slot, PROOF).send(self.star)

    def later(self, slot: int = 1) -> None:
        """The second after the present wait."""
        self.market.chain.travel(self.instance.endsOf(slot).read() + 1)

    def state(self, slot: int = 1) -> int:
        return int(self.instance.slotOf(slot).read()[4])

    @property
    def left(self) -> int:
        return self.market.left(self.instance, self.instance.potRefOf(1).read())


@pytest.fixture
def diary(market: Market, version: Version) -> Diary:
    return Diary(market, version)


def test_only_the_star_offers_and_withdraws(diary: Diary) -> None:
    market, instance = diary.market, diary.instance
    assert (instance.name().read(), instance.symbol().read(), instance.slots().read()) == ("Time of Ann", "TIME", 1)
    assert instance.terms().read() == (NOTICE, GRACE, OBJECTION, RULING, CAP)

    for call in (instance.offer(1, diary.start, 1, TEXT), instance.withdraw(1)):
        call.refuses("TimeNotAllowed", market.user, market.buyer, sender=market.buyer)
    instance.withdraw(1).send(market.user)

    instance.withdraw(1).refuses("TimeStateWrong", CLOSED, sender=market.user)
    diary.booking(PRICE).refuses("TimeStateWrong", CLOSED, sender=market.buyer)


def test_a_slot_needs_price_future_and_length(diary: Diary) -> None:
    now = diary.market.chain.now()

    for price, start, length in ((0, diary.start, LENGTH), (1, now, LENGTH), (1, diary.start, 0)):
        diary.instance.offer(price, start, length, TEXT).refuses("TimeTermsInvalid", sender=diary.star)


@pytest.mark.parametrize("terms", [{"objection": DAY - 1}, {"ruling": DAY - 1}], ids=str)
def test_holders_always_have_a_day_to_object(market: Market, version: Version, terms: dict[str, Any]) -> None:
    diary = Diary(market, version, slot=False, **terms)

    diary.instance.offer(PRICE, diary.start, LENGTH, TEXT).refuses("TimeTermsInvalid", sender=diary.star)


def test_the_bare_implementation_books_nothing(diary: Diary) -> None:
    market = diary.market
    bare = market.chain.at("StarTime", market.templates.versionOf(diary.version.id, 1).read()[4])

    for call in (bare.offer(1, diary.start, 1, TEXT), bare.name(), bare.settle(1), bare.terms()):
        call.refuses("TimeBareImplementation", sender=market.user)
    market.deposit(bare, ONE).refuses("TimeBareImplementation", sender=market.buyer)


def test_a_booking_waits_in_the_slots_pot(diary: Diary) -> None:
    market, instance = diary.market, diary.instance
    before = market.held(market.buyer, market.user)

    diary.book()

    assert moved(market, before, market.buyer, market.user) == [-PRICE, 0]
    assert (diary.left, diary.state(), instance.ownerOf(1).read()) == (PRICE, BOOKED, market.buyer)
    pot = market.till.pot(instance, market.mz, instance.potRefOf(1).read()).read()
    assert pot[2] == diary.start + LENGTH + GRACE + OBJECTION + RULING + 30 * DAY


def test_what_is_no_booking_is_refused(diary: Diary) -> None:
    market, instance = diary.market, diary.instance
    ref = instance.refOf(1).read()
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, PRICE).send(market.buyer)
    coin.approve(market.till, PRICE).send(market.buyer)

    diary.booking(PRICE - 1).refuses("TimePriceMismatch", PRICE, PRICE - 1, sender=market.buyer)
    wrong = int.from_bytes(ref, "big") + 1
    market.deposit(instance, PRICE, wrong.to_bytes(32, "big")).refuses("TimeRefUnknown", sender=market.buyer)
    market.deposit(instance, PRICE, PROOF).refuses("TimeStateWrong", NONE, sender=market.buyer)
    market.till.hold(coin, PRICE, instance, ref, b"").refuses("TimeTokenRefused", coin, sender=market.buyer)
    pay = market.till.payAndCall(market.mz, PRICE, instance, ref, b"")
    pay.refuses("TimeTakesNoPayment", sender=market.buyer)
    forged = instance.onHold(market.stranger, market.mz, PRICE, ref, b"")
    forged.refuses("TimeCallerNotTill", market.stranger, sender=market.stranger)
    diary.book()
    market.deposit(instance, PRICE, ref).refuses("TimeStateWrong", BOOKED, sender=market.stranger)


def test_a_started_slot_is_not_booked(diary: Diary) -> None:
    diary.market.chain.travel(diary.start + 1)

    diary.booking().refuses("TimeOver", diary.start, sender=diary.market.buyer)


def test_a_content_holder_pays_the_star_at_once(diary: Diary) -> None:
    market = diary.market
    diary.book()
    before = market.held(market.user, market.author)
    diary.instance.confirm(1).refuses("TimeNotAllowed", market.buyer, market.user, sender=market.user)

    diary.instance.confirm(1).send(market.buyer)

    assert moved(market, before, market.user, market.author) == [net_of(PRICE), PRICE * 200 // 10_000]
    assert (diary.state(), diary.left, diary.instance.holderOf(1).read()) == (CLOSED, 0, market.buyer)
    diary.instance.confirm(1).refuses("TimeStateWrong", CLOSED, sender=market.buyer)


def test_silence_after_the_proof_pays_the_star(diary: Diary) -> None:
    market = diary.market
    diary.book()
    diary.deliver()
    before = market.held(market.user)
    until = diary.instance.endsOf(1).read()
    assert until == market.chain.now() + OBJECTION
    diary.instance.settle(1).refuses("TimeOver", until, sender=market.stranger)

    diary.later()
    diary.instance.object(1, REASON).refuses("TimeOver", until, sender=market.buyer)
    diary.instance.settle(1).send(market.stranger)

    assert moved(market, before, market.user) == [net_of(PRICE)]
    diary.instance.settle(1).refuses("TimeOver", 0, sender=market.stranger)


def test_a_delivery_claimed_early_can_still_be_objected_to_afterwards(diary: Diary) -> None:
    diary.book()

    diary.instance.deliver(1, PROOF).send(diary.star)

    assert diary.instance.endsOf(1).read() == diary.start + LENGTH + OBJECTION
    diary.market.chain.travel(diary.start + LENGTH + OBJECTION)
    diary.instance.object(1, REASON).send(diary.market.buyer)


def test_a_silent_star_means_an_exact_refund(diary: Diary) -> None:
    market = diary.market
    before, supply = market.held(market.buyer, market.user), market.mz.totalSupply().read()
    diary.book()
    diary.instance.deliver(1, PROOF).refuses("TimeNotAllowed", market.user, market.buyer, sender=market.buyer)

    diary.later()
    late = diary.instance.deliver(1, PROOF)
    late.refuses("TimeOver", diary.start + LENGTH + GRACE, sender=diary.star)
    diary.instance.settle(1).send(market.stranger)

    assert moved(market, before, market.buyer, market.user) == [0, 0]
    assert market.mz.totalSupply().read() == supply and diary.instance.holderOf(1).read() == ETHER
    late.refuses("TimeStateWrong", CLOSED, sender=diary.star)


def test_a_star_who_cancels_pays_nothing_and_gets_nothing(diary: Diary) -> None:
    market = diary.market
    before = market.held(market.buyer, market.user)
    diary.book()

    diary.instance.cancel(1).send(diary.star)

    assert moved(market, before, market.buyer, market.user) == [0, 0]
    for call in (diary.instance.cancel(1), diary.instance.deliver(1, PROOF)):
        call.refuses("TimeStateWrong", CLOSED, sender=diary.star)


def test_a_holder_cancels_until_the_notice(diary: Diary) -> None:
    market = diary.market
    before = market.held(market.buyer)
    diary.book()
    diary.instance.cancel(1).refuses("TimeNotAllowed", market.buyer, market.stranger, sender=market.stranger)
    market.chain.travel(diary.start - NOTICE + 1)
    diary.instance.cancel(1).refuses("TimeOver", diary.start - NOTICE, sender=market.buyer)

    other = diary.offer()
    diary.book(slot=other)
    diary.instance.cancel(other).refuses("TimeOver", sender=market.buyer)
    diary.start += 10 * DAY
    third = diary.offer()
    diary.book(slot=third)
    diary.instance.cancel(third).send(market.buyer)

    assert moved(market, before, market.buyer) == [-2 * PRICE]


@pytest.mark.parametrize("bps", [0, 1, 2_500, 9_999, 10_000])
def test_the_arbiter_divides(diary: Diary, bps: int) -> None:
    market = diary.market
    before = market.held(market.buyer, market.user)
    diary.book()
    diary.deliver()
    diary.instance.object(1, REASON).refuses("TimeNotAllowed", market.buyer, market.user, sender=market.user)
    diary.instance.object(1, REASON).send(market.buyer)
    rule = diary.instance.rule(1, bps)
    rule.refuses("TimeNotAllowed", market.author, market.user, sender=market.user)
    diary.instance.rule(1, 10_001).refuses("TimeRulingInvalid", 10_001, sender=market.author)

    rule.send(market.author)

    gross = PRICE * bps // 10_000
    assert moved(market, before, market.buyer, market.user) == [-gross, net_of(gross) if gross else 0]
    rule.refuses("TimeStateWrong", CLOSED, sender=market.author)


@pytest.mark.parametrize("arbiter", [True, False])
def test_a_silent_arbiter_or_none_means_halves(market: Market, version: Version, arbiter: bool) -> None:
    diary = Diary(market, version, arbiter=market.author if arbiter else ETHER)
    before = market.held(market.buyer, market.user)
    diary.book()
    diary.deliver()
    diary.instance.object(1, REASON).send(market.buyer)

    diary.later()
    diary.instance.rule(1, 10_000).refuses("TimeOver" if arbiter else "TimeNotAllowed", sender=market.author)
    diary.instance.settle(1).send(market.stranger)

    assert moved(market, before, market.buyer, market.user) == [-PRICE // 2, net_of(PRICE // 2)]


def test_nobody_objects_before_delivery(diary: Diary) -> None:
    diary.book()

    diary.instance.object(1, REASON).refuses("TimeStateWrong", BOOKED, sender=diary.market.buyer)


def test_a_resale_refunds_the_seller_exactly_and_settles_the_premium_when_the_time_was_given(diary: Diary) -> None:
    market = diary.market
    before, premium = market.held(market.buyer, market.stranger, market.user), 8 * ONE
    diary.book()

    diary.resell(PRICE + premium)

    assert moved(market, before, market.buyer, market.stranger, market.user) == [0, -PRICE - premium, 0]
    assert (diary.left, diary.instance.holderOf(1).read()) == (PRICE + premium, market.stranger)
    diary.deliver()
    diary.later()
    diary.instance.settle(1).send()
    got = [net_of(premium), -PRICE - premium, net_of(PRICE)]
    assert moved(market, before, market.buyer, market.stranger, market.user) == got


def test_resale_is_capped_and_only_the_holder_lists(diary: Diary) -> None:
    market, most = diary.market, PRICE * 12 // 10
    diary.book()

    for asked in (PRICE - 1, most + 1):
        diary.instance.list(1, asked).refuses("TimeResaleOutOfBounds", PRICE, most, sender=market.buyer)
    diary.instance.list(1, PRICE).refuses("TimeNotAllowed", market.buyer, market.user, sender=market.user)
    diary.instance.list(1, most).send(market.buyer)
    on_its_way = diary.booking()
    diary.instance.list(1, PRICE).send(market.buyer)
    on_its_way.refuses("TimePriceMismatch", PRICE, most, sender=market.stranger)
    diary.instance.list(1, 0).send(market.buyer)
    on_its_way.refuses("TimeStateWrong", BOOKED, sender=market.stranger)


def test_a_stale_listing_and_a_stale_approval_end_with_a_transfer(diary: Diary) -> None:
    market, instance = diary.market, diary.instance
    diary.book()
    instance.list(1, PRICE).send(market.buyer)
    instance.approve(market.author, 1).send(market.buyer)
    offered = diary.booking()

    instance.transferFrom(market.buyer, market.stranger, 1).send(market.buyer)

    offered.refuses("TimeStateWrong", BOOKED, sender=market.author)
    stolen = instance.transferFrom(market.stranger, market.author, 1)
    stolen.refuses("ERC721InsufficientApproval", sender=market.author)


def test_nothing_is_resold_once_it_was_given_or_is_disputed(diary: Diary) -> None:
    market = diary.market
    diary.book()
    diary.instance.list(1, PRICE).send(market.buyer)
    offered = diary.booking()
    diary.instance.deliver(1, PROOF).send(diary.star)

    offered.refuses("TimeStateWrong", DELIVERED, sender=market.stranger)
    diary.instance.list(1, PRICE).refuses("TimeStateWrong", DELIVERED, sender=market.buyer)
    diary.instance.object(1, REASON).send(market.buyer)
    offered.refuses("TimeStateWrong", DISPUTED, sender=market.stranger)


def test_a_star_who_cancels_after_a_resale_leaves_the_buyer_whole(diary: Diary) -> None:
    market = diary.market
    before = market.held(market.buyer, market.stranger)
    diary.book()
    diary.resell(PRICE + ONE)

    diary.instance.cancel(1).send(diary.star)

    assert moved(market, before, market.buyer, market.stranger) == [0, 0]


def test_a_buyer_who_cancels_after_a_resale_gets_the_original_gross(diary: Diary) -> None:
    market = diary.market
    before = market.held(market.buyer, market.stranger)
    diary.book()
    diary.resell(PRICE + ONE)

    diary.instance.cancel(1).send(market.stranger)

    assert moved(market, before, market.buyer, market.stranger) == [net_of(ONE), -ONE]
    assert diary.left == 0


def test_resold_again_the_first_premium_is_settled_and_the_second_waits(diary: Diary) -> None:
    market = diary.market
    before = market.held(market.buyer, market.stranger, market.author)
    diary.book()
    diary.resell(PRICE + ONE)
    diary.resell(PRICE + 2 * ONE, market.author)

    shares = ONE * 200 // 10_000
    got = moved(market, before, market.buyer, market.stranger, market.author)
    assert got == [net_of(ONE), -ONE, -PRICE - 2 * ONE + shares]
    diary.instance.confirm(1).send(market.author)
    assert moved(market, before[1:2], market.stranger) == [-ONE + net_of(2 * ONE)]


def test_a_gift_leaves_the_refund_with_the_payer(diary: Diary) -> None:
    market, instance = diary.market, diary.instance
    before = market.held(market.buyer, market.stranger)
    diary.book()
    instance.transferFrom(market.buyer, market.stranger, 1).send(market.buyer)
    instance.cancel(1).refuses("TimeNotAllowed", market.stranger, market.buyer, sender=market.buyer)

    instance.cancel(1).send(market.stranger)

    assert moved(market, before, market.buyer, market.stranger) == [0, 0]


def test_what_nobody_settles_goes_back_after_expiry(diary: Diary) -> None:
    market, instance = diary.market, diary.instance
    before = market.held(market.buyer)
    diary.book()
    ref = instance.potRefOf(1).read()
    market.chain.travel(market.till.pot(instance, market.mz, ref).read()[2] + 1)

    market.till.reclaim(instance, market.mz, ref, market.buyer).send(market.stranger)

    assert moved(market, before, market.buyer) == [0]
    instance.settle(1).refuses("TillNotPayer", sender=market.stranger)
