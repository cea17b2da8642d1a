"""A chain with the platform on it: ours in this process, and anvil as a second judge. One of each for the whole run.

Tests share the chain; each acts with accounts of its own, so that none depends on another.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest

from chain import Client, Wallet
from chain.artifacts import sources_folder
from chain.blobs import BlobStore
from chain.client import Handle, Platform
from chain.deployment import DEFAULT_FILE, ClientDeployer, book_of, read_parameters, roll_out
from chain.launch import NodeOptions, open_node
from chain.registry import Bundle, Library, open_bundle
from chain.registry.build import build
from chain.rpc import build_dispatcher
from chain.wallet import Account
from tests.optional import anvil

ETHER = 10**18


@pytest.fixture(scope="session", params=["mz", "anvil"])
def door(request: pytest.FixtureRequest) -> Iterator[str | Handle]:
    """The way into a fresh chain: our node's `handle`, or anvil's URL."""
    if request.param == "mz":
        opened = open_node(NodeOptions(dev=True))
        yield build_dispatcher(opened.node, opened.accounts).handle
        opened.node.close()
        return
    command = [*anvil(), "--hardfork", "prague", "--port", "0", "--chain-id", "20261"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("Listening on")), None)
        assert line is not None, "anvil did not start"
        threading.Thread(target=process.stdout.read, daemon=True).start()  # a full pipe would stop it
        yield f"http://{line.split()[-1]}"
        process.terminate()


@pytest.fixture(scope="session")
def client(door: str | Handle) -> Client:
    """A client with the ten funded accounts of the well-known mnemonic and files of its own."""
    return Client(door, Wallet.dev(), files=BlobStore(None))


@pytest.fixture(scope="session")
def platform(client: Client) -> Platform:
    """The platform, rolled out by dev0, which is also the client's from now on."""
    accounts = {account.name or "": account.address for account in client.wallet}
    book = book_of(client, None)
    parameters = read_parameters(DEFAULT_FILE, accounts, book.began)
    client.platform = roll_out(ClientDeployer(client, "dev0"), parameters, book)
    return client.platform


@pytest.fixture(scope="session")
def library(client: Client, platform: Platform) -> Library:
    """The template registry."""
    return Library(client)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """Our templates' bundles by name."""
    made = build(sources_folder() / "templates", tmp_path_factory.mktemp("bundles"))
    return {path.stem: open_bundle(path.read_bytes()) for path in made}


@pytest.fixture
def newcomer(client: Client, platform: Platform) -> Callable[[int], Account]:
    """Makes an account that nobody knows, with 10 ether and some MZ (in whole MZ)."""

    def make(mz: int = 0) -> Account:
        account = Account.create()
        client.send({"to": account.address}, sender="dev0", value=10 * ETHER)
        if mz:
            client.contract("MZ", platform.mz).send("transfer", account.address, mz * ETHER, sender="dev0")
        return account

    return make
