"""`mz up`: a chain on this machine with everything in place, served until it is told to stop.

What it deploys and publishes goes through HTTP and signed transactions like anybody's; what is there already is
recognised and left alone.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from chain.cli.browsing import describe
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Leaf
from chain.errors import DataFolderForeign

if TYPE_CHECKING:
    from chain.client import Client
    from chain.launch import NodeOptions, Running
    from chain.registry.offers import Offer
    from chain.settings import Settings

# A chain that is used over years must not run ahead of the clock (a chain for tests may).
CLOCK_DRIFT_LIMIT = 60  # seconds
TABLE_PRECISION = 10**14  # wei: a table for people shows four decimals of ether, rounded down


@click.command(cls=Leaf)
@click.option("--port", type=click.IntRange(0, 65535), help="Port on 127.0.0.1 (8545); 0 takes a free one.")
@click.option("--chain-id", type=click.IntRange(1), help="Of a chain that is created now (20261).")
@click.option("--block-time", type=float, metavar="SECONDS", help="From block to block; 0: as soon as needed.")
@click.option("--one-tx-per-block", is_flag=True, default=None, help="Never let two transactions share a block.")
@click.option("--dev", is_flag=True, help="A chain for tests: its clock can be moved, blocks can be taken back.")
@click.pass_obj
def up(
    session: Session,
    port: int | None,
    chain_id: int | None,
    block_time: float | None,
    one_tx_per_block: bool | None,
    dev: bool,
) -> None:
    """Start a chain on this machine and serve it.

    The first start makes the chain, deploys the platform's contracts and publishes our templates; later starts go on
    where the last one stopped. Data is in ./.mz unless --data-dir says otherwise. Ctrl-C stops it cleanly.
    """
    session.extra = {
        "node.port": port,
        "node.chain_id": chain_id,
        "node.block_time": block_time,
        "node.one_tx_per_block": one_tx_per_block,
    }
    with told_to_stop() as stop:
        serve(session, stop, dev=dev)
    session.screen.say("stopped")


class Stop:
    """The wish to end, from Ctrl-C or SIGTERM. The first one counts; later ones do not disturb the stopping."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._at_once = False

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        if self._asked.is_set():
            return
        self._asked.set()
        if self._at_once:
            raise KeyboardInterrupt

    def allow(self) -> None:
        """From here on the wish interrupts whatever runs; it may have come already."""
        self._at_once = True
        if self._asked.is_set():
            raise KeyboardInterrupt

    def wait(self) -> None:
        """Until the wish comes."""
        self._at_once = False
        self._asked.wait()


@contextmanager
def told_to_stop() -> Iterator[Stop]:
    """Listen to Ctrl-C and SIGTERM meanwhile."""
    stop = Stop()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve(session: Session, stop: Stop, *, dev: bool = False) -> None:
    """Start, roll out, say what is where, and wait for the end. Raises DataFolderForeign for a chain whose blocks keep
    to the clock and that is to become one for tests."""
    from chain.cli.hosting import Host

    settings, say = session.settings, session.screen.say
    # Not to be torn apart by a signal: it opens files and starts threads.
    host = Host(options(settings, dev=dev), settings.node.port)
    try:
        stop.allow()
        if dev and host.running.node.spec.clock_drift_limit is not None:
            raise DataFolderForeign(
                f"the chain in {settings.data_dir} was made without --dev: with its clock moved it would stand still",
                hint="leave --dev out, or make another chain with --data-dir DIR",
            )
        # Imported only now: the node answers already, and what follows brings web3.py.
        from chain.cli import rollout

        client = rollout.deploy(host, say)
        offers = rollout.publish(host, client, rollout.shipped_bundles(), say)
        announce(session, host.running, client, offers)
        stop.wait()
    finally:
        host.stop()


def options(settings: Settings, *, dev: bool) -> NodeOptions:
    """How the settings want the node opened; with `dev` it may be edited, and its clock moved as far as one likes."""
    from chain.launch import NodeOptions
    from chain.producer import Mining

    node = settings.node
    mining = Mining(
        automine=node.block_time == 0,
        interval=node.block_time or None,
        one_transaction_per_block=node.one_tx_per_block,
    )
    return NodeOptions(
        data_dir=settings.data_dir,
        chain_id=node.chain_id or None,
        clock_drift_limit=None if dev else CLOCK_DRIFT_LIMIT,
        dev=dev,
        mining=mining,
        engine=node.engine,
        translate=node.translate,
        kubo=node.kubo or None,
    )


def announce(session: Session, running: Running, client: Client, offers: list[Offer]) -> None:
    """What is where, on stdout; that it serves, on stderr."""
    screen = session.screen
    if session.json:
        screen.data(summary(running, client, offers))
    else:
        screen.table(("what", "which", "where", "more"), list(rows(running, client, offers)))
    folder = session.settings.data_dir
    screen.flush()
    screen.say(f"serving {running.url} with its data in {folder}; the keys of dev accounts are known to everybody")
    screen.say("Ctrl-C stops it cleanly")


def rows(running: Running, client: Client, offers: list[Offer]) -> Iterator[tuple[str, str, str, str]]:
    """The one table."""
    yield "RPC URL", "", running.url, ""
    yield "chain id", "", str(running.chain_id), ""
    mz = client.contract("MZ", client.platform.mz)
    for account in running.accounts:
        ether, held = client.balance(account), mz.call("balanceOf", account.address)
        rounded = ether - ether % TABLE_PRECISION
        yield "account", account.name or "", shown(account.address), f"{amount(rounded, 'ETH')}, {amount(held)}"
    for name, address in client.platform.names().items():
        yield "contract", name, shown(address), ""
    for offer in offers:
        terms = f"{amount(offer.price)} per use, {percent(offer.share_bps)} of trades"
        yield "template", offer.name, f"version {offer.version}", terms


def summary(running: Running, client: Client, offers: list[Offer]) -> dict[str, object]:
    """The same for programs; amounts are decimal strings in wei."""
    mz = client.contract("MZ", client.platform.mz)
    return {
        "rpc": running.url,
        "chain_id": running.chain_id,
        "accounts": [
            {
                "name": account.name,
                "address": shown(account.address),
                "ether": str(client.balance(account)),
                "mz": str(mz.call("balanceOf", account.address)),
            }
            for account in running.accounts
        ],
        "contracts": client.platform.to_json(),
        "templates": [describe(offer) for offer in offers],
    }
