from __future__ import annotations

import pytest
from eth_utils.abi import event_abi_to_log_topic, function_abi_to_4byte_selector
from hypothesis import given
from hypothesis import strategies as st

from chain import abi
from chain.errors import AbiError

ALICE = bytes.fromhex("70997970c51812dc3a010c7d01b50e0d17dc79c8")
TRANSFER = {
    "type": "function",
    "name": "transfer",
    "inputs": [{"name": "to", "type": "address"}, {"name": "value", "type": "uint256"}],
    "outputs": [{"name": "", "type": "bool"}],
}
TERMS = {
    "name": "terms",
    "type": "tuple[]",
    "components": [
        {"name": "price", "type": "uint96"},
        {"name": "payees", "type": "address[2]"},
    ],
}
PLACED = {
    "type": "event",
    "name": "Placed",
    "inputs": [
        {"name": "owner", "type": "address", "indexed": True},
        {"name": "words", "type": "string", "indexed": True},
        {"name": "amount", "type": "uint256", "indexed": False},
    ],
}


def test_a_call_begins_with_the_selector_everybody_knows() -> None:
    data = abi.encode_call([TRANSFER], "transfer", (ALICE, 5))

    assert data.hex() == "a9059cbb" + ALICE.hex().rjust(64, "0") + "5".rjust(64, "0")
    assert abi.selector(TRANSFER) == function_abi_to_4byte_selector(TRANSFER)


def test_structs_are_spelled_out_in_signatures() -> None:
    item = {"type": "function", "name": "publish", "inputs": [TERMS, {"type": "bytes32", "name": "id"}]}

    assert abi.signature(item) == "publish((uint96,address[2])[],bytes32)"


def test_addresses_come_back_as_twenty_bytes_and_structs_as_mappings() -> None:
    given_ = [{"price": 7, "payees": [ALICE, "0x" + ALICE.hex()]}, (8, [bytes(20), ALICE])]

    (found,) = abi.decode([TERMS], abi.encode([TERMS], [given_]))

    assert found == ({"price": 7, "payees": (ALICE, ALICE)}, {"price": 8, "payees": (bytes(20), ALICE)})


@given(st.lists(st.tuples(st.integers(0, 2**96 - 1), st.binary(min_size=20, max_size=20))))
def test_what_is_encoded_is_decoded(rows: list[tuple[int, bytes]]) -> None:
    values = [{"price": price, "payees": (payee, payee)} for price, payee in rows]

    assert abi.decode([TERMS], abi.encode([TERMS], [values])) == (tuple(values),)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("uint8", 256, "256 is not a uint8"),
        ("uint8", True, "True is not a uint8"),
        ("uint8", "1", "'1' is not a uint8"),
        ("bool", 1, "1 is not a bool"),
        ("address", b"\1" * 19, "address takes 20 bytes, got 19"),
        ("address", "0x70997970c51812dc3A010C7d01b50e0d17dc79C8", "checksum"),
        ("bytes32", b"name", "bytes32 takes 32 bytes, got 4"),
        ("bytes", "zz", "is not hex"),
        ("uint8[]", 5, "expected a list"),
        ("uint8[2]", [1], "expected 2 values, got 1"),
    ],
)
def test_a_value_that_does_not_fit_is_named(kind: str, value: object, said: str) -> None:
    with pytest.raises(AbiError, match=said) as caught:
        abi.encode([{"name": "ok", "type": "bool"}, {"name": "x", "type": kind}], [True, value])

    assert str(caught.value).startswith("x: ")


def test_a_struct_with_a_strange_or_missing_field_is_refused() -> None:
    with pytest.raises(AbiError, match=r"unknown fields \['prize'\], missing fields \['price'\]"):
        abi.encode([TERMS], [[{"prize": 1, "payees": [ALICE, ALICE]}]])


def test_too_few_values_are_refused() -> None:
    with pytest.raises(AbiError, match="1 values given for 2 parameters"):
        abi.encode(TRANSFER["inputs"], [ALICE])


def test_an_unknown_function_is_answered_with_those_there_are() -> None:
    with pytest.raises(AbiError, match="no function called transfr") as caught:
        abi.encode_call([TRANSFER], "transfr", (ALICE, 5))

    assert "transfer" in (caught.value.hint or "")


def test_an_overloaded_function_is_chosen_by_its_arguments_or_its_signature() -> None:
    other = {"type": "function", "name": "transfer", "inputs": [{"name": "value", "type": "uint8"}]}
    same_count = {"type": "function", "name": "transfer", "inputs": [{"type": "bool", "name": "x"}] * 2}

    assert abi.encode_call([TRANSFER, other], "transfer", (5,))[:4] == abi.selector(other)
    assert abi.encode_call([TRANSFER, same_count], "transfer(bool,bool)", (True, True))[:4] == abi.selector(same_count)
    with pytest.raises(AbiError, match="overloaded"):
        abi.encode_call([TRANSFER, same_count], "transfer", (ALICE, 5))


def test_a_log_is_decoded_with_its_arguments_in_order() -> None:
    topics = [event_abi_to_log_topic(PLACED), bytes(12) + ALICE, b"\7" * 32]

    event = abi.decode_log([PLACED], topics, (9).to_bytes(32, "big"))

    assert event == abi.Event(name="Placed", arguments={"owner": ALICE, "words": b"\7" * 32, "amount": 9})
    assert list(event.arguments) == ["owner", "words", "amount"]


def test_a_log_with_other_indexing_is_not_ours() -> None:
    assert abi.decode_log([PLACED], [event_abi_to_log_topic(PLACED)], b"") is None
    assert abi.decode_log([PLACED], [], b"") is None


def test_bytes_that_are_not_such_values_are_refused() -> None:
    with pytest.raises(AbiError, match="31 bytes are not"):
        abi.decode([{"name": "x", "type": "uint256"}], bytes(31))
