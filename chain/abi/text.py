"""Values as people type them on a command line, for the types of an ABI; and back.

1000    0x3e8    1.5 ether    2 MZ    30 gwei        integers, exactly
true    false                                        bool
0x70997970…   or a name that `names` resolves        address
0x6d7a                                               bytes, bytes32 (in full)
[1,2,3]    ["0x…","0x…"]                             arrays: JSON
{"price":"2 MZ","payee":"dev1"}   or   ["2 MZ",…]    structs: JSON
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from chain.errors import AbiError
from chain.primitives import Address, address_from, checksum, to_hex

Names = Callable[[str], Address]
"""The address behind a name or hex; raises a ChainError that says why not."""

_ARRAY = re.compile(r"^(.*)\[(\d*)\]$", re.DOTALL)
_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:e(\d{1,2}))?\s*([A-Za-z]*)")
_DECIMALS = {"": 0, "wei": 0, "gwei": 9, "ether": 18, "eth": 18, "mz": 18}


def parse(parameter: Mapping[str, Any], text: str, names: Names = address_from) -> Any:
    """The value that `text` is for an ABI parameter; AbiError says which text and why not."""
    kind = str(parameter["type"])
    label = str(parameter.get("name") or kind)
    if _ARRAY.match(kind) or kind == "tuple":
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError as problem:
            raise AbiError(f"{label}: {text!r} is not JSON: {problem}", hint=f"{kind} is written as JSON") from problem
        return _structured(parameter, value, label, names)
    return _plain(kind, text, label, names)


def show(value: Any) -> Any:
    """A decoded value for people and JSON: addresses with checksum, bytes as hex, big integers as they are."""
    if isinstance(value, bytes):
        return checksum(value) if len(value) == 20 else to_hex(value)
    if isinstance(value, Mapping):
        return {name: show(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [show(inner) for inner in value]
    return value


def _structured(parameter: Mapping[str, Any], value: Any, label: str, names: Names) -> Any:
    kind = str(parameter["type"])
    if array := _ARRAY.match(kind):
        if not isinstance(value, list):
            raise AbiError(f"{label}: {kind} takes a JSON list, not {value!r}")
        inner = {**parameter, "type": array[1]}
        return [_structured(inner, each, f"{label}[{index}]", names) for index, each in enumerate(value)]
    if kind == "tuple":
        fields: Sequence[Mapping[str, Any]] = parameter["components"]
        if isinstance(value, list) and len(value) == len(fields):
            value = {field["name"]: each for field, each in zip(fields, value, strict=True)}
        wanted = [field["name"] for field in fields]
        if not isinstance(value, dict) or set(value) != set(wanted):
            raise AbiError(f"{label}: a JSON object with {', '.join(wanted)} is needed, not {value!r}")
        return {f["name"]: _structured(f, value[f["name"]], f"{label}.{f['name']}", names) for f in fields}
    if isinstance(value, bool):
        value = "true" if value else "false"
    return _plain(kind, value if isinstance(value, str) else str(value), label, names)


def _plain(kind: str, text: str, label: str, names: Names) -> Any:
    if kind == "string":
        return text
    if kind == "bool":
        if text not in ("true", "false"):
            raise AbiError(f"{label}: {text!r} is neither true nor false")
        return text == "true"
    if kind == "address":
        return names(text)
    if kind.startswith("bytes"):
        try:
            return bytes.fromhex(text.removeprefix("0x"))
        except ValueError:
            raise AbiError(f"{label}: {text!r} is not hex", hint=f"{kind} is written as 0x…") from None
    return _integer(kind, text, label)


def _integer(kind: str, text: str, label: str) -> int:
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        value = int(text, 16)
    else:
        found = _AMOUNT.fullmatch(text.strip())
        unit = found[5].lower() if found else None
        if found is None or unit not in _DECIMALS:
            raise AbiError(
                f"{label}: {text!r} is not a whole number", hint="write 1000, 0x3e8, 1.5 ether, 2 MZ or 30 gwei"
            )
        decimals = _DECIMALS[unit] + int(found[4] or 0)
        part = found[3] or ""
        if len(part.rstrip("0")) > decimals:
            raise AbiError(f"{label}: {text!r} has more decimals than there are: at most {decimals}")
        value = int(found[2] + part[:decimals].ljust(decimals, "0")) * (-1 if found[1] else 1)
    size = int(kind.removeprefix("u").removeprefix("int") or 256)
    least, most = (0, 2**size - 1) if kind.startswith("u") else (-(2 ** (size - 1)), 2 ** (size - 1) - 1)
    if not least <= value <= most:
        raise AbiError(f"{label}: {value} does not fit into {kind}")
    return value
