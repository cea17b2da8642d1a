"""Values that a person gives for a template's parameters: text → typed → `abi.encode`, or packed."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from chain import abi
from chain.errors import AbiError, ParameterError
from chain.primitives import Address
from chain.registry.tables import Parameter
from chain.registry.units import NOWHERE, ReadFile, Scene, bounds, parse, show

MAX_FILE = 1024 * 1024 * 1024  # bytes hashed for a digest or a work
MOST_PACKED = 255  # elements of a list whose count is one byte
_WRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "MZ": "in MZ, such as 2.5",
        "ETH": "in ether, such as 0.1",
        "token": "an amount, such as 12.50",
        "seconds": "a length of time, such as 30 days",
        "time": "a time, such as 2030-01-31T18:00:00Z or +30 days",
        "basis points": "a part, such as 2.5 %",
        "count": "a whole number",
        "account": "an address, the name of an account here, or user for yourself",
        "work": "a work's id, content hash or file; nothing for none",
        "cid": "a CID, a digest or a file; nothing for none",
        "digest": "32 bytes in hex, or a file",
        "address": "an address, or the name of a platform contract such as mz",
        "bool": "true or false",
        "string": "text",
        "bytes32": "32 bytes in hex, or a short text",
    }
)
_FIXED = re.compile(r"\[([0-9]+)\]$")


def read_local(name: str) -> bytes | None:
    """A local file by the path a person typed; None when there is none. Raises ParameterError when it is too big."""
    path = Path(name).expanduser()
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > MAX_FILE:
            raise ParameterError(f"{name} has {path.stat().st_size} bytes, at most {MAX_FILE} are hashed")
        return path.read_bytes()
    except (OSError, ValueError) as problem:
        raise ParameterError(f"cannot read {name}: {problem}") from problem


def values_of(
    parameters: Sequence[Parameter],
    given: Mapping[str, Any],
    *,
    user: Address | None = None,
    read: ReadFile = read_local,
    scene: Scene | None = None,
) -> dict[str, Any]:
    """Every parameter's value, in order: as given (text in the unit's words, or already typed), else its default.

    `scene` says all that a text may depend on; without it `user` and `read` do. Lists come out as tuples, structs by
    field name. Raises ParameterError for unknown names, missing values, and values out of bounds.
    """
    check_names(parameters, given)
    missing = [p for p in parameters if p.name not in given and p.default is None]
    if missing:
        asked = "; ".join(f"{p.name} ({p.label.en}{f', in {p.unit}' if p.unit else ''})" for p in missing)
        raise ParameterError(f"a value is missing for {asked}", hint=f"give {missing[0].name}=…")
    scene = Scene(user=user, read=read) if scene is None else scene
    return {p.name: value_of(p, given.get(p.name), scene) for p in parameters}


def check_names(parameters: Sequence[Parameter], given: Iterable[str]) -> None:
    """Raise ParameterError for a name that none of them has."""
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(names) or 'none'}"
            raise ParameterError(f"the template has no parameter {name}", hint=hint)


def written(parameter: Parameter) -> str:
    """How people write a value of it, in a few words: `in MZ, such as 2.5; from 0 MZ to 100 MZ`."""
    if parameter.fields:
        words = f"JSON such as {_example(parameter)}, or @ and a file that holds it"
    else:
        words = _WRITTEN.get(parameter.unit or parameter.element_type, parameter.element_type)
        if parameter.is_list:
            words = f"{words}; several, divided by commas"
    if parameter.min is not None or parameter.max is not None:
        least = f"from {parameter.min}" if parameter.min is not None else ""
        words += f"; {least}{' ' if least else ''}{'' if parameter.max is None else f'up to {parameter.max}'}".rstrip()
    return words


def encode_values(parameters: Sequence[Parameter], values: Mapping[str, Any], first: Sequence[Address] = ()) -> bytes:
    """`abi.encode` of the platform's addresses a constructor takes first, then of all values in the manifest's order.

    They are encoded together: texts and lists are found by how far from the beginning they are.
    """
    types = [{"type": "address"} for _ in first] + [p.to_abi() for p in parameters]
    try:
        return abi.encode(types, [*first, *(values[p.name] for p in parameters)])
    except AbiError as problem:
        raise ParameterError(problem.message, hint=problem.hint) from problem


def pack_values(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> bytes:
    """What a clone of `encoding = "packed"` carries: a byte of code costs 200 gas, so none is padding.

    First every value of fixed size in its type's own number of bytes, in the manifest's order, so that each has a fixed
    place; then each list, a byte with its count before its elements. A struct is its fields.
    """
    fixed = [part for p in parameters if not _is_counted(p) for part in _parts(p, values[p.name])]
    counted = [(p, values[p.name]) for p in parameters if _is_counted(p)]
    for parameter, value in counted:
        if len(value) > MOST_PACKED:
            raise ParameterError(f"{parameter.name}: {len(value)} values given, at most {MOST_PACKED} can be packed")
        fixed += [({"name": parameter.name, "type": "uint8"}, len(value)), *_parts(parameter, value)]
    try:
        return abi.encode_packed([described for described, _ in fixed], [value for _, value in fixed])
    except AbiError as problem:
        raise ParameterError(problem.message, hint=problem.hint) from problem


def shown_values(parameters: Sequence[Parameter], values: Mapping[str, Any], scene: Scene = NOWHERE) -> dict[str, str]:
    """What people read: amounts in MZ, times as dates, addresses with checksum."""
    return {p.name: shown_value(p, values[p.name], scene) for p in parameters}


def shown_value(parameter: Parameter, value: Any, scene: Scene = NOWHERE) -> str:
    """What people read for one value; elements of a list are divided by commas, structs by semicolons."""
    if parameter.is_list:
        divider = "; " if parameter.fields else ", "
        return divider.join(_shown_element(parameter, one, scene) for one in value)
    return _shown_element(parameter, value, scene)


def value_of(parameter: Parameter, given: Any, scene: Scene) -> Any:
    """One parameter's value; None stands for its default. Raises ParameterError."""
    # A default is the author's: it never names a file of the user's.
    if given is None:
        given, scene = parameter.default or "", Scene(user=scene.user, now=scene.now, money=scene.money)
    if isinstance(given, str) and given.startswith("@") and (parameter.is_list or parameter.fields):
        content = scene.read(given[1:])
        if content is None:
            raise ParameterError(f"{parameter.name}: there is no file {given[1:]}")
        given = content.decode("utf-8", errors="replace")
    if not parameter.is_list:
        return _element(parameter, parameter.name, given, scene)
    elements = _elements(parameter, given)
    values = tuple(_element(parameter, f"{parameter.name}[{i}]", one, scene) for i, one in enumerate(elements))
    _check_count(parameter, len(values))
    for summed, numbers in (
        [(field, [value[field.name] for value in values]) for field in parameter.fields]
        if parameter.fields
        else [(parameter, list(values))]
    ):
        _check_sum(parameter, summed, numbers, scene)
    return values


