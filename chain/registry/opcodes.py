"""Instructions that a template may not have, found in its bytecode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

# An instance that can run other code with its own storage, or vanish, is not the code that was published.
_FORBIDDEN: Mapping[int, str] = MappingProxyType({0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xFF: "SELFDESTRUCT"})
_PUSH1, _PUSH32 = 0x60, 0x7F
_JUMPDEST, _INVALID = 0x5B, 0xFE
_CBOR_MAP = range(0xA1, 0xA5)  # solc's metadata is a map of one to four entries
# Where execution ends: STOP, JUMP, RETURN, REVERT, INVALID, and every byte that is no instruction under Prague.
_ENDS = frozenset(
    {0x00, 0x56, 0xF3, 0xFD, _INVALID, *range(0x0C, 0x10), 0x1E, 0x1F, *range(0x21, 0x30), *range(0x4B, 0x50)}
    | {*range(0xA5, 0xF0), *range(0xF6, 0xFA), 0xFB, 0xFC}
)


def forbidden_in(runtime: bytes) -> Iterator[tuple[int, str]]:
    """Offset and name of each forbidden instruction, outside the data of PUSHes and solc's metadata."""
    end = code_bytes(runtime)
    for offset, code in _instructions(runtime, 0, end):
        if code in _FORBIDDEN:
            yield offset, _FORBIDDEN[code]
    # INVALID stands before the metadata, so only a jump can lead into it: follow each place where one could land.
    for landing in range(end, len(runtime)):
        if runtime[landing] == _JUMPDEST:
            for offset, code in _instructions(runtime, landing, len(runtime)):
                if code in _FORBIDDEN:
                    yield offset, _FORBIDDEN[code]
                if code in _ENDS or code in _FORBIDDEN:
                    break


def code_bytes(runtime: bytes) -> int:
    """How many bytes stand before solc's metadata."""
    return len(runtime) - _metadata_bytes(runtime)


def _instructions(code: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    offset = start
    while offset < end:
        yield offset, code[offset]
        offset += 1 + (code[offset] - _PUSH1 + 1 if _PUSH1 <= code[offset] <= _PUSH32 else 0)


def _metadata_bytes(runtime: bytes) -> int:
    """How many bytes at the end are CBOR metadata and its length; 0 when they are not."""
    if len(runtime) < 4:
        return 0
    size = int.from_bytes(runtime[-2:], "big") + 2
    if size >= len(runtime) or runtime[-size] not in _CBOR_MAP or runtime[-size - 1] != _INVALID:
        return 0
    return size
