from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.blobs import cid_of
from chain.errors import ParameterError
from chain.primitives import keccak
from chain.registry.units import UNITS, Scene, amount, bounds, parse, show, show_amount

USER = bytes.fromhex("70997970c51812dc3a010c7d01b50e0d17dc79c8")


@pytest.mark.parametrize(
    ("kind", "unit", "text", "value"),
    [
        ("uint96", "MZ", "2.5 MZ", 25 * 10**17),
        ("uint96", "MZ", "0.000000000000000001", 1),
        ("uint32", "seconds", "30 days", 30 * 86_400),
        ("uint32", "seconds", "1 hour", 3600),
        ("uint32", "seconds", "90 minutes", 5400),
        ("uint32", "seconds", "45", 45),
        ("uint32", "seconds", "2 weeks", 14 * 86_400),
        ("uint48", "time", "+30 days", 1_800_000_000 + 30 * 86_400),
        ("uint96", "ETH", "0.1 ETH", 10**17),
        ("uint48", "time", "2027-01-31T18:00:00Z", 1_801_418_400),
        ("uint48", "time", "2027-01-31T18:00:00+08:00", 1_801_389_600),
        ("uint48", "time", "1801418400", 1_801_418_400),
        ("uint16", "basis points", "2.5 %", 250),
        ("uint16", "basis points", "250", 250),
        ("uint32", "count", "12", 12),
        ("address", "account", "user", USER),
        ("address", "account", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", USER),
        ("uint256", "work", "", 0),
        ("uint256", "work", "17", 17),
        ("uint256", "work", "0x" + "11" * 32, int.from_bytes(keccak(b"\x11" * 32 + bytes(12) + USER), "big")),
        ("bytes32", "cid", "", bytes(32)),
        ("bytes32", "cid", cid_of(b"text"), sha256(b"text").digest()),
        ("bytes32", "cid", "0x" + "11" * 32, b"\x11" * 32),
        ("bytes32", "digest", "0x" + "11" * 32, b"\x11" * 32),
        ("bytes32", None, "order 7", b"order 7".ljust(32, b"\0")),
        ("bytes32", None, "", bytes(32)),
        ("bytes4", None, "0x01020304", b"\1\2\3\4"),
        ("bytes", None, "0x", b""),
        ("bool", None, "true", True),
        ("string", None, "any words", "any words"),
        ("int8", None, "-128", -128),
        ("uint256", None, "0xff", 255),
    ],
)
def test_what_people_write_is_exactly_one_value(kind: str, unit: str | None, text: str, value: object) -> None:
    assert parse(kind, unit, text, Scene(user=USER, now=1_800_000_000)) == value


@pytest.mark.parametrize(
    ("kind", "unit", "text"),
    [
        ("uint96", "MZ", "1e3"),
        ("uint96", "MZ", "-1"),
        ("uint96", "MZ", "1.0000000000000000001"),
        ("uint96", "MZ", "1 mz"),
        ("uint96", "MZ", "٣"),
        ("uint96", "MZ", ""),
        ("uint96", "MZ", "79228162515"),
        ("uint96", "MZ", "9" * 5000),
        ("uint96", None, "9" * 5000),
        ("uint96", "count", "9" * 5000),
        ("uint32", "seconds", "1 fortnight"),
        ("uint32", "seconds", "1.5 hours"),
        ("uint32", "seconds", "-5"),
        ("uint8", "seconds", "1 hour"),
        ("uint48", "time", "2027-01-31T18:00:00"),
        ("uint48", "time", "tomorrow"),
        ("uint48", "time", "1960-01-01T00:00:00Z"),
        ("uint16", "basis points", "2.555 %"),
        ("address", "account", "0x12"),
        ("address", None, "user"),
        ("uint256", "work", "no such file"),
        ("bytes32", "cid", "bafybad"),
        ("bytes32", "digest", "no such file"),
        ("bytes32", None, "x" * 33),
        ("bytes4", None, "0x010203"),
        ("bytes4", None, "zz"),
        ("bool", None, "yes"),
        ("int8", None, "128"),
        ("uint8", None, "1.0"),
        ("uint8", None, "-1"),
    ],
)
def test_what_is_not_exactly_a_value_is_refused(kind: str, unit: str | None, text: str) -> None:
    with pytest.raises(ParameterError):
        parse(kind, unit, text, Scene(user=USER, now=1_800_000_000))


def test_a_file_is_hashed_only_when_somebody_named_it() -> None:
    def read(name: str) -> bytes | None:
        return b"content" if name == "work.txt" else None

    assert parse("bytes32", "digest", "work.txt", Scene(read=read)) == sha256(b"content").digest()
    with pytest.raises(ParameterError):
        parse("bytes32", "digest", "work.txt")


@given(st.integers(0, 2**96 - 1))
def test_an_amount_shown_and_read_again_is_the_same(wei: int) -> None:
    assert amount(show_amount(wei)) == wei


@given(st.sampled_from(["seconds", "time", "basis points", "count"]), st.integers(0, 2**40))
def test_what_is_shown_can_be_written_again(unit: str, value: int) -> None:
    assert parse("uint64", unit, show("uint64", unit, value)) == value


@pytest.mark.parametrize("kind", ["uint", "uint7", "uint264", "bytes33", "bytes0", "tuple", "uint8[]", "function", ""])
def test_only_elementary_types_are_types(kind: str) -> None:
    with pytest.raises(ParameterError, match="not an elementary ABI type"):
        bounds(kind)


def test_every_unit_says_what_it_is_written_into() -> None:
    assert all(unit.types for unit in UNITS.values())
