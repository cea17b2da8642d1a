"""What bytes on a chain mean, by the ABIs that are known here: calls, creations, events and errors in words.

A contract is known by its code, also behind a clone (ERC-1167), a proxy (ERC-1967) or a delegation (EIP-7702). Where it
is not, any known ABI that has the selector or topic and whose types fit explains the bytes; `contract` is empty then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from chain import artifacts
from chain.abi import ErrorBook, decode, decode_log, selector, topic
from chain.abi.types import named
from chain.artifacts import Artifact
from chain.errors import AbiError, NotBuilt
from chain.model import Record
from chain.primitives import Address, Hash32, checksum

if TYPE_CHECKING:
    from chain.client.client import Client

_CLONE = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_DELEGATION = bytes.fromhex("ef0100")
_IMPLEMENTATION = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"  # ERC-1967
_CONSOLE = bytes.fromhex("000000000000000000636f6e736f6c652e6c6f67")  # where hardhat's console.sol calls: nobody
_MOST_STEPS = 3  # from a proxy to the code behind it


class Said(Record):
    """A call, an event, or a creation (whose `name` is `constructor`)."""

    contract: str  # whose it is; empty when only the name fits
    name: str
    arguments: Mapping[str, Any]
    item: Mapping[str, Any]  # of the ABI


class Known:
    """Our own compiled contracts and those that are given, on the chain of one client."""

    def __init__(self, client: Client, given: Iterable[Artifact] = ()) -> None:
        self._client = client
        try:
            ours = [artifacts.load(name) for name in artifacts.names()]
        except NotBuilt:
            ours = []
        self._artifacts = [*given, *ours]
        self._book = ErrorBook(artifact.abi for artifact in self._artifacts)
        self._found: dict[Address, Artifact | None] = {}
        self._console = _console()
        self._by_start: dict[bytes, list[Mapping[str, Any]]] = {}
        for artifact in self._artifacts:
            for item in artifact.abi:
                if item["type"] == "function":
                    self._by_start.setdefault(selector(item), []).append(item)
                elif item["type"] == "event":
                    self._by_start.setdefault(topic(item), []).append(item)

    def contract(self, address: Address) -> Artifact | None:
        """The contract whose code runs at an address; None for an account, or code that is not known."""
        if address not in self._found:
            self._found[address] = self._behind(address, _MOST_STEPS)
        return self._found[address]

    def name(self, address: Address) -> str:
        """The contract's name, empty when it is not known; `console` for what console.sol calls."""
        if address == _CONSOLE:
            return "console"
        artifact = self.contract(address)
        return "" if artifact is None else artifact.name

    def call(self, to: Address | None, data: bytes) -> Said | None:
        """What call data asks for; `to` None: a creation."""
        if to is None:
            return self._creation(data)
        if to == _CONSOLE:
            return _called(self._console, "console", data)
        artifact = self.contract(to)
        if artifact is not None and (found := _called(artifact.abi, artifact.name, data)) is not None:
            return found
        return _called(self._by_start.get(data[:4], ()), "", data)

    def event(self, address: Address, topics: Sequence[Hash32], data: bytes) -> Said | None:
        """The event of a log."""
        if not topics:
            return None
        artifact = self.contract(address)
        if artifact is not None and (found := _emitted(artifact.abi, artifact.name, topics, data)) is not None:
            return found
        return _emitted(self._by_start.get(topics[0], ()), "", topics, data)

    def error(self, data: bytes) -> str:
        """A revert's payload in words."""
        return self._book.explain(data).text

    def _behind(self, address: Address, steps: int) -> Artifact | None:
        code = self._client.code(address)
        if not code:
            return None
        start, end = _CLONE
        if code.startswith(start) and code[30:45] == end:
            return self._behind(code[10:30], steps - 1) if steps else None
        if code.startswith(_DELEGATION) and len(code) == 23:
            return self._behind(code[3:], steps - 1) if steps else None
        match = next((one for one in self._artifacts if one.matches(code)), None)
        if steps and (match is None or match.name == "InstanceProxy"):
            word: str = self._client.rpc("eth_getStorageAt", checksum(address), _IMPLEMENTATION, "latest")
            target = bytes.fromhex(word[2:].zfill(64))[12:]
            if any(target):
                return self._behind(target, steps - 1) or match
        return match

    def _creation(self, data: bytes) -> Said | None:
        for artifact in self._artifacts:
            if artifact.bytecode and data.startswith(artifact.bytecode):
                none: Mapping[str, Any] = {"type": "constructor", "inputs": ()}
                item = next((one for one in artifact.abi if one["type"] == "constructor"), none)
                try:
                    values = decode(item.get("inputs", ()), data[len(artifact.bytecode) :])
                except AbiError:
                    continue
                arguments = named(item.get("inputs", ()), values)
                return Said(contract=artifact.name, name="constructor", arguments=arguments, item=item)
        return None


def _console() -> list[Mapping[str, Any]]:
    """Every `log` of hardhat's console.sol: up to four values of four types, and two of their own."""
    logs = [
        ("log", kinds)
        for count in range(5)
        for kinds in product(("uint256", "string", "bool", "address"), repeat=count)
    ]
    logs += [("logInt", ("int256",)), ("logBytes", ("bytes",)), ("log", ("int256",))]
    return [{"type": "function", "name": name, "inputs": [{"type": kind} for kind in kinds]} for name, kinds in logs]


def returned(said: Said, output: bytes) -> Any:
    """What a call gave back, as its ABI has it; None for nothing, or for something else than that."""
    try:
        values = decode(said.item.get("outputs", ()), output)
    except AbiError:
        return None
    return values[0] if len(values) == 1 else (values or None)


def _called(items: Iterable[Mapping[str, Any]], contract: str, data: bytes) -> Said | None:
    for item in items:
        if item["type"] == "function" and selector(item) == data[:4]:
            try:
                arguments = named(item.get("inputs", ()), decode(item.get("inputs", ()), data[4:]))
            except AbiError:
                continue
            return Said(contract=contract, name=item["name"], arguments=arguments, item=item)
    return None


def _emitted(items: Iterable[Mapping[str, Any]], contract: str, topics: Sequence[Hash32], data: bytes) -> Said | None:
    for item in items:
        try:
            event = decode_log([item], topics, data)
        except AbiError:
            continue
        if event is not None:
            return Said(contract=contract, name=event.name, arguments=event.arguments, item=item)
    return None
