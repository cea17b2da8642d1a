"""Every way in which a token can misbehave, on every path on which a contract takes or gives tokens.

A path is first walked with the token behaving. Whenever it misbehaves afterwards, the same call is either refused, or
changes what the contract has beyond what it owes exactly as before: nobody pays for somebody else's token. Re-entrant
tokens are in the suites of the contracts themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.contracts.auction import ONE, YUAN_PER_COIN, Market, build_market
from tests.contracts.conftest import World
from tests.contracts.stage import ETHER, ROOT, Call, Chain, Contract
from tests.contracts.test_till_money import (
    FALSE,
    FALSE_YET_MOVES,
    FEE_INSIDE,
    FEE_ON_TOP,
    INFLATES,
    QUARTER,
    REFUNDS_TWICE,
    REVERTS,
    TRUE_YET_STAYS,
)
from tests.contracts.test_till_pots import REF, act, expire, fill

GROSS = 10**8  # one per cent of half of its fee is still something
PERMIT = (0, 0, 0, b"\0" * 32, b"\0" * 32)
ODD = {FALSE, FALSE_YET_MOVES, TRUE_YET_STAYS, REVERTS, FEE_INSIDE, FEE_ON_TOP, INFLATES, REFUNDS_TWICE}


@dataclass
class Path:
    """A call, who makes it, the contract whose tokens move, and what it owes to others."""

    coin: Contract
    keeper: Contract
    call: Call
    sender: str | None = None
    owed: Callable[[], int] = lambda: 0

    @property
    def own(self) -> int:
        """What the contract has beyond what it owes."""
        return int(self.coin.balanceOf(self.keeper).read()) - self.owed()

    def refused(self) -> bool:
        """Whether the call fails; when it does not, it is made."""
        chain = self.keeper.chain
        fields = chain.fields(self.sender, self.call.contract.address, self.call.data)
        if chain.refusal(fields) is not None:
            return True
        chain.send(fields)
        return False


# --- the Till ---------------------------------------------------------------------------------------------------------


class Counter:
    """The Till with a shop whose author has a share, and a token that two people have plenty of."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.till = world, world.till
        self.coin, self.shop = world.chain.deploy(name), world.instance(250)
        for payer in (world.alice, world.bob):
            world.fund_and_approve(self.coin, payer, 10**24)
        world.feed.set(self.coin, YUAN_PER_COIN).send()

    def path(self, call: Call, sender: str | None = None) -> Path:
        return Path(self.coin, self.till, call, sender, self.owed)

    def owed(self) -> int:
        people = (self.world.alice, self.world.bob, self.world.carol, self.world.author)
        credits = sum(self.till.credit(self.coin, one).read() for one in people)
        pot = self.till.pot(self.shop, self.coin, REF).read()[1]
        return int(self.till.unswept(self.coin).read() + credits + pot)


def paying(function: str, *more: object) -> Callable[[World, str], Path]:
    """A payment or a deposit; the shop takes it."""

    def build(world: World, name: str) -> Path:
        counter = Counter(world, name)
        return counter.path(getattr(world.till, function)(counter.coin, GROSS, counter.shop, REF, *more), world.alice)

    return build


def giving(function: str, *more: Callable[[World], object]) -> Callable[[World, str], Path]:
    """What the shop does with a pot that two have paid into."""

    def build(world: World, name: str) -> Path:
        counter = Counter(world, name)
        for payer in (world.alice, world.bob):
            fill(world, counter.shop, payer, GROSS, counter.coin)
        call = getattr(world.till, function)(counter.coin, REF, *(one(world) for one in more))
        return counter.path(act(counter.shop, call))

    return build


def reclaim(world: World, name: str) -> Path:
    counter = Counter(world, name)
    for payer in (world.alice, world.bob):
        fill(world, counter.shop, payer, GROSS, counter.coin)
    expire(world, counter.shop, counter.coin)
    return counter.path(world.till.reclaim(counter.shop, counter.coin, REF, world.alice))


