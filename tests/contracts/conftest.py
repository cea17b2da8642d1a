"""The node contract tests run on, and the platform they play with.

`MZ_TEST_NODE=mz` is our node inside the test process, `anvil` a foreign one; without it our node is taken as soon as it
can set the time of the next block. Every test deploys its own contracts, so none can see another's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chain.artifacts import Artifact, decode, encode
from chain.solidity import ensure_solc
from chain.solidity.compiler import prepare
from tests.contracts.stage import ROOT, Chain, Contract, NodeError, anvil, mz

SOURCES = ("contracts", "templates", "tests/contracts/solidity")
METHOD_NOT_FOUND = -32601


@pytest.fixture(scope="session")
def artifacts(pytestconfig: pytest.Config) -> dict[str, Artifact]:
    """Platform and test contracts by name, compiled when a source has changed."""
    paths = [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.sol"))]
    job = prepare({path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}, libraries=ROOT)
    folder = Path(pytestconfig.cache.mkdir("contracts")) / job.digest if pytestconfig.cache else None
    if folder is not None and folder.is_dir():
        return {path.stem: decode(path.read_bytes(), name=path.name) for path in folder.iterdir()}
    compiled = ensure_solc().run(job).artifacts
    found = {artifact.name: artifact for artifact in compiled.values()}
    assert len(found) == len(compiled), "two contracts have the same name"
    if folder is not None:
        _keep(folder, found)
    return found


def _keep(folder: Path, found: dict[str, Artifact]) -> None:
    """Whole or not at all: other workers may be reading, or writing the same."""
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
    fresh.mkdir(exist_ok=True)
    for name, artifact in found.items():
        (fresh / f"{name}.json").write_bytes(encode(artifact))
    try:
        fresh.rename(folder)
    except OSError:
        for path in fresh.iterdir():
            path.unlink()
        fresh.rmdir()


@pytest.fixture(scope="session")
def chain(artifacts: dict[str, Artifact]) -> Iterator[Chain]:
    """One node for the whole run."""
    chosen = os.environ.get("MZ_TEST_NODE")
    if chosen not in (None, "mz", "anvil"):
        raise pytest.UsageError(f"MZ_TEST_NODE is {chosen!r}; it can be mz or anvil")
    if chosen == "mz" or (chosen is None and _ours_can_travel()):
        with mz() as ask:
            yield Chain(ask, artifacts)
    else:
        with anvil() as ask:
            yield Chain(ask, artifacts)


def _ours_can_travel() -> bool:
    with mz() as ask:
        try:
            ask("evm_mine", [])
        except NodeError as problem:
            if problem.code != METHOD_NOT_FOUND:
                raise
            return False
        return True


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


@pytest.fixture
def world(chain: Chain) -> World:
    """A new platform at the whitepaper's upper fee of 100 basis points."""
    return build_world(chain)


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
