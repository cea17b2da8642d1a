"""Splits and Split: see platform.tree."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.stage import ETHER, Chain, Contract

Parts = list[tuple[str, int]]


@dataclass(frozen=True)
class Studio:
    """The factory of splits, and a token."""

    chain: Chain
    splits: Contract
    coin: Contract

    def split(self, parts: Parts) -> Contract:
        """Makes a split and returns it."""
        self.splits.create(parts).send()
        return self.chain.at("Split", self.splits.predict(parts).read())

    def people(self, *bps: int) -> Parts:
        """Fresh payees."""
        return [(self.chain.fresh(), part) for part in bps]

    def pay(self, split: Contract, token: Contract | str, amount: int) -> None:
        """New income."""
        if isinstance(token, Contract):
            token.mint(split, amount).send()
        else:
            self.chain.send(self.chain.fields(None, split.address, "0x", amount))

    def has(self, token: Contract | str, who: str | Contract) -> int:
        """Balance in any currency."""
        return int(token.balanceOf(who).read()) if isinstance(token, Contract) else self.chain.balance(who)


@pytest.fixture(scope="module")
def studio(chain: Chain) -> Studio:
    return Studio(chain, chain.deploy("Splits"), chain.deploy("OddCoin"))


def test_the_same_parts_give_the_same_split(studio: Studio) -> None:
    parts = studio.people(2_500, 7_500)
    address = studio.splits.predict(parts).read()
    assert studio.splits.isSplit(address).read() is False

    receipt = studio.splits.create(parts).send(studio.chain.accounts[1])
    again = studio.splits.create(parts).send(studio.chain.accounts[2])

    assert receipt.only("SplitCreated")["split"].lower() == address
    assert again.events == ()
    assert studio.splits.create(parts).read() == address
    split = studio.chain.at("Split", address)
    assert split.parts().read() == tuple(parts)
    assert studio.splits.isSplit(split).read() is True


def test_order_and_amounts_make_another_split(studio: Studio) -> None:
    (one, two) = studio.people(5_000, 5_000)
    found = {
        studio.splits.predict(parts).read()
        for parts in ([one, two], [two, one], [(one[0], 4_999), (two[0], 5_001)], [(one[0], 10_000)])
    }
    assert len(found) == 4


def test_parts_that_make_no_sense_are_refused(studio: Studio) -> None:
    a, b = studio.chain.fresh(), studio.chain.fresh()
    for create in (studio.splits.create, studio.splits.predict):
        create([]).refuses("SplitPartsOutOfBounds", 0)
        create(studio.people(*[300] * 33)).refuses("SplitPartsOutOfBounds", 33)
        create([(a, 5_000), (ETHER, 5_000)]).refuses("SplitPayeeZero", 1)
        create([(a, 5_000), (b, 2_000), (a, 3_000)]).refuses("SplitPayeeTwice", a)
        create([(a, 10_000), (b, 0)]).refuses("SplitPartZero", 1)
        create([(a, 5_000), (b, 4_999)]).refuses("SplitSumWrong", 9_999)
        create([(a, 65_535), (b, 10_001)]).refuses("SplitSumWrong", 75_536)


def test_only_what_the_factory_made_is_a_split(studio: Studio) -> None:
    other = studio.chain.deploy("Splits")
    parts = studio.people(10_000)
    other.create(parts).send()

    for account in (
        other.predict(parts).read(), studio.coin, studio.splits, studio.splits.implementation().read(),
        studio.chain.accounts[0],
    ):  # fmt: skip
        assert studio.splits.isSplit(account).read() is False


@pytest.mark.parametrize("name", ["coin", "ether"])
def test_income_is_divided_by_basis_points(studio: Studio, name: str) -> None:
    token = studio.coin if name == "coin" else ETHER
    parts = studio.people(1, 2_499, 7_500)
    split = studio.split(parts)
    studio.pay(split, token, 123_456)
    assert split.pending(token).read() == 123_456

    receipt = split.distribute(token).send()

    assert [studio.has(token, who) for who, _ in parts] == [12, 30_851, 92_592]
    assert receipt.only("Distributed")["amount"] == 123_456
    assert studio.has(token, split) == 1
    split.distribute(token).refuses("SplitNothingToDistribute")


def test_thirty_two_payees_are_paid(studio: Studio) -> None:
    parts = studio.people(*[312] * 31, 328)
    split = studio.split(parts)
    studio.pay(split, ETHER, 10_000)

    split.distribute(ETHER).send()

    assert [studio.has(ETHER, who) for who, _ in parts] == [312] * 31 + [328]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bps=st.sampled_from([(10_000,), (5_000, 5_000), (3_333, 3_333, 3_334), (4_999, 4_999, 2), (1, 9_999), (9_999, 1)]),
    income=st.lists(st.one_of(st.integers(1, 5), st.integers(1, 10**24)), min_size=1, max_size=6),
)
def test_rounding_cannot_be_farmed(chain: Chain, studio: Studio, bps: tuple[int, ...], income: list[int]) -> None:
    """However often it is divided, everybody has floor(everything · part): no payee gains by calling at each coin."""
    token = chain.deploy("Coin", 2)
    parts = studio.people(*bps)
    split = studio.split(parts)
    for amount in income:
        studio.pay(split, token, amount)
        split.distribute(token).send()

    total = sum(income)
    assert [studio.has(token, who) for who, _ in parts] == [total * part // 10_000 for part in bps]
    assert 0 <= studio.has(token, split) < len(bps)


@pytest.mark.parametrize("mood", [1, 2])
def test_a_payee_that_reverts_or_burns_gas_is_credited(studio: Studio, mood: int) -> None:
    actor, other, place = studio.chain.deploy("Actor"), studio.chain.fresh(), studio.chain.fresh()
    actor.takeEther(mood).send()
    split = studio.split([(actor.address, 4_000), (other, 6_000)])
    studio.pay(split, ETHER, 10_000)

    split.distribute(ETHER).send()

    assert studio.has(ETHER, other) == 6_000
    assert split.credit(ETHER, actor).read() == 4_000
    split.distribute(ETHER).refuses("SplitNothingToDistribute", ETHER)  # a credit is not divided again
    split.withdrawFor(ETHER, actor).refuses("SplitSendRefused", ETHER, actor, 4_000)
    actor.perform(split, 0, split.withdraw(ETHER, place).data).send()
    assert studio.has(ETHER, place) == 4_000
    assert studio.has(ETHER, split) == 0
    split.withdrawFor(ETHER, actor).refuses("SplitNoCredit", ETHER, actor)


def test_a_blacklisted_payee_is_credited(studio: Studio) -> None:
    parts = studio.people(4_000, 6_000)
    split, coin = studio.split(parts), studio.coin
    coin.refuse(parts[0][0]).send()
    studio.pay(split, coin, 10_000)

    split.distribute(coin).send()
    assert (studio.has(coin, parts[1][0]), split.credit(coin, parts[0][0]).read()) == (6_000, 4_000)
    studio.pay(split, coin, 10_000)
    split.distribute(coin).send()
    coin.refuse(ETHER).send()
    split.withdrawFor(coin, parts[0][0]).send()

    assert studio.has(coin, parts[0][0]) == 8_000
    assert studio.has(coin, split) == 0


def test_a_token_that_calls_back_finds_the_split_locked(studio: Studio) -> None:
    parts = studio.people(4_000, 6_000)
    split, coin = studio.split(parts), studio.coin
    studio.pay(split, coin, 10_000)
    coin.callOnTransfer(split, split.distribute(coin).data).send()

    split.distribute(coin).send()

    # Each transfer called back and failed with SplitBusy, so both payees wait; nothing was paid twice.
    assert [split.credit(coin, who).read() for who, _ in parts] == [4_000, 6_000]
    assert studio.has(coin, split) == 10_000


def test_a_token_that_calls_back_in_a_withdrawal_finds_the_split_locked(studio: Studio) -> None:
    parts = studio.people(4_000, 6_000)
    split, coin = studio.split(parts), studio.coin
    coin.refuse(parts[0][0]).send()
    studio.pay(split, coin, 10_000)
    split.distribute(coin).send()
    coin.refuse(ETHER).send()
    coin.callOnTransfer(split, split.withdrawFor(coin, parts[0][0]).data).send()

    split.withdrawFor(coin, parts[0][0]).refuses("SplitSendRefused", coin, parts[0][0], 4_000)


def test_a_withdrawal_does_not_go_where_it_would_be_lost(studio: Studio) -> None:
    split = studio.split(studio.people(10_000))
    for place in (ETHER, split, studio.coin):
        split.withdraw(studio.coin, place).refuses("SplitReceiverRefused", place)


def test_a_split_inside_a_split_passes_ether_on(studio: Studio) -> None:
    parts = studio.people(5_000, 5_000)
    inner = studio.split(parts)
    other = studio.chain.fresh()
    outer = studio.split([(inner.address, 2_000), (other, 8_000)])
    studio.pay(outer, ETHER, 10_000)

    outer.distribute(ETHER).send()
    inner.distribute(ETHER).send()

    assert [studio.has(ETHER, who) for who in (parts[0][0], parts[1][0], other)] == [1_000, 1_000, 8_000]


def test_the_bare_implementation_takes_nothing(studio: Studio) -> None:
    bare = studio.chain.at("Split", studio.splits.implementation().read())
    studio.coin.mint(bare, 100).send()

    bare.distribute(studio.coin).refuses("SplitBare")
    bare.parts().refuses("SplitBare")
    refusal = studio.chain.refusal(studio.chain.fields(None, bare.address, "0x", 1))
    assert refusal is not None
    assert refusal.name == "SplitBare"
