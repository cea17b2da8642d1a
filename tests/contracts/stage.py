"""The stage on which contract tests play: a node, compiled contracts, calls by name and refusals by name.

Knows nothing of what the contracts mean. A node is any JSON-RPC door; everything is encoded by web3.py's codec. What an
interface says is worked out once: web3.py's own contracts do it for each address, which takes longer than most tests.

    coin = chain.deploy("Coin", 18)
    coin.mint(alice, 5).send(alice)
    coin.transfer(bob, 9).refuses("ERC20InsufficientBalance", alice, 5, 9, sender=alice)
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from eth_abi.abi import decode
from eth_utils.abi import (
    abi_to_signature,
    event_abi_to_log_topic,
    function_signature_to_4byte_selector,
    get_abi_input_types,
    get_abi_output_types,
)
from web3 import Web3
from web3._utils.events import get_event_data

from chain.artifacts import Artifact
from tests.optional import anvil as anvil_command

ROOT = Path(__file__).resolve().parents[2]
ETHER = "0x" + "00" * 20
GAS = 12_000_000
PATIENCE = 20  # seconds until there has to be a receipt
CODE_SIZE = "MZ_TEST_CODE_SIZE"  # bytes that code may have on the foreign node, where EIP-170's limit is in the way
CODE_LIMIT = int(os.environ.get(CODE_SIZE, 24_576))

Ask = Callable[[str, list[Any]], Any]


class NodeError(Exception):
    """The node's error object."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error.get("message"))
        self.code = error.get("code")
        self.data = error.get("data")


