"""`mz account`: keys come in and go out without ever standing on a command line."""

from __future__ import annotations

import json
import stat

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct

from chain.wallet import Keystore

KEY = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
WORDS = "test test test test test test test test test test test junk"


@pytest.fixture
def keystore(place):
    return Keystore(place / ".mz" / "keystore", scrypt_n=2)


def test_a_new_account_is_kept_and_listed(mz, keystore):
    made = mz("account", "new", "alice", "--json", MZ_PASSWORD="secret")
    listed = mz("account", "list", "--json")

    assert made.status == 0
    assert made.json["name"] == "alice"
    assert [entry["address"] for entry in listed.json] == [made.json["address"]]
    assert keystore.unlock("alice", "secret").name == "alice"


def test_without_json_the_address_is_the_whole_of_stdout(mz):
    said = mz("account", "new", "alice", MZ_PASSWORD="secret")

    assert len(said.out.strip()) == 42
    assert "kept as alice" in said.err


def test_an_empty_keystore_is_an_empty_list(mz):
    assert mz("account", "list", "--json").json == []
    assert "mz account new" in mz("account", "list").err


@pytest.mark.parametrize(
    ("typed", "index"),
    [(KEY, "0"), (f"0x{KEY}\n", "0"), (WORDS + "\n", "1")],
    ids=["hex", "0x hex", "mnemonic"],
)
def test_a_key_comes_in_through_stdin(mz, typed, index):
    said = mz("account", "import", "bob", "-", "--index", index, typed=typed, MZ_PASSWORD="secret")

    assert (said.status, said.out.strip()) == (0, ADDRESS)
    assert KEY not in said.out + said.err


def test_another_programs_key_file_comes_in(mz, place, keystore):
    theirs = place / "theirs.json"
    theirs.write_text(json.dumps(EthAccount.encrypt(bytes.fromhex(KEY), "secret", "pbkdf2", 10)))

    said = mz("account", "import", "bob", str(theirs), MZ_PASSWORD="secret")

    assert said.out.strip() == ADDRESS
    assert keystore.unlock("bob", "secret").unsafe_private_key().hex() == KEY


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "32 bytes"), ("hello", "neither"), (WORDS + " junk", "mnemonic"), ('{"version": 3}', "key file")],
)
def test_what_is_no_key_is_refused_and_nothing_is_kept(mz, keystore, typed, said):
    answer = mz("account", "import", "bob", typed=typed, MZ_PASSWORD="secret")

    assert answer.status == 1
    assert said in answer.err
    assert keystore.list() == ()


def test_an_exported_key_opens_elsewhere_and_overwrites_nothing(mz, place, keystore):
    keystore.add(bytes.fromhex(KEY), "bob", "secret")

    first = mz("account", "export", "bob", "--out", "bob.json", MZ_PASSWORD="secret")
    again = mz("account", "export", "bob", "--out", "bob.json", MZ_PASSWORD="secret")

    assert first.status == 0
    assert stat.S_IMODE((place / "bob.json").stat().st_mode) == 0o600
    assert bytes(EthAccount.decrypt(json.loads((place / "bob.json").read_text()), "secret")).hex() == KEY
    assert again.status == 2
    assert "exists already" in again.err


def test_the_bare_key_is_shown_only_to_those_who_insist(mz, keystore):
    keystore.add(bytes.fromhex(KEY), "bob", "secret")

    unasked = mz("account", "export", "bob", "--unsafe-raw", MZ_PASSWORD="secret")
    declined = mz("account", "export", "bob", "--unsafe-raw", typed="n\n", terminal=True, MZ_PASSWORD="secret")
    insisted = mz("account", "export", "bob", "--unsafe-raw", "--yes", MZ_PASSWORD="secret")

    assert (unasked.status, unasked.out) == (2, "")
    assert (declined.status, declined.out) == (1, "")
    assert insisted.out.strip() == "0x" + KEY


def test_a_wrong_password_names_the_file_and_fails(mz, keystore):
    keystore.add(bytes.fromhex(KEY), "bob", "secret")

    said = mz("account", "sign", "hello", "--from", "bob", MZ_PASSWORD="wrong")

    assert said.status == 1
    assert "wrong password" in said.err
    assert str(keystore.list()[0].path) in said.err


def test_no_terminal_and_no_password_says_how_to_give_one(mz, keystore):
    keystore.add(bytes.fromhex(KEY), "bob", "secret")

    said = mz("account", "sign", "hello", "--from", "bob")

    assert said.status == 2
    assert "MZ_PASSWORD_FILE" in said.err


def test_a_password_file_is_read_without_its_last_line_end(mz, place, keystore):
    keystore.add(bytes.fromhex(KEY), "bob", "se cret")
    (place / "password").write_text("se cret\n")

    said = mz("account", "sign", "hello", "--from", ADDRESS, MZ_PASSWORD_FILE="password")

    assert said.status == 0
    assert EthAccount.recover_message(encode_defunct(text="hello"), signature=said.out.strip()) == ADDRESS


@pytest.mark.parametrize("who", ["dev1", ADDRESS, ADDRESS.lower()])
def test_a_dev_account_signs_without_a_password(mz, who):
    said = mz("account", "sign", "0x68656c6c6f", "--hex", "--from", who, "--json")

    assert said.json["address"] == ADDRESS
    assert EthAccount.recover_message(encode_defunct(text="hello"), signature=said.json["signature"]) == ADDRESS


def test_typed_data_in_a_file_that_is_not_json_is_refused(mz, place):
    (place / "data.json").write_text("{")

    said = mz("account", "sign", "--typed-data", "data.json", "--from", "dev1")

    assert said.status == 2
    assert "not typed data in JSON" in said.err


def test_a_damaged_key_file_is_named_and_the_rest_is_listed(mz, keystore):
    keystore.create("alice", "secret")
    keystore.create("bob", "secret")
    broken = keystore.list()[0].path
    broken.write_text("{")

    said = mz("account", "list")

    assert said.status == 0
    assert "bob" in said.out
    assert f"damaged: {broken}" in said.err
