"""What translated code calls: operations of more than one expression, and the names under which it finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth.exceptions import OutOfBoundsRead, OutOfGas, Revert, WriteProtection

from chain.evm.fast.arithmetic import WORD, exponent_gas, sar, sdiv, sign_extend, smod
from chain.evm.fast.program import COPY_WORD_GAS, grow
from chain.primitives import keccak


def word_at(data: bytes, start: int) -> int:
    """CALLDATALOAD."""
    return int.from_bytes(data[start : start + 32].ljust(32, b"\x00"), "big")


def copy(memory: bytearray, source: bytes, to: int, start: int, size: int, gas: int) -> int:
    """CALLDATACOPY, CODECOPY, RETURNDATACOPY; returns the gas left. Raises OutOfGas."""
    if size and to + size > len(memory):
        gas = grow(memory, to + size, gas)
    gas -= COPY_WORD_GAS * ((size + 31) >> 5)
    if gas < 0:
        raise OutOfGas("copy")
    if size:
        memory[to : to + size] = source[start : start + size].ljust(size, b"\x00")
    return gas


def copy_returned(memory: bytearray, source: bytes, to: int, start: int, size: int, gas: int) -> int:
    """RETURNDATACOPY. Raises OutOfBoundsRead and OutOfGas."""
    if start + size > len(source):
        raise OutOfBoundsRead("RETURNDATACOPY")
    return copy(memory, source, to, start, size, gas)


def move(memory: bytearray, to: int, start: int, size: int, gas: int) -> int:
    """MCOPY; returns the gas left. Raises OutOfGas."""
    if size and max(to, start) + size > len(memory):
        gas = grow(memory, max(to, start) + size, gas)
    gas -= COPY_WORD_GAS * ((size + 31) >> 5)
    if gas < 0:
        raise OutOfGas("MCOPY")
    if size:
        memory[to : to + size] = memory[start : start + size]
    return gas


def byte_of(index: int, value: int) -> int:
    """BYTE."""
    return (value >> (8 * (31 - index))) & 255 if index < 32 else 0


NAMES: Mapping[str, Any] = {
    "M": WORD, "S": 2**255, "OutOfGas": OutOfGas, "Revert": Revert, "WriteProtection": WriteProtection,
    "byte_of": byte_of, "copy": copy, "copy_returned": copy_returned, "exponent_gas": exponent_gas,
    "from_bytes": int.from_bytes, "grow": grow, "keccak": keccak, "move": move, "sar": sar, "sdiv": sdiv,
    "sign_extend": sign_extend, "smod": smod, "word_at": word_at,
}  # fmt: skip