def _is_counted(parameter: Parameter) -> bool:
    return parameter.is_list and _FIXED.search(parameter.type) is None


def _parts(parameter: Parameter, value: Any) -> list[tuple[dict[str, Any], Any]]:
    """The elementary values in one, each with its ABI type."""
    if parameter.is_list:
        single = msgspec.structs.replace(parameter, type=parameter.element_type)
        return [part for one in value for part in _parts(single, one)]
    if parameter.fields:
        return [part for field in parameter.fields for part in _parts(field, value[field.name])]
    return [({"name": parameter.name, "type": parameter.type}, value)]


def _elements(parameter: Parameter, given: Any) -> list[Any]:
    if isinstance(given, str):
        text = given.strip()
        if text.startswith("["):
            return list(_json(parameter, text))
        if parameter.fields and text:
            raise ParameterError(f"{parameter.name}: {given!r} is not a list such as {_example(parameter)}")
        return [part.strip() for part in text.split(",")] if text else []
    if isinstance(given, Sequence) and not isinstance(given, bytes):
        return list(given)
    raise ParameterError(f"{parameter.name}: {given!r} is not a list for {parameter.type}")


def _element(parameter: Parameter, place: str, given: Any, scene: Scene) -> Any:
    if parameter.fields:
        return _struct(parameter, place, given, scene)
    kind = parameter.element_type
    try:
        if isinstance(given, str):
            value = parse(kind, parameter.unit, given, scene)
        else:
            value = given
            abi.encode([{"name": parameter.name, "type": kind}], [value])
    except (ParameterError, AbiError) as problem:
        raise ParameterError(f"{place}: {problem.message}", hint=problem.hint or _help(parameter)) from problem
    _check_bounds(parameter, place, value, scene)
    if parameter.choices:
        choices = [parse(kind, parameter.unit, str(c.value), scene) for c in parameter.choices]
        if value not in choices:
            offered = ", ".join(f"{c.value} ({c.en})" for c in parameter.choices)
            raise ParameterError(f"{place}: {given} is none of the choices", hint=f"choose one of {offered}")
    return value


