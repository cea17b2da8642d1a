"""`ClientDeployer`: the roll-out through our own client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chain import artifacts
from chain.client import Client
from chain.client.client import Who
from chain.deployment.book import Book
from chain.primitives import Address, checksum


class ClientDeployer:
    """A `Deployer` that signs with one account of a client's wallet."""

    def __init__(self, client: Client, sender: Who) -> None:
        self._client = client
        self._sender = sender
        self.address: Address = client.address_of(sender)

    def nonce(self) -> int:
        """Of the account's next transaction, those waiting counted."""
        return int(self._client.rpc("eth_getTransactionCount", checksum(self.address), "pending"), 16)

    def deploy(self, contract: str, arguments: Sequence[Any]) -> Address:
        """Create a contract from its artifact."""
        return self._client.deploy(artifacts.load(contract), arguments, sender=self._sender).address

    def send(self, contract: str, address: Address, function: str, *arguments: Any) -> None:
        """Call a deployed contract in a transaction of its own."""
        self._client.contract(contract, address).send(function, *arguments, sender=self._sender)

    def call(self, contract: str, address: Address, function: str, *arguments: Any) -> Any:
        """Ask a deployed contract something."""
        return self._client.contract(contract, address).call(function, *arguments)

    def code_at(self, address: Address) -> bytes:
        """Code on chain, empty if none."""
        return self._client.code(address)


def book_of(client: Client, folder: Path | None) -> Book:
    """The deployment manifest in `folder` of the chain that a client talks to; DeploymentError if it is another's."""
    genesis = client.rpc("eth_getBlockByNumber", "0x0", False)["hash"]
    return Book(folder, client.chain_id, bytes.fromhex(genesis[2:]), client.timestamp())
