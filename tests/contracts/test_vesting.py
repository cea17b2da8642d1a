"""Vesting and its factory: see vesting.tree."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.stage import ETHER, Chain, Contract

DAY = 86_400
TOTAL = 1_000_003
LENGTH = 1000 * DAY
CLIFF = 100 * DAY
BEYOND_ALL_CLOCKS = 2**48 - 1


@dataclass(frozen=True)
class Plan:
    """A schedule with a token in it; `start` is the present."""

    chain: Chain
    vestings: Contract
    vesting: Contract
    coin: Contract
    who: str
    start: int

    def after(self, seconds: int) -> None:
        """Lets that much of the schedule pass."""
        self.chain.travel(self.start + seconds)

    def release_at(self, seconds: int) -> int:
        """Releases at exactly that moment; what came."""
        before = self.coin.balanceOf(self.who).read()
        self.chain.next_at(self.start + seconds)
        self.vesting.release(self.coin).send(self.who)
        return int(self.coin.balanceOf(self.who).read() - before)


@pytest.fixture(scope="module")
def vestings(chain: Chain) -> Contract:
    return chain.deploy("Vestings")


@pytest.fixture(scope="module")
def plan(chain: Chain, vestings: Contract) -> Plan:
    return make(chain, vestings)


def make(chain: Chain, vestings: Contract) -> Plan:
    who, start = chain.accounts[1], chain.now() + 1000
    terms = (who, start, CLIFF, LENGTH)
    vestings.create(terms).send()
    coin = chain.deploy("OddCoin")
    vesting = chain.at("Vesting", vestings.predict(terms).read())
    coin.mint(vesting, TOTAL).send()
    return Plan(chain, vestings, vesting, coin, who, start)


def test_the_same_terms_give_the_same_schedule_whoever_asks(chain: Chain, vestings: Contract) -> None:
    terms = (chain.fresh(), chain.now(), 5, 10)
    address = vestings.predict(terms).read()
    assert vestings.isVesting(address).read() is False

    made = vestings.create(terms).send(chain.accounts[2])
    again = vestings.create(terms).send(chain.accounts[3])

    assert made.only("VestingCreated")["vesting"].lower() == address
    assert again.events == ()
    assert vestings.isVesting(address).read() is True
    assert chain.at("Vesting", address).terms().read() == terms
    assert vestings.isVesting(vestings).read() is False
    assert vestings.isVesting(chain.accounts[0]).read() is False


def test_terms_that_make_no_sense_are_refused(chain: Chain, vestings: Contract) -> None:
    who = chain.fresh()
    for ask in (vestings.create, vestings.predict):
        ask((ETHER, 0, 0, 1)).refuses("VestingBeneficiaryZero")
        ask((who, 7, 0, 0)).refuses("VestingScheduleInvalid", 7, 0, 0)
        ask((who, 7, 3, 2)).refuses("VestingScheduleInvalid", 7, 3, 2)
        ask((who, BEYOND_ALL_CLOCKS, 0, 1)).refuses("VestingScheduleInvalid", BEYOND_ALL_CLOCKS, 0, 1)
    assert vestings.predict((who, BEYOND_ALL_CLOCKS - 1, 1, 1)).read() != ETHER


def test_nothing_is_due_before_the_cliff_and_all_that_has_grown_at_it(plan: Plan) -> None:
    plan.after(CLIFF - 1)
    plan.vesting.release(plan.coin).refuses("VestingNothingDue", plan.coin, sender=plan.who)

    assert plan.release_at(CLIFF) == TOTAL // 10


def test_everything_is_due_at_the_end_to_the_last_unit(plan: Plan) -> None:
    assert plan.release_at(LENGTH - 1) == TOTAL * (LENGTH - 1) // LENGTH
    assert plan.release_at(LENGTH) == 1
    assert plan.coin.balanceOf(plan.vesting).read() == 0
    plan.vesting.release(plan.coin).refuses("VestingNothingDue", plan.coin, sender=plan.who)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(CLIFF, LENGTH + 9), min_size=1, max_size=5, unique=True))
def test_released_in_any_steps_it_is_the_same_as_in_one(chain: Chain, vestings: Contract, moments: list[int]) -> None:
    plan = make(chain, vestings)

    for moment in sorted(moments):
        plan.release_at(moment)

    expected = TOTAL * min(max(moments), LENGTH) // LENGTH
    assert plan.vesting.released(plan.coin).read() == expected
    assert plan.coin.balanceOf(plan.who).read() == expected


def test_nobody_else_chooses_the_moment(plan: Plan) -> None:
    stranger = plan.chain.accounts[2]
    plan.after(LENGTH)

    plan.vesting.release(plan.coin).refuses("VestingNotBeneficiary", stranger, sender=stranger)


def test_a_donation_is_the_beneficiarys_and_moves_no_date(plan: Plan) -> None:
    assert plan.release_at(LENGTH // 2) == TOTAL // 2
    plan.coin.mint(plan.vesting, 1).send(plan.chain.accounts[2])
    plan.coin.mint(plan.vesting, 100_001).send(plan.chain.accounts[2])

    assert plan.release_at(LENGTH // 2 + 60) == (TOTAL + 100_002) * (LENGTH // 2 + 60) // LENGTH - TOTAL // 2
    plan.release_at(LENGTH)
    assert plan.coin.balanceOf(plan.who).read() == TOTAL + 100_002


@pytest.mark.parametrize(
    ("way", "error"),
    [(1, "SafeERC20FailedOperation"), (3, "VestingTokenOdd"), (4, "OddCoinClosed"), (6, "VestingTokenOdd")],
)
def test_a_token_that_misbehaves_counts_nothing_as_released(plan: Plan, way: int, error: str) -> None:
    plan.after(LENGTH // 2)
    plan.coin.misbehave(way).send()

    plan.vesting.release(plan.coin).refuses(error, sender=plan.who)

    plan.coin.misbehave(0).send()
    assert plan.release_at(LENGTH) == TOTAL


def test_a_token_that_calls_back_releases_nothing_twice(chain: Chain, vestings: Contract) -> None:
    coin, who, start = chain.deploy("OddCoin"), chain.deploy("Actor"), chain.now()
    terms = (who.address, start, 0, 100)
    vestings.create(terms).send()
    vesting = chain.at("Vesting", vestings.predict(terms).read())
    coin.mint(vesting, TOTAL).send()
    again = who.perform(vesting, 0, vesting.release(coin).data)
    coin.callOnTransfer(who, again.data).send()
    chain.travel(start + 100)

    again.refuses("VestingNothingDue", coin)


def test_the_bare_implementation_has_no_terms(chain: Chain, vestings: Contract) -> None:
    bare = chain.at("Vesting", vestings.implementation().read())

    bare.terms().refuses("VestingBare")
    bare.release(vestings).refuses("VestingBare")
    bare.vested(1, 1).refuses("VestingBare")