def _struct(parameter: Parameter, place: str, given: Any, scene: Scene) -> dict[str, Any]:
    if isinstance(given, str):
        given = _json(parameter, given)
    names = [field.name for field in parameter.fields]
    if isinstance(given, Sequence) and not isinstance(given, bytes):
        if len(given) != len(names):
            raise ParameterError(f"{place}: {len(given)} values given for {', '.join(names)}")
        given = dict(zip(names, given, strict=True))
    if not isinstance(given, Mapping):
        raise ParameterError(f"{place}: {given!r} is not {_example(parameter)}")
    try:
        return values_of(parameter.fields, given, scene=scene)
    except ParameterError as problem:
        raise ParameterError(f"{place}: {problem.message}", hint=problem.hint) from problem


def _json(parameter: Parameter, text: str) -> Any:
    try:
        # Numbers stay texts, so that `5` means the same inside a list as outside, and nothing becomes a float.
        return json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as problem:
        example = _example(parameter)
        raise ParameterError(f"{parameter.name}: not JSON: {problem}", hint=f"write it like {example}") from problem


def _example(parameter: Parameter) -> str:
    inner = "{" + ", ".join(f'"{field.name}": "…"' for field in parameter.fields) + "}" if parameter.fields else '"…"'
    return f"[{inner}, …]" if parameter.is_list else inner


def _check_count(parameter: Parameter, count: int) -> None:
    fixed = _FIXED.search(parameter.type)
    if fixed is not None and count != int(fixed[1]):
        raise ParameterError(f"{parameter.name}: {count} values given, {parameter.type} has {fixed[1]}")
    if parameter.items is None:
        return
    least, most = parameter.items.min, parameter.items.max
    if count < least or (most is not None and count > most):
        allowed = f"{least} to {most}" if most is not None else f"at least {least}"
        raise ParameterError(f"{parameter.name}: {count} values given, {allowed} are allowed")


def _check_sum(parameter: Parameter, summed: Parameter, numbers: list[Any], scene: Scene) -> None:
    if summed.sum is None:
        return
    wanted = parse(summed.element_type, summed.unit, summed.sum, scene)
    if sum(numbers) != wanted:
        place = parameter.name if summed is parameter else f"{parameter.name}.{summed.name}"
        shown = show(summed.element_type, summed.unit, sum(numbers), scene)
        raise ParameterError(f"{place}: adds up to {shown}, not to {summed.sum}")


def _check_bounds(parameter: Parameter, place: str, value: Any, scene: Scene) -> None:
    kind = parameter.element_type
    least, most = bounds(kind)
    if least is None or most is None:
        return
    if parameter.min is not None:
        least = parse(kind, parameter.unit, parameter.min, scene)
    if parameter.max is not None:
        most = parse(kind, parameter.unit, parameter.max, scene)
    if not least <= value <= most:
        shown = [show(kind, parameter.unit, number, scene) for number in (value, least, most)]
        raise ParameterError(f"{place}: {shown[0]} is not between {shown[1]} and {shown[2]}")


def _shown_element(parameter: Parameter, value: Any, scene: Scene) -> str:
    if parameter.fields:
        return ", ".join(
            f"{field.label.en}: {shown_value(field, value[field.name], scene)}" for field in parameter.fields
        )
    return show(parameter.element_type, parameter.unit, value, scene)


def _help(parameter: Parameter) -> str | None:
    return parameter.help.en if parameter.help is not None else None
