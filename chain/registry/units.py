"""Units: how people write a value and what the contract gets.

One table drives prompts, forms, validation and what pages show. Nothing is rounded and nothing is guessed: a text
either is exactly a value or is refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from chain.blobs import cid_of, cids_with_digest, digest_of
from chain.errors import BlobError, InvalidParams, ParameterError
from chain.model import Record
from chain.primitives import ZERO_HASH, Address, Wei, address_from, checksum, keccak, to_hex

MZ: Wei = 10**18
_DECIMAL = re.compile(r"([0-9]{1,78})(?:\.([0-9]+))?")
_WHOLE = re.compile(r"-?[0-9]{1,78}|0x[0-9a-fA-F]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,78}")  # as many as 256 bits need
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_HEX32 = re.compile(r"0x[0-9a-fA-F]{64}")

ReadFile = Callable[[str], bytes | None]
"""The bytes of a file a person named, or None when there is no such file."""


FindAccount = Callable[[str], Address | None]
"""The address of an account a person named, or None when nothing here is called so."""


def _nothing(name: str) -> None:
    return None


class Money(Record):
    """What amounts are in: a token's symbol and decimals."""

    symbol: str = "MZ"
    decimals: int = 18

    def parse(self, text: str) -> int:
        """Smallest units of `2.5 MZ` or `2.5`; ParameterError for more decimals than it has."""
        return _scaled(
            text.removesuffix(self.symbol).strip(), self.decimals, text, f"an amount such as 2.5 {self.symbol}"
        )

    def show(self, value: int) -> str:
        """`2.5 MZ` of smallest units, exactly."""
        whole, rest = divmod(value, 10**self.decimals)
        part = f".{rest:0{self.decimals}d}".rstrip("0").rstrip(".") if rest else ""
        return f"{whole}{part} {self.symbol}"


class Scene(Record):
    """What the meaning of a text depends on: who acts, whom and which files one may name, the time, the template's
    currency."""

    user: Address | None = None
    read: ReadFile = _nothing
    named: FindAccount = _nothing
    now: int | None = None  # seconds since 1970
    money: Money = Money()


NOWHERE = Scene()
"""Nobody acts, no file is read, no chain is asked."""


class Unit(Record):
    """`types` names the ABI types the unit is written into, for people."""

    types: str
    fits: Callable[[str], bool]
    parse: Callable[[str, Scene], Any]
    show: Callable[[Any, Scene], str]


def amount(text: str) -> Wei:
    """Wei of `2.5 MZ` or `2.5`; at most 18 decimals."""
    return _IN_MZ.parse(text)


def show_amount(wei: Wei) -> str:
    """`2.5 MZ` of wei, exactly."""
    return _IN_MZ.show(wei)


def bounds(kind: str) -> tuple[int | None, int | None]:
    """The least and the most an elementary ABI type holds (None for others than integers); ParameterError otherwise."""
    found = re.fullmatch(r"(u?)int([1-9][0-9]*)", kind)
    if found is not None and 8 <= int(found[2]) <= 256 and int(found[2]) % 8 == 0:
        size = int(found[2])
        return (0, 2**size - 1) if found[1] else (-(2 ** (size - 1)), 2 ** (size - 1) - 1)
    fixed = re.fullmatch(r"bytes([1-9][0-9]*)", kind)
    if kind in ("address", "bool", "string", "bytes") or (fixed is not None and 1 <= int(fixed[1]) <= 32):
        return None, None
    raise ParameterError(f"{kind!r} is not an elementary ABI type such as uint256, address or bytes32")


def parse(
    kind: str,
    unit: str | None,
    text: str,
    scene: Scene = NOWHERE,
) -> Any:
    """The value that `text` means for an elementary type and unit; raises ParameterError saying what was expected.

    Files are read only through `scene.read` and accounts found only through `scene.named`: a manifest's own words never
    name one.
    """
    text = text.strip()
    value = UNITS[unit].parse(text, scene) if unit is not None else _plain(kind, text, scene)
    least, most = bounds(kind)
    if least is not None and most is not None and not least <= value <= most:
        raise ParameterError(f"{text} does not fit into {kind}")
    return value


