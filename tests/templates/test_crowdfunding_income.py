"""Income of a campaign and how it is shared: see crowdfunding.tree."""

from __future__ import annotations

import pytest

from tests.contracts.stage import ETHER
from tests.contracts.templates_market import ONE, ZERO, Market, Version, arguments, net_of
from tests.templates.test_crowdfunding import NOTE, PARTS, PROFIT_BPS, Campaign


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("crowdfunding", "Crowdfunding", street.till, street.mz, street.works)


@pytest.fixture
def campaign(market: Market, version: Version) -> Campaign:
    return Campaign(market, version)


def finish(campaign: Campaign) -> None:
    campaign.succeed()
    for _ in PARTS:
        campaign.meet()


def test_income_is_divided_by_weight_and_the_rest_is_the_creators(campaign: Campaign) -> None:
    market, instance = campaign.market, campaign.instance
    finish(campaign)
    start = market.held(market.buyer, market.stranger, market.user)
    paid = market.till.payAndCall(market.mz, 50 * ONE, instance, NOTE, b"").send(market.author).only("IncomePaid")
    market.mz.transfer(instance, 3).send(market.author)  # no way in is lost
    income = net_of(50 * ONE) + 3
    backers = income * PROFIT_BPS // 10_000
    assert (paid["gross"], paid["net"], paid["ref"]) == (50 * ONE, net_of(50 * ONE), NOTE)

    for person in (market.stranger, market.user, market.buyer):
        instance.collect(person).send(market.author)

    after = market.held(market.buyer, market.stranger, market.user)
    got = [now - before for now, before in zip(after, start, strict=True)]
    assert got == [backers * 80 // 120, backers * 40 // 120, income - backers]
    for person in (market.buyer, market.user, market.author):
        instance.collect(person).refuses("CampaignNothingToCollect", person, sender=person)


def test_sales_of_a_work_whose_payee_is_the_campaign_are_shared(market: Market, version: Version) -> None:
    work = market.register(market.user, b"a film")
    campaign = Campaign(market, version, work=work)
    finish(campaign)
    market.works.setPayee(work, campaign.instance).send(market.user)
    jar = market.publish_code("tip-jar", "TipJar", share_bps=0)
    platform = [one.address for one in (market.till, market.mz, market.works, market.templates)]
    made = market.use(jar.wish(args=arguments(["address"] * 5 + ["uint256", "uint96"], [*platform, ETHER, work, 1])))

    market.till.payAndCall(market.mz, 10 * ONE, made, ZERO, b"").send(market.author)

    backers = net_of(10 * ONE, 0) * PROFIT_BPS // 10_000
    assert campaign.instance.position(market.buyer).read()[2] == backers * 80 // 120
    assert campaign.instance.position(market.user).read()[2] == net_of(10 * ONE, 0) - backers


def test_income_waits_until_the_campaign_has_ended(campaign: Campaign) -> None:
    market, instance = campaign.market, campaign.instance
    campaign.back(ONE)
    market.mz.transfer(instance, 5 * ONE).send(market.author)
    instance.collect(market.user).refuses("CampaignNothingToCollect", market.user, sender=market.user)

    campaign.ends()

    instance.collect(market.buyer).refuses("CampaignNothingToCollect", market.buyer, sender=market.user)
    before = market.held(market.user)[0]
    instance.collect(market.user).send(market.user)
    assert market.held(market.user, instance) == [before + 5 * ONE, 0]
    assert campaign.left == ONE


def test_a_creator_who_backed_gets_both_parts(market: Market, version: Version) -> None:
    campaign = Campaign(market, version)
    campaign.succeed(user=60 * ONE, buyer=60 * ONE)
    for _ in PARTS:
        campaign.meet()
    market.mz.transfer(campaign.instance, 1000).send(market.author)
    before = market.held(market.user)[0]

    campaign.instance.collect(market.user).send()
    campaign.instance.collect(market.buyer).send()

    assert market.held(market.user, campaign.instance) == [before + 800, 0]
