"""Ecosystem token on the real platform: see ecosystem-token.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, ZERO, Market, Version, arguments, net_of
from tests.templates.playing import moved

DAY = 86_400
UNIT = 10**8
TOKENS = 200_000_000
SUPPLY, FROZEN = TOKENS * UNIT, TOKENS * UNIT // 2
NOTICE, WINDOW, TERM, ROUND = 7 * DAY, 90 * DAY, 365 * DAY, 30 * DAY
AMOUNT, PRICE = 1_000 * UNIT, ONE // 100
TEXT = keccak(b"a film")
TYPES = ["address", "string", "string", "uint64", "address[3]", "uint16[4]", "uint32", "uint16", "uint32"]
NONE, PROPOSED, RELEASED, CANCELLED = range(4)


def publish(market: Market) -> Version:
    """The template; its creation code needs the Till and MZ before the parameters."""
    return market.publish_code("ecosystem-token", "EcosystemToken")


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return publish(street)


class Ecosystem:
    """Decided by `user`; `buyer` is a project's wallet, `stranger` an investor."""

    def __init__(self, market: Market, version: Version, **terms: Any) -> None:
        self.market, self.version, self.decider = market, version, market.user
        self.team, self.rewards = market.chain.fresh(), market.chain.fresh()
        self.token: Contract = market.as_("EcosystemToken", market.use(self.wish(**terms)))

    def wish(self, *, salt: int = 0, **terms: Any) -> tuple[Any, ...]:
        given = {
            "decider": self.decider,
            "name": "Culture",
            "symbol": "CUL",
            "tokens": TOKENS,
            "holders": [self.market.stranger, self.team, self.rewards],
            "parts": [5_000, 2_500, 2_000, 500],
            "notice": NOTICE,
            "mostBps": 2_000,
            "round": ROUND,
        } | terms
        values = [self.market.till.address, self.market.mz.address, *given.values()]
        return self.version.wish(salt=salt, args=arguments(["address", "address", *TYPES], values))

    def propose(self, amount: int = AMOUNT, wallet: str | None = None, pledge_bps: int = 10_000) -> Call:
        return self.token.propose(wallet or self.market.buyer, amount, pledge_bps, TERM, TEXT)

    def proposed(self, **given: Any) -> int:
        """A proposal whose notice is over."""
        number = int(self.propose(**given).send(self.decider).only("Proposed")["project"])
        self.market.chain.travel(self.token.endsOf(number).read())
        return number

    def released(self, **given: Any) -> int:
        number = self.proposed(**given)
        self.token.release(number).send(self.market.author)
        return number

    def pay(self, number: int, gross: int = 10 * ONE, price: int = PRICE) -> Call:
        ref, data = number.to_bytes(32, "big"), price.to_bytes(32, "big")
        return self.market.till.payAndCall(self.market.mz, gross, self.token, ref, data)

    def held(self, *accounts: Any) -> list[int]:
        return [self.token.balanceOf(account).read() for account in accounts]

    def state(self, number: int) -> int:
        return int(self.token.standing(number).read()[0])


@pytest.fixture
def ecosystem(market: Market, version: Version) -> Ecosystem:
    return Ecosystem(market, version)


