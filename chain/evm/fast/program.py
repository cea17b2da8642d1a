"""Code prepared for execution, and what opcodes cost before they have looked at anything."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from eth.exceptions import OutOfGas

from chain.evm.interpreter import jump_destinations
from chain.evm.vm import MendedComputation

PROGRAMS_KEPT = 512

STACK_LIMIT = 1_024
COLD_SLOT_GAS = 2_100  # EIP-2929
WARM_READ_GAS = 100
SSTORE_SENTRY = 2_300  # EIP-2200: more than the stipend of a call must be left
COPY_WORD_GAS = 3
KECCAK_WORD_GAS = 6
LOG_TOPIC_GAS = 375
LOG_BYTE_GAS = 8

INLINE = frozenset(
    {*range(0x0C), *range(0x10, 0x1E), 0x20, 0x30, *range(0x33, 0x3A), 0x3D, 0x3E, *range(0x50, 0xA5), 0xF3, 0xFD}
)
# What an opcode costs whatever it finds. py-evm takes that itself for those that it carries out.
_OPCODES: Mapping[int, Any] = MendedComputation.opcodes
COST = tuple(_OPCODES[op].gas_cost if op in INLINE else 0 for op in range(256))


class Program:
    """Code prepared for the loop: followed by zeros, so that it ends with STOP and a PUSH never reads beyond it."""

    __slots__ = ("code", "jumps", "pushed", "size")

    def __init__(self, code: bytes) -> None:
        self.size = len(code)
        self.code = code + bytes(33)
        self.jumps = jump_destinations(code)
        self.pushed: dict[int, int] = {}  # operands by position, as they are met


@lru_cache(maxsize=PROGRAMS_KEPT)
def program_of(code: bytes) -> Program:
    """The prepared code, the same for the same code."""
    return Program(code)


def grow(memory: bytearray, end: int, gas: int) -> int:
    """Extend `memory` to hold `end` bytes, in words; returns the gas that is left. Raises OutOfGas."""
    before, after = len(memory) >> 5, (end + 31) >> 5
    gas -= 3 * (after - before) + after * after // 512 - before * before // 512
    if gas < 0:
        raise OutOfGas("memory")
    memory.extend(bytes((after << 5) - len(memory)))
    return gas
