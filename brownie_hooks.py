"""Imported by brownie when it loads this project, before it compiles: the compiler's place, and one mended check.

brownie compares a deployed contract with its compiled code byte for byte and, when they differ, forgets its program
counters: no `dev:` reverts, no source in tracebacks, no coverage. Immutables make every contract differ, so they are
masked here.
"""

from __future__ import annotations

import os
from pathlib import Path

import brownie.network.contract as contracts

os.environ.setdefault("SOLCX_BINARY_PATH", str(Path(__file__).resolve().parent / ".solcx"))

PUSH1, PUSH32 = 0x60, 0x7F
_exactly_equal = contracts._verify_deployed_code


def _equal_but_immutables(address: str, expected: str, language: str) -> bool:
    """What brownie asks, true also when only immutables differ."""
    if _exactly_equal(address, expected, language):
        return True
    if language != "Solidity":
        return False
    deployed = bytes(contracts.web3.eth.get_code(address))
    compiled = bytes.fromhex(expected.removeprefix("0x"))
    return len(deployed) == len(compiled) and _masked(deployed, compiled) == _without_metadata(compiled)


def _masked(deployed: bytes, compiled: bytes) -> bytes:
    """Deployed code with zeros where the compiler left 32 zero bytes for an immutable."""
    code = bytearray(_without_metadata(deployed))
    place = 0
    while place < len(code):
        opcode = compiled[place]
        width = opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0
        operand = slice(place + 1, place + 1 + width)
        if opcode == PUSH32 and compiled[operand] == bytes(32):
            code[operand] = bytes(32)
        place += 1 + width
    return bytes(code)


def _without_metadata(code: bytes) -> bytes:
    """Code up to the CBOR that solc appends, whose length is in the last two bytes."""
    return code[: len(code) - int.from_bytes(code[-2:], "big") - 2]


contracts._verify_deployed_code = _equal_but_immutables