def test_all_tokens_are_there_from_the_start_and_half_are_frozen(ecosystem: Ecosystem) -> None:
    token, market = ecosystem.token, ecosystem.market

    held = ecosystem.held(token, market.stranger, ecosystem.team, ecosystem.rewards, market.user)
    assert held == [FROZEN, SUPPLY // 4, SUPPLY // 5, SUPPLY // 20, 0]
    assert (token.totalSupply().read(), token.decimals().read()) == (SUPPLY, 8)
    assert token.vault().read() == (FROZEN, FROZEN // 5)
    assert (token.name().read(), token.symbol().read(), token.token().read()) == (
        "Culture",
        "CUL",
        token.address.lower(),
    )


def test_no_function_makes_or_destroys_tokens(ecosystem: Ecosystem) -> None:
    names = [item["name"] for item in ecosystem.market.chain.artifacts["EcosystemToken"].abi if "name" in item]

    assert not [name for name in names if "mint" in name.lower() or "burn" in name.lower()]


@pytest.mark.parametrize(
    "terms",
    [
        {"decider": ETHER},
        {"tokens": 0},
        {"holders": [ETHER, "0x" + "11" * 20, "0x" + "12" * 20]},
        {"parts": [5_000, 2_500, 2_000, 499]},
        {"notice": DAY - 1},
        {"mostBps": 0},
        {"mostBps": 10_001},
        {"round": DAY - 1},
    ],
    ids=str,
)
def test_terms_that_make_no_token_are_refused(ecosystem: Ecosystem, terms: dict[str, Any]) -> None:
    use = ecosystem.market.templates.use(ecosystem.wish(salt=1, **terms))

    use.refuses("EcosystemTermsInvalid", sender=ecosystem.decider)


def test_only_the_decider_proposes_and_cancels_within_bounds(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    most = FROZEN // 5
    ecosystem.propose().refuses("EcosystemNotAllowed", market.user, market.stranger, sender=market.stranger)
    ecosystem.propose(most + 1).refuses("EcosystemReleaseTooLarge", most, most + 1, sender=market.user)
    for call in (
        ecosystem.propose(0),
        ecosystem.propose(wallet=ETHER),
        ecosystem.propose(wallet=token.address),
        ecosystem.propose(pledge_bps=10_001),
    ):
        call.refuses("EcosystemProjectInvalid", sender=market.user)
    number = ecosystem.proposed()
    token.cancel(number).refuses("EcosystemNotAllowed", market.user, market.buyer, sender=market.buyer)

    token.cancel(number).send(market.user)

    token.release(number).refuses("EcosystemStateWrong", CANCELLED, sender=market.user)
    token.cancel(number).refuses("EcosystemStateWrong", CANCELLED, sender=market.user)
    token.release(99).refuses("EcosystemStateWrong", NONE, sender=market.user)


def test_anyone_releases_after_the_notice_and_nobody_before_or_too_late(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    number = int(ecosystem.propose().send(market.user).only("Proposed")["project"])
    start = market.chain.now() + NOTICE
    token.release(number).refuses("EcosystemOver", start, sender=market.user)
    with market.chain.taken_back():
        market.chain.travel(start + WINDOW + 1)
        assert token.isReleasable(number).read() is False
        token.release(number).refuses("EcosystemOver", start + WINDOW, sender=market.user)
    market.chain.travel(start)

    due = token.release(number).send(market.author).only("Released")["due"]

    assert due == market.chain.now() + TERM == token.endsOf(number).read()
    assert ecosystem.held(market.buyer, token) == [AMOUNT, FROZEN - AMOUNT]
    assert token.standing(number).read() == (RELEASED, market.buyer, AMOUNT, AMOUNT, 0)
    token.release(number).refuses("EcosystemStateWrong", RELEASED, sender=market.user)


def test_proposals_made_together_cannot_take_more_than_one_by_one(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    most = FROZEN // 5
    first = int(ecosystem.propose(most).send(market.user).only("Proposed")["project"])
    second = ecosystem.proposed(amount=most, wallet=market.author)
    token.release(first).send(market.user)

    token.release(second).refuses("EcosystemReleaseTooLarge", (FROZEN - most) // 5, most, sender=market.user)


def test_a_wallet_that_has_not_bought_back_receives_nothing_more(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    first = ecosystem.released(pledge_bps=5_000)
    second = ecosystem.proposed()
    token.release(second).refuses("EcosystemPledgeOpen", first, sender=market.user)
    token.refill(first, AMOUNT // 2 - 1).send(market.buyer)
    token.release(second).refuses("EcosystemPledgeOpen", first, sender=market.user)

    token.refill(first, 1).send(market.buyer)

    assert token.isPledged(first).read() is False
    token.release(second).send(market.user)
    token.refill(second, SUPPLY).refuses("ERC20InsufficientBalance", sender=market.buyer)
    token.refill(99, 1).refuses("EcosystemStateWrong", NONE, sender=market.buyer)


def test_a_project_buys_back_and_what_it_bought_is_frozen(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    number = ecosystem.released()
    before, supply = market.held(market.stranger, market.author), market.mz.totalSupply().read()

    opened = ecosystem.pay(number).send(market.buyer).only("RoundOpened")

    net, until = net_of(10 * ONE), market.chain.now() + ROUND
    assert opened == {"project": number, "budget": net, "price": PRICE, "until": until}
    assert token.sell(number, 600 * UNIT + 7, 6 * ONE).read(market.stranger) == 6 * ONE + 7 * PRICE // UNIT
    token.sell(number, 600 * UNIT, 6 * ONE).send(market.stranger)
    assert moved(market, before, market.stranger, market.author) == [6 * ONE, 10 * ONE * 200 // 10_000]
    assert supply - market.mz.totalSupply().read() == ONE // 10
    assert ecosystem.held(token) == [FROZEN - AMOUNT + 600 * UNIT]
    assert token.standing(number).read()[4] == 600 * UNIT and token.roundOf(number).read()[0] == net - 6 * ONE


def test_what_is_no_sale_is_refused(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    number = ecosystem.released()
    token.sell(number, UNIT, 0).refuses("EcosystemOver", 0, sender=market.stranger)
    ecosystem.pay(number).send(market.buyer)
    left = net_of(10 * ONE)

    for amount, least, pays in ((UNIT, PRICE + 1, PRICE), (0, 0, 0), (1_000 * UNIT, 0, 10 * ONE)):
        token.sell(number, amount, least).refuses("EcosystemSaleRefused", pays, left, sender=market.stranger)
    token.sell(number, UNIT, 0).refuses("ERC20InsufficientBalance", sender=market.author)
    token.closeRound(number).refuses("EcosystemOver", token.roundEnds(number).read(), sender=market.buyer)
    market.chain.travel(token.roundEnds(number).read() + 1)
    token.sell(number, UNIT, 0).refuses("EcosystemOver", sender=market.stranger)


def test_only_the_projects_wallet_opens_one_round_at_a_time(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    proposal = ecosystem.proposed()
    ecosystem.pay(proposal).refuses("EcosystemStateWrong", PROPOSED, sender=market.buyer)
    token.release(proposal).send(market.user)
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, ONE).send(market.buyer)
    coin.approve(market.till, ONE).send(market.buyer)

    ecosystem.pay(proposal).refuses("EcosystemNotAllowed", market.buyer, market.stranger, sender=market.stranger)
    ecosystem.pay(proposal, price=0).refuses("EcosystemSaleRefused", sender=market.buyer)
    other = market.till.payAndCall(coin, ONE, token, proposal.to_bytes(32, "big"), ZERO)
    other.refuses("EcosystemTokenRefused", coin, sender=market.buyer)
    market.deposit(token, ONE).refuses("EcosystemTakesNoDeposit", sender=market.buyer)
    forged = token.onPayment(market.buyer, market.mz, ONE, ONE, proposal.to_bytes(32, "big"), ZERO)
    forged.refuses("EcosystemCallerNotTill", market.buyer, sender=market.buyer)
    ecosystem.pay(proposal).send(market.buyer)
    ecosystem.pay(proposal).refuses("EcosystemRoundOpen", token.roundEnds(proposal).read(), sender=market.buyer)


def test_what_nobody_sold_for_goes_back_to_the_project(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    number = ecosystem.released()
    ecosystem.pay(number).send(market.buyer)
    token.sell(number, 100 * UNIT, 0).send(market.stranger)
    before = market.held(market.buyer)
    market.chain.travel(token.roundEnds(number).read() + 1)

    token.closeRound(number).send(market.author)

    assert moved(market, before, market.buyer) == [net_of(10 * ONE) - ONE] and market.held(token) == [0]
    token.closeRound(number).refuses("EcosystemOver", 0, sender=market.buyer)
    ecosystem.pay(number).send(market.buyer)


def test_mz_that_came_by_other_ways_is_apart_from_rounds(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    number = ecosystem.released()
    ecosystem.pay(number).send(market.buyer)
    market.till.pay(market.mz, ONE, token, ZERO).send(market.stranger)
    before = market.held(market.user)

    token.collect().send(market.stranger)

    assert moved(market, before, market.user) == [net_of(ONE)]
    assert market.held(token) == [token.roundOf(number).read()[0]]


def test_votes_count_by_time_and_frozen_tokens_have_none(ecosystem: Ecosystem) -> None:
    market, token = ecosystem.market, ecosystem.token
    assert token.getVotes(market.stranger).read() == 0
    token.delegate(market.author).send(market.stranger)
    then = market.chain.now()
    market.chain.travel(then + 5)
    token.transfer(market.buyer, UNIT).send(market.stranger)
    market.chain.travel(then + 10)

    assert token.getPastVotes(market.author, then).read() == SUPPLY // 4
    assert token.getVotes(market.author).read() == SUPPLY // 4 - UNIT
    assert (token.CLOCK_MODE().read(), token.clock().read()) == ("mode=timestamp", market.chain.now())
    assert token.getVotes(token).read() == 0
