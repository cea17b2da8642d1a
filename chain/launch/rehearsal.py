"""A roll-out tried on a throw-away chain in this process: what it would cost, before anything is sent.

The deploying account has its address and nonce of the real chain there, without its key, so that contracts get the same
addresses and calldata the same length. The gas of each step is what it will be on a chain with the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chain import artifacts
from chain.abi import encode_constructor
from chain.client import Client
from chain.deployment import Book, Parameters, Step, roll_out
from chain.launch.connecting import open_node
from chain.launch.opening import NodeOptions
from chain.model import Record
from chain.primitives import ZERO_HASH, Address, checksum, to_hex
from chain.rpc import build_dispatcher

_PLENTY = 10**24  # wei


class Rehearsed(Record):
    """One contract of a roll-out: where it would be, and the gas of the transactions it takes."""

    name: str
    address: Address
    gas: int


def rehearse(
    parameters: Parameters, deployer: Address, nonce: int, chain_id: int, began: int, code: Mapping[Address, bytes]
) -> list[Rehearsed]:
    """Every step of a whole roll-out. `code` is put to its addresses first: tokens that the parameters name."""
    opened = open_node(NodeOptions(dev=True, chain_id=chain_id))
    try:
        client = Client(build_dispatcher(opened.node, opened.accounts).handle)
        actor = _Actor(client, deployer)
        client.rpc("anvil_setBalance", checksum(deployer), hex(_PLENTY))
        if nonce:
            client.rpc("anvil_setNonce", checksum(deployer), hex(nonce))
        client.rpc("anvil_impersonateAccount", checksum(deployer))
        for address, there in code.items():
            client.rpc("anvil_setCode", checksum(address), to_hex(there))
        found: list[Rehearsed] = []

        def told(step: Step) -> None:
            found.append(Rehearsed(name=step.name, address=step.address, gas=actor.gas))
            actor.gas = 0

        roll_out(actor, parameters, Book(None, chain_id, ZERO_HASH, began), tell=told)
        return found
    finally:
        opened.node.close()


class _Actor:
    """A `Deployer` without a key, which only a development chain allows; it adds its gas up."""

    def __init__(self, client: Client, address: Address) -> None:
        self._client = client
        self.address = address
        self.gas = 0

    def nonce(self) -> int:
        return int(self._client.rpc("eth_getTransactionCount", checksum(self.address), "latest"), 16)

    def settle(self) -> None:
        """Nothing ever waits here."""

    def deploy(self, contract: str, arguments: Sequence[Any]) -> Address:
        artifact = artifacts.load(contract)
        made = self._send(None, artifact.bytecode + encode_constructor(artifact.abi, arguments))
        return bytes.fromhex(made[2:])

    def transact(self, to: Address, data: bytes) -> None:
        self._send(to, data)

    def send(self, contract: str, address: Address, function: str, *arguments: Any) -> None:
        self._send(address, self._client.contract(contract, address).data(function, *arguments))

    def call(self, contract: str, address: Address, function: str, *arguments: Any) -> Any:
        return self._client.contract(contract, address).call(function, *arguments)

    def code_at(self, address: Address) -> bytes:
        return self._client.code(address)

    def _send(self, to: Address | None, data: bytes) -> str:
        wish = {"from": checksum(self.address), "data": to_hex(data), **({"to": checksum(to)} if to else {})}
        sent = self._client.rpc("eth_sendTransaction", wish)
        mined = self._client.wait(bytes.fromhex(sent[2:]))
        self.gas += mined.gas_used
        return to_hex(mined.contract_address or b"")
