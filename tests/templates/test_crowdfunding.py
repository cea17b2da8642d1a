"""Crowdfunding on the real platform: see crowdfunding.tree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, ZERO, Market, Version, arguments, net_of

DAY = 86_400
GOAL = 100 * ONE
LEAST = ONE
PARTS = (3_000, 2_000, 5_000)
PACE, OBJECTION, GRACE = 60 * DAY, 7 * DAY, 30 * DAY
RIGHT = 5 * ONE
PROFIT_BPS = 4_000
TEXT, EVIDENCE, NOTE = keccak(b"a film"), keccak(b"the script"), keccak(b"one viewing")
TYPES = ["address", "uint256", "uint96", "uint96", "uint48", "uint16[]", "uint32", "uint32", "uint96", "uint16"]
TYPES += ["bytes32"]
CLOSED, RAISING, FAILED, WORKING, OBJECTING, PAYABLE, STOPPED, DONE = range(8)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("crowdfunding", "Crowdfunding", street.till, street.mz, street.works)


class Campaign:
    """A campaign of `user`, thirty days long unless said otherwise, backed by `buyer` and `stranger`."""

    def __init__(self, market: Market, version: Version, **terms: Any) -> None:
        self.market, self.version = market, version
        self.deadline = market.chain.now() + 30 * DAY
        made = market.use(self.wish(**terms))
        self.instance: Contract = market.as_("Crowdfunding", made)

    def wish(self, *, opened: bool = True, salt: int = 0, **terms: Any) -> tuple[Any, ...]:
        given = {
            "creator": self.market.user,
            "work": 0,
            "goal": GOAL,
            "least": LEAST,
            "deadline": self.deadline,
            "parts": PARTS,
            "pace": PACE,
            "objection": OBJECTION,
            "right": RIGHT,
            "profitBps": PROFIT_BPS,
            "text": TEXT,
        } | terms
        init = self.market.call_data("Crowdfunding", "open") if opened else "0x"
        return self.version.wish(salt=salt, args=arguments(TYPES, list(given.values())), init=init)

    def back(self, gross: int, backer: str | None = None) -> None:
        self.market.deposit(self.instance, gross).send(backer or self.market.buyer)

    def ends(self) -> None:
        """The second after the deadline."""
        self.market.chain.travel(self.deadline + 1)

    def wait(self, seconds: int) -> None:
        self.market.chain.travel(self.market.chain.now() + seconds)

    def report(self) -> None:
        self.instance.report(EVIDENCE).send(self.market.user)

    def succeed(self, **contributions: int) -> None:
        """Reaches its goal: 80 of buyer, 40 of stranger unless said otherwise."""
        for person, gross in (contributions or {"buyer": 80 * ONE, "stranger": 40 * ONE}).items():
            self.back(gross, getattr(self.market, person))
        self.ends()

    def meet(self) -> None:
        """One milestone, from report to release."""
        self.report()
        self.wait(OBJECTION + 1)
        self.instance.release().send(self.market.author)

    def wrong(self, call: Call, phase: int, sender: str | None = None) -> None:
        call.refuses("CampaignPhaseWrong", phase, sender=sender or self.market.user)

    @property
    def phase(self) -> int:
        return int(self.instance.phase().read())

    @property
    def left(self) -> int:
        return self.market.left(self.instance)


@pytest.fixture
def campaign(market: Market, version: Version) -> Campaign:
    return Campaign(market, version)


def test_a_campaign_opens_once_and_announces_its_terms(market: Market, version: Version) -> None:
    campaign = Campaign(market, version, opened=False)
    assert campaign.instance.ends().read() == 0
    expiry = campaign.deadline + 3 * (PACE + OBJECTION) + GRACE

    assert campaign.phase == CLOSED
    deposit = market.deposit(campaign.instance, ONE)
    deposit.refuses("CampaignPhaseWrong", CLOSED, sender=market.buyer)
    opened = campaign.instance.open().send(market.stranger).only("Opened")

    assert (opened["creator"].lower(), opened["goal"], opened["deadline"]) == (market.user, GOAL, campaign.deadline)
    assert opened["expiry"] == expiry == campaign.instance.expiry().read()
    assert (campaign.phase, campaign.instance.text().read()) == (RAISING, TEXT)
    campaign.wrong(campaign.instance.open(), RAISING)


@pytest.mark.parametrize(
    "terms",
    [
        {"creator": ETHER},
        {"goal": 9_999},
        {"parts": ()},
        {"parts": (10_001,)},
        {"parts": (5_000, 4_999)},
        {"parts": (10_000, 0)},
        {"parts": (1_000, *[750] * 12)},
        {"pace": DAY - 1},
        {"objection": DAY - 1},
        {"profitBps": 10_001},
        {"deadline": 1},
        {"pace": 350 * DAY},
    ],
    ids=str,
)
def test_terms_that_make_no_campaign_are_refused(campaign: Campaign, terms: dict[str, Any]) -> None:
    market = campaign.market

    use = market.templates.use(campaign.wish(salt=1, **terms))

    use.refuses("CampaignTermsInvalid", sender=market.user)


def test_only_the_works_owner_raises_money_for_it(campaign: Campaign) -> None:
    market = campaign.market
    work = market.register(market.stranger, b"a song")

    use = market.templates.use(campaign.wish(salt=1, work=work))

    use.refuses("CampaignWorkNotOwned", market.stranger, market.user, sender=market.user)
    market.templates.use(campaign.wish(salt=1, work=work, creator=market.stranger)).send(market.user)


def test_the_bare_implementation_collects_nothing(campaign: Campaign) -> None:
    market = campaign.market
    bare = market.chain.at("Crowdfunding", market.templates.versionOf(campaign.version.id, 1).read()[4])

    market.deposit(bare, ONE).refuses("CampaignBareImplementation", sender=market.buyer)
    market.till.payAndCall(market.mz, ONE, bare, ZERO, b"").refuses("CampaignBareImplementation", sender=market.buyer)
    for call in (bare.open(), bare.report(ZERO), bare.veto(), bare.release(), bare.refund(market.buyer), bare.phase()):
        call.refuses("CampaignBareImplementation", sender=market.user)


def test_contributions_wait_in_one_pot_and_nobody_is_paid(campaign: Campaign) -> None:
    market = campaign.market
    before, supply = market.held(market.buyer, market.user, market.author), market.mz.totalSupply().read()

    campaign.back(30 * ONE)
    campaign.back(10 * ONE)
    campaign.back(20 * ONE, market.stranger)

    assert campaign.left == 60 * ONE
    assert market.held(market.buyer, market.user, market.author) == [before[0] - 40 * ONE, *before[1:]]
    assert market.mz.totalSupply().read() == supply
    assert campaign.instance.standing().read() == (60 * ONE, GOAL, campaign.deadline)
    assert campaign.instance.position(market.buyer).read() == (40 * ONE, 0, 0)
    assert [campaign.instance.isBacker(person).read() for person in (market.buyer, market.author)] == [True, False]


def test_contributions_end_with_the_second_of_the_deadline(campaign: Campaign) -> None:
    market = campaign.market
    market.chain.next_at(campaign.deadline)
    campaign.back(ONE)

    market.chain.travel(campaign.deadline + 1)

    late = market.deposit(campaign.instance, ONE)
    late.refuses("CampaignPhaseWrong", FAILED, sender=market.buyer)


def test_dust_another_token_another_pot_and_forged_deposits_are_refused(campaign: Campaign) -> None:
    market, instance = campaign.market, campaign.instance
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, GOAL).send(market.buyer)
    coin.approve(market.till, GOAL).send(market.buyer)

    dust = market.deposit(instance, LEAST - 1)
    dust.refuses("CampaignContributionTooSmall", LEAST, LEAST - 1, sender=market.buyer)
    market.deposit(instance, ONE, EVIDENCE).refuses("CampaignRefUnknown", EVIDENCE, sender=market.buyer)
    market.till.hold(coin, ONE, instance, ZERO, b"").refuses("CampaignTokenRefused", coin, sender=market.buyer)
    pay = market.till.payAndCall(coin, ONE, instance, ZERO, b"")
    pay.refuses("CampaignTokenRefused", coin, sender=market.buyer)
    forged = instance.onHold(market.buyer, market.mz, GOAL, ZERO, b"")
    forged.refuses("CampaignCallerNotTill", market.stranger, sender=market.stranger)
    paid = instance.onPayment(market.buyer, market.mz, GOAL, GOAL, ZERO, b"")
    paid.refuses("CampaignCallerNotTill", market.stranger, sender=market.stranger)


def test_an_early_majority_can_neither_take_nor_stop_anything_while_it_raises(campaign: Campaign) -> None:
    market, instance = campaign.market, campaign.instance
    campaign.back(GOAL, market.user)

    campaign.wrong(instance.report(EVIDENCE), RAISING)
    for call in (instance.veto(), instance.release(), instance.refund(market.user)):
        campaign.wrong(call, RAISING)
    market.till.reclaim(instance, market.mz, ZERO, market.user).refuses("TillPotNotExpired", sender=market.user)
    market.till.release(market.mz, ZERO, ONE, market.user).refuses("TillPotTooSmall", sender=market.user)


@pytest.mark.parametrize("seed", range(3))
def test_a_missed_goal_gives_everybody_back_exactly_what_they_paid(campaign: Campaign, seed: int) -> None:
    market, dice = campaign.market, random.Random(seed)
    people = [market.buyer, market.stranger, market.author]
    before, supply = market.held(*people), market.mz.totalSupply().read()
    for person in dice.choices(people, k=6):
        campaign.back(dice.randrange(LEAST, GOAL // 7), person)
    campaign.ends()
    assert campaign.phase == FAILED and campaign.instance.isRefundable().read() is True

    for person in {person for person in people if campaign.instance.isBacker(person).read()}:
        campaign.instance.refund(person).send(market.user)

    assert (market.held(*people), campaign.left) == (before, 0)
    assert market.mz.totalSupply().read() == supply


def test_nobody_is_refunded_twice_or_without_having_paid(campaign: Campaign) -> None:
    market = campaign.market
    campaign.back(ONE)
    campaign.back(ONE, market.stranger)
    campaign.ends()
    campaign.instance.refund(market.buyer).send(market.buyer)

    for person in (market.buyer, market.author):
        campaign.instance.refund(person).refuses("TillNotPayer", sender=market.buyer)
    assert campaign.left == ONE


def test_a_missed_goal_pays_the_creator_nothing_and_gives_no_rights(campaign: Campaign) -> None:
    market = campaign.market
    campaign.back(GOAL - 1)
    campaign.ends()

    campaign.wrong(campaign.instance.report(EVIDENCE), FAILED)
    campaign.wrong(campaign.instance.release(), FAILED)
    assert campaign.instance.position(market.buyer).read() == (GOAL - 1, 0, 0)


def test_milestones_settle_their_parts_and_the_last_takes_what_is_left(campaign: Campaign) -> None:
    market = campaign.market
    raised = 120 * ONE + 7
    campaign.succeed(buyer=80 * ONE, stranger=40 * ONE + 7)
    start, supply = market.held(market.user, market.author), market.mz.totalSupply().read()
    grosses = [raised * 3_000 // 10_000, raised * 2_000 // 10_000]
    grosses.append(raised - sum(grosses))

    for index, gross in enumerate(grosses):
        assert campaign.instance.milestone().read()[:2] == (index, gross)
        campaign.meet()

    assert (campaign.phase, campaign.left) == (DONE, 0)
    nets = sum(net_of(gross) for gross in grosses)
    shares = sum(gross * 200 // 10_000 for gross in grosses)
    paid = [after - before for after, before in zip(market.held(market.user, market.author), start, strict=True)]
    assert paid == [nets, shares]
    assert supply - market.mz.totalSupply().read() == raised - nets - shares
    campaign.wrong(campaign.instance.refund(market.buyer), DONE)


def test_only_the_creator_reports_and_only_once(campaign: Campaign) -> None:
    market = campaign.market
    campaign.succeed()
    campaign.instance.report(EVIDENCE).refuses(
        "CampaignNotCreator", market.user, market.stranger, sender=market.stranger
    )

    reported = campaign.instance.report(EVIDENCE).send(market.user).only("Reported")

    until = market.chain.now() + OBJECTION
    assert campaign.instance.ends().read() == until
    assert reported == {"milestone": 0, "evidence": EVIDENCE, "until": until}
    campaign.wrong(campaign.instance.report(EVIDENCE), OBJECTING)
    market.chain.travel(until)
    campaign.wrong(campaign.instance.release(), OBJECTING)
    campaign.wrong(campaign.instance.refund(market.buyer), OBJECTING)
    market.chain.travel(until + 1)
    assert campaign.phase == PAYABLE
    campaign.wrong(campaign.instance.veto(), PAYABLE, market.buyer)


def test_after_the_deadline_no_money_comes_in(campaign: Campaign) -> None:
    market = campaign.market
    campaign.succeed()
    deposit = market.deposit(campaign.instance, ONE)
    deposit.refuses("CampaignPhaseWrong", WORKING, sender=market.buyer)

    campaign.meet()

    deposit.refuses("TillPotClosed", sender=market.buyer)


def test_a_third_against_it_stops_the_campaign_and_the_rest_goes_back(campaign: Campaign) -> None:
    market = campaign.market
    start = market.held(market.buyer, market.stranger)
    campaign.succeed()
    campaign.meet()
    campaign.report()

    receipt = campaign.instance.veto().send(market.stranger)

    vetoed = receipt.only("Vetoed")
    assert (vetoed["milestone"], vetoed["weight"], vetoed["against"]) == (1, 40 * ONE, 40 * ONE)
    assert receipt.only("Stopped") == {"milestone": 1} and campaign.phase == STOPPED
    campaign.wrong(campaign.instance.release(), STOPPED)
    campaign.wrong(campaign.instance.report(EVIDENCE), STOPPED)
    for person in (market.buyer, market.stranger):
        campaign.instance.refund(person).send(market.author)
    back = [after - before for after, before in zip(market.held(market.buyer, market.stranger), start, strict=True)]
    assert back == [-80 * ONE * 3 // 10, -40 * ONE * 3 // 10]
    assert campaign.left == 0 and campaign.phase == STOPPED


def test_less_than_a_third_stops_nothing(campaign: Campaign) -> None:
    market = campaign.market
    campaign.succeed(buyer=80 * ONE + 1, stranger=40 * ONE)
    campaign.report()
    campaign.instance.veto().send(market.stranger)

    campaign.wait(OBJECTION + 1)

    campaign.instance.release().send(market.stranger)
    assert campaign.phase == WORKING


def test_dust_weighs_what_it_paid(market: Market, version: Version) -> None:
    campaign = Campaign(market, version, least=0)
    campaign.back(GOAL)
    campaign.back(1, market.stranger)
    campaign.back(1, market.author)
    campaign.ends()
    campaign.report()

    for dust in (market.stranger, market.author):
        campaign.instance.veto().send(dust)

    assert campaign.phase == OBJECTING


def test_a_backer_objects_once_to_a_milestone_and_a_stranger_never(campaign: Campaign) -> None:
    market = campaign.market
    campaign.succeed(buyer=100 * ONE, stranger=20 * ONE)
    campaign.report()
    campaign.instance.veto().send(market.stranger)

    campaign.instance.veto().refuses("CampaignVetoedAlready", market.stranger, sender=market.stranger)
    campaign.instance.veto().refuses("CampaignNotBacker", market.author, sender=market.author)
    campaign.wait(OBJECTION + 1)
    campaign.instance.release().send()
    campaign.report()

    against = campaign.instance.veto().send(market.stranger).only("Vetoed")["against"]
    assert against == 20 * ONE and campaign.phase == OBJECTING


def test_a_silent_creator_stops_the_campaign_and_everybody_gets_everything_back(campaign: Campaign) -> None:
    market = campaign.market
    start = market.held(market.buyer, market.stranger)
    campaign.succeed()

    market.chain.travel(campaign.deadline + PACE)
    assert campaign.phase == WORKING
    market.chain.travel(campaign.deadline + PACE + 1)

    campaign.wrong(campaign.instance.report(EVIDENCE), STOPPED)
    assert campaign.instance.refund(market.buyer).send().only("Stopped") == {"milestone": 0}
    assert campaign.phase == STOPPED  # although less than the goal is left
    campaign.instance.refund(market.stranger).send()
    assert market.held(market.buyer, market.stranger) == start


def test_a_creator_silent_after_a_release_gets_no_more(campaign: Campaign) -> None:
    market = campaign.market
    start = market.held(market.buyer)[0]
    campaign.succeed()
    campaign.meet()

    due = campaign.instance.milestone().read()[2]
    market.chain.travel(due + 1)

    assert campaign.phase == STOPPED
    campaign.instance.refund(market.buyer).send()
    assert market.held(market.buyer) == [start - 80 * ONE * 3 // 10]


def test_when_everybody_is_silent_the_till_gives_it_all_back(campaign: Campaign) -> None:
    market = campaign.market
    start = market.held(market.buyer)[0]
    campaign.succeed()
    campaign.report()

    market.chain.travel(campaign.instance.expiry().read() + 1)

    campaign.wrong(campaign.instance.release(), STOPPED)
    market.till.reclaim(campaign.instance, market.mz, ZERO, market.buyer).send(market.author)
    assert market.held(market.buyer) == [start]
    campaign.instance.refund(market.stranger).send()
    assert campaign.left == 0


def test_presold_rights_come_with_success_and_are_used_up(campaign: Campaign) -> None:
    market, instance = campaign.market, campaign.instance
    campaign.succeed(buyer=104 * ONE, stranger=3 * ONE)
    assert instance.position(market.buyer).read()[1] == 20

    redeemed = instance.redeem(3, NOTE).send(market.buyer).only("Redeemed")

    assert (redeemed["count"], redeemed["note"], redeemed["left"]) == (3, NOTE, 17)
    instance.redeem(18, NOTE).refuses("CampaignRightsTooFew", 17, 18, sender=market.buyer)
    instance.redeem(0, NOTE).refuses("CampaignRightsTooFew", 17, 0, sender=market.buyer)
    instance.redeem(1, NOTE).refuses("CampaignRightsTooFew", 0, 1, sender=market.stranger)


def test_a_refund_takes_the_rights_away(campaign: Campaign) -> None:
    market, instance = campaign.market, campaign.instance
    campaign.succeed()
    instance.redeem(2, NOTE).send(market.buyer)
    campaign.report()
    instance.veto().send(market.buyer)
    assert instance.position(market.buyer).read()[1] == 14

    instance.refund(market.buyer).send()

    assert instance.position(market.buyer).read() == (0, 0, 0)
    instance.redeem(1, NOTE).refuses("CampaignRightsTooFew", 0, 1, sender=market.buyer)