def show(kind: str, unit: str | None, value: Any, scene: Scene = NOWHERE) -> str:
    """What people read for a value of an elementary type."""
    if unit is not None:
        return UNITS[unit].show(value, scene)
    if kind == "address":
        return checksum(value)
    if isinstance(value, bytes):
        return to_hex(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(kind: str, text: str, scene: Scene) -> Any:
    if kind == "string":
        return text
    if kind == "bool":
        if text not in ("true", "false"):
            raise ParameterError(f"{text!r} is neither true nor false")
        return text == "true"
    if kind == "address":
        return _account(text, Scene(named=scene.named))  # `user` would be no contract
    if kind.startswith("bytes"):
        return _octets(kind, text)
    if not _WHOLE.fullmatch(text):
        raise ParameterError(f"{text!r} is not a whole number")
    return int(text, 0) if text.startswith("0x") else int(text)


def _octets(kind: str, text: str) -> bytes:
    if kind == "bytes32" and not text.startswith("0x"):
        raw = text.encode()
        if len(raw) > 32:
            raise ParameterError(f"{text!r} has {len(raw)} bytes, 32 are room for")
        return raw.ljust(32, b"\0")
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ParameterError(f"{text!r} is not hex such as 0x00ff") from None
    if kind != "bytes" and len(raw) != int(kind[5:]):
        raise ParameterError(f"{text!r} has {len(raw)} bytes, {kind} has {kind[5:]}")
    return raw


def _scaled(number: str, decimals: int, text: str, expected: str) -> int:
    found = _DECIMAL.fullmatch(number)
    if found is None:
        raise ParameterError(f"{text!r} is not {expected}")
    fraction = found[2] or ""
    if len(fraction) > decimals:
        raise ParameterError(f"{text!r} has {len(fraction)} decimals, at most {decimals} are exact")
    return int(found[1] + fraction.ljust(decimals, "0"))


def _duration(text: str, scene: Scene) -> int:
    number, _, word = text.partition(" ")
    scale = _SECONDS.get(word.strip().removesuffix("s"), 0) if word else 1
    if not _DIGITS.fullmatch(number) or not scale:
        raise ParameterError(f"{text!r} is not a length of time such as 30 days, 1 hour or 45 seconds")
    return int(number) * scale


def _show_duration(seconds: int) -> str:
    for word, scale in reversed(_SECONDS.items()):
        if word != "week" and seconds % scale == 0 and (seconds or scale == 1):
            count = seconds // scale
            return f"{count} {word}" if count == 1 else f"{count} {word}s"
    return f"{seconds} seconds"


def _moment(text: str, scene: Scene) -> int:
    if _DIGITS.fullmatch(text):
        return int(text)
    if text.startswith("+"):
        later = _duration(text[1:].strip(), scene)
        if scene.now is None:
            raise ParameterError(f"{text!r} is counted from the newest block, and there is no chain here to ask")
        return scene.now + later
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{text!r} is not a time such as 2027-01-31T18:00:00Z") from None
    if moment.tzinfo is None:
        raise ParameterError(f"{text!r} does not say in which time zone: add Z or an offset such as +08:00")
    if moment.microsecond or moment.timestamp() < 0:
        raise ParameterError(f"{text!r} is not a whole second since 1970")
    return int(moment.timestamp())


def _show_moment(seconds: int) -> str:
    if seconds >= 253_402_300_800:  # the year 10000, beyond what a calendar shows
        return str(seconds)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _basis_points(text: str, scene: Scene) -> int:
    if text.endswith("%"):
        return _scaled(text[:-1].strip(), 2, text, "a percentage such as 2.5 %")
    return _count(text, scene)


def _count(text: str, scene: Scene) -> int:
    if not _DIGITS.fullmatch(text):
        raise ParameterError(f"{text!r} is not a count such as 12")
    return int(text)


def _account(text: str, scene: Scene) -> Address:
    if text == "user" and scene.user is not None:
        return scene.user
    found = scene.named(text) if text[:2].lower() != "0x" else None
    if found is not None:
        return found
    if text[:2].lower() != "0x":
        raise ParameterError(
            f"{text!r} is no address, and no account here is called so",
            hint="give 0x and 40 hex digits, or a name that `mz account list` shows",
        )
    try:
        return address_from(text)
    except InvalidParams as problem:
        raise ParameterError(problem.message, hint=problem.hint) from problem


def _work(text: str, scene: Scene) -> int:
    """The id of a claim follows from content hash and author (`Works.workOf`)."""
    if not text:
        return 0
    if _DIGITS.fullmatch(text):
        return int(text)
    content = _hash(text, scene, "a work's id, its content hash in hex, or a file")
    if scene.user is None:
        raise ParameterError(f"{text!r} stands for a work of the account that acts, and none does")
    return int.from_bytes(keccak(content + scene.user.rjust(32, b"\0")), "big")


def _cid(text: str, scene: Scene) -> bytes:
    if not text:
        return ZERO_HASH
    if _HEX32.fullmatch(text):
        return bytes.fromhex(text[2:])
    try:
        return digest_of(text)
    except BlobError as problem:
        content = scene.read(text)
        if content is None:
            raise ParameterError(problem.message, hint=problem.hint) from problem
        return digest_of(cid_of(content))


def _show_cid(digest: bytes) -> str:
    """The digest does not say whether the file was one leaf or a tree; one leaf is what most files are."""
    return "" if digest == ZERO_HASH else cids_with_digest(digest)[0]


def _digest(text: str, scene: Scene) -> bytes:
    return _hash(text, scene, "32 bytes in hex, or a file")


def _hash(text: str, scene: Scene, expected: str) -> bytes:
    if _HEX32.fullmatch(text):
        return bytes.fromhex(text[2:])
    content = scene.read(text)
    if content is None:
        raise ParameterError(f"{text!r} is not {expected}", hint="is the file there, and its path right?")
    return sha256(content).digest()


_UNSIGNED = "an unsigned integer"


def _unsigned(kind: str) -> bool:
    return kind.startswith("uint")


def _show_basis_points(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}".rstrip("0").rstrip(".") + " %"


def _plainly(show_value: Callable[[Any], str]) -> Callable[[Any, Scene], str]:
    return lambda value, scene: show_value(value)


_IN_MZ = Money()
_IN_ETHER = Money(symbol="ETH")

UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        name: Unit(types=types, fits=fits, parse=parse_text, show=show_value)
        for name, types, fits, parse_text, show_value in (
            ("MZ", _UNSIGNED, _unsigned, lambda text, scene: _IN_MZ.parse(text), _plainly(_IN_MZ.show)),
            ("ETH", _UNSIGNED, _unsigned, lambda text, scene: _IN_ETHER.parse(text), _plainly(_IN_ETHER.show)),
            (
                "token",
                _UNSIGNED,
                _unsigned,
                lambda text, scene: scene.money.parse(text),
                lambda value, scene: scene.money.show(value),
            ),
            ("seconds", _UNSIGNED, _unsigned, _duration, _plainly(_show_duration)),
            ("time", _UNSIGNED, _unsigned, _moment, _plainly(_show_moment)),
            ("basis points", _UNSIGNED, _unsigned, _basis_points, _plainly(_show_basis_points)),
            ("count", _UNSIGNED, _unsigned, _count, _plainly(str)),
            ("account", "address", "address".__eq__, _account, _plainly(checksum)),
            ("work", "uint256", "uint256".__eq__, _work, _plainly(str)),
            ("cid", "bytes32", "bytes32".__eq__, _cid, _plainly(_show_cid)),
            ("digest", "bytes32", "bytes32".__eq__, _digest, _plainly(to_hex)),
        )
    }
)
