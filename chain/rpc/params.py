"""The positional parameters of one call, read as what the method needs; everything wrong is -32602 with the place.

Plain values only; transaction objects and log filters have their own modules. Quantities may be hex or numbers
(scripts send both); an absent, a null and a missing trailing parameter mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from chain.errors import InvalidParams
from chain.model import Record
from chain.primitives import Address, Hash32, address_from, from_hex

if TYPE_CHECKING:
    from chain.node import Tag

TAGS = ("latest", "pending", "safe", "finalized", "earliest")
MAX_BLOCK_NUMBER = 2**63 - 1


class BlockReference(Record):
    """A block as a caller named it (EIP-1898)."""

    tag: Tag
    require_canonical: bool = False


class Params:
    """Read by index, from 0."""

    __slots__ = ("_values", "caller")

    def __init__(self, values: Sequence[Any] = (), caller: object = None) -> None:
        """`caller`: who can be told something later, as the transport handed it in; None over HTTP."""
        self._values = values
        self.caller = caller

    @classmethod
    def of(cls, value: Any, caller: object = None) -> Params:
        """From the member `params`: an array, nothing, or a single bare value (brownie sends those)."""
        if value is None:
            return cls((), caller)
        return cls(value if isinstance(value, list) else (value,), caller)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def at_most(self, count: int) -> Params:
        """Refuse surplus parameters; returns itself."""
        if len(self._values) > count:
            raise InvalidParams(f"too many arguments, want at most {count}")
        return self

    def optional(self, index: int) -> Any:
        """The value, or None."""
        return self._values[index] if index < len(self._values) else None

    def required(self, index: int) -> Any:
        """The value; absent or null is refused in geth's words."""
        value = self.optional(index)
        if value is None:
            raise InvalidParams(f"missing value for required argument {index}")
        return value

    def address(self, index: int) -> Address:
        """20 bytes."""
        return address_from(self.required(index), name=str(index))

    def hash(self, index: int) -> Hash32:
        """32 bytes."""
        return from_hex(self.required(index), length=32, name=str(index))

    def data(self, index: int) -> bytes:
        """Any bytes."""
        return from_hex(self.required(index), name=str(index))

    def quantity(self, index: int) -> int:
        """A number ≥ 0."""
        return quantity(self.required(index), name=str(index))

    def text(self, index: int) -> str:
        """A string."""
        value = self.required(index)
        if not isinstance(value, str):
            raise InvalidParams(f"invalid argument {index}: expected a string, got {shown(value)}")
        return value

    def flag(self, index: int, default: bool = False) -> bool:
        """True or false."""
        value = self.optional(index)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise InvalidParams(f"invalid argument {index}: expected true or false, got {shown(value)}")
        return value

    def mapping(self, index: int) -> Mapping[str, Any]:
        """A JSON object."""
        return mapping(self.required(index), name=str(index))

    def block(self, index: int, default: Tag | None = "latest") -> BlockReference:
        """A number, tag, hash or EIP-1898 object; absent: `default`, or refused when that is None."""
        value = self.optional(index) if default is not None else self.required(index)
        if value is None:
            assert default is not None
            return BlockReference(tag=default)
        return block_reference(value, name=str(index))


def quantity(value: Any, *, name: str, bits: int = 256) -> int:
    """A JSON-RPC QUANTITY: 0x hex or a JSON number, below 2^bits."""
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and value[:2] in ("0x", "0X"):
        digits = value[2:]
        if not digits or len(digits) > 256 or not all(c in "0123456789abcdefABCDEF" for c in digits):
            raise InvalidParams(f"invalid argument {name}: not a hex quantity: {shown(value)}")
        number = int(digits, 16)
    else:
        raise InvalidParams(f"invalid argument {name}: expected a 0x hex quantity, got {shown(value)}")
    if number < 0 or number >= 1 << bits:
        raise InvalidParams(f"invalid argument {name}: {shown(value)} is not between 0 and 2^{bits} - 1")
    return number


def mapping(value: Any, *, name: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise InvalidParams(f"invalid argument {name}: expected an object, got {shown(value)}")
    return value


def sequence(value: Any, *, name: str, limit: int | None = None) -> Sequence[Any]:
    """A JSON array of at most `limit` entries."""
    if not isinstance(value, list):
        raise InvalidParams(f"invalid argument {name}: expected an array, got {shown(value)}")
    if limit is not None and len(value) > limit:
        raise InvalidParams(f"invalid argument {name}: {len(value)} entries, at most {limit} are taken")
    return value


def storage_slot(value: Any, *, name: str) -> int:
    """A storage key: hex of at most 32 bytes, with or without leading zeros."""
    if isinstance(value, str) and len(value) > 66:
        raise InvalidParams(f"invalid argument {name}: storage key too long (want at most 32 bytes): {shown(value)}")
    return quantity(value, name=name)


def block_reference(value: Any, *, name: str) -> BlockReference:
    """A block as wallets and libraries name it: tag, quantity, 32-byte hash, `{blockHash}` or `{blockNumber}`."""
    if isinstance(value, dict):
        return _block_object(value, name)
    if isinstance(value, str) and value in TAGS:
        return BlockReference(tag=cast("Tag", value))  # one of the literals, as just seen
    if isinstance(value, str) and len(value) == 66 and value.startswith("0x"):
        return BlockReference(tag=from_hex(value, length=32, name=name))
    return BlockReference(tag=block_number(value, name=name))


def block_number(value: Any, *, name: str) -> int:
    """A height."""
    if isinstance(value, str) and not value.startswith("0x"):
        raise InvalidParams(
            f"invalid argument {name}: {shown(value)} is no block",
            hint=f"give a 0x hex number, a block hash or one of {', '.join(TAGS)}",
        )
    number = quantity(value, name=name)
    if number > MAX_BLOCK_NUMBER:
        raise InvalidParams(f"invalid argument {name}: block number larger than int64")
    return number


def _block_object(value: dict[str, Any], name: str) -> BlockReference:
    block_hash, number = value.get("blockHash"), value.get("blockNumber")
    if block_hash is not None and number is not None:
        raise InvalidParams(f"invalid argument {name}: cannot specify both BlockHash and BlockNumber")
    if block_hash is not None:
        canonical = value.get("requireCanonical")
        if canonical is not None and not isinstance(canonical, bool):
            raise InvalidParams(f"invalid argument {name}: requireCanonical must be true or false")
        tag = from_hex(block_hash, length=32, name=f"{name}.blockHash")
        return BlockReference(tag=tag, require_canonical=bool(canonical))
    if number is not None:
        return block_reference(number, name=f"{name}.blockNumber")
    raise InvalidParams(f"invalid argument {name}: an object must have blockHash or blockNumber (EIP-1898)")


def shown(value: Any, limit: int = 80) -> str:
    """A value in an error message, shortened."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
