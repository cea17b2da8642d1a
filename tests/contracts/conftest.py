"""The node contract tests run on, and the platform they play with.

They run on anvil, a foreign node; with `MZ_TEST_NODE=mz` on ours, inside the test process. What a test does, with the
time it took, is taken back after it, so none can see another's; what several begin with is deployed once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chain.artifacts import Artifact
from chain.solidity import ensure_solc
from chain.solidity.lock import locked
from tests.contracts.compiled import Shelf
from tests.contracts.stage import ROOT, Chain, Contract, anvil, mz
from tests.contracts.templates_market import Market, open_market

NODES = {"anvil": anvil, "mz": mz}


@pytest.fixture(scope="session")
def artifacts(pytestconfig: pytest.Config) -> Iterator[dict[str, Artifact]]:
    """Platform and test contracts by name; what reaches a changed source is compiled again."""
    with tempfile.TemporaryDirectory() as forgotten:
        folder = Path(pytestconfig.cache.mkdir("contracts") if pytestconfig.cache else forgotten)
        shelf = Shelf(folder, ROOT)
        with locked(folder / ".lock"):  # of several workers one compiles
            if shelf.job() is not None:
                shelf.stock()
            compiled = shelf.artifacts(lambda job: ensure_solc().run(job))
        yield compiled


@pytest.fixture(scope="session")
def chain(artifacts: dict[str, Artifact]) -> Iterator[Chain]:
    """One node for the whole run."""
    chosen = os.environ.get("MZ_TEST_NODE", "anvil")
    if chosen not in NODES:
        raise pytest.UsageError(f"MZ_TEST_NODE is {chosen!r}; it can be {' or '.join(NODES)}")
    with NODES[chosen]() as ask:
        yield Chain(ask, artifacts)


@pytest.fixture(autouse=True)
def taken_back(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing is left of what a test does to the chain."""
    if "chain" not in request.fixturenames:
        yield
        return
    with request.getfixturevalue("chain").taken_back():
        yield


@dataclass(frozen=True)
class World:
    """A freshly deployed platform and the people in it. Everybody's tokens are approved for the Till."""

    chain: Chain
    genesis: Contract
    mz: Contract
    origins: Contract
    feed: Contract
    till: Contract
    coin: Contract
    treasurer: str  # holds the MZ that nobody in the test has
    alice: str
    bob: str
    carol: str
    author: str
    buyback: str
    vault: str

    def actor(self) -> Contract:
        """A contract in whatever role the test has for it."""
        return self.chain.deploy("Actor")

    def instance(self, share_bps: int = 250) -> Contract:
        """A contract that was made from a template of `author`."""
        made = self.actor()
        self.origins.set(made, self.author, share_bps).send()
        return made

    def fund(self, token: Contract, account: str | Contract, amount: int) -> None:
        """Gives tokens."""
        if token is self.mz:
            self.mz.transfer(account, amount).send(self.treasurer)
        else:
            token.mint(account, amount).send()

    def fund_and_approve(self, token: Contract, account: str, amount: int) -> None:
        """Gives tokens and lets the Till take any amount of them."""
        self.fund(token, account, amount)
        token.approve(self.till, 2**256 - 1).send(account)

    def odd_coin(self, *holders: str) -> Contract:
        """A token that can misbehave; the holders have plenty of it."""
        coin = self.chain.deploy("OddCoin")
        for holder in holders:
            self.fund_and_approve(coin, holder, 10**24)
        return coin


@pytest.fixture(scope="session")
def world(chain: Chain) -> World:
    """A new platform at the whitepaper's upper fee of 100 basis points."""
    return build_world(chain)


@pytest.fixture(scope="session")
def market(chain: Chain) -> Market:
    """The registry and the Till as they are used, and people with MZ."""
    return open_market(chain)


def build_world(chain: Chain, *, fee_bps: int = 100) -> World:
    """Deploys everything; nine transactions and the approvals."""
    treasurer, alice, bob, carol, author = chain.accounts[:5]
    buyback, vault = chain.fresh(), chain.fresh()
    genesis = chain.deploy("Genesis", [treasurer] * 5)
    token = chain.at("MZ", genesis.mz().read())
    origins, feed, coin = chain.deploy("Origins"), chain.deploy("Feed"), chain.deploy("Coin", 18)
    till = chain.deploy("Till", token, origins, feed, buyback, vault, fee_bps)
    world = World(
        chain, genesis, token, origins, feed, till, coin, treasurer, alice, bob, carol, author, buyback, vault
    )
    for account in (alice, bob, carol):
        world.fund_and_approve(token, account, 10**6 * 10**18)
        world.fund_and_approve(coin, account, 10**6 * 10**18)
    return world
