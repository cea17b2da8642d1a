"""A contract's ABI as a TypeScript module: `as const`, which viem, wagmi, abitype and ethers' typed wrappers read.

import { tillAbi } from "./Till";
const till = getContract({ address, abi: tillAbi, client });
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chain.abi.types import Abi

_NOTE = "/** ABI of {name}. Generated; do not edit. */\n"


def module(name: str, abi: Abi) -> str:
    """One file with one constant, `<name>Abi`."""
    body = msgspec.json.format(msgspec.json.encode(list(abi)), indent=2).decode()
    return f"{_NOTE.format(name=name)}export const {constant(name)} = {body} as const;\n"


def declaration(name: str, abi: Abi) -> str:
    """The same as a `.d.ts` beside plain JavaScript, for packages that are installed instead of copied."""
    return f"{_NOTE.format(name=name)}export declare const {constant(name)}: {_literal(list(abi))};\n"


def script(name: str, abi: Abi) -> str:
    """The same as plain JavaScript."""
    return f"export const {constant(name)} = {msgspec.json.encode(list(abi)).decode()};\n"


def constant(name: str) -> str:
    """`tillAbi` of `Till`, `mzAbi` of `MZ`, `iTillAbi` of `ITill`."""
    head = len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    # Of several capitals the last begins the next word, unless there is no next word: MZ → mz, ITill → iTill.
    small = head if head in (0, 1, len(name)) else head - 1
    return name[:small].lower() + name[small:] + "Abi"


def _literal(value: Any) -> str:
    """JSON as a type that only this value has."""
    if isinstance(value, Mapping):
        return "{ " + " ".join(f"readonly {name}: {_literal(inner)};" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"readonly [{', '.join(_literal(inner) for inner in value)}]"
    return msgspec.json.encode(value).decode()
