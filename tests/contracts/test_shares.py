"""Shares and their issuer: see shares.tree."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.stage import ETHER, Chain, Contract

MOST = 2**96 - 1


@dataclass(frozen=True)
class Film:
    """Shares in the income of a film, and the currency it comes in."""

    chain: Chain
    issuer: Contract
    shares: Contract
    currency: Contract | str

    def earn(self, amount: int) -> None:
        """Income comes as a plain transfer."""
        if isinstance(self.currency, Contract):
            self.currency.mint(self.shares, amount).send()
        else:
            self.chain.send(self.chain.fields(None, self.shares.address, "0x", amount))

    def has(self, who: str | Contract) -> int:
        if isinstance(self.currency, Contract):
            return int(self.currency.balanceOf(who).read())
        return self.chain.balance(who)

    def claimable(self, *people: str | Contract) -> list[int]:
        return [self.shares.claimable(who).read() for who in people]


@pytest.fixture(scope="module")
def issuer(chain: Chain) -> Contract:
    return chain.deploy("SharesIssuer")


def make(chain: Chain, issuer: Contract, currency: Contract | str, holders: list[tuple[str | Contract, int]]) -> Film:
    receipt = issuer.issue(
        "Film 12", "F12", currency, [who for who, _ in holders], [part for _, part in holders]
    ).send()
    shares = chain.at("Shares", receipt.only("SharesIssued")["shares"])
    return Film(chain, issuer, shares, currency)


@pytest.fixture(scope="module")
def film(chain: Chain, issuer: Contract) -> Film:
    alice, bob, carol = chain.accounts[1:4]
    return make(chain, issuer, chain.deploy("OddCoin"), [(alice, 50), (bob, 30), (carol, 20)])


def test_the_whole_supply_goes_to_the_first_holders(film: Film) -> None:
    shares, people = film.shares, film.chain.accounts[1:4]

    assert [shares.balanceOf(who).read() for who in people] == [50, 30, 20]
    assert shares.totalSupply().read() == 100
    assert (shares.name().read(), shares.symbol().read()) == ("Film 12", "F12")
    assert isinstance(film.currency, Contract)
    assert shares.currency().read() == film.currency.address.lower()
    assert film.issuer.isShares(shares).read() is True
    assert film.issuer.isShares(film.issuer.implementation().read()).read() is False


def test_an_issue_that_makes_no_sense_is_refused(chain: Chain, issuer: Contract) -> None:
    a, b = chain.fresh(), chain.fresh()
    for holders, amounts in (
        ([], []), ([a] * 33, [1] * 33), ([a], [1, 1]), ([a, ETHER], [1, 1]), ([a, b], [1, 0]), ([a, b], [MOST, 1]),
    ):  # fmt: skip
        issuer.issue("x", "x", ETHER, holders, amounts).refuses("SharesIssueInvalid")
    issuer.issue("x", "x", a, [a], [1]).refuses("SharesIssueInvalid")
    issuer.issue("x", "x", ETHER, [a, b], [MOST - 1, 1]).send()


def test_holders_are_made_once_and_by_the_issuer(film: Film) -> None:
    who = film.chain.accounts[1]
    bare = film.chain.at("Shares", film.issuer.implementation().read())

    for shares in (film.shares, bare):
        shares.initialise([who], [1]).refuses("SharesNotIssuer", who, sender=who)
        shares.initialise([who], [1]).refuses("SharesNotIssuer", film.issuer, sender=film.issuer.address)


def test_the_bare_implementation_takes_nothing(film: Film) -> None:
    chain, bare = film.chain, film.chain.at("Shares", film.issuer.implementation().read())
    refusal = chain.refusal(chain.fields(None, bare.address, "0x", 1))

    assert refusal is not None
    assert refusal.name == "SharesBare"
    bare.collect().refuses("SharesBare")
    bare.name().refuses("SharesBare")


@pytest.mark.parametrize("ether", [False, True])
def test_income_is_shared_in_proportion(chain: Chain, issuer: Contract, ether: bool) -> None:
    people = [chain.deploy("Actor") for _ in range(3)]
    film = make(
        chain, issuer, ETHER if ether else chain.deploy("Coin", 18), list(zip(people, (50, 30, 20), strict=True))
    )
    film.earn(1000)
    assert film.claimable(*people) == [500, 300, 200]

    film.shares.claimFor(people[0]).send()
    film.earn(7)
    film.shares.claimFor(people[0]).send()
    film.shares.claimFor(people[2]).send()

    assert [film.has(who) for who in people] == [503, 0, 201]
    assert film.claimable(*people) == [0, 302, 0]
    assert film.shares.income().read() == 1007
    film.shares.claimFor(people[0]).refuses("SharesNothingDue", people[0])


def test_a_holder_claims_to_any_address_but_a_black_hole(film: Film) -> None:
    to, alice = film.chain.fresh(), film.chain.accounts[1]
    film.earn(10)
    for hole in (ETHER, film.shares.address):
        film.shares.claim(hole).refuses("SharesReceiverRefused", hole, sender=alice)

    receipt = film.shares.claim(to).send(alice)

    assert receipt.only("IncomeClaimed")["amount"] == film.has(to) == 5


@pytest.mark.parametrize("collected", [False, True])
def test_shares_bought_after_the_income_have_no_part_in_it(film: Film, collected: bool) -> None:
    alice, late = film.chain.accounts[1], film.chain.accounts[4]
    film.earn(1000)
    if collected:
        film.shares.collect().send()

    film.shares.transfer(late, 50).send(alice)

    assert film.claimable(alice, late) == [500, 0]
    film.shares.claimFor(late).refuses("SharesNothingDue", late)
    film.earn(100)
    assert film.claimable(alice, late) == [500, 50]


def test_income_that_comes_and_shares_that_go_in_one_transaction_pay_the_seller(chain: Chain, issuer: Contract) -> None:
    """A flash loan of shares around a payment: who holds them when the payment comes has its income, nobody twice."""
    seller, thief = chain.deploy("Actor"), chain.deploy("Actor")
    film = make(chain, issuer, chain.deploy("Coin", 18), [(seller, 100)])
    film.earn(1000)
    seller.perform(film.shares, 0, film.shares.transfer(thief, 100).data).send()
    thief.perform(film.shares, 0, film.shares.transfer(seller, 100).data).send()

    assert film.claimable(seller, thief) == [1000, 0]


def test_settling_a_holder_again_and_again_costs_not_one_unit(film: Film) -> None:
    alice, bob, carol = film.chain.accounts[1:4]
    for _ in range(20):
        film.earn(1)
        film.shares.transfer(bob, 0).send(film.chain.accounts[5])
        film.shares.transfer(carol, 0).send(film.chain.accounts[5])

    assert film.claimable(alice, bob, carol) == [10, 6, 4]


def test_shares_are_not_sent_to_themselves(film: Film) -> None:
    film.shares.transfer(film.shares, 1).refuses("SharesReceiverRefused", film.shares, sender=film.chain.accounts[1])


def test_another_currency_is_nobodys(film: Film) -> None:
    junk = film.chain.deploy("Coin", 18)
    junk.mint(film.shares, 100).send()
    film.chain.send(film.chain.fields(None, film.shares.address, "0x", 5))

    assert film.claimable(*film.chain.accounts[1:4]) == [0, 0, 0]


def test_a_holder_that_refuses_ether_blocks_nobody(chain: Chain, issuer: Contract) -> None:
    bad, good = chain.deploy("Actor"), chain.fresh()
    film = make(chain, issuer, ETHER, [(bad, 1), (good, 1)])
    bad.takeEther(1).send()
    film.earn(10)

    film.shares.claimFor(bad).refuses("SharesSendRefused", bad, 5)
    film.shares.claimFor(good).send()
    bad.perform(film.shares, 0, film.shares.claim(chain.accounts[9]).data).send()
    assert film.has(good) == 5
    assert film.claimable(bad) == [0]


@pytest.mark.parametrize("what", ["claim", "transfer", "collect"])
def test_a_holder_that_comes_back_while_being_paid_is_refused(chain: Chain, issuer: Contract, what: str) -> None:
    thief = chain.deploy("Actor")
    film = make(chain, issuer, ETHER, [(thief, 1), (chain.fresh(), 1)])
    shares = film.shares
    again = {"claim": shares.claim(thief), "transfer": shares.transfer(chain.fresh(), 1), "collect": shares.collect()}
    film.earn(10)
    thief.takeEther(3).send()
    thief.plan([(shares.address, bytes.fromhex(again[what].data[2:]))]).send()

    shares.claimFor(thief).refuses("SharesSendRefused", thief, 5)


@pytest.mark.parametrize("what", ["claim", "transfer", "collect"])
def test_a_currency_that_comes_back_while_it_pays_is_refused(chain: Chain, issuer: Contract, what: str) -> None:
    coin, thief = chain.deploy("OddCoin"), chain.deploy("Actor")
    film = make(chain, issuer, coin, [(thief, 1), (chain.fresh(), 1)])
    shares = film.shares
    again = {"claim": shares.claim(thief), "transfer": shares.transfer(chain.fresh(), 1), "collect": shares.collect()}
    film.earn(10)
    coin.callOnTransfer(thief, thief.perform(shares, 0, again[what].data).data).send()

    shares.claimFor(thief).refuses("SharesBusy")


@pytest.mark.parametrize(
    ("way", "error"),
    [(1, "SafeERC20FailedOperation"), (3, "SharesTokenOdd"), (4, "OddCoinClosed"), (6, "SharesTokenOdd")],
)
def test_a_currency_that_misbehaves_takes_nothing_from_anyone(film: Film, way: int, error: str) -> None:
    alice = film.chain.accounts[1]
    film.earn(1000)
    assert isinstance(film.currency, Contract)
    film.currency.misbehave(way).send()

    film.shares.claimFor(alice).refuses(error)

    film.currency.misbehave(0).send()
    film.shares.claimFor(alice).send()
    assert film.has(alice) == 500


def test_a_monstrous_income_cannot_stop_the_shares(film: Film) -> None:
    alice, bob = film.chain.accounts[1:3]
    film.earn(2**200)

    film.shares.transfer(bob, 1).send(alice)
    film.earn(1)
    film.shares.transfer(bob, 1).send(alice)

    assert film.shares.income().read() == 2**128 - 1
    film.shares.claimFor(alice).send()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(1, 10**20)),
        st.tuples(st.just("move"), st.integers(0, 2), st.integers(0, 2), st.integers(0, MOST // 3)),
        st.tuples(st.just("claim"), st.integers(0, 2)),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_income_is_what_was_paid_and_can_be_claimed_in_any_order(
    chain: Chain, issuer: Contract, trace: list[tuple[str, int]]
) -> None:
    """Against exact fractions: nobody has more than their part, and less by less than a unit."""
    people = [chain.deploy("Actor") for _ in range(3)]
    film = make(chain, issuer, chain.deploy("Coin", 18), [(who, MOST // 3) for who in people])
    held, due, paid = [MOST // 3] * 3, [Fraction(0)] * 3, [0] * 3

    for step, *values in trace:
        if step == "earn":
            film.earn(values[0])
            due = [part + Fraction(values[0] * own, sum(held)) for part, own in zip(due, held, strict=True)]
        elif step == "move":
            source, target, wanted = values
            amount = min(wanted, held[source])
            people[source].perform(film.shares, 0, film.shares.transfer(people[target], amount).data).send()
            held[source] -= amount
            held[target] += amount
        elif film.claimable(people[values[0]]) != [0]:
            film.shares.claimFor(people[values[0]]).send()
            paid[values[0]] = film.has(people[values[0]])

    ours = [part + there for part, there in zip(film.claimable(*people), paid, strict=True)]
    assert all(exact - 1 < own <= exact for own, exact in zip(ours, due, strict=True))
    assert 0 <= film.has(film.shares) - sum(film.claimable(*people)) <= 3
