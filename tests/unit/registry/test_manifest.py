from __future__ import annotations

import msgspec
import pytest

from chain.artifacts import sources_folder
from chain.errors import ManifestError
from chain.registry import read_manifest
from tests.unit.registry.sample import MANIFEST


def read(text: str) -> object:
    return read_manifest(text.encode())


def test_a_manifest_is_read_into_typed_records() -> None:
    manifest = read_manifest(MANIFEST.encode())

    assert (manifest.name, manifest.source, manifest.contract_name) == ("stall", "Stall.sol", "Stall")
    assert manifest.terms.price_wei == 25 * 10**17
    assert manifest.terms.payee_address is None
    assert [parameter.name for parameter in manifest.parameters] == ["keeper", "price", "colour"]
    assert manifest.actions[0].payment is not None
    assert manifest.states[0].arguments[0].unit == "account"
    assert manifest.name_word == b"stall" + bytes(27)
    with pytest.raises(AttributeError):
        manifest.name = "other"  # type: ignore[misc]  # frozen, which is what is tested


def test_words_for_an_output_are_given_by_its_name() -> None:
    state = """
[[state]]
name = "open"
view = "isOpen()"
choices = { isOpen = [ { value = 0, en = "closed" }, { value = 1, en = "open" } ] }
sentence = { en = "It is {isOpen}." }
"""

    words = read_manifest((MANIFEST + state).encode()).states[-1].choices

    assert [choice.en for choice in words["isOpen"]] == ["closed", "open"]
    with pytest.raises(ManifestError, match=r"choices\.isOpen\[1\]\.valu: unknown key"):
        read(MANIFEST + state.replace("value = 1", "valu = 1"))


