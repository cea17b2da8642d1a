"""YuanFeed and YuanAggregator: see feed.tree."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.stage import ETHER, Call, Chain, Contract

HOUR = 3600
YUAN = 10**18
START = 20_000 * YUAN


@dataclass(frozen=True)
class Desk:
    """A feed, its reporters, and the contract that stands for its timelock."""

    chain: Chain
    feed: Contract
    timelock: Contract
    people: list[str]

    def report(self, person: int, price: int, currency: Contract | str = ETHER) -> None:
        """Reports what the reporter sees in the block of the report."""
        now = self.chain.now() + 1
        self.chain.next_at(now)
        self.feed.report(currency, price, now).send(self.people[person])

    def all_report(self, *prices: int, currency: Contract | str = ETHER) -> int:
        """One report each; the answer afterwards."""
        for person, price in enumerate(prices):
            self.report(person, price, currency)
        return self.price(currency)

    def price(self, currency: Contract | str = ETHER) -> int:
        return int(self.feed.latest(currency).read()[1][0])

    def wait(self, seconds: int) -> None:
        self.chain.travel(self.chain.now() + seconds)

    def ask(self, call: Call) -> Call:
        """The timelock does it."""
        return self.timelock.perform(self.feed, 0, call.data)


@pytest.fixture(scope="module")
def desk(chain: Chain) -> Desk:
    return make(chain, 5)


def make(chain: Chain, seats: int) -> Desk:
    timelock, people = chain.deploy("Actor"), chain.accounts[1 : 1 + seats]
    return Desk(chain, chain.deploy("YuanFeed", people, timelock), timelock, people)


def test_a_feed_is_made_of_3_to_11_different_reporters(chain: Chain) -> None:
    lock, people = chain.deploy("Actor"), [chain.fresh() for _ in range(12)]

    chain.refuses_deployment("YuanFeedSeatsOutOfBounds", "YuanFeed", people[:2], lock)
    chain.refuses_deployment("YuanFeedSeatsOutOfBounds", "YuanFeed", people, lock)
    chain.refuses_deployment("YuanFeedReporterInvalid", "YuanFeed", [*people[:3], ETHER], lock)
    chain.refuses_deployment("YuanFeedReporterInvalid", "YuanFeed", [*people[:3], people[0]], lock)
    chain.refuses_deployment("YuanFeedTimelockInvalid", "YuanFeed", people[:3], chain.accounts[0])
    feed = chain.deploy("YuanFeed", people[:11], lock)
    assert list(feed.reporters().read()) == people[:11]
    assert feed.timelock().read() == lock.address


def test_only_reporters_report(desk: Desk) -> None:
    stranger = desk.chain.accounts[0]
    desk.feed.report(ETHER, START, desk.chain.now()).refuses("YuanFeedNotReporter", stranger, sender=stranger)


def test_a_zero_or_monstrous_price_is_refused(desk: Desk) -> None:
    now = desk.chain.now()
    for price in (0, 2**112, 2**256 - 1):
        desk.feed.report(ETHER, price, now).refuses("YuanFeedPriceInvalid", price, sender=desk.people[0])


def test_an_observation_from_the_future_a_stale_one_and_a_replay_are_refused(desk: Desk) -> None:
    desk.report(0, START)
    desk.wait(10)
    now, who = desk.chain.now(), desk.people[0]

    def refused(reporter: str, observed: int) -> None:
        desk.feed.report(ETHER, START, observed).refuses("YuanFeedObservationInvalid", sender=reporter)

    refused(who, now + 1)
    refused(who, now - 10)
    refused(who, now - 11)
    refused(desk.people[1], now - HOUR - 1)
    desk.chain.next_at(now + HOUR)
    desk.feed.report(ETHER, START, now).send(desk.people[1])


def test_a_currency_must_say_its_decimals(desk: Desk) -> None:
    now, who = desk.chain.now(), desk.people[0]
    for currency in (desk.chain.fresh(), desk.timelock, desk.chain.deploy("Coin", 37)):
        desk.feed.report(currency, YUAN, now).refuses("YuanFeedCurrencyInvalid", currency, sender=who)


def test_two_reporters_make_no_answer(desk: Desk) -> None:
    desk.all_report(START, START)
    desk.feed.yuanOf(ETHER, 1).refuses("YuanFeedStale", ETHER)
    assert desk.feed.latest(ETHER).read()[0] == 0

    desk.report(2, START)

    assert desk.feed.yuanOf(ETHER, YUAN).read() == START
    assert desk.feed.reportOf(ETHER, desk.people[2]).read() == (START, desk.chain.now())


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(1, 2**112 - 1), min_size=3, max_size=3), st.integers(1, 2**112 - 1))
def test_the_first_answer_is_the_median_of_the_first_three(chain: Chain, prices: list[int], amount: int) -> None:
    desk = make(chain, 3)

    assert desk.all_report(*prices) == sorted(prices)[1]
    assert desk.feed.yuanOf(ETHER, amount).read() == amount * sorted(prices)[1] // 10**18


def test_an_even_count_takes_the_mean_of_the_middle_two(desk: Desk) -> None:
    prices = [START, START + 4000, START + 1000, START + 3000]

    assert desk.all_report(*prices) == START + 2000


@pytest.mark.parametrize("lie", [1, 2**112 - 1])
def test_one_liar_among_three_stays_between_the_honest(chain: Chain, lie: int) -> None:
    desk = make(chain, 3)

    assert START <= desk.all_report(START, lie, START + 5) <= START + 5


@pytest.mark.parametrize("factor", [10, 0.1])
def test_a_price_that_jumps_goes_five_per_cent_an_hour_and_arrives(chain: Chain, factor: float) -> None:
    desk = make(chain, 3)
    desk.all_report(START, START, START)
    target, last, hours = int(START * factor), START, 0

    while desk.price() != target:
        desk.wait(HOUR - 10)
        now = desk.all_report(target, target, target)
        assert max(now / last, last / now) < 1.051
        last, hours = now, hours + 1
        assert hours < 60

    assert hours > 40
    assert desk.feed.yuanOf(ETHER, YUAN).read() == target


def test_reporting_many_times_at_once_is_no_way_to_a_further_step(desk: Desk) -> None:
    desk.all_report(START, START, START)
    before, now = desk.price(), desk.chain.now()
    desk.wait(100)
    for offset in range(20):
        for person in range(3):
            desk.chain.next_at(desk.chain.now() + (person == 0))
            desk.feed.report(ETHER, 9 * START, now + 3 * offset + person + 1).send(desk.people[person])

    elapsed = desk.chain.now() - now
    assert desk.price() / before < 1.0001 * (1 + 0.05 * elapsed / HOUR)


def test_a_feed_of_tiny_prices_is_not_stuck_either(chain: Chain) -> None:
    desk = make(chain, 3)
    desk.all_report(1, 1, 1)

    assert desk.all_report(5, 5, 5) > 1


def test_one_reporter_alone_cannot_keep_an_answer_alive(desk: Desk) -> None:
    desk.all_report(START, START, START)
    third = desk.chain.now() - 2
    for _ in range(3):
        desk.wait(HOUR // 3 - 10)
        desk.report(0, 9 * START)
    # Two of the reports are an hour old by now: whatever the one says is noted, and nothing else.
    desk.chain.travel(third + HOUR + 60)
    desk.report(0, 9 * START)

    desk.feed.yuanOf(ETHER, 1).refuses("YuanFeedStale", ETHER)


def test_a_feed_nobody_reports_to_goes_stale_in_an_hour(desk: Desk) -> None:
    desk.all_report(START, START, START)
    third = desk.chain.now() - 2

    desk.chain.travel(third + HOUR)
    assert desk.feed.yuanOf(ETHER, YUAN).read() == START
    desk.chain.travel(third + HOUR + 1)
    desk.feed.yuanOf(ETHER, YUAN).refuses("YuanFeedStale", ETHER)
    desk.feed.yuanOf(desk.chain.fresh(), 1).refuses("YuanFeedStale")


@pytest.mark.parametrize("decimals", [0, 2, 6, 18, 36])
def test_the_feed_knows_the_decimals(desk: Desk, decimals: int) -> None:
    coin = desk.chain.deploy("Coin", decimals)
    desk.all_report(7 * YUAN, 7 * YUAN, 7 * YUAN, currency=coin)

    assert desk.feed.yuanOf(coin, 3 * 10**decimals).read() == 21 * YUAN
    assert desk.feed.yuanOf(coin, 1).read() == 7 * YUAN // 10**decimals


def test_a_reporter_changes_by_the_timelock_and_after_seven_days(desk: Desk) -> None:
    feed, chain, new = desk.feed, desk.chain, desk.chain.accounts[8]
    propose = feed.proposeRotation(0, new)
    propose.refuses("YuanFeedNotTimelock", desk.people[0], sender=desk.people[0])
    desk.ask(feed.proposeRotation(5, new)).refuses("YuanFeedRotationMissing", 5)
    desk.ask(feed.proposeRotation(0, desk.people[1])).refuses("YuanFeedReporterInvalid", desk.people[1])
    desk.ask(feed.proposeRotation(0, ETHER)).refuses("YuanFeedReporterInvalid", ETHER)
    feed.rotate(0).refuses("YuanFeedRotationMissing", 0)

    desk.ask(propose).send()
    ready = chain.now() + 7 * 86_400
    chain.travel(ready - 1)
    feed.rotate(0).refuses("YuanFeedRotationEarly", ready)
    desk.all_report(START, START, START)
    chain.next_at(ready + 60)
    feed.rotate(0).send(chain.accounts[9])

    assert feed.reporters().read()[0] == new
    feed.report(ETHER, START, chain.now()).refuses("YuanFeedNotReporter", sender=desk.people[0])
    feed.rotate(0).refuses("YuanFeedRotationMissing", 0)
    round_before = feed.latest(ETHER).read()[0]
    desk.report(1, START)  # with the former reporter's it would be three
    assert feed.latest(ETHER).read()[0] == round_before
    chain.next_at(chain.now() + 1)
    feed.report(ETHER, START, chain.now()).send(new)
    assert feed.latest(ETHER).read()[0] == round_before + 1


def test_nobody_gets_two_seats_by_two_proposals(desk: Desk) -> None:
    new = desk.chain.accounts[8]
    desk.ask(desk.feed.proposeRotation(0, new)).send()
    desk.ask(desk.feed.proposeRotation(1, new)).send()
    desk.wait(8 * 86_400)
    desk.feed.rotate(0).send()

    desk.feed.rotate(1).refuses("YuanFeedReporterInvalid", new)


def test_the_aggregator_answers_as_readers_expect(desk: Desk) -> None:
    aggregator = desk.chain.deploy("YuanAggregator", desk.feed, ETHER, "ETH / CNY")
    aggregator.latestRoundData().refuses("YuanFeedStale", ETHER)
    desk.all_report(START, START, START, START + 10)
    now = desk.chain.now()

    assert (aggregator.decimals().read(), aggregator.version().read()) == (18, 1)
    assert aggregator.description().read() == "ETH / CNY"
    assert aggregator.latestRoundData().read() == (2, START, now, now, 2)
    assert aggregator.getRoundData(1).read() == (1, START, now - 1, now - 1, 1)
    aggregator.getRoundData(3).refuses("YuanFeedRoundUnknown", ETHER, 3)
    desk.wait(2 * HOUR)
    aggregator.latestRoundData().refuses("YuanFeedStale", ETHER)


def test_the_till_takes_its_fee_by_this_feed(desk: Desk) -> None:
    chain, coin = desk.chain, desk.chain.deploy("Coin", 6)
    mz, origins, payer = chain.deploy("MZ"), chain.deploy("Origins"), chain.accounts[0]
    till = chain.deploy("Till", mz, origins, desk.feed, ETHER, ETHER, 100)
    assert till.feeInMZ(coin, 10**6).read() == 0
    desk.all_report(7 * YUAN, 7 * YUAN, 7 * YUAN, currency=coin)

    assert till.feeInMZ(coin, 10**6).read() == 7 * YUAN // 35
    coin.mint(payer, 10**6).send()
    for token in (coin, mz):
        token.approve(till, 2**255).send()
    receipt = till.payFeeInMZ(coin, 10**6, chain.accounts[1], bytes(32), 2**255).send()
    assert receipt.only("Settled")["burned"] == 7 * YUAN // 35
