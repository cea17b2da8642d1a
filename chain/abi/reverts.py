"""What the returned bytes of a failed call say: a custom error by name, `Error(string)` or `Panic(uint256)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chain.abi.types import Abi, decode, named, selector, signature
from chain.errors import AbiError
from chain.model import Record

# https://docs.soliditylang.org/en/v0.8.37/control-structures.html#panic-via-assert-and-error-via-require
_PANICS = {
    0x00: "the compiler's own check failed",
    0x01: "assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division or modulo by zero",
    0x21: "value out of an enum's range",
    0x22: "wrongly encoded storage byte array",
    0x31: "pop from an empty array",
    0x32: "array index out of bounds",
    0x41: "too much memory allocated",
    0x51: "call to an uninitialised internal function",
}
_ERROR: Mapping[str, Any] = {
    "type": "error",
    "name": "Error",
    "inputs": [{"name": "message", "type": "string"}],
}
_PANIC: Mapping[str, Any] = {
    "type": "error",
    "name": "Panic",
    "inputs": [{"name": "code", "type": "uint256"}],
}


class Revert(Record):
    """Why a call reverted. `name` is empty when nothing, or nothing we know, was returned."""

    name: str
    arguments: Mapping[str, Any]
    text: str  # one line for people
    data: bytes


class ErrorBook:
    """Custom errors by selector, gathered from the ABIs of the contracts a client knows."""

    def __init__(self, abis: Iterable[Abi] = ()) -> None:
        self._known: dict[bytes, dict[str, Mapping[str, Any]]] = {}
        self._learned: dict[int, Abi] = {}  # by identity: a client says the same ones over and over
        self.add([_ERROR, _PANIC])
        for abi in abis:
            self.add(abi)

    def add(self, abi: Abi) -> None:
        """Learn the custom errors of one more contract."""
        if self._learned.get(id(abi)) is abi:
            return
        self._learned[id(abi)] = abi
        for item in abi:
            if item["type"] == "error":
                self._known.setdefault(selector(item), {})[signature(item)] = item

    def explain(self, data: bytes) -> Revert:
        """The error in a revert's returned bytes; never raises, a contract may return anything."""
        if not data:
            return Revert(name="", arguments={}, text="reverted without a reason", data=data)
        for item in self._known.get(data[:4], {}).values():
            try:
                arguments = named(item.get("inputs", ()), decode(item.get("inputs", ()), data[4:]))
            except AbiError:
                continue
            return Revert(name=item["name"], arguments=arguments, text=_sentence(item["name"], arguments), data=data)
        shown = data.hex() if len(data) <= 36 else f"{data[:36].hex()}… ({len(data)} bytes)"
        return Revert(name="", arguments={}, text=f"reverted with unknown data 0x{shown}", data=data)


def _sentence(name: str, arguments: Mapping[str, Any]) -> str:
    if name == "Error":
        return str(arguments["message"])
    if name == "Panic":
        code = arguments["code"]
        return f"panic 0x{code:02x}: {_PANICS.get(code, 'unknown code')}"
    return f"{name}({', '.join(f'{key}={_shown(value)}' for key, value in arguments.items())})"


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_shown(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)
