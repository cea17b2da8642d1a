"""`ClientDeployer`: the roll-out through our own client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chain import artifacts
from chain.abi import encode_constructor
from chain.client import Client, Mined, Outbox, Patience
from chain.client.client import Who
from chain.deployment.book import Book
from chain.errors import DeploymentError
from chain.primitives import Address
from chain.wallet import Signer


class ClientDeployer:
    """A `Deployer` that signs with one account; `patience` is for chains whose blocks are slow or taken back.

    `mined` hears of every transaction that was included.
    """

    def __init__(
        self,
        client: Client,
        sender: Who,
        *,
        patience: Patience | None = None,
        tell: Callable[[str], None] | None = None,
        mined: Callable[[Mined], None] = lambda _: None,
    ) -> None:
        self._client = client
        signer = sender if isinstance(sender, Signer) else client.wallet[sender]
        self._outbox = Outbox(client, signer, patience, tell)
        self._mined = mined
        self.address: Address = signer.address

    def nonce(self) -> int:
        """Of the account's next transaction, those waiting counted."""
        return self._outbox.nonce()

    def settle(self) -> None:
        """Wait until nothing of the account waits any more."""
        self._outbox.settle()

    def deploy(self, contract: str, arguments: Sequence[Any]) -> Address:
        """Create a contract from its artifact."""
        artifact = artifacts.load(contract)
        self._client.learn(artifact.abi)
        mined = self._send({"data": artifact.bytecode + encode_constructor(artifact.abi, arguments)})
        if mined.contract_address is None:
            raise DeploymentError(f"the node names no address for {contract}")
        return mined.contract_address

    def transact(self, to: Address, data: bytes) -> None:
        """Send call data in a transaction of its own."""
        self._send({"to": to, "data": data})

    def send(self, contract: str, address: Address, function: str, *arguments: Any) -> None:
        """Call a deployed contract in a transaction of its own."""
        self._send({"to": address, "data": self._client.contract(contract, address).data(function, *arguments)})

    def call(self, contract: str, address: Address, function: str, *arguments: Any) -> Any:
        """Ask a deployed contract something."""
        return self._client.contract(contract, address).call(function, *arguments)

    def code_at(self, address: Address) -> bytes:
        """Code on chain, empty if none."""
        return self._client.code(address)

    def _send(self, wish: dict[str, Any]) -> Mined:
        mined = self._outbox.send(wish)
        self._mined(mined)
        return mined


def book_of(client: Client, folder: Path | None) -> Book:
    """The deployment manifest in `folder` of the chain that a client talks to; DeploymentError if it is another's."""
    genesis = client.rpc("eth_getBlockByNumber", "0x0", False)["hash"]
    return Book(folder, client.chain_id, bytes.fromhex(genesis[2:]), client.timestamp())
