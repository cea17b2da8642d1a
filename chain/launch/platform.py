"""The platform put onto a running chain: contracts deployed, our templates published, each by ordinary transactions.

What is there already is recognised and left alone. The client signs with the development accounts; nothing here has any
right that another client would not have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from chain import artifacts
from chain.client import Client, Platform
from chain.deployment import (
    DEFAULT_FILE,
    ClientDeployer,
    Parameters,
    Step,
    book_of,
    publish_templates,
    read_parameters,
    roll_out,
)
from chain.registry.bundle import Bundle, open_bundle
from chain.registry.library import Library
from chain.registry.offers import Offer
from chain.wallet import Account

DEPLOYER = 0  # which development account rolls out

Tell = Callable[[str], None]


def say_nothing(_: str) -> None:
    """For callers that show no progress."""


def deploy(
    client: Client,
    accounts: Sequence[Account],
    folder: Path | None,
    tell: Tell = say_nothing,
    announce: Callable[[Platform], None] = lambda _: None,
) -> Platform:
    """Deploy what is missing, remembering addresses in `folder` (None: nowhere); the client knows them afterwards.

    `announce` hears what an earlier roll-out left as soon as it is read, and the outcome. Raises DeploymentError.
    """
    book = book_of(client, folder)
    known = book.platform()
    if known is not None:
        announce(known)

    def said(step: Step) -> None:
        if step.status != "unchanged":
            tell(f"{step.status} {step.name}")

    parameters = _parameters(accounts, book.began)
    platform = roll_out(ClientDeployer(client, accounts[DEPLOYER]), parameters, book, tell=said)
    client.platform = platform
    announce(platform)
    return platform


def publish(
    client: Client, accounts: Sequence[Account], bundles: Sequence[Bundle], tell: Tell = say_nothing
) -> list[Offer]:
    """Publish what is missing of `bundles`; all that are published on this chain, by whomever."""

    def said(offer: Offer, new: bool) -> None:
        if new:
            tell(f"published {offer.name} version {offer.version}")

    library = Library(client)
    publisher = _parameters(accounts, client.timestamp()).publisher
    publish_templates(library, bundles, publisher, tell=said)
    return library.list()


def shipped_bundles() -> list[Bundle]:
    """Our templates as they were built; raises NotBuilt or BundleError."""
    return [open_bundle(path.read_bytes()) for path in artifacts.bundles()]


def _parameters(accounts: Sequence[Account], began: int) -> Parameters:
    names = {account.name or "": account.address for account in accounts}
    return read_parameters(DEFAULT_FILE, {"deployer": accounts[DEPLOYER].address, **names}, began)
