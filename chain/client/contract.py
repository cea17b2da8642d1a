"""One contract on one chain: calls, transactions and events by name, in our types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chain import abi as _abi
from chain.abi import Abi, Event
from chain.errors import AbiError
from chain.model import Record
from chain.primitives import Address, Hash32, checksum, to_hex

if TYPE_CHECKING:
    from web3.contract.contract import ContractFunctions

    from chain.client.client import Client, Who
    from chain.client.transactions import Mined


class Occurrence(Record):
    """An event with its place on the chain."""

    name: str
    arguments: Mapping[str, Any]
    address: Address
    block_number: int
    transaction_hash: Hash32
    log_index: int  # block-wide


class Contract:
    """A contract at an address. Addresses go in as 20 bytes or hex, and come out as 20 bytes; structs are mappings."""

    def __init__(self, client: Client, address: Address, abi: Abi, name: str = "contract") -> None:
        self._client = client
        self.address = address
        self.abi = abi
        self.name = name

    @property
    def functions(self) -> ContractFunctions:
        """web3.py's own view of the functions, for those who know it."""
        return self._client.w3.eth.contract(
            address=self._client.w3.to_checksum_address(self.address), abi=self.abi
        ).functions

    def data(self, function: str, *arguments: Any) -> bytes:
        """Call data: selector and encoded arguments; raises AbiError."""
        return _abi.encode_call(self.abi, function, arguments)

    def call(
        self, function: str, *arguments: Any, sender: Who | None = None, value: int = 0, block: int | str = "latest"
    ) -> Any:
        """What the function returns, changing nothing. Raises ContractReverted with the custom error's name."""
        data = self.data(function, *arguments)
        returned = self._client.call(self.address, data, sender=sender, value=value, block=block)
        return self._decoded(function, arguments, returned)

    def call_each(self, function: str, arguments: Sequence[Sequence[Any]], *, block: int | str = "latest") -> list[Any]:
        """What the function returns for each list of arguments, in few requests; errors as from `call`."""
        to, tag = checksum(self.address), block if isinstance(block, str) else hex(block)
        messages = [({"to": to, "data": to_hex(self.data(function, *one))}, tag) for one in arguments]
        answers = self._client.rpc_each("eth_call", messages)
        return [
            self._decoded(function, one, bytes.fromhex(answer[2:]))
            for one, answer in zip(arguments, answers, strict=True)
        ]

    def _decoded(self, function: str, arguments: Sequence[Any], returned: bytes) -> Any:
        try:
            return _abi.decode_result(self.abi, function, returned, len(arguments))
        except AbiError as problem:
            if returned:
                raise
            raise AbiError(
                f"{self.name}.{function} answered nothing: there is no such contract at {checksum(self.address)}",
                hint="is this the right chain, and the right address on it?",
            ) from problem

    def send(self, function: str, *arguments: Any, sender: Who, value: int = 0, gas: int | None = None) -> Mined:
        """Call it in a transaction and wait until it is in a block.

        Raises ContractReverted before anything is sent; with `gas` given nothing is tried before, and a refusal is a
        TransactionFailed.
        """
        message: dict[str, Any] = {"to": self.address, "data": self.data(function, *arguments)}
        if gas is not None:
            message["gas"] = gas
        return self._client.send(message, sender=sender, value=value)

    def events_in(self, mined: Mined, name: str) -> list[Event]:
        """The events called `name` that this contract emitted in one transaction."""
        decoded = (_abi.decode_log(self.abi, log.topics, log.data) for log in mined.logs if log.address == self.address)
        return [event for event in decoded if event is not None and event.name == name]

    def events(
        self, name: str, where: Mapping[str, Any] | None = None, *, first: int = 0, last: int | str = "latest"
    ) -> list[Occurrence]:
        """Every event called `name` between two blocks, both included; `where` gives indexed arguments wanted."""
        event = _abi.entry(self.abi, "event", name)
        query = {
            "address": checksum(self.address),
            "fromBlock": hex(first),
            "toBlock": last if isinstance(last, str) else hex(last),
            "topics": _topics(event, where or {}),
        }
        found = []
        for log in self._client.rpc("eth_getLogs", query):
            topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
            decoded = _abi.decode_log(self.abi, topics, bytes.fromhex(log["data"][2:]))
            if decoded is None:
                continue
            found.append(
                Occurrence(
                    name=decoded.name,
                    arguments=decoded.arguments,
                    address=self.address,
                    block_number=int(log["blockNumber"], 16),
                    transaction_hash=bytes.fromhex(log["transactionHash"][2:]),
                    log_index=int(log["logIndex"], 16),
                )
            )
        return found

    def __repr__(self) -> str:
        return f"<Contract {self.name} at {checksum(self.address)}>"


def _topics(event: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str | None]:
    parameters: Sequence[Mapping[str, Any]] = [p for p in event["inputs"] if p["indexed"]]
    unknown = sorted(set(wanted) - {p["name"] for p in parameters})
    if unknown:
        names = ", ".join(p["name"] for p in parameters)
        raise AbiError(f"{event['name']} has no indexed argument {', '.join(unknown)}", hint=f"it has: {names}")
    topics: list[str | None] = [to_hex(_abi.topic(event))]
    for parameter in parameters:
        value = wanted.get(parameter["name"])
        topics.append(None if value is None else to_hex(_abi.encode([parameter], [value])))
    while topics[-1] is None:
        topics.pop()
    return topics
