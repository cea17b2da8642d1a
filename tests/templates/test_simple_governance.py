"""Simple governance on the real platform: see simple-governance.tree."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, Market, Version, arguments
from tests.templates.playing import moved

HOUR, DAY = 3_600, 86_400
QUORUM = 100 * ONE
NOTICE, PERIOD, DELAY, WINDOW = DAY, 5 * DAY, 2 * DAY, 7 * DAY
TYPES = ["address", "uint96", "uint96", "uint16", "uint16", "uint32", "uint32", "uint32", "uint32"]
AGAINST, FAVOUR, ABSTAIN = range(3)
PENDING, ACTIVE, CANCELED, DEFEATED, SUCCEEDED, QUEUED, EXPIRED, EXECUTED = range(8)
OPINION, PAYMENT, GRAVE = range(3)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("simple-governance", "Assembly", street.till)


class Club:
    """Votes in MZ; its treasury has 60 MZ."""

    def __init__(self, market: Market, version: Version, **terms: Any) -> None:
        self.market, self.version = market, version
        given = {
            "token": market.mz.address,
            "quorum": QUORUM,
            "threshold": ONE,
            "majorityBps": 5_000,
            "graveBps": 6_666,
            "notice": NOTICE,
            "period": PERIOD,
            "delay": DELAY,
            "window": WINDOW,
        } | terms
        self.encoded = arguments(TYPES, list(given.values()))
        self.instance: Contract = market.as_("Assembly", market.use(self.wish()))
        market.mz.transfer(self.instance, 60 * ONE).send(market.user)

    def wish(self, **others: Any) -> tuple[Any, ...]:
        return self.version.wish(args=self.encoded, init=self.market.call_data("Assembly", "check"), **others)

    def payment(self, amount: int = 50 * ONE, why: str = "the hall") -> int:
        """Proposes to pay the author, and waits for the vote."""
        self.instance.proposePayment(self.market.mz, self.market.author, amount, why).send(self.market.user)
        return self.opens()

    def call(self, target: Any, data: str) -> int:
        self.instance.proposeCall(target, bytes.fromhex(data[2:]), "do it").send(self.market.user)
        return self.opens()

    def cancel(self, proposal: int) -> Call:
        """Overloaded: OpenZeppelin's takes all that was proposed, too."""
        call: Call = getattr(self.instance, "cancel(uint256)")(proposal)
        return call

    def opens(self) -> int:
        self.market.chain.travel(self.market.chain.now() + NOTICE + 1)
        return int(self.instance.latestProposalId().read())

    def vote(self, proposal: int, gross: int, support: int = FAVOUR) -> Call:
        data = arguments(["uint8"], [support])
        return self.market.deposit(self.instance, gross, proposal.to_bytes(32, "big"), data)

    def ends(self, proposal: int) -> None:
        self.market.chain.travel(self.instance.proposalDeadline(proposal).read() + 1)

    def due(self, proposal: int) -> None:
        self.market.chain.travel(self.instance.executionOf(proposal).read()[0])

    def state(self, proposal: int) -> int:
        return int(self.instance.standing(proposal).read()[0])


@pytest.fixture
def club(market: Market, version: Version) -> Club:
    return Club(market, version)


@pytest.mark.parametrize(
    "terms",
    [
        {"token": ETHER},
        {"quorum": 0},
        {"majorityBps": 4_999},
        {"graveBps": 4_999},
        {"graveBps": 10_000},
        {"period": HOUR - 1},
        {"window": HOUR - 1},
    ],
    ids=str,
)
def test_terms_that_make_no_assembly_are_refused(club: Club, terms: dict[str, Any]) -> None:
    market = club.market
    names = ["token", "quorum", "threshold", "majorityBps", "graveBps", "notice", "period", "delay", "window"]
    honest = [market.mz.address, QUORUM, ONE, 5_000, 6_666, NOTICE, PERIOD, DELAY, WINDOW]
    values = dict(zip(names, honest, strict=True)) | terms
    init = market.call_data("Assembly", "check")

    wish = club.version.wish(args=arguments(TYPES, list(values.values())), init=init)
    market.templates.use(wish).refuses("AssemblyTermsInvalid", sender=market.user)


def test_the_bare_implementation_does_nothing(club: Club) -> None:
    market = club.market
    bare = market.chain.at("Assembly", market.templates.versionOf(club.version.id, 1).read()[4])

    for call in (bare.proposeOpinion("hello"), bare.check(), market.deposit(bare, ONE)):
        call.refuses("AssemblyBareImplementation", sender=market.user)


