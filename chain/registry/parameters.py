"""Values that a person gives for a template's parameters: text → typed → `abi.encode`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chain import abi
from chain.errors import AbiError, ParameterError
from chain.primitives import Address
from chain.registry.manifest import Parameter
from chain.registry.units import ReadFile, bounds, parse, show

MAX_FILE = 1024 * 1024 * 1024  # bytes hashed for a digest or a work


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
    user: Address,
    read: ReadFile = read_local,
) -> dict[str, Any]:
    """Every parameter's value, in order: as given (text in the unit's words, or already typed), else its default.

    Raises ParameterError for unknown names, missing values, and values out of bounds.
    """
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(names) or 'none'}"
            raise ParameterError(f"the template has no parameter {name}", hint=hint)
    missing = [p for p in parameters if p.name not in given and p.default is None]
    if missing:
        asked = "; ".join(f"{p.name} ({p.label.en}{f', in {p.unit}' if p.unit else ''})" for p in missing)
        raise ParameterError(f"a value is missing for {asked}", hint=f"give {missing[0].name}=…")
    return {p.name: _value(p, given.get(p.name), user, read) for p in parameters}


def encode_values(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> bytes:
    """`abi.encode` of all values in the manifest's order."""
    kinds = [{"name": p.name, "type": p.type} for p in parameters]
    try:
        return abi.encode(kinds, [values[p.name] for p in parameters])
    except AbiError as problem:
        raise ParameterError(problem.message, hint=problem.hint) from problem


def shown_values(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, str]:
    """What people read: amounts in MZ, times as dates, addresses with checksum."""
    return {p.name: show(p.type, p.unit, values[p.name]) for p in parameters}


def _value(parameter: Parameter, given: Any, user: Address, read: ReadFile) -> Any:
    try:
        if given is None:
            value = parse(parameter.type, parameter.unit, parameter.default or "", user=user)
        elif isinstance(given, str):
            value = parse(parameter.type, parameter.unit, given, user=user, read=read)
        else:
            value = given
            abi.encode([{"name": parameter.name, "type": parameter.type}], [value])
    except (ParameterError, AbiError) as problem:
        raise ParameterError(f"{parameter.name}: {problem.message}", hint=problem.hint or _help(parameter)) from problem
    _check_bounds(parameter, value)
    if parameter.choices:
        choices = [parse(parameter.type, parameter.unit, str(c.value), user=user) for c in parameter.choices]
        if value not in choices:
            offered = ", ".join(f"{c.value} ({c.en})" for c in parameter.choices)
            raise ParameterError(f"{parameter.name}: {given} is none of the choices", hint=f"choose one of {offered}")
    return value


def _check_bounds(parameter: Parameter, value: Any) -> None:
    least, most = bounds(parameter.type)
    if least is None or most is None:
        return
    if parameter.min is not None:
        least = parse(parameter.type, parameter.unit, parameter.min)
    if parameter.max is not None:
        most = parse(parameter.type, parameter.unit, parameter.max)
    if not least <= value <= most:
        shown = [show(parameter.type, parameter.unit, number) for number in (value, least, most)]
        raise ParameterError(f"{parameter.name}: {shown[0]} is not between {shown[1]} and {shown[2]}")


def _help(parameter: Parameter) -> str | None:
    return parameter.help.en if parameter.help is not None else None
