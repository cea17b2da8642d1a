"""Strict reading of decoded RLP: each function takes one item and says what it must be, or raises ValueError."""

from __future__ import annotations

from collections.abc import Sequence

from chain.primitives import Address, Hash32, RLPItem


def items(item: RLPItem, count: int | tuple[int, ...] | None, name: str) -> Sequence[RLPItem]:
    """A list, of one of the given lengths if any are given."""
    if isinstance(item, bytes | bytearray | memoryview):
        raise ValueError(f"{name}: expected a list, got {len(item)} bytes")
    allowed = (count,) if isinstance(count, int) else count
    if allowed is not None and len(item) not in allowed:
        raise ValueError(f"{name}: expected {' or '.join(map(str, allowed))} fields, got {len(item)}")
    return item


def octets(item: RLPItem, name: str) -> bytes:
    """A byte string."""
    if type(item) is bytes:  # always, as long as the decoder is ours
        return item
    if not isinstance(item, bytes | bytearray | memoryview):
        raise ValueError(f"{name}: expected bytes, got a list")
    return bytes(item)


def integer(item: RLPItem, bits: int, name: str) -> int:
    """An unsigned scalar without leading zeros that fits into `bits`."""
    value = octets(item, name)
    if value[:1] == b"\x00":
        raise ValueError(f"{name}: leading zeros in an integer")
    if len(value) > bits // 8:
        raise ValueError(f"{name}: more than {bits} bits")
    return int.from_bytes(value, "big")


def exactly(item: RLPItem, size: int, name: str) -> bytes:
    """A byte string of `size` bytes."""
    value = octets(item, name)
    if len(value) != size:
        raise ValueError(f"{name}: expected {size} bytes, got {len(value)}")
    return value


def address(item: RLPItem, name: str) -> Address:
    """20 bytes."""
    return exactly(item, 20, name)


def hash32(item: RLPItem, name: str) -> Hash32:
    """32 bytes."""
    return exactly(item, 32, name)
