"""`BrownieDeployer`: the roll-out's `Deployer` over a brownie account, so that brownie knows each contract it makes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from brownie import web3
from brownie.network.account import Account
from brownie.project.main import Project

from chain import artifacts
from chain.abi import decode_result, encode_call
from chain.primitives import Address, address_from, checksum, to_hex

POLL_SECONDS = 0.5


class BrownieDeployer:
    """What a roll-out needs, from a loaded brownie project and one of its accounts."""

    def __init__(self, project: Project, account: Account) -> None:
        self._project = project
        self._account = account
        self.address: Address = address_from(account.address)

    def nonce(self) -> int:
        """Of the account's next transaction, those waiting counted."""
        return int(web3.eth.get_transaction_count(self._account.address, "pending"))

    def settle(self) -> None:
        """Wait until nothing of the account waits any more."""
        while web3.eth.get_transaction_count(self._account.address, "latest") < self.nonce():
            time.sleep(POLL_SECONDS)

    def deploy(self, contract: str, arguments: Sequence[Any]) -> Address:
        """Create a contract from brownie's own compilation, whose bytecode is ours."""
        made = self._account.deploy(self._project[contract], *(plain(value) for value in arguments))
        return address_from(made.address)

    def transact(self, to: Address, data: bytes) -> None:
        """Send call data in a transaction of its own."""
        self._account.transfer(checksum(to), 0, data=to_hex(data)).wait(1)

    def send(self, contract: str, address: Address, function: str, *arguments: Any) -> None:
        """Call a deployed contract in a transaction of its own."""
        self.transact(address, encode_call(artifacts.load(contract).abi, function, arguments))

    def call(self, contract: str, address: Address, function: str, *arguments: Any) -> Any:
        """Ask a deployed contract something."""
        abi = artifacts.load(contract).abi
        asked = {"to": checksum(address), "data": to_hex(encode_call(abi, function, arguments))}
        return decode_result(abi, function, bytes(web3.eth.call(asked)), len(arguments))

    def code_at(self, address: Address) -> bytes:
        """Code on chain, empty if none."""
        return bytes(web3.eth.get_code(checksum(address)))


def plain(value: Any) -> Any:
    """As brownie wants it: addresses as hex, structs as lists of their fields in order.

    Other bytes stay bytes: brownie takes the text 0x for one zero byte.
    """
    if isinstance(value, bytes):
        return checksum(value) if len(value) == 20 else value
    if isinstance(value, Mapping):
        return [plain(inner) for inner in value.values()]
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
