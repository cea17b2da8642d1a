"""ABI JSON to bytes and back (Solidity contract ABI specification)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from eth_abi.abi import decode as _decode
from eth_abi.abi import encode as _encode
from eth_abi.abi import is_encodable as _is_encodable
from eth_abi.exceptions import DecodingError, EncodingError, ParseError
from eth_abi.packed import encode_packed as _encode_packed

from chain.errors import AbiError, InvalidParams
from chain.model import Record
from chain.primitives import Hash32, address_from, keccak

Abi: TypeAlias = Sequence[Mapping[str, Any]]

_ARRAY = re.compile(r"^(.*)\[(\d*)\]$", re.DOTALL)


class Event(Record):
    """A decoded log. Indexed values of dynamic types are their 32-byte hash, as the chain keeps no more of them."""

    name: str
    arguments: Mapping[str, Any]


def canonical(parameter: Mapping[str, Any]) -> str:
    """`(uint256,address)[]` of an ABI parameter: struct names are spelled out as tuples."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    fields = ",".join(canonical(field) for field in parameter["components"])
    return f"({fields}){kind[5:]}"


def signature(item: Mapping[str, Any]) -> str:
    """`transfer(address,uint256)` of a function, event or error."""
    return f"{item['name']}({','.join(canonical(p) for p in item.get('inputs', ()))})"


def selector(item: Mapping[str, Any]) -> bytes:
    """First four bytes of the signature's keccak: how calls and custom errors begin."""
    return keccak(signature(item).encode())[:4]


def topic(item: Mapping[str, Any]) -> Hash32:
    """First topic of an event's logs."""
    return keccak(signature(item).encode())


def entry(abi: Abi, kind: str, name: str, arguments: int | None = None) -> Mapping[str, Any]:
    """The `function`, `event` or `error` called `name`, chosen by argument count or full signature when overloaded.

    Raises AbiError when there is none, or more than one that fits.
    """
    found = [
        item
        for item in abi
        if item["type"] == kind
        and (item["name"] == name or ("(" in name and signature(item) == name))
        and (arguments is None or len(item.get("inputs", ())) == arguments)
    ]
    if len(found) == 1:
        return found[0]
    named = [signature(item) for item in abi if item["type"] == kind and item["name"] == name.partition("(")[0]]
    if found:
        raise AbiError(f"{kind} {name} is overloaded: {', '.join(named)}", hint="give the full signature as the name")
    if named:
        raise AbiError(f"no {kind} {name} takes {arguments} arguments; there is {', '.join(named)}")
    known = ", ".join(sorted(item["name"] for item in abi if item["type"] == kind)) or "none"
    raise AbiError(f"the contract has no {kind} called {name}", hint=f"it has: {known}")


