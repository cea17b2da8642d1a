"""Two quarters of the economy on a chain in this process, played once; and commands that talk to that chain."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from chain import Wallet
from chain.cli.main import main
from chain.cli.session import Session
from chain.client import Client
from chain.economy.simulation import Outcome, Simulation, Template, begin_at
from chain.launch.dev import Dev, dev
from chain.launch.platform import deploy, publish, shipped_bundles
from chain.registry import Library

QUARTERS = 2


@dataclass(frozen=True)
class Played:
    """The chain after two quarters, and what they came to."""

    dev: Dev
    simulation: Simulation
    outcome: Outcome


@pytest.fixture(scope="session")
def played() -> Iterator[Played]:
    """For looking at only: everything here shares it."""
    with dev(platform=False) as client:
        start = begin_at(client)
        deploy(client, client.accounts, None)
        publish(client, client.accounts, [one for one in shipped_bundles() if one.manifest.name == "tip-jar"])
        library = Library(client)
        offer = library.show("tip-jar")
        template = Template(
            price=offer.price,
            share_bps=offer.share_bps,
            payee=offer.payee,
            use=lambda user: library.use(offer.id, {}, sender=user).instance,
        )
        simulation = Simulation(client, client.accounts, template, start, seed=3)
        yield Played(client, simulation, simulation.run(QUARTERS, lambda _: None))


@pytest.fixture(scope="session")
def rolled_out() -> Iterator[Dev]:
    """For `fresh` alone, and for whoever takes everything back."""
    with dev(platform=False) as client:
        deploy(client, client.accounts, None)
        yield client


@pytest.fixture
def fresh(rolled_out: Dev) -> Iterator[Dev]:
    """The platform just rolled out; whatever a test does to it, and to the time, is taken back."""
    before = rolled_out.rpc("evm_snapshot")
    yield rolled_out
    assert rolled_out.rpc("evm_revert", before)


@dataclass(frozen=True)
class Said:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)


@pytest.fixture
def mz(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: Any) -> Callable[..., Said]:
    """Run `mz` with these words against a chain in this process, instead of one at a URL."""
    monkeypatch.chdir(tmp_path)

    def run(chain: Client, *words: str) -> Said:
        def client(session: Session, *, acting: bool = False) -> Client:
            wallet = Wallet([session.account()] if acting else [])
            talking = Client("http://127.0.0.1:1", wallet, platform=chain.platform)
            talking.w3.provider = chain.w3.provider  # its own connection is never used
            return talking

        with monkeypatch.context() as patch:
            patch.setattr(Session, "client", client)
            patch.setattr(sys, "stdin", io.StringIO(""))
            capsys.readouterr()
            status = main(list(words))
            written = capsys.readouterr()
        return Said(status, written.out, written.err)

    return run
