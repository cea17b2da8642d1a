"""Bytes, hashes, addresses and RLP: the alphabet that every room spells with.

Inside the platform addresses and hashes are `bytes` and amounts are `int` in wei; hex exists only at the edges. This
module is the one door to the keccak and RLP libraries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from _pysha3 import keccak_256 as _keccak_256
from _pysha3 import keccak_512 as _keccak_512

from chain.errors import InvalidParams

try:  # what rlp itself calls where it is there; rlp besides imports a tenth of a second of what nothing here uses
    from rusty_rlp import DecodingError as _DecodingError
    from rusty_rlp import decode_raw as _decode_raw
    from rusty_rlp import encode_raw as _encode_raw
except ImportError:
    from rlp.codec import decode_raw as _decode_raw
    from rlp.codec import encode_raw as _encode_raw
    from rlp.exceptions import RLPException as _DecodingError

Address: TypeAlias = bytes  # 20 bytes
Hash32: TypeAlias = bytes  # 32 bytes
Wei: TypeAlias = int

RLPItem: TypeAlias = "bytes | Sequence[RLPItem]"

ZERO_ADDRESS: Address = bytes(20)
ZERO_HASH: Hash32 = bytes(32)
EMPTY_CODE_HASH: Hash32 = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
EMPTY_TRIE_ROOT: Hash32 = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
_NO_LIST = bytes(range(0xC0))  # bytes with which no RLP list begins

EMPTY_UNCLES_HASH: Hash32 = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")


def keccak(data: bytes) -> Hash32:
    """Keccak-256 as Ethereum uses it (not NIST SHA3-256)."""
    digest: Hash32 = _keccak_256(data).digest()
    return digest


def keccak_512(data: bytes) -> bytes:
    """Keccak-512: 64 bytes, for Ethash only."""
    return bytes(_keccak_512(data).digest())


def rlp_encode(item: RLPItem) -> bytes:
    """RLP of nested byte strings (Yellow Paper, appendix B); integers go through `int_to_bytes` first."""
    return bytes(_encode_raw(item))


def rlp_decode(data: bytes) -> RLPItem:
    """Strict inverse of `rlp_encode`; raises ValueError on any non-canonical byte or on absurd nesting."""
    _refuse_deep_nesting(data)
    try:
        decoded: RLPItem = _decode_raw(data, True, False)[0]
    except (_DecodingError, TypeError, IndexError) as problem:
        raise ValueError(f"not canonical RLP: {problem}") from problem
    return decoded


def _refuse_deep_nesting(data: bytes, limit: int = 32) -> None:
    # The decoder recurses natively: 100 kB of nothing but lists in lists overflows its stack and ends the process.
    # Ethereum's deepest structure has six levels. Wrong lengths are not judged here, only never followed past the end.
    if len(data.translate(None, _NO_LIST)) <= limit:  # each list begins with such a byte
        return
    ends: list[int] = []
    position, size = 0, len(data)
    while position < size:
        while ends and position >= ends[-1]:
            ends.pop()
        first = data[position]
        position += 1
        if first < 0x80:
            continue
        is_list = first >= 0xC0
        length = first - (0xC0 if is_list else 0x80)
        if length > 55:
            width = length - 55
            length = int.from_bytes(data[position : position + width], "big")
            position += width
        if is_list:
            ends.append(position + length)
            if len(ends) > limit:
                raise ValueError(f"not canonical RLP: lists nested deeper than {limit}")
        else:
            position += length


def int_to_bytes(value: int) -> bytes:
    """Big-endian without leading zeros; zero is the empty string, as RLP scalars are."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def bytes_to_int(value: bytes) -> int:
    """Big-endian scalar; leading zeros are accepted here and refused where consensus refuses them."""
    return int.from_bytes(value, "big")


def to_hex(value: bytes) -> str:
    """0x-prefixed lower-case hex of byte strings (JSON-RPC `DATA`)."""
    return "0x" + value.hex()


def from_hex(text: object, *, length: int | None = None, name: str = "value") -> bytes:
    """Bytes of a JSON-RPC `DATA` string; raises InvalidParams naming `name` otherwise."""
    if not isinstance(text, str) or not text.startswith(("0x", "0X")):
        raise InvalidParams(f"invalid argument {name}: expected 0x-prefixed hex, got {_shown(text)}")
    try:
        value = bytes.fromhex(text[2:])
    except ValueError:
        raise InvalidParams(f"invalid argument {name}: not hex: {_shown(text)}") from None
    if 2 * len(value) != len(text) - 2:  # fromhex skips spaces
        raise InvalidParams(f"invalid argument {name}: not hex: {_shown(text)}")
    if length is not None and len(value) != length:
        raise InvalidParams(f"invalid argument {name}: expected {length} bytes, got {len(value)}")
    return value


def checksum(address: Address) -> str:
    """Mixed-case checksum address (EIP-55)."""
    lower = address.hex()
    digest = keccak(lower.encode()).hex()
    return "0x" + "".join(c.upper() if int(d, 16) >= 8 else c for c, d in zip(lower, digest, strict=False))


def address_from(text: object, *, name: str = "address") -> Address:
    """20 bytes of a hex address; a mixed-case one must carry a right EIP-55 checksum."""
    address = from_hex(text, length=20, name=name)
    digits = str(text)[2:]
    if digits != digits.lower() and digits != digits.upper() and "0x" + digits != checksum(address):
        raise InvalidParams(
            f"invalid argument {name}: wrong EIP-55 checksum in {text}", hint=f"did you mean {checksum(address)}?"
        )
    return address


def create_address(sender: Address, nonce: int) -> Address:
    """Address of a contract made by CREATE or by a creating transaction."""
    return keccak(rlp_encode([sender, int_to_bytes(nonce)]))[12:]


def create2_address(sender: Address, salt: Hash32, initcode_hash: Hash32) -> Address:
    """Address of a contract made by CREATE2 (EIP-1014)."""
    return keccak(b"\xff" + sender + salt + initcode_hash)[12:]


def _shown(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