def encode(parameters: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> bytes:
    """ABI encoding of `values`; raises AbiError naming the parameter that does not fit its type."""
    if len(parameters) != len(values):
        raise AbiError(f"{len(values)} values given for {len(parameters)} parameters ({_names(parameters)})")
    given = [_given(p, v, _label(p, i)) for i, (p, v) in enumerate(zip(parameters, values, strict=True))]
    kinds = [canonical(p) for p in parameters]
    try:
        return _encode(kinds, given)
    except (EncodingError, ParseError, OverflowError) as problem:
        for index, (kind, value) in enumerate(zip(kinds, given, strict=True)):
            if not _is_encodable(kind, value):
                label = _label(parameters[index], index)
                raise AbiError(f"{label}: {values[index]!r} is not a {kind}") from problem
        raise AbiError(f"cannot encode ({_names(parameters)}): {problem}") from problem


def encode_packed(parameters: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> bytes:
    """Each value in its type's own number of bytes, one behind the other, as Solidity's `abi.encodePacked`.

    Elementary types only: for others Solidity's rule is ambiguous. Raises AbiError as `encode` does.
    """
    encode(parameters, values)  # says what does not fit
    given = [_given(p, v, _label(p, i)) for i, (p, v) in enumerate(zip(parameters, values, strict=True))]
    return _encode_packed([canonical(p) for p in parameters], given)


def decode(parameters: Sequence[Mapping[str, Any]], data: bytes) -> tuple[Any, ...]:
    """Strict inverse of `encode`; raises AbiError when the bytes are not such values."""
    try:
        values = _decode([canonical(p) for p in parameters], data)
    except (DecodingError, ParseError, OverflowError, UnicodeDecodeError) as problem:
        raise AbiError(f"{len(data)} bytes are not ({_names(parameters)}): {problem}") from problem
    return tuple(_taken(p, v) for p, v in zip(parameters, values, strict=True))


def encode_call(abi: Abi, name: str, values: Sequence[Any]) -> bytes:
    """Selector and arguments of a call."""
    function = entry(abi, "function", name, len(values))
    return selector(function) + encode(function.get("inputs", ()), values)


def encode_constructor(abi: Abi, values: Sequence[Any]) -> bytes:
    """Arguments to append to creation code; a contract without a constructor takes none."""
    inputs = next((item.get("inputs", ()) for item in abi if item["type"] == "constructor"), ())
    return encode(inputs, values)


def decode_result(abi: Abi, name: str, data: bytes, arguments: int | None = None) -> Any:
    """What a function returned: None, the value, or a tuple of several."""
    values = decode(entry(abi, "function", name, arguments).get("outputs", ()), data)
    if not values:
        return None
    return values[0] if len(values) == 1 else values


def decode_log(abi: Abi, topics: Sequence[Hash32], data: bytes) -> Event | None:
    """The event of a log, or None when this ABI has no such event."""
    if not topics:
        return None
    for item in abi:
        if item["type"] != "event" or item.get("anonymous") or topic(item) != topics[0]:
            continue
        indexed = [p for p in item["inputs"] if p["indexed"]]
        plain = [p for p in item["inputs"] if not p["indexed"]]
        if len(indexed) != len(topics) - 1:
            continue  # same signature, other indexing (ERC-20 and ERC-721 Transfer)
        found = dict(zip(_keys(plain), decode(plain, data), strict=True))
        for key, parameter, word in zip(_keys(indexed), indexed, topics[1:], strict=True):
            found[key] = word if _is_dynamic(parameter) else decode([parameter], word)[0]
        ordered = {key: found[key] for key in _keys(item["inputs"]) if key in found}
        return Event(name=item["name"], arguments=ordered)
    return None


def named(parameters: Sequence[Mapping[str, Any]], values: Iterable[Any]) -> dict[str, Any]:
    """Values by parameter name; nameless ones are `arg0`, `arg1` …"""
    return dict(zip(_keys(parameters), values, strict=True))


def _keys(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    return [_label(p, i) for i, p in enumerate(parameters)]


def _label(parameter: Mapping[str, Any], index: int) -> str:
    return parameter.get("name") or f"arg{index}"


def _names(parameters: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{canonical(p)} {p.get('name', '')}".strip() for p in parameters)


def _is_dynamic(parameter: Mapping[str, Any]) -> bool:
    kind = parameter["type"]
    return kind in ("string", "bytes") or kind.startswith("tuple") or kind.endswith("]")


def _given(parameter: Mapping[str, Any], value: Any, label: str) -> Any:
    """A caller's value in the form eth_abi takes; strict where eth_abi pads or guesses."""
    kind = str(parameter["type"])
    if (array := _ARRAY.match(kind)) is not None:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
            raise AbiError(f"{label}: expected a list for {kind}, got {value!r}")
        if array[2] and len(value) != int(array[2]):
            raise AbiError(f"{label}: expected {array[2]} values, got {len(value)}")
        inner = {**parameter, "type": array[1]}
        return [_given(inner, v, f"{label}[{i}]") for i, v in enumerate(value)]
    if kind == "tuple":
        return _struct(parameter["components"], value, label)
    if kind == "address" or kind.startswith("bytes"):
        return _octets(kind, value, label)
    return value


def _struct(fields: Sequence[Mapping[str, Any]], value: Any, label: str) -> tuple[Any, ...]:
    if isinstance(value, Mapping):
        unknown = sorted(set(value) - {f["name"] for f in fields})
        missing = [f["name"] for f in fields if f["name"] not in value]
        if unknown or missing:
            raise AbiError(f"{label}: unknown fields {unknown}, missing fields {missing}")
        value = [value[f["name"]] for f in fields]
    if isinstance(value, str | bytes) or not isinstance(value, Sequence) or len(value) != len(fields):
        raise AbiError(f"{label}: expected the fields ({_names(fields)}), got {value!r}")
    return tuple(_given(f, v, f"{label}.{_label(f, i)}") for i, (f, v) in enumerate(zip(fields, value, strict=True)))


def _octets(kind: str, value: Any, label: str) -> bytes:
    if isinstance(value, str):
        try:
            value = address_from(value) if kind == "address" else bytes.fromhex(value.removeprefix("0x"))
        except InvalidParams as problem:
            raise AbiError(f"{label}: {problem}", hint=problem.hint) from problem
        except ValueError as problem:
            raise AbiError(f"{label}: {value!r} is not hex") from problem
    if not isinstance(value, bytes | bytearray):
        raise AbiError(f"{label}: {value!r} is not a {kind}")
    size = 20 if kind == "address" else int(kind[5:] or -1)
    if size >= 0 and len(value) != size:
        raise AbiError(f"{label}: {kind} takes {size} bytes, got {len(value)}")
    return bytes(value)


def _taken(parameter: Mapping[str, Any], value: Any) -> Any:
    """What eth_abi decoded, in our form."""
    kind = str(parameter["type"])
    if (array := _ARRAY.match(kind)) is not None:
        inner = {**parameter, "type": array[1]}
        return tuple(_taken(inner, v) for v in value)
    if kind == "tuple":
        fields = parameter["components"]
        values = [_taken(f, v) for f, v in zip(fields, value, strict=True)]
        return named(fields, values)
    if kind == "address":
        return bytes.fromhex(value[2:])
    return value
