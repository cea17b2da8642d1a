"""Values of an ABI, as `chain.abi.text.show` gives them, for JSON and for one line of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def exact(value: Any) -> Any:
    """Integers as decimal strings: JSON readers round large ones."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return {name: exact(inner) for name, inner in value.items()}
    return [exact(inner) for inner in value]


def line(value: Any) -> str:
    """Everything in one line, without brackets around the outermost names."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_inner(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(_inner(inner) for inner in value) + "]"
    return "" if value is None else harmless(str(value))


def harmless(text: str) -> str:
    """What contracts say, without what would steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _inner(value: Any) -> str:
    return "{" + line(value) + "}" if isinstance(value, Mapping) else line(value)
