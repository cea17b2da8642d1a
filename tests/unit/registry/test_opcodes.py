from __future__ import annotations

import pytest

from chain.artifacts import load
from chain.registry.opcodes import forbidden_in


def metadata(content: bytes) -> bytes:
    """solc's end of a contract: INVALID, a CBOR map, its length."""
    return b"\xfe" + content + len(content).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("", []),
        ("5f5ff3", []),
        ("f4", [(0, "DELEGATECALL")]),
        ("5ff2ff", [(1, "CALLCODE"), (2, "SELFDESTRUCT")]),
        ("60f4", []),
        ("61f4ff", []),
        ("60f4f4", [(2, "DELEGATECALL")]),
        ("7f" + "f4" * 32, []),
        ("7f" + "f4" * 33, [(33, "DELEGATECALL")]),
        ("5ff4", [(1, "DELEGATECALL")]),
    ],
)
def test_instructions_are_told_from_the_data_of_pushes(code: str, found: list[tuple[int, str]]) -> None:
    assert list(forbidden_in(bytes.fromhex(code))) == found


def test_metadata_behind_an_invalid_is_passed_over() -> None:
    assert list(forbidden_in(b"\x00" + metadata(b"\xa2" + b"\xf4" * 40))) == []


def test_what_only_looks_like_metadata_is_code() -> None:
    without_invalid = b"\x5b" + metadata(b"\xa2" + b"\xf4")[1:]

    assert (2, "DELEGATECALL") in list(forbidden_in(without_invalid))


def test_a_landing_place_inside_metadata_is_followed() -> None:
    reachable = b"\x00" + metadata(b"\xa2" + b"\x00" * 8 + b"\x5b\x5f\xf4")
    dead = b"\x00" + metadata(b"\xa2" + b"\x00" * 8 + b"\x5b\x0c\xf4")

    assert [name for _, name in forbidden_in(reachable)] == ["DELEGATECALL"]
    assert list(forbidden_in(dead)) == []


@pytest.mark.parametrize("name", ["Till", "copyright-licence/CopyrightLicence", "tip-jar/TipJar"])
def test_our_own_contracts_have_none(name: str) -> None:
    assert list(forbidden_in(load(name).runtime)) == []
