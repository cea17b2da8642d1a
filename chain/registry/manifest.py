"""`template.toml`: everything a page, a command or a check needs to know about a template (docs/templates.md).

Responsible for what can be said about a manifest alone: its records are `tables`, what may stand in them is `faults`.
Whether the contract has the functions that it names is `promises`; values that users give are `parameters`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import msgspec

from chain.errors import ManifestError
from chain.registry.faults import faults
from chain.registry.tables import Action, Manifest, Parameter, State, Table, Text

__all__ = ["FILE_NAME", "Action", "Manifest", "Parameter", "State", "Text", "read_manifest"]

FILE_NAME = "template.toml"
MAX_BYTES = 64 * 1024


def read_manifest(data: bytes) -> Manifest:
    """The manifest in a file's bytes; raises ManifestError naming the place inside it and what would be right."""
    if len(data) > MAX_BYTES:
        raise ManifestError(f"{FILE_NAME} has {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise ManifestError(f"{FILE_NAME} is not UTF-8: {problem}") from problem
    except RecursionError as problem:
        raise ManifestError(f"{FILE_NAME} is nested too deeply") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ManifestError(f"{FILE_NAME} is not TOML: {problem}", hint="correct the line that it names") from problem
    for stranger in _strangers(document, Manifest, ""):
        raise stranger
    try:
        manifest = msgspec.convert(document, Manifest)
    except msgspec.ValidationError as problem:
        reason, _, place = str(problem).partition(" - at ")
        where = place.strip("`").removeprefix("$").removeprefix(".") or "the top level"
        raise ManifestError(
            f"{FILE_NAME}, {where}: {reason[:1].lower()}{reason[1:]}", hint="docs/templates.md lists every key"
        ) from problem
    for place, reason in faults(manifest):
        raise ManifestError(f"{FILE_NAME}, {place}: {reason}", hint="docs/templates.md says what may stand there")
    return manifest


def _strangers(value: Any, kind: Any, place: str) -> Iterator[ManifestError]:
    """An error for each key that the records do not have; types are left to the conversion."""
    if isinstance(kind, str):
        kind = Parameter  # the one record that holds itself
    if isinstance(kind, type) and issubclass(kind, Table):
        if not isinstance(value, dict):
            return
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        for key, inner in value.items():
            where = f"{place}.{key}" if place else key
            if key not in fields:
                close = difflib.get_close_matches(key, fields, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(fields)}"
                yield ManifestError(f"{FILE_NAME}, {where}: unknown key", hint=hint)
            else:
                yield from _strangers(inner, fields[key], where)
        return
    if get_origin(kind) is Mapping:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from _strangers(inner, get_args(kind)[1], f"{place}.{key}")
        return
    for option in get_args(kind):
        if isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _strangers(inner, option, f"{place}[{index}]")
        else:
            yield from _strangers(value, option, place)