def test_what_a_proposal_does_ranks_it(club: Club) -> None:
    market, instance = club.market, club.instance
    approve = bytes.fromhex(market.mz.approve(market.user, 1).data[2:])
    for call, kind in (
        (instance.proposeOpinion("hello"), OPINION),
        (instance.proposePayment(market.mz, market.author, 1, "some"), PAYMENT),
        (instance.proposePayment(ETHER, market.author, 1, "ether"), PAYMENT),
        (instance.proposeCall(market.mz, approve, "approve"), GRAVE),
        (instance.proposeCall(market.mz, b"\0", "odd"), GRAVE),
    ):
        assert call.send(market.user).only("ProposalRanked")["kind"] == kind
    mixed = [market.mz.address, market.mz.address], [0, 0]
    pay = bytes.fromhex(market.mz.transfer(market.author, 1).data[2:])
    assert instance.propose(*mixed, [pay, approve], "mixed").send(market.user).only("ProposalRanked")["kind"] == GRAVE

    poor = instance.proposeOpinion("again")
    poor.refuses("GovernorInsufficientProposerVotes", sender=market.chain.accounts[6])


def test_no_decision_reaches_the_deposits(club: Club) -> None:
    market, instance = club.market, club.instance
    steal = market.till.release(market.mz, (1).to_bytes(32, "big"), QUORUM, market.user)
    data = bytes.fromhex(steal.data[2:])
    refused = instance.proposeCall(market.till, data, "steal")
    refused.refuses("AssemblyTargetRefused", market.till, sender=market.user)
    both = instance.propose([instance.address, market.till.address], [0, 0], [b"", data], "steal")
    both.refuses("AssemblyTargetRefused", market.till, sender=market.user)

    proposal = club.call(instance, instance.relay(market.till, 0, data).data)
    club.vote(proposal, 3 * QUORUM).send(market.user)
    club.due(proposal)

    instance.carryOut(proposal).refuses("AssemblyTargetRefused", market.till, sender=market.user)
    instance.relay(market.mz, 0, b"").refuses("GovernorOnlyExecutor", market.user, sender=market.user)
    assert market.left(instance, proposal.to_bytes(32, "big")) == 3 * QUORUM


def test_an_accepted_payment_is_made_once_after_the_delay(club: Club) -> None:
    market, instance = club.market, club.instance
    proposal = club.payment()
    before = market.held(market.buyer, market.stranger, market.author)
    club.vote(proposal, 80 * ONE).send(market.buyer)
    club.vote(proposal, 30 * ONE, AGAINST).send(market.stranger)
    club.vote(proposal, 40 * ONE, ABSTAIN).send(market.author)
    giving = instance.giveBack(proposal, market.buyer)
    giving.refuses("AssemblyVoteOpen", sender=market.buyer)
    club.ends(proposal)
    standing = instance.standing(proposal).read()
    assert (standing[0], standing[1], *standing[3:]) == (SUCCEEDED, PAYMENT, 30 * ONE, 80 * ONE, 40 * ONE)
    instance.carryOut(proposal).refuses("AssemblyTooEarly", sender=market.user)

    club.due(proposal)
    instance.carryOut(proposal).send(market.stranger)
    for voter in (market.buyer, market.stranger, market.author):
        instance.giveBack(proposal, voter).send(market.user)

    assert moved(market, before, market.buyer, market.stranger, market.author) == [0, 0, 50 * ONE]
    instance.carryOut(proposal).refuses("GovernorUnexpectedProposalState", sender=market.user)
    giving.refuses("TillNotPayer", sender=market.buyer)


@pytest.mark.parametrize(
    ("votes", "state"),
    [
        ([(99, FAVOUR)], DEFEATED),
        ([(100, FAVOUR)], SUCCEEDED),
        ([(100, FAVOUR), (100, AGAINST)], DEFEATED),
        ([(101, FAVOUR), (100, AGAINST)], SUCCEEDED),
        ([(1, FAVOUR), (99, ABSTAIN)], SUCCEEDED),
        ([(99, FAVOUR), (98, AGAINST)], DEFEATED),
        ([], DEFEATED),
    ],
    ids=str,
)
def test_quorum_and_majority_decide(club: Club, votes: list[tuple[int, int]], state: int) -> None:
    market = club.market
    proposal = club.payment()
    for (amount, support), voter in zip(votes, (market.buyer, market.stranger), strict=False):
        club.vote(proposal, amount * ONE, support).send(voter)

    club.ends(proposal)

    assert club.state(proposal) == state


