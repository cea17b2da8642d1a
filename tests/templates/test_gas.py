"""Gas of whole transactions with our templates: the bars are promises, the snapshot may grow by 1 % at most.

`MZ_WRITE_GAS=1` writes the snapshot anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from tests.contracts.templates_market import ONE, Market
from tests.templates.test_crowdfunding import OBJECTION, Campaign
from tests.templates.test_htlc_swap import SECRET, Desk
from tests.templates.test_letter_of_credit import FILES, Credit
from tests.templates.test_meet_and_greet import Meeting
from tests.templates.test_signed_agreement import Deal
from tests.templates.test_simple_governance import QUORUM, Club
from tests.templates.test_star_time import LENGTH, Diary
from tests.templates.test_vesting_grant import Grant

DAY = 86_400
SNAPSHOT = Path(__file__).with_name("gas.json")
BARS = {
    "crowdfunding, create": 275_000,
    "crowdfunding, first contribution": 150_000,
    "crowdfunding, new backer": 97_000,
    "crowdfunding, contribute again": 80_000,
    "crowdfunding, exact refund": 62_000,
    "htlc swap, create": 215_000,
    "htlc swap, lock": 215_000,
    "htlc swap, claim": 120_000,
    "htlc swap, refund": 75_000,
    "letter of credit, create": 215_000,
    "letter of credit, pay in": 160_000,
    "letter of credit, honour": 120_000,
    "letter of credit, close": 75_000,
    "merchandise shop, create with two payees": 215_000,
    "signed agreement, create": 215_000,
    "signed agreement, pay in": 150_000,
    "signed agreement, give up": 62_000,
    "simple governance, create": 215_000,
    "simple governance, vote": 150_000,
    "simple governance, give back": 62_000,
    "vesting, create": 230_000,
    "vesting, take": 110_000,
}


def salt(text: str) -> int:
    """A salt like those that wallets draw: no zero bytes."""
    return int.from_bytes(keccak(text.encode()), "big")


def measure_crowdfunding(market: Market) -> dict[str, int]:
    """A campaign that succeeds, and one that does not."""
    version = market.publish_clone("crowdfunding", "Crowdfunding", market.till, market.mz, market.works)
    campaign = Campaign(market, version)
    gas = {"crowdfunding, create": market.templates.use(campaign.wish(salt=salt("create"))).send(market.user).gas}
    deposit = market.deposit(campaign.instance, 60 * ONE)
    gas["crowdfunding, first contribution"] = deposit.send(market.buyer).gas
    gas["crowdfunding, new backer"] = deposit.send(market.stranger).gas
    gas["crowdfunding, contribute again"] = deposit.send(market.stranger).gas
    campaign.ends()
    gas["crowdfunding, report"] = campaign.instance.report(keccak(b"evidence")).send(market.user).gas
    gas["crowdfunding, veto"] = campaign.instance.veto().send(market.buyer).gas
    other = Campaign(market, version, right=1)  # another address
    for person in (market.buyer, market.stranger):
        market.deposit(other.instance, 60 * ONE).send(person)
    other.ends()
    other.report()
    other.wait(OBJECTION + 1)
    gas["crowdfunding, release"] = other.instance.release().send(market.buyer).gas
    gas["crowdfunding, refund of a part"] = campaign.instance.refund(market.stranger).send(market.buyer).gas
    missed = Campaign(market, version, right=2)
    for person in (market.buyer, market.stranger):
        market.deposit(missed.instance, 10 * ONE).send(person)
    missed.ends()
    gas["crowdfunding, exact refund"] = missed.instance.refund(market.buyer).send(market.buyer).gas
    return gas


def measure_star_time(market: Market) -> dict[str, int]:
    """A slot that is booked, resold and given."""
    version = market.publish_clone("star-time", "StarTime", market.till, market.mz)
    diary = Diary(market, version, slot=False)
    gas = {"star time, create": market.templates.use(diary.wish(notice=1)).send(market.user).gas}
    diary.offer()
    offer = diary.instance.offer(ONE, diary.start, LENGTH, keccak(b"text"))
    gas["star time, offer a slot"] = offer.send(market.user).gas
    gas["star time, book"] = diary.booking().send(market.buyer).gas
    gas["star time, list"] = diary.instance.list(1, 48 * ONE).send(market.buyer).gas
    gas["star time, buy from a holder"] = diary.booking().send(market.stranger).gas
    market.chain.travel(diary.start + LENGTH)
    gas["star time, deliver"] = diary.instance.deliver(1, keccak(b"proof")).send(market.user).gas
    diary.later()
    gas["star time, settle"] = diary.instance.settle(1).send(market.buyer).gas
    return gas


def measure_meet_and_greet(market: Market) -> dict[str, int]:
    """A seat that is bid for twice, and a meeting that is held."""
    version = market.publish_clone("meet-and-greet", "MeetAndGreet", market.till, market.mz)
    meeting = Meeting(market, version)
    gas = {"meet and greet, first bid": meeting.bid().send(market.buyer).gas}
    gas["meet and greet, higher bid"] = meeting.bid().send(market.stranger).gas
    market.chain.travel(meeting.at)
    gas["meet and greet, prove"] = meeting.instance.held(keccak(b"proof")).send(market.user).gas
    meeting.later()
    gas["meet and greet, settle"] = meeting.instance.settle(1).send(market.buyer).gas
    return gas


def measure_htlc_swap(market: Market) -> dict[str, int]:
    """A lock that is claimed, and one that is not."""
    version = market.publish_clone("htlc-swap", "HtlcSwap", market.till)
    desk = Desk(market, version)
    wish = version.wish(args=desk.encoded, salt=salt("create"))
    gas = {"htlc swap, create": market.templates.use(wish).send(market.user).gas}
    desk.lock(gross=ONE).send(desk.payer)
    gas["htlc swap, lock"] = desk.lock().send(desk.payer).gas
    gas["htlc swap, claim"] = desk.instance.claim(desk.name(), SECRET).send(desk.recipient).gas
    market.chain.travel(desk.deadline + 1)
    gas["htlc swap, refund"] = desk.instance.refund(desk.name(gross=ONE)).send(market.user).gas
    return gas


def measure_vesting(market: Market) -> dict[str, int]:
    """A grant that is half taken and then stopped."""
    version = market.publish_clone("vesting", "VestingGrant")
    grant = Grant(market, version)
    gas = {"vesting, create": market.templates.use(grant.wish(salt=salt("create"))).send(market.user).gas}
    grant.next(200 * DAY)
    gas["vesting, take"] = grant.instance.take().send(grant.beneficiary).gas
    gas["vesting, revoke"] = grant.instance.revoke().send(grant.revoker).gas
    gas["vesting, give back"] = grant.instance.giveBackRest().send(grant.revoker).gas
    return gas


def measure_simple_governance(market: Market) -> dict[str, int]:
    """A payment that is proposed, voted on and made."""
    version = market.publish_clone("simple-governance", "Assembly", market.till)
    club = Club(market, version)
    gas = {"simple governance, create": market.templates.use(club.wish(salt=salt("create"))).send(market.user).gas}
    proposing = club.instance.proposePayment(market.mz, market.author, ONE, "the hall")
    gas["simple governance, propose a payment"] = proposing.send(market.user).gas
    proposal = club.opens()
    club.vote(proposal, QUORUM).send(market.stranger)
    gas["simple governance, vote"] = club.vote(proposal, QUORUM).send(market.buyer).gas
    club.due(proposal)
    gas["simple governance, carry out"] = club.instance.carryOut(proposal).send(market.user).gas
    gas["simple governance, give back"] = club.instance.giveBack(proposal, market.buyer).send(market.user).gas
    return gas


def measure_letter_of_credit(market: Market) -> dict[str, int]:
    """A credit that is drawn, and one that is not."""
    version = market.publish_clone("letter-of-credit", "LetterOfCredit", market.till)
    credit = Credit(market, version)
    wish = version.wish(args=credit.encoded, salt=salt("create"))
    gas = {"letter of credit, create": market.templates.use(wish).send(market.user).gas}
    gas["letter of credit, pay in"] = credit.deposit().send(credit.importer).gas
    gas["letter of credit, issue"] = credit.instance.issue().send(credit.bank).gas
    presented = credit.instance.present(credit.instance.amount().read(), FILES)
    gas["letter of credit, present"] = presented.send(credit.exporter).gas
    gas["letter of credit, refuse"] = credit.instance.refuse(1, FILES[0]).send(credit.bank).gas
    gas["letter of credit, appeal"] = credit.instance.appeal(1, FILES[0]).send(credit.exporter).gas
    gas["letter of credit, honour"] = credit.instance.honour(1).send(credit.bank).gas
    other = Credit(market, version, text=keccak(b"another")).issue()
    other.over()
    gas["letter of credit, close"] = other.instance.close().send(market.user).gas
    return gas


def measure_signed_agreement(market: Market) -> dict[str, int]:
    """Three signatures, a price, and both ends."""
    version = market.publish_clone("signed-agreement", "Agreement", market.till)
    deal = Deal(market, version)
    wish = version.wish(args=deal.encoded, salt=salt("create"))
    gas = {"signed agreement, create": market.templates.use(wish).send(market.user).gas}
    gas["signed agreement, first signature"] = deal.instance.sign().send(deal.payer).gas
    handed = deal.instance.signFor(deal.performer, deal.signed(deal.performer))
    gas["signed agreement, signature handed in"] = handed.send(deal.payer).gas
    deal.instance.sign().send(deal.witness)
    gas["signed agreement, pay in"] = deal.deposit().send(deal.payer).gas
    gas["signed agreement, report"] = deal.instance.report(keccak(b"done")).send(deal.performer).gas
    gas["signed agreement, accept"] = deal.instance.accept().send(deal.payer).gas
    other = Deal(market, version, text=keccak(b"another")).bind()
    gas["signed agreement, give up"] = other.instance.giveUp().send(other.performer).gas
    return gas


MEASURES: dict[str, Callable[[Market], dict[str, int]]] = {
    "crowdfunding": measure_crowdfunding,
    "htlc-swap": measure_htlc_swap,
    "letter-of-credit": measure_letter_of_credit,
    "meet-and-greet": measure_meet_and_greet,
    "signed-agreement": measure_signed_agreement,
    "simple-governance": measure_simple_governance,
    "star-time": measure_star_time,
    "vesting": measure_vesting,
}


def keep(gas: dict[str, int], name: str, snapshot: Path) -> None:
    """Requires that the bars hold and the snapshot has not grown by more than 1 %."""
    known = json.loads(snapshot.read_text("utf-8")) if snapshot.is_file() else {}
    if os.environ.get("MZ_WRITE_GAS"):
        known[name] = gas
        snapshot.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert gas.keys() == known[name].keys()
    assert {action: used for action, used in gas.items() if used > BARS.get(action, used)} == {}
    assert {action: used for action, used in gas.items() if used * 100 > known[name][action] * 101} == {}


@pytest.mark.parametrize("name", MEASURES)
def test_gas_stays_within_the_bars_and_the_snapshot(market: Market, name: str) -> None:
    keep(MEASURES[name](market), name, SNAPSHOT)