def fetching(function: str, *more: Callable[[World], object]) -> Callable[[World, str], Path]:
    """An author's credit, or the revenue, of what was paid while another's pot is full."""

    def build(world: World, name: str) -> Path:
        counter = Counter(world, name)
        fill(world, counter.shop, world.bob, GROSS, counter.coin)
        world.till.pay(counter.coin, GROSS, counter.shop, REF).send(world.alice)
        return counter.path(getattr(world.till, function)(counter.coin, *(one(world) for one in more)), world.author)

    return build


# --- buyback, vesting, shares -----------------------------------------------------------------------------------------


def market_with(world: World, name: str) -> Market:
    market = build_market(world.chain, name)
    market.earn(100 * ONE)
    return market


def buyback_fill(world: World, name: str) -> Path:
    market = market_with(world, name)
    market.open()
    call = market.buyback.fill(market.coin, 100 * ONE, 0, 2**40)
    return Path(market.coin, market.buyback, call, market.seller, lambda: -market.lot()[1])


def buyback_declare(world: World, name: str) -> Path:
    market = market_with(world, name)
    market.coin.mint(market.vault, GROSS).send()
    market.vault.perform(market.coin, 0, market.coin.approve(market.buyback, GROSS).data).send()
    declare = market.buyback.declare(market.coin, GROSS, 0, GROSS // 2, b"\1" * 32)
    return Path(market.coin, market.buyback, market.vault.perform(market.buyback, 0, declare.data))


def buyback_forward(world: World, name: str) -> Path:
    market = market_with(world, name)
    for holder in (market.seller, market.other):
        market.mz.burn(market.mz.balanceOf(holder).read()).send(holder)
    return Path(market.coin, market.buyback, market.buyback.forward(market.coin))


def vesting_release(world: World, name: str) -> Path:
    chain, vestings = world.chain, world.chain.deploy("Vestings")
    terms = (world.alice, chain.now(), 0, QUARTER)
    vestings.create(terms).send()
    coin, vesting = chain.deploy(name), chain.at("Vesting", vestings.predict(terms).read())
    coin.mint(vesting, GROSS).send()
    chain.travel(chain.now() + QUARTER // 2)
    return Path(coin, vesting, vesting.release(coin), world.alice, lambda: -vesting.released(coin).read())


def claiming(function: str, *more: Callable[[World], object]) -> Callable[[World, str], Path]:
    """Income of a holder beside others'."""

    def build(world: World, name: str) -> Path:
        chain, coin, people = world.chain, world.chain.deploy(name), [world.alice, world.bob]
        issued = chain.deploy("SharesIssuer").issue("Film", "F", coin, people, [1, 3]).send()
        shares = chain.at("Shares", issued.only("SharesIssued")["shares"])
        coin.mint(shares, GROSS).send()
        call = getattr(shares, function)(*(one(world) for one in more))
        return Path(coin, shares, call, world.alice, lambda: sum(shares.claimable(one).read() for one in people))

    return build


def alice(world: World) -> str:
    return world.alice


def author(world: World) -> str:
    return world.author


def carol(world: World) -> str:
    return world.carol


# What a path lets through beside a token that behaves: ways that cost whoever chose the token, and nobody else.
RECEIVERS_LOSS = {FEE_INSIDE, INFLATES}
PAYERS_LOSS = {FEE_ON_TOP, REFUNDS_TWICE}
WAITS_AS_CREDIT = {FALSE, REVERTS}
PATHS: dict[str, tuple[Callable[[World, str], Path], set[int]]] = {
    "Till.pay": (paying("pay"), set()),
    "Till.payAndCall": (paying("payAndCall", b""), set()),
    "Till.payFeeInMZ": (paying("payFeeInMZ", 2**255), set()),
    "Till.payAndCallFeeInMZ": (paying("payAndCallFeeInMZ", b"", 2**255), set()),
    "Till.payWithPermit": (paying("payWithPermit", PERMIT), set()),
    "Till.payAndCallWithPermit": (paying("payAndCallWithPermit", b"", PERMIT), set()),
    "Till.hold": (paying("hold", b""), PAYERS_LOSS),
    "Till.holdWithPermit": (paying("holdWithPermit", b"", PERMIT), PAYERS_LOSS),
    "Till.release": (giving("release", lambda _: GROSS, carol), RECEIVERS_LOSS | WAITS_AS_CREDIT),
    "Till.refund": (giving("refund", alice), RECEIVERS_LOSS | WAITS_AS_CREDIT),
    "Till.reclaim": (reclaim, RECEIVERS_LOSS | WAITS_AS_CREDIT),
    "Till.withdraw": (fetching("withdraw", carol), RECEIVERS_LOSS),
    "Till.withdrawFor": (fetching("withdrawFor", author), RECEIVERS_LOSS),
    "Till.sweep": (fetching("sweep"), RECEIVERS_LOSS),
    "Buyback.fill": (buyback_fill, RECEIVERS_LOSS),
    "Buyback.declare": (buyback_declare, PAYERS_LOSS),
    "Buyback.forward": (buyback_forward, RECEIVERS_LOSS),
    "Vesting.release": (vesting_release, RECEIVERS_LOSS),
    "Shares.claim": (claiming("claim", carol), RECEIVERS_LOSS),
    "Shares.claimFor": (claiming("claimFor", alice), RECEIVERS_LOSS),
}
# Name a token and move none, or are tested below.
OTHERS = {"SharesIssuer.issue", "YuanFeed.report", "Split.distribute", "Split.withdraw", "Split.withdrawFor"}


@pytest.mark.parametrize("name", PATHS)
def test_a_token_that_misbehaves_costs_nobody_else(world: World, name: str) -> None:
    build, harmless = PATHS[name]
    path = build(world, "OddCoin")
    begin, chain = path.own, world.chain
    with chain.taken_back():
        assert not path.refused()
        straight = path.own - begin

    through = set()
    for way in sorted(ODD):
        with chain.taken_back():
            path.coin.misbehave(way).send()
            if not path.refused():
                through.add(way)
                assert path.own - begin == straight, way
    assert through == harmless


@pytest.mark.parametrize("name", PATHS)
def test_a_token_without_return_values_goes_every_way(world: World, name: str) -> None:
    path = PATHS[name][0](world, "SilentCoin")
    before = path.coin.balanceOf(path.keeper).read()

    assert not path.refused()
    assert path.coin.balanceOf(path.keeper).read() != before


def test_no_path_is_missing(chain: Chain) -> None:
    """Whatever changes anything and is told which token or currency."""
    found = {
        f"{artifact.name}.{item['name']}"
        for path in (ROOT / "contracts").rglob("*.sol")
        if (artifact := chain.artifacts[path.stem]).bytecode
        for item in artifact.abi
        if item["type"] == "function" and item["stateMutability"] not in ("view", "pure")
        if any(given["type"] == "address" and given["name"] in ("token", "currency") for given in item["inputs"])
    }

    assert found == {name for name in PATHS if not name.startswith("Shares.")} | OTHERS


@pytest.mark.parametrize("way", sorted(ODD))
def test_a_split_divides_everything_else_as_if_the_odd_token_had_never_come(world: World, way: int) -> None:
    """A split keeps no book that several tokens share: what a token takes back is missing in that token alone."""
    chain, splits = world.chain, world.chain.deploy("Splits")
    parts = [(chain.fresh(), 2_500), (chain.fresh(), 7_500)]
    splits.create(parts).send()
    split, odd, coin = (
        chain.at("Split", splits.predict(parts).read()),
        chain.deploy("OddCoin"),
        chain.deploy("Coin", 18),
    )
    odd.mint(split, GROSS).send()
    coin.mint(split, GROSS).send()
    chain.send(chain.fields(None, split.address, "0x", GROSS))
    odd.misbehave(way).send()

    for call in (split.distribute(odd), split.withdrawFor(odd, parts[0][0])):
        Path(odd, split, call).refused()
    for token in (coin, ETHER):
        split.distribute(token).send()

    due = [GROSS // 4, GROSS * 3 // 4]
    assert [coin.balanceOf(payee).read() for payee, _ in parts] == due
    assert [chain.balance(payee) for payee, _ in parts] == due
