"""Meet and greet on the real platform: see meet-and-greet.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, Market, Version, arguments, net_of
from tests.templates.playing import moved

DAY, HOUR = 86_400, 3_600
PRICE, STEP = 10 * ONE, 500
EXTENSION, GRACE, OBJECTION, RULING = HOUR, 2 * DAY, 3 * DAY, 5 * DAY
PROOF, REASON, TEXT = keccak(b"pictures"), keccak(b"nobody there"), keccak(b"a dinner")
TYPES = ["address", "address", "uint96", "bool", "uint16", "uint32", "uint16", "uint48", "uint48"]
TYPES += ["uint32", "uint32", "uint32", "bytes32"]
NONE, OPEN, SOLD, HELD, DISPUTED, REFUNDABLE, CLOSED, UNSOLD = range(8)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("meet-and-greet", "MeetAndGreet", street.till, street.mz)


class Meeting:
    """A dinner with `user`, three seats; `author` is the arbiter."""

    def __init__(self, market: Market, version: Version, *, auction: bool = True, **terms: Any) -> None:
        self.market, self.version = market, version
        self.host, self.arbiter = market.user, market.author
        self.end = market.chain.now() + 10 * DAY
        self.at = self.end + DAY
        given = {
            "host": self.host,
            "arbiter": self.arbiter,
            "price": PRICE,
            "auction": auction,
            "stepBps": STEP,
            "extension": EXTENSION,
            "seats": 3,
            "end": self.end,
            "meeting": self.at,
            "grace": GRACE,
            "objection": OBJECTION,
            "ruling": RULING,
            "text": TEXT,
        } | terms
        made = market.use(version.wish(args=arguments(TYPES, list(given.values()))))
        self.instance: Contract = market.as_("MeetAndGreet", made)

    def bid(self, gross: int | None = None, seat: int = 1) -> Call:
        given = self.instance.leastBid(seat).read() if gross is None else gross
        return self.market.deposit(self.instance, given, self.instance.refOf(seat).read())

    def sell(self) -> None:
        """To `buyer`, and until the meeting."""
        self.bid().send(self.market.buyer)
        self.market.chain.travel(self.at)

    def hold(self) -> None:
        self.sell()
        self.instance.held(PROOF).send(self.host)

    def later(self, seat: int = 1) -> None:
        self.market.chain.travel(self.instance.endsOf(seat).read() + 1)

    def state(self, seat: int = 1) -> int:
        return int(self.instance.standing(seat).read()[0])

    def left(self, seat: int = 1) -> int:
        return self.market.left(self.instance, self.instance.potRefOf(seat).read())


@pytest.fixture
def auction(market: Market, version: Version) -> Meeting:
    return Meeting(market, version)


@pytest.fixture
def sale(market: Market, version: Version) -> Meeting:
    return Meeting(market, version, auction=False)


@pytest.mark.parametrize(
    "terms",
    [{"host": ETHER}, {"price": 0}, {"end": 2**40}, {"objection": DAY - 1}, {"ruling": DAY - 1}],
    ids=str,
)
def test_terms_that_make_no_meeting_take_no_deposit(market: Market, version: Version, terms: dict[str, Any]) -> None:
    Meeting(market, version, **terms).bid(ONE).refuses("MeetingTermsInvalid", sender=market.buyer)


def test_the_bare_implementation_does_nothing(auction: Meeting) -> None:
    market = auction.market
    bare = market.chain.at("MeetAndGreet", market.templates.versionOf(auction.version.id, 1).read()[4])

    for call in (bare.held(PROOF), bare.cancel(), bare.settle(1), bare.terms(), market.deposit(bare, ONE)):
        call.refuses("MeetingBareImplementation", sender=market.user)


def test_the_first_to_pay_a_fixed_price_has_the_seat(sale: Meeting) -> None:
    market = sale.market
    before = market.held(market.buyer, market.user)

    bid = sale.bid().send(market.buyer).only("Bid")

    assert (bid["seat"], bid["bidder"].lower(), bid["gross"]) == (1, market.buyer, PRICE)
    assert moved(market, before, market.buyer, market.user) == [-PRICE, 0]
    assert [sale.state(seat) for seat in range(5)] == [NONE, SOLD, OPEN, OPEN, NONE]
    assert (sale.left(), sale.instance.buyerOf(1).read()) == (PRICE, market.buyer)
    sale.bid(PRICE).refuses("MeetingStateWrong", SOLD, sender=market.stranger)


def test_what_is_no_purchase_is_refused(sale: Meeting) -> None:
    market, instance = sale.market, sale.instance
    ref = instance.refOf(1).read()
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, PRICE).send(market.buyer)
    coin.approve(market.till, PRICE).send(market.buyer)

    for gross in (PRICE - 1, PRICE + 1):
        sale.bid(gross).refuses("MeetingBidRefused", PRICE, gross, sender=market.buyer)
    sale.bid(PRICE, seat=4).refuses("MeetingStateWrong", NONE, sender=market.buyer)
    other = (int.from_bytes(ref, "big") + 1).to_bytes(32, "big")
    market.deposit(instance, PRICE, other).refuses("MeetingRefUnknown", sender=market.buyer)
    market.till.hold(coin, PRICE, instance, ref, b"").refuses("MeetingTokenRefused", coin, sender=market.buyer)
    pay = market.till.payAndCall(market.mz, PRICE, instance, ref, b"")
    pay.refuses("MeetingTakesNoPayment", sender=market.buyer)
    forged = instance.onHold(market.stranger, market.mz, PRICE, ref, b"")
    forged.refuses("MeetingCallerNotTill", market.stranger, sender=market.stranger)
    market.chain.travel(sale.end + 1)
    sale.bid(PRICE).refuses("MeetingStateWrong", UNSOLD, sender=market.buyer)


def test_whoever_is_outbid_has_everything_back_at_once(auction: Meeting) -> None:
    market = auction.market
    before, supply = market.held(market.buyer, market.stranger), market.mz.totalSupply().read()
    auction.bid(PRICE - 1).refuses("MeetingBidRefused", PRICE, PRICE - 1, sender=market.buyer)
    auction.bid(20 * ONE).send(market.buyer)
    auction.bid(21 * ONE - 1).refuses("MeetingBidRefused", 21 * ONE, 21 * ONE - 1, sender=market.stranger)

    auction.bid(21 * ONE).send(market.stranger)

    assert moved(market, before, market.buyer, market.stranger) == [0, -21 * ONE]
    assert (auction.left(), market.mz.totalSupply().read()) == (21 * ONE, supply)
    auction.instance.withdraw(1, 1, market.stranger).refuses("MeetingBidLeads", 1, 1, sender=market.stranger)
    auction.instance.withdraw(1, 0, market.buyer).refuses("TillNotPayer", sender=market.buyer)


def test_a_refund_that_fails_delays_nobodys_bid(market: Market) -> None:
    # The real Till never refuses a refund, so this one is a contract that refuses everything.
    till = market.chain.deploy("Actor")
    stubborn = Meeting(market, market.publish_clone("stubborn", "MeetAndGreet", till, market.mz))
    instance = stubborn.instance
    for number, (bidder, gross) in enumerate([(market.buyer, PRICE), (market.stranger, 2 * PRICE)]):
        call = instance.onHold(bidder, market.mz, gross, instance.refOf(1).read(), b"")
        receipt = till.perform(instance, 0, bytes.fromhex(call.data[2:])).send()
        assert [event.name for event in receipt.events] == ["Bid", "RefundDelayed"][: number + 1]

    assert instance.buyerOf(1).read() == market.stranger


def test_only_what_does_not_lead_is_withdrawn(auction: Meeting) -> None:
    market, instance = auction.market, auction.instance
    auction.bid().send(market.buyer)

    for bid in (0, 1, 7):
        instance.withdraw(1, bid, market.buyer).refuses("MeetingBidLeads", 1, bid, sender=market.buyer)
    instance.withdraw(3, 0, market.buyer).refuses("MeetingBidLeads", 3, 0, sender=market.buyer)


def test_a_bidder_who_refuses_everything_blocks_nobody(auction: Meeting) -> None:
    market = auction.market
    hostile = market.chain.deploy("Actor")
    hostile.takeEther(1).send()
    market.mz.transfer(hostile, 50 * ONE).send(market.buyer)
    approve = market.mz.approve(market.till, 50 * ONE)
    hostile.perform(market.mz, 0, bytes.fromhex(approve.data[2:])).send()
    hostile.perform(market.till, 0, bytes.fromhex(auction.bid().data[2:])).send()

    auction.bid().send(market.stranger)

    assert auction.instance.buyerOf(1).read() == market.stranger and market.held(hostile) == [50 * ONE]


def test_a_late_bid_moves_the_end_but_never_beyond_the_meeting(market: Market, version: Version) -> None:
    auction = Meeting(market, version, extension=20 * HOUR)
    auction.bid().send(market.buyer)
    assert auction.instance.endsOf(1).read() == auction.end
    market.chain.next_at(auction.end)
    auction.bid().send(market.stranger)
    assert auction.instance.endsOf(1).read() == auction.end + 20 * HOUR
    market.chain.next_at(auction.end + 20 * HOUR)
    auction.bid().send(market.buyer)

    assert auction.instance.endsOf(1).read() == auction.at
    market.chain.travel(auction.at + 1)
    auction.bid().refuses("MeetingStateWrong", SOLD, sender=market.stranger)
    assert auction.state(2) == UNSOLD


def test_silent_and_content_buyers_pay_the_host(auction: Meeting) -> None:
    market, instance = auction.market, auction.instance
    auction.bid(seat=2).send(market.stranger)
    before = market.held(market.user, market.author)
    auction.hold()
    instance.confirm(1).refuses("MeetingNotAllowed", market.buyer, market.user, sender=market.user)
    instance.settle(1).refuses("MeetingStateWrong", HELD, sender=market.user)

    instance.confirm(1).send(market.buyer)
    auction.later(2)
    instance.object(2, REASON).refuses("MeetingOver", sender=market.stranger)
    instance.settle(2).send(market.author)

    assert moved(market, before, market.user, market.author) == [2 * net_of(PRICE), 2 * PRICE * 200 // 10_000]
    for call in (instance.confirm(1), instance.settle(2)):
        call.refuses("MeetingStateWrong", CLOSED, sender=market.buyer)


def test_a_silent_host_means_exact_refunds(auction: Meeting) -> None:
    market, instance = auction.market, auction.instance
    before = market.held(market.buyer, market.user)
    auction.sell()
    instance.held(PROOF).refuses("MeetingNotAllowed", market.user, market.buyer, sender=market.buyer)
    auction.later()
    assert auction.state() == REFUNDABLE
    instance.held(PROOF).refuses("MeetingOver", auction.at + GRACE, sender=market.user)

    instance.settle(1).send(market.stranger)

    assert moved(market, before, market.buyer, market.user) == [0, 0]


def test_a_cancelled_meeting_refunds_everybody_and_takes_no_more(auction: Meeting) -> None:
    market, instance = auction.market, auction.instance
    before = market.held(market.buyer, market.stranger)
    auction.bid().send(market.buyer)
    auction.bid(seat=2).send(market.stranger)
    instance.held(PROOF).refuses("MeetingOver", auction.at, sender=market.user)
    instance.cancel().refuses("MeetingNotAllowed", market.user, market.buyer, sender=market.buyer)

    instance.cancel().send(market.user)

    auction.bid(seat=3).refuses("MeetingStateWrong", UNSOLD, sender=market.buyer)
    for seat in (1, 2):
        instance.settle(seat).send(market.author)
    assert moved(market, before, market.buyer, market.stranger) == [0, 0]
    for call in (instance.cancel(), instance.held(PROOF)):
        call.refuses("MeetingDecided", sender=market.user)


@pytest.mark.parametrize("bps", [0, 3_333, 10_000])
def test_the_arbiter_divides(auction: Meeting, bps: int) -> None:
    market, instance = auction.market, auction.instance
    before = market.held(market.buyer, market.user)
    instance.object(1, REASON).refuses("MeetingStateWrong", OPEN, sender=market.buyer)
    auction.hold()
    instance.object(1, REASON).refuses("MeetingNotAllowed", market.buyer, market.user, sender=market.user)
    instance.rule(1, bps).refuses("MeetingStateWrong", HELD, sender=market.author)
    instance.object(1, REASON).send(market.buyer)
    instance.rule(1, bps).refuses("MeetingNotAllowed", market.author, market.user, sender=market.user)
    instance.rule(1, 10_001).refuses("MeetingRulingInvalid", 10_001, sender=market.author)

    instance.rule(1, bps).send(market.author)

    gross = PRICE * bps // 10_000
    assert moved(market, before, market.buyer, market.user) == [-gross, net_of(gross) if gross else 0]


def test_a_silent_arbiter_means_halves(auction: Meeting) -> None:
    market, instance = auction.market, auction.instance
    before = market.held(market.buyer, market.user)
    auction.hold()
    instance.object(1, REASON).send(market.buyer)

    auction.later()
    instance.rule(1, 10_000).refuses("MeetingOver", sender=market.author)
    instance.settle(1).send(market.stranger)

    assert moved(market, before, market.buyer, market.user) == [-PRICE // 2, net_of(PRICE // 2)]
