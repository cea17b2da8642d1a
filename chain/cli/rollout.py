"""The platform put onto a served node: what `mz up` and `mz demo` have in common."""

from __future__ import annotations

from collections.abc import Sequence

from chain.cli.hosting import Host
from chain.client import Client, Platform, connect
from chain.launch import platform
from chain.launch.platform import Tell, shipped_bundles
from chain.registry.bundle import Bundle
from chain.registry.offers import Offer
from chain.wallet import Wallet

__all__ = ["deploy", "publish", "shipped_bundles"]


def deploy(host: Host, tell: Tell) -> Client:
    """Deploy what is missing, over HTTP; a client that knows where it is and holds the development accounts."""
    accounts = host.running.accounts
    client = connect(host.running.url, Wallet(accounts))

    def announce(known: Platform) -> None:
        host.platform = known.to_json()

    folder = host.folder / "deployments" if host.folder is not None else None
    platform.deploy(client, accounts, folder, tell, announce)
    return client


def publish(host: Host, client: Client, bundles: Sequence[Bundle], tell: Tell) -> list[Offer]:
    """Publish what is missing of our templates; all that are published on this chain, by whomever."""
    return platform.publish(client, host.running.accounts, bundles, tell)