@dataclass(frozen=True)
class Refusal:
    """A custom error as the contract gave it; `name` is empty when it gave nothing."""

    name: str
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Event:
    """One decoded log."""

    address: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """A transaction that succeeded."""

    gas: int
    created: str | None
    logs: tuple[dict[str, Any], ...]
    decoded: Callable[[dict[str, Any]], Event]

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Its logs; decoded only when somebody looks, which is seldom."""
        return tuple(self.decoded(log) for log in self.logs)

    def only(self, name: str) -> dict[str, Any]:
        """The arguments of the single event of this name."""
        (found,) = [event.args for event in self.events if event.name == name]
        return found


@dataclass(frozen=True)
class Call:
    """A function with its arguments, not yet sent."""

    contract: Contract
    name: str
    args: tuple[Any, ...]

    @property
    def data(self) -> str:
        """What goes into the transaction."""
        return self.contract.encode(self.name, self.args)

    def send(self, sender: str | None = None, value: int = 0) -> Receipt:
        """Sends it as a transaction, which must succeed."""
        chain = self.contract.chain
        return chain.send(chain.fields(sender, self.contract.address, self.data, value))

    def read(self, sender: str | None = None, value: int = 0) -> Any:
        """Calls it; one return value comes bare, several as a tuple."""
        chain = self.contract.chain
        answer = chain.call(chain.fields(sender, self.contract.address, self.data, value))
        values = decode(self.contract.function(self.name).outputs, answer)
        return values[0] if len(values) == 1 else values

    def refuses(self, error: str, *args: Any, sender: str | None = None, value: int = 0) -> None:
        """Requires that it fails with this error; with these arguments where any are given."""
        chain = self.contract.chain
        refusal = chain.refusal(chain.fields(sender, self.contract.address, self.data, value))
        assert refusal is not None, f"{self.name} went through instead of failing with {error}"
        assert refusal.name == error, f"{self.name} failed with {refusal}, not {error}"
        if args:
            assert refusal.args == tuple(plain(arg) for arg in args)


@dataclass(frozen=True)
class Function:
    """What a call of a function needs."""

    signature: str
    selector: bytes
    inputs: list[str]
    outputs: list[str]


def functions_of(abi: tuple[dict[str, Any], ...]) -> dict[str, Function]:
    """By name, where of overloaded ones the last is found; by signature, any."""
    functions = {}
    for item in abi:
        if item["type"] == "function":
            signature = abi_to_signature(item)  # type: ignore[arg-type]
            selector = bytes(function_signature_to_4byte_selector(signature))
            inputs, outputs = get_abi_input_types(item), get_abi_output_types(item)  # type: ignore[arg-type]
            functions[item["name"]] = functions[signature] = Function(signature, selector, inputs, outputs)
    return functions


class Contract:
    """A deployed contract; its functions are attributes that return a `Call`."""

    def __init__(self, chain: Chain, functions: Mapping[str, Function], address: str) -> None:
        self.chain = chain
        self.address = address
        self._functions = functions

    @property
    def address_checksum(self) -> str:
        """As web3.py writes addresses in events."""
        return checksum(self.address)

    def __getattr__(self, name: str) -> Callable[..., Call]:
        if name not in self._functions:
            raise AttributeError(name)
        return lambda *args: Call(self, name, args)

    def function(self, name: str) -> Function:
        """One of its functions, by name or signature."""
        return self._functions[name]

    def encode(self, name: str, args: tuple[Any, ...]) -> str:
        """Call data; contracts among the arguments stand for their addresses."""
        function = self.function(name)
        encoded = self.chain.web3.codec.encode(function.inputs, [wire(arg) for arg in args])
        return f"0x{(function.selector + encoded).hex()}"


@cache
def checksum(address: str) -> str:
    """As web3.py wants and writes addresses."""
    return str(Web3.to_checksum_address(address))


def wire(value: Any) -> Any:
    """As web3.py wants it."""
    if isinstance(value, Contract):
        value = value.address
    if isinstance(value, str) and len(value) == 42 and value.startswith("0x"):
        return checksum(value)
    if isinstance(value, list | tuple):
        return [wire(item) for item in value]
    return value


def plain(value: Any) -> Any:
    """As eth_abi decodes it."""
    if isinstance(value, Contract):
        return value.address.lower()
    return value.lower() if isinstance(value, str) else value


@dataclass
class Chain:
    """A node and everything that was compiled for it."""

    ask: Ask
    artifacts: dict[str, Artifact]
    web3: Web3 = field(default_factory=Web3)

    def __post_init__(self) -> None:
        self.accounts: list[str] = self.ask("eth_accounts", [])
        self.chain_id = int(self.ask("eth_chainId", []), 16)
        self._fresh = itertools.count(0xA000_0000)
        # The zero address burns; this platform's fake addresses must not be one another's between runs.
        self._functions: dict[str, dict[str, Function]] = {}

    @cached_property
    def _errors(self) -> dict[bytes, dict[str, Any]]:
        items = [item for artifact in self.artifacts.values() for item in artifact.abi if item["type"] == "error"]
        return {bytes(function_signature_to_4byte_selector(abi_to_signature(item))): item for item in items}

    @cached_property
    def _events(self) -> dict[tuple[bytes, int], dict[str, Any]]:
        """By how many arguments are indexed, too: in that alone differ the transfers of ERC-20 and ERC-721."""
        items = [item for artifact in self.artifacts.values() for item in artifact.abi if item["type"] == "event"]
        return {
            (bytes(event_abi_to_log_topic(item)), sum(given["indexed"] for given in item["inputs"])): item  # type: ignore[arg-type]
            for item in items
        }

    def fresh(self) -> str:
        """An address nobody has used yet; nobody has its key."""
        return f"0x{next(self._fresh):040x}"

    def fields(self, sender: str | None, to: str | None, data: str, value: int = 0) -> dict[str, str]:
        """A transaction; the gas is given so that nothing is estimated."""
        made = {"from": sender or self.accounts[0], "data": data, "value": hex(value), "gas": hex(GAS)}
        return made if to is None else made | {"to": to}

    def deploy(self, name: str, *args: Any, sender: str | None = None, value: int = 0) -> Contract:
        """Deploys a compiled contract."""
        receipt = self.send(self.fields(sender, None, self.creation(name, *args), value))
        assert receipt.created is not None
        return self.at(name, receipt.created)

    def creation(self, name: str, *args: Any) -> str:
        """Creation code with its arguments."""
        artifact = self.artifacts[name]
        types = [kind for item in artifact.abi if item["type"] == "constructor" for kind in get_abi_input_types(item)]
        return f"0x{(artifact.bytecode + self.web3.codec.encode(types, [wire(arg) for arg in args])).hex()}"

    def refuses_deployment(self, error: str, name: str, *args: Any) -> None:
        """Requires that the constructor fails with this error."""
        refusal = self.refusal(self.fields(None, None, self.creation(name, *args)))
        assert refusal is not None, f"{name} was deployed instead of failing with {error}"
        assert refusal.name == error

    def at(self, name: str, address: str) -> Contract:
        """A contract that somebody else has deployed."""
        if name not in self._functions:
            self._functions[name] = functions_of(self.artifacts[name].abi)
        return Contract(self, self._functions[name], address)

    def send(self, fields: dict[str, str]) -> Receipt:
        """Sends a transaction, which must succeed."""
        receipt = self.transact(fields)
        assert receipt["status"] == "0x1", f"the transaction failed: {self.refusal(fields)}"
        return Receipt(
            gas=int(receipt["gasUsed"], 16),
            created=receipt["contractAddress"],
            logs=tuple(receipt["logs"]),
            decoded=self._event,
        )

    def call(self, fields: dict[str, str]) -> bytes:
        """Calls without a transaction."""
        return bytes.fromhex(self.ask("eth_call", [fields, "latest"])[2:])

    def refusal(self, fields: dict[str, str]) -> Refusal | None:
        """What a call fails with, None when it does not."""
        try:
            self.call(fields)
        except NodeError as problem:
            return self._refusal(bytes.fromhex((problem.data or "0x")[2:]))
        return None

    def balance(self, account: str | Contract) -> int:
        """Ether of an account, in wei."""
        return int(self.ask("eth_getBalance", [plain(account), "latest"]), 16)

    def code(self, account: str | Contract) -> bytes:
        """Runtime code of an account."""
        return bytes.fromhex(self.ask("eth_getCode", [plain(account), "latest"])[2:])

    def now(self) -> int:
        """The time of the newest block."""
        return int(self.ask("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)

    def travel(self, time: int) -> None:
        """The newest block now has this time."""
        self.ask("evm_setNextBlockTimestamp", [hex(time)])
        self.ask("evm_mine", [])

    def next_at(self, time: int) -> None:
        """The next transaction's block will have this time."""
        self.ask("evm_setNextBlockTimestamp", [hex(time)])

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards; the time, too, is what it was."""
        before = self.ask("evm_snapshot", [])
        yield
        assert self.ask("evm_revert", [before])

    def transact(self, fields: dict[str, str]) -> dict[str, Any]:
        """Sends a transaction, which may fail, and waits for its receipt."""
        sent = self.ask("eth_sendTransaction", [fields])
        begun, nudged = time.monotonic(), False
        while (receipt := self.ask("eth_getTransactionReceipt", [sent])) is None:
            waited = time.monotonic() - begun
            assert waited < PATIENCE, f"no receipt of {sent} within {PATIENCE} s"
            if waited > PATIENCE / 4 and not nudged:  # anvil, once in a great while, leaves one until it is told
                self.ask("evm_mine", [])
                nudged = True
        return dict(receipt)

    def _refusal(self, data: bytes) -> Refusal:
        error = self._errors.get(data[:4])
        if error is None:
            return Refusal("" if not data else f"0x{data[:4].hex()}", tuple(data[4:] and [data[4:]]))
        return Refusal(error["name"], decode(get_abi_input_types(error), data[4:]))  # type: ignore[arg-type]

    def _event(self, log: dict[str, Any]) -> Event:
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        abi = self._events.get((topics[0], len(topics) - 1)) if topics else None
        if abi is None:
            return Event(log["address"], "", {})
        entry = {**log, "topics": topics, "data": bytes.fromhex(log["data"][2:])}
        return Event(log["address"], abi["name"], dict(get_event_data(self.web3.codec, abi, entry)["args"]))  # type: ignore[arg-type]


@contextmanager
def anvil() -> Iterator[Ask]:
    """A foreign node on a port of its own choice."""
    command = [*anvil_command(), "--hardfork", "prague", "--port", "0", "--gas-price", "0"]
    command += ["--block-base-fee-per-gas", "0", "--gas-limit", "60000000", "--accounts", "10"]
    if CODE_SIZE in os.environ:
        command += ["--code-size-limit", str(CODE_LIMIT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("Listening on")), None)
        assert line is not None, "anvil did not start"
        threading.Thread(target=process.stdout.read, daemon=True).start()  # a full pipe would stop it
        wire = Wire(line.split()[-1])
        try:
            yield lambda method, params: _answer(wire.post(_question(method, params)))
        finally:
            wire.close()
            process.terminate()


@contextmanager
def mz() -> Iterator[Ask]:
    """Our own node, inside this process."""
    from chain.launch import NodeOptions, open_node
    from chain.rpc import build_dispatcher

    opened = open_node(NodeOptions(dev=True))
    try:
        handle = build_dispatcher(opened.node, opened.accounts).handle

        def ask(method: str, params: list[Any]) -> Any:
            answer = handle(_question(method, params))
            return _answer(answer if isinstance(answer, bytes) else answer.result(60))

        yield ask
    finally:
        opened.node.close()


def _question(method: str, params: list[Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


def _answer(body: bytes) -> Any:
    document = json.loads(body)
    if "error" in document:
        raise NodeError(document["error"])
    return document["result"]


class Wire:
    """One HTTP connection that is kept. Each test asks a hundred times: http.client would take longer over the headers
    than the node over its answer."""

    def __init__(self, place: str) -> None:
        host, _, port = place.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")
        self._head = f"POST / HTTP/1.1\r\nHost: {place}\r\nContent-Type: application/json\r\nContent-Length: "

    def post(self, body: bytes) -> bytes:
        """The answer's body."""
        self._socket.sendall(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
        status = self._answers.readline()
        assert b" 200 " in status, status
        length = None
        while (header := self._answers.readline()) != b"\r\n":
            assert header, "the node has gone"
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length is not None
        return self._answers.read(length)

    def close(self) -> None:
        self._answers.close()
        self._socket.close()
