from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from eth_abi.abi import encode

from chain.errors import ParameterError
from chain.registry import encode_values, read_manifest, shown_values, values_of
from chain.registry.manifest import Parameter, Text
from tests.unit.registry.sample import MANIFEST

USER = bytes.fromhex("70997970c51812dc3a010c7d01b50e0d17dc79c8")
PARAMETERS = read_manifest(MANIFEST.encode()).parameters


def test_values_are_defaults_and_what_was_given_in_the_manifests_order() -> None:
    values = values_of(PARAMETERS, {"price": "2.5 MZ"}, user=USER)

    assert values == {"keeper": USER, "price": 25 * 10**17, "colour": 1}
    assert encode_values(PARAMETERS, values) == encode(["address", "uint96", "uint8"], list(values.values()))
    assert shown_values(PARAMETERS, values)["price"] == "2.5 MZ"


def test_typed_values_are_taken_as_they_are() -> None:
    assert values_of(PARAMETERS, {"price": 10**18, "keeper": bytes(20)}, user=USER)["price"] == 10**18


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "a value is missing for price"),
        ({"prise": "1"}, "no parameter prise"),
        ({"price": "0.5 MZ"}, "price: 0.5 MZ is not between 1 MZ and 100 MZ"),
        ({"price": 101 * 10**18}, "price: 101 MZ is not between"),
        ({"price": "two"}, "price: 'two' is not an amount"),
        ({"price": 2.5}, "price: 2.5 is not a uint96"),
        ({"price": "2", "colour": "3"}, "colour: 3 is none of the choices"),
        ({"price": "2", "keeper": "0x12"}, "keeper: "),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        values_of(PARAMETERS, given, user=USER)

    assert said in caught.value.message


def test_a_mistyped_name_is_corrected() -> None:
    with pytest.raises(ParameterError) as caught:
        values_of(PARAMETERS, {"prise": "1"}, user=USER)

    assert caught.value.hint == "did you mean price?"


def test_a_file_given_for_a_digest_is_hashed(tmp_path: Path) -> None:
    parameter = Parameter(name="work", type="bytes32", unit="digest", label=Text(en="Work"))
    (tmp_path / "song.txt").write_bytes(b"la la la")

    values = values_of([parameter], {"work": str(tmp_path / "song.txt")}, user=USER)

    assert values == {"work": sha256(b"la la la").digest()}


def test_a_default_never_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"secret")
    parameter = Parameter(name="work", type="bytes32", unit="digest", label=Text(en="Work"), default=str(file))

    with pytest.raises(ParameterError, match="is not 32 bytes in hex"):
        values_of([parameter], {}, user=USER)