@pytest.mark.parametrize(("favour", "against", "state"), [(199, 0, 3), (200, 0, 4), (300, 160, 3), (330, 160, 4)])
def test_grave_proposals_need_more(club: Club, favour: int, against: int, state: int) -> None:
    market = club.market
    proposal = club.call(market.mz, market.mz.approve(market.user, 1).data)
    club.vote(proposal, favour * ONE).send(market.buyer)
    if against:
        club.vote(proposal, against * ONE, AGAINST).send(market.stranger)

    club.ends(proposal)

    assert club.state(proposal) == state


def test_only_deposits_in_time_are_votes_and_each_account_has_one(club: Club) -> None:
    market, instance = club.market, club.instance
    instance.proposeOpinion("hello").send(market.user)
    club.vote(1, ONE).refuses("GovernorUnexpectedProposalState", sender=market.buyer)
    club.opens()
    for call in (
        instance.castVote(1, FAVOUR),
        instance.castVoteWithReason(1, FAVOUR, "mine"),
        instance.castVoteWithReasonAndParams(1, FAVOUR, "mine", b"\xff" * 32),
    ):
        call.refuses("AssemblyVotesByDeposit", sender=market.buyer)
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, ONE).send(market.buyer)
    coin.approve(market.till, ONE).send(market.buyer)
    ref, data = (1).to_bytes(32, "big"), arguments(["uint8"], [FAVOUR])
    market.till.hold(coin, ONE, instance, ref, data).refuses("AssemblyTokenRefused", coin, sender=market.buyer)
    paid = market.till.payAndCall(market.mz, ONE, instance, ref, data)
    paid.refuses("AssemblyTakesNoPayment", sender=market.buyer)
    forged = instance.onHold(market.buyer, market.mz, ONE, ref, data)
    forged.refuses("AssemblyCallerNotTill", market.buyer, sender=market.buyer)
    club.vote(1, ONE, 3).refuses("GovernorInvalidVoteType", sender=market.buyer)
    club.vote(2, ONE).refuses("GovernorNonexistentProposal", 2, sender=market.buyer)

    club.vote(1, ONE).send(market.buyer)

    club.vote(1, ONE).refuses("GovernorAlreadyCastVote", market.buyer, sender=market.buyer)
    club.ends(1)
    club.vote(1, ONE).refuses("GovernorUnexpectedProposalState", sender=market.stranger)


def test_a_proposer_withdraws_before_the_vote_and_nobody_else_ever(club: Club) -> None:
    market, instance = club.market, club.instance
    instance.proposeOpinion("hello").send(market.user)

    club.cancel(1).refuses("GovernorUnableToCancel", 1, market.stranger, sender=market.stranger)
    club.cancel(1).send(market.user)

    assert club.state(1) == CANCELED
    club.opens()
    club.vote(1, ONE).refuses("GovernorUnexpectedProposalState", sender=market.buyer)
    instance.proposeOpinion("again").send(market.user)
    club.opens()
    club.cancel(2).refuses("GovernorUnableToCancel", 2, market.user, sender=market.user)


def test_what_nobody_carries_out_lapses(club: Club) -> None:
    market, instance = club.market, club.instance
    proposal = club.payment()
    club.vote(proposal, QUORUM).send(market.buyer)
    last = instance.lastOf(proposal).read()

    market.chain.travel(last + 1)

    assert club.state(proposal) == EXPIRED
    instance.carryOut(proposal).refuses("GovernorUnexpectedProposalState", sender=market.user)
    instance.giveBack(proposal, market.buyer).send(market.user)


def test_deposits_that_nobody_asks_for_go_back_by_the_till(club: Club) -> None:
    market = club.market
    before = market.held(market.buyer)
    proposal = club.payment()
    ref = proposal.to_bytes(32, "big")
    club.vote(proposal, QUORUM).send(market.buyer)
    expiry = market.till.pot(club.instance, market.mz, ref).read()[2]
    assert expiry == club.instance.proposalDeadline(proposal).read() + 90 * DAY

    market.chain.travel(expiry + 1)
    market.till.reclaim(club.instance, market.mz, ref, market.buyer).send(market.user)

    assert moved(market, before, market.buyer) == [0]
