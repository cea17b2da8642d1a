"""How a manifest names what comes from a contract: `costOf(kind, quantity)`, or a value alone: `quantity`, `user`, `0`.

Flat on purpose: a call's arguments are names and numbers, never calls. Types come from the ABI and the arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from chain.abi import canonical
from chain.errors import ParameterError
from chain.model import Record

USER, THIS = "user", "this"
_ATOM = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*|[0-9]{1,78}")
_CALL = re.compile(r"([A-Za-z_$][A-Za-z0-9_$]*)\(([^()]*)\)")


class Expression(Record):
    """A value: a call when it has `arguments` (even none), otherwise one name or number."""

    name: str
    arguments: tuple[str, ...] | None = None

    @property
    def is_call(self) -> bool:
        """Whether the contract is asked."""
        return self.arguments is not None

    @property
    def names(self) -> tuple[str, ...]:
        """The names and numbers in it that are not functions."""
        return (self.name,) if self.arguments is None else self.arguments

    def __str__(self) -> str:
        return self.name if self.arguments is None else f"{self.name}({', '.join(self.arguments)})"


def parse_expression(text: str) -> Expression:
    """Raises ParameterError for what is neither a call nor a value alone."""
    if _ATOM.fullmatch(text):
        return Expression(name=text)
    found = _CALL.fullmatch(text)
    arguments = tuple(part.strip() for part in found[2].split(",")) if found and found[2].strip() else ()
    if found is None or not all(_ATOM.fullmatch(argument) for argument in arguments):
        raise ParameterError(f"{text!r} is not a call such as costOf(kind, quantity)")
    return Expression(name=found[1], arguments=arguments)


def type_of(name: str, arguments: Mapping[str, str]) -> str | None:
    """ABI type of a name or number (`uint` stands for any number's); None when it is unknown."""
    if name in arguments:
        return arguments[name]
    if name in (USER, THIS):
        return "address"
    return "uint" if name.isdigit() else None


def fits(found: str, wanted: str) -> bool:
    """Whether a value of type `found` may stand where the ABI has `wanted`; a number fits every integer and bytes32."""
    if found == "uint":
        return wanted.startswith(("uint", "int")) and "[" not in wanted
    return found == wanted


def find(abi: Sequence[Mapping[str, Any]], call: Expression) -> Mapping[str, Any] | str:
    """The function a call names, chosen by its number of arguments; otherwise why there is none."""
    named = [item for item in abi if item["type"] == "function" and item["name"] == call.name]
    chosen = [item for item in named if len(item["inputs"]) == len(call.arguments or ())]
    if len(chosen) == 1:
        return chosen[0]
    spelled = ", ".join(f"{item['name']}({', '.join(canonical(p) for p in item['inputs'])})" for item in named)
    if chosen:
        return f"{call} is overloaded: {spelled}"
    if named:
        return f"{call} has {len(call.arguments or ())} arguments, the contract has {spelled}"
    close = sorted({item["name"] for item in abi if item["type"] == "function"} & _variants(call.name, abi))
    return f"the contract has no {call.name}" + (f"; it has {', '.join(close)}" if close else "")


def _variants(name: str, abi: Sequence[Mapping[str, Any]]) -> set[str]:
    return {item["name"] for item in abi if item.get("name", "").lower() == name.lower()}
