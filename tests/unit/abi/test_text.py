"""Values as people type them, and what is refused instead of guessed."""

from __future__ import annotations

import pytest

from chain.abi.text import parse, show
from chain.errors import AbiError

ALICE = bytes.fromhex("70997970c51812dc3a010c7d01b50e0d17dc79c8")


def named(kind, **more):
    return {"name": "x", "type": kind, **more}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("uint256", "1000", 1000),
        ("uint8", "0xff", 255),
        ("uint256", "1.5 ether", 1_500_000_000_000_000_000),
        ("uint256", "2MZ", 2 * 10**18),
        ("uint256", "30 gwei", 30 * 10**9),
        ("uint256", "1e18", 10**18),
        ("uint256", "0.000000000000000001 MZ", 1),
        ("int64", "-5", -5),
        ("bool", "true", True),
        ("bytes4", "0x01020304", b"\x01\x02\x03\x04"),
        ("string", "[1]", "[1]"),
        ("address", "alice", ALICE),
        ("uint256[]", '[1, "2 MZ"]', [1, 2 * 10**18]),
        ("address[2]", '["alice", "alice"]', [ALICE, ALICE]),
    ],
)
def test_a_text_is_exactly_one_value(kind, text, value):
    assert parse(named(kind), text, {"alice": ALICE}.__getitem__) == value


def test_a_struct_is_an_object_or_a_list():
    fields = [named("uint96"), {"name": "to", "type": "address"}]
    names = {"alice": ALICE}.__getitem__

    as_object = parse(named("tuple", components=fields), '{"x": "1 MZ", "to": "alice"}', names)
    as_list = parse(named("tuple", components=fields), '[1000000000000000000, "alice"]', names)

    assert as_object == as_list == {"x": 10**18, "to": ALICE}


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("uint8", "256", "does not fit into uint8"),
        ("uint256", "-1", "does not fit into uint256"),
        ("int8", "-129", "does not fit into int8"),
        ("uint256", "1.5", "more decimals than there are"),
        ("uint256", "0.0000000000000000001 ether", "more decimals than there are: at most 18"),
        ("uint256", "five", "is not a whole number"),
        ("uint256", "5 apples", "is not a whole number"),
        ("bool", "yes", "neither true nor false"),
        ("bytes32", "0xzz", "is not hex"),
        ("uint256[]", "1,2", "is not JSON"),
        ("uint256[]", "7", "takes a JSON list"),
        ("uint256[]", '["x"]', r"x\[0\]: 'x' is not a whole number"),
        ("uint256", "", "is not a whole number"),
    ],
)
def test_what_is_no_value_is_refused_with_its_reason(kind, text, why):
    with pytest.raises(AbiError, match=why):
        parse(named(kind), text)


def test_a_struct_with_other_fields_is_refused():
    with pytest.raises(AbiError, match="a JSON object with x is needed"):
        parse(named("tuple", components=[named("uint8")]), '{"y": 1}')


def test_answers_are_shown_as_people_write_them():
    assert show({"who": ALICE, "hash": b"\x01" * 32, "sums": (1, 2)}) == {
        "who": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "hash": "0x" + "01" * 32,
        "sums": [1, 2],
    }