PACKED = MANIFEST.replace("[terms]", 'encoding = "packed"\n\n[terms]', 1)
LIST = """
[[parameter]]
name = "steps"
type = "uint48[]"
label = { en = "Steps" }
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PACKED.replace('kind = "clone"', 'kind = "code"'), "encoding: only clones"),
        (PACKED + LIST, r"parameter\[3\].items: a packed list says its `max`, at most 255"),
        (PACKED + LIST + "items = { max = 256 }\n", r"parameter\[3\].items: a packed list says its `max`, at most 255"),
        (PACKED + LIST.replace("uint48[]", "string"), r"parameter\[3\].type: string has no fixed size"),
    ],
)
def test_what_cannot_be_packed_is_refused(text: str, said: str) -> None:
    assert read_manifest((PACKED + LIST + "items = { max = 255 }\n").encode()).encoding == "packed"

    with pytest.raises(ManifestError, match=said):
        read(text)


@pytest.mark.parametrize("name", ["copyright-licence", "tip-jar"])
def test_our_own_manifests_are_right(name: str) -> None:
    data = (sources_folder() / "templates" / name / "template.toml").read_bytes()

    assert read_manifest(data).name == name


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        ('version = "1.2.3"', 'versoin = "1.2.3"', "template.toml, versoin: unknown key", "did you mean version?"),
        ("share_bps = 200", "share_pbs = 200", "terms.share_pbs: unknown key", "did you mean share_bps?"),
        ('max = "100 MZ"', 'maximum = "1"', "parameter[1].maximum: unknown key", None),
        ('{ value = 2, en = "blue" }', '{ valu = 2, en = "b" }', "parameter[2].choices[1].valu", "did you mean value?"),
        ('token = "mz"', 'tokn = "mz"', "action[0].payment.tokn: unknown key", "did you mean token?"),
        ('label = { en = "How many" }', 'lable = { en = "x" }', "action[0].argument[0].lable", "label"),
    ],
)
def test_an_unknown_key_is_refused_with_its_place_and_the_closest_one(
    old: str, new: str, said: str, hint: str | None
) -> None:
    with pytest.raises(ManifestError) as caught:
        read(MANIFEST.replace(old, new, 1))

    assert said in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "stall"', 'name = "Stall"', "name: 'Stall' is not"),
        ('name = "stall"', f'name = "{"a" * 33}"', "name: "),
        ('name = "stall"', "", "missing required field `name`"),
        ('name = "stall"', "name = 5", "name: expected `str`, got `int`"),
        ('"1.2.3"', '"1.2"', "version: '1.2' is not like 1.0.0"),
        ('kind = "clone"', 'kind = "proxy"', "kind: invalid enum value 'proxy'"),
        ('"Stall.sol:Stall"', '"../Stall.sol:Stall"', "contract: "),
        ('"Stall.sol:Stall"', '"/etc/Stall.sol:Stall"', "contract: "),
        ('"Stall.sol:Stall"', '"Stall.sol"', "contract: "),
        ('["till", "mz"]', '["till", "bank"]', "constructor[1]: 'bank' is none of till, mz"),
        ('"open()"', '"open(uint8)"', "initialiser: "),
        ('price = "2.5 MZ"', 'price = "2.5 ETH"', "terms.price: '2.5 ETH' is not an amount"),
        ('price = "2.5 MZ"', 'price = "0.0000000000000000001"', "terms.price: "),
        ('price = "2.5 MZ"', 'price = "99999999999999"', "more than the registry can hold"),
        ("share_bps = 200", "share_bps = 1001", "terms.share_bps: 1001 is not between 0 and 1000"),
        ("share_bps = 200", 'share_bps = "200"', "terms.share_bps: expected `int`, got `str`"),
        ("share_bps = 200", 'share_bps = 200\npayee = "0x12"', "terms.payee: "),
        ('type = "uint96"', 'type = "uint97"', "parameter[1].type: 'uint97' is not an elementary ABI type"),
        ('type = "uint96"', 'type = "uint8"', "parameter[1].min: 1 MZ does not fit into uint8"),
        ('unit = "MZ"', 'unit = "Mz"', "parameter[1].unit: 'Mz' is no unit; did you mean MZ?"),
        ('unit = "MZ"', 'unit = "account"', "parameter[1].unit: account is written into address, not into uint96"),
        ('min = "1 MZ"', 'min = "101 MZ"', "parameter[1].min: 101 MZ is more than 100 MZ"),
        ('min = "1 MZ"', 'min = "1 MZ"\ndefault = "0.5 MZ"', "parameter[1].default: 0.5 MZ is outside the bounds"),
        ('default = "user"', 'default = "nobody"', "parameter[0].default: "),
        ('default = "user"', 'min = "1"', "parameter[0].min: bounds are for integers"),
        ('default = "1"', 'default = "3"', "parameter[2].default: 3 is none of the choices"),
        ("value = 2", "value = 1", "parameter[2].choices: the same value is there twice"),
        ("value = 2", "value = 256", "parameter[2].choices[1].value: 256 does not fit into uint8"),
        ('name = "price"', 'name = "keeper"', "parameter[1].name: 'keeper' is there twice"),
        ('name = "price"', 'name = "the price"', "parameter[1].name: "),
        ('who = "anyone"', 'who = "everyone"', "action[0].who: "),
        ('function = "close()"', "", "action[1]: exactly one of function, payment, hold, transfer must be there"),
        ('function = "close()"', 'function = "close"', "action[1].function: "),
        ('amount = "costOf(count)"', 'amount = "cost"', "action[0].payment.amount: "),
        ('token = "mz"', 'token = "gold"', "action[0].payment.token: 'gold' is not mz, eth or a view"),
        ('name = "close"', 'name = "buy"', "action[1].name: 'buy' is there twice"),
        ('deadline = "closesAt()"', "", "state[0]: deadline and otherwise belong together"),
        ('units = { total = "MZ" }', 'units = { total = "gold" }', "state[0].units.total: 'gold' is no unit"),
        ('en = "Stall"', 'en = ""', "title.en: has 0 characters"),
        ('en = "Sells things."', f'en = "{"x" * 401}"', "summary.en: has 401 characters"),
        ("share_bps = 200", "share_bps = ", "is not TOML"),
        (
            'amount = "costOf(count)"',
            'amount = "costOf(cuont)"',
            "'cuont' stands for nothing here; did you mean count?",
        ),
        ('amount = "costOf(count)"', 'amount = "costOf(half(count))"', "is not a call"),
        ('who = "keeper()"', "who = []", "action[1].who: nobody may do it"),
        ('function = "close()"', 'approve = { token = "mz", amount = "1" }', "an approval alone is no action"),
        ('payment = { token = "mz"', 'hold = { token = "mz"', "action[0].hold.ref: is missing: it names the pot"),
        ('interfaces = ["instance"]', 'interfaces = ["erc999"]', "interfaces[0]: 'erc999' is none of erc20"),
        ('kind = "clone"', 'kind = "upgradeable"', "it must be called with colour, keeper, price too"),
        ('type = "uint96"', 'type = "uint96[][]"', "parameter[1].type: 'uint96[][]' is not"),
        ('type = "uint96"', 'type = "tuple"', "parameter[1].field: a tuple has fields"),
        ('min = "1 MZ"', 'sum = "1 MZ"', "parameter[1].sum: a sum is of the integers in a list"),
        ('min = "1 MZ"', 'options = "prices()"', "parameter[1].options: there is no instance to ask yet"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, said: str) -> None:
    assert old in MANIFEST

    with pytest.raises(ManifestError) as caught:
        read(MANIFEST.replace(old, new, 1))

    assert said.lower() in caught.value.message.lower()
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * 70_000, b"", b"a = " + b"[" * 60_000])
def test_what_is_no_manifest_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError):
        read_manifest(data)


def test_a_manifest_is_equal_to_itself_read_again() -> None:
    assert msgspec.json.encode(read(MANIFEST)) == msgspec.json.encode(read(MANIFEST))
