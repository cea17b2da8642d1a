from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from eth_abi.abi import encode

from chain.errors import ParameterError
from chain.registry import encode_values, pack_values, read_manifest, shown_values, values_of
from chain.registry.manifest import Parameter, Text
from chain.registry.units import Money, Scene
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


SPLIT = read_manifest(
    MANIFEST.replace(
        "[[action]]",
        """[[parameter]]
name = "recipients"
type = "tuple[]"
label = { en = "Who shares" }
items = { min = 1, max = 3 }

[[parameter.field]]
name = "to"
type = "address"
unit = "account"
label = { en = "To" }

[[parameter.field]]
name = "part"
type = "uint16"
unit = "basis points"
label = { en = "Part" }
sum = "100 %"

[[parameter]]
name = "steps"
type = "uint48[]"
unit = "seconds"
label = { en = "Steps" }
default = "1 day, 2 days"
max = "30 days"

[[action]]""",
        1,
    ).encode()
).parameters[3:]
OTHER = "0x" + "22" * 20


@pytest.mark.parametrize(
    "given",
    [
        [{"to": "user", "part": "60 %"}, {"to": OTHER, "part": "40 %"}],
        [["user", 6000], [OTHER, 4000]],
        f'[{{"to": "user", "part": "60 %"}}, ["{OTHER}", 4000]]',
    ],
)
def test_a_list_of_structs_is_read_from_json_mappings_or_rows(given: object) -> None:
    values = values_of(SPLIT, {"recipients": given}, user=USER)

    assert values["recipients"] == ({"to": USER, "part": 6000}, {"to": b"\x22" * 20, "part": 4000})
    assert values["steps"] == (86_400, 172_800)
    assert encode_values(SPLIT, values) == encode(
        ["(address,uint16)[]", "uint48[]"], [[(USER, 6000), (b"\x22" * 20, 4000)], [86_400, 172_800]]
    )
    shown = shown_values(SPLIT, values)
    assert shown["recipients"].endswith("Part: 60 %; To: 0x2222222222222222222222222222222222222222, Part: 40 %")
    assert shown["steps"] == "1 day, 2 days"


@pytest.mark.parametrize(
    ("recipients", "steps", "said"),
    [
        ([], "1 day", "recipients: 0 values given, 1 to 3 are allowed"),
        ([["user", "100 %"]] * 4, "1 day", "recipients: 4 values given"),
        ([["user", "60 %"]], "1 day", "recipients.part: adds up to 60 %, not to 100 %"),
        ([["user"]], "1 day", "recipients[0]: 1 values given for to, part"),
        ([{"to": "user"}], "1 day", "recipients[0]: a value is missing for part"),
        ([{"to": "user", "part": "100 %", "x": "1"}], "1 day", "recipients[0]: the template has no parameter x"),
        ([{"to": "0x1", "part": "100 %"}], "1 day", "recipients[0]: to: "),
        ("[[", "1 day", "recipients: not JSON"),
        ("user 100 %", "1 day", "recipients: 'user 100 %' is not a list such as"),
        ([["user", "100 %"]], "1 day, 31 days", "steps[1]: 31 days is not between"),
        ([["user", "100 %"]], 5, "steps: 5 is not a list for uint48[]"),
    ],
)
def test_what_does_not_fit_into_a_list_is_named_with_its_place(recipients: object, steps: object, said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        values_of(SPLIT, {"recipients": recipients, "steps": steps}, user=USER)

    assert said in caught.value.message


def test_a_list_is_read_from_a_file_when_the_user_names_one(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(f'[["{OTHER}", "100 %"]]')

    values = values_of(SPLIT, {"recipients": f"@{tmp_path / 'list.json'}"}, user=USER)

    assert values["recipients"] == ({"to": b"\x22" * 20, "part": 10_000},)


def test_amounts_in_a_token_have_its_decimals() -> None:
    parameter = Parameter(name="price", type="uint96", unit="token", label=Text(en="Price"), max="100")
    scene = Scene(money=Money(symbol="USDX", decimals=6))

    assert values_of([parameter], {"price": "12.5 USDX"}, scene=scene) == {"price": 12_500_000}
    assert shown_values([parameter], {"price": 12_500_000}, scene) == {"price": "12.5 USDX"}
    for refused in ("0.0000001", "100.000001", "5 MZ"):
        with pytest.raises(ParameterError):
            values_of([parameter], {"price": refused}, scene=scene)


def test_packed_values_have_their_own_size_and_lists_come_last_behind_their_count() -> None:
    parameters = [
        Parameter(name="steps", type="uint48[]", label=Text(en="Steps")),
        *PARAMETERS,
        Parameter(name="pair", type="uint16[2]", label=Text(en="Pair")),
        SPLIT[0],
    ]
    values = {
        "steps": (86_400, 172_800),
        "keeper": USER,
        "price": 25 * 10**17,
        "colour": 1,
        "pair": (1, 258),
        "recipients": ({"to": USER, "part": 6_000}, {"to": b"\x22" * 20, "part": 4_000}),
    }

    # The page's own test has the same bytes.
    fixed = [USER.hex(), "0000000022b1c8c1227a0000", "01", "0001", "0102"]
    lists = ["02", "000000015180", "00000002a300", "02", USER.hex(), "1770", "22" * 20, "0fa0"]
    assert pack_values(parameters, values).hex() == "".join(fixed + lists)
    with pytest.raises(ParameterError, match="steps: 256 values given, at most 255 can be packed"):
        pack_values(parameters, values | {"steps": (1,) * 256})
    with pytest.raises(ParameterError, match="price: -1 is not a uint96"):
        pack_values(parameters, values | {"price": -1})
