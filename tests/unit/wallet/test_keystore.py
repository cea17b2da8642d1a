"""Key files: written for others to read, never overwritten, and clear about what is wrong with one."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account as EthAccount

from chain.errors import KeystoreError, UnknownAccount
from chain.primitives import checksum
from chain.wallet import Account, Keystore
from tests.optional import ROOT, require

KEY = bytes.fromhex("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
# The scrypt vector of the Web3 Secret Storage definition (password "testpassword").
PUBLISHED_VECTOR = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
PUBLISHED_KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"


@pytest.fixture
def cast():
    return require("cast", Path("node_modules/.bin/cast"))


@pytest.fixture
def keystore(tmp_path):
    return Keystore(tmp_path / "data" / "keystore", scrypt_n=2)


def test_a_created_account_unlocks_by_name_and_by_address(keystore):
    account = keystore.create("alice", "secret")

    assert keystore.unlock("alice", "secret") == account
    assert keystore.unlock(account.address, "secret").name == "alice"
    assert keystore.unlock(checksum(account.address), "secret").unsafe_private_key() == account.unsafe_private_key()


def test_files_are_named_like_geths_and_only_the_owner_may_read_them(keystore):
    account = keystore.create("alice", "secret")

    (entry,) = keystore.list()

    assert entry.path.name.startswith("UTC--")
    assert entry.path.name.endswith(f"Z--{account.address.hex()}")
    assert stat.S_IMODE(entry.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keystore.folder.stat().st_mode) == 0o700
    assert [path.name for path in keystore.folder.iterdir()] == [entry.path.name]


def test_the_file_is_version_3_and_never_holds_the_key(keystore):
    keystore.add(KEY, "alice", "secret")
    (entry,) = keystore.list()

    content = json.loads(entry.path.read_text())

    assert content["version"] == 3
    assert content["address"] == ADDRESS[2:].lower()
    assert content["name"] == "alice"
    assert KEY.hex() not in entry.path.read_text()
    assert bytes(EthAccount.decrypt(content, "secret")) == KEY


def test_the_work_factor_is_geths_unless_told_otherwise(tmp_path):
    keystore = Keystore(tmp_path)

    keystore.add(KEY, "alice", "secret")

    parameters = json.loads(keystore.list()[0].path.read_text())["crypto"]["kdfparams"]
    assert (parameters["n"], parameters["r"], parameters["p"]) == (262_144, 8, 1)


def test_cast_opens_our_file(keystore, cast):
    keystore.add(KEY, "alice", "secret")
    (entry,) = keystore.list()

    shown = subprocess.run(
        [cast, "wallet", "decrypt-keystore", entry.path.name, "-k", keystore.folder, "--unsafe-password", "secret"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert KEY.hex() in shown.stdout


def test_we_open_casts_file_under_the_name_that_cast_gave_it(keystore, cast):
    keystore.folder.mkdir(parents=True)
    subprocess.run(
        [cast, "wallet", "import", "bob", "-k", keystore.folder, "--unsafe-password", "pw", "--private-key", KEY.hex()],
        capture_output=True,
        check=True,
    )

    account = keystore.unlock("bob", "pw")

    assert checksum(account.address) == ADDRESS


def test_the_published_vector_is_adopted(keystore):
    account = keystore.adopt(json.dumps(PUBLISHED_VECTOR).encode(), "vector", "testpassword", new_password="new")

    assert account.unsafe_private_key().hex() == PUBLISHED_KEY
    assert keystore.unlock("vector", "new") == account


def test_an_exported_file_opens_elsewhere_under_its_new_password(keystore):
    keystore.add(KEY, "alice", "secret")

    content = keystore.export("alice", "secret", new_password="other")

    assert bytes(EthAccount.decrypt(content, "other")) == KEY


def test_a_wrong_password_names_the_file(keystore):
    keystore.create("alice", "secret")
    (entry,) = keystore.list()

    with pytest.raises(KeystoreError, match="wrong password") as refusal:
        keystore.unlock("alice", "Secret")

    assert str(entry.path) in str(refusal.value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace('"version":3', '"version":4'),
        lambda text: text.replace('"mac"', '"mag"'),
        lambda text: text.replace('"n":2,', '"n":1073741824,'),
        lambda text: text.replace('"n":2,', '"n":3,'),
        lambda text: "x" * 100_000,
    ],
    ids=["torn", "empty", "version", "field gone", "too much work", "impossible work", "huge"],
)
def test_a_damaged_file_is_named_and_leaves_the_others_usable(keystore, spoil):
    broken = keystore.create("alice", "secret")
    (entry,) = keystore.list()
    keystore.create("bob", "secret")
    entry.path.write_text(spoil(entry.path.read_text()))

    with pytest.raises(KeystoreError, match="damaged") as by_name:
        keystore.unlock("alice", "secret")
    with pytest.raises(KeystoreError, match="damaged") as by_address:
        keystore.unlock(broken.address, "secret")

    assert str(entry.path) in str(by_name.value)
    assert str(entry.path) in str(by_address.value)
    assert keystore.unlock("bob", "secret").name == "bob"
    assert [one.problem is None for one in keystore.list()] == [False, True]


def test_a_file_that_holds_another_accounts_key_is_refused(keystore):
    keystore.add(KEY, "alice", "secret")
    (entry,) = keystore.list()
    entry.path.write_text(entry.path.read_text().replace(ADDRESS[2:].lower(), "00" * 20))

    with pytest.raises(KeystoreError, match=ADDRESS):
        keystore.unlock("alice", "secret")


def test_an_account_that_is_not_there_lists_who_is(keystore):
    keystore.create("alice", "secret")

    with pytest.raises(UnknownAccount) as refusal:
        keystore.unlock("bob", "secret")

    assert "alice" in (refusal.value.hint or "")


def test_neither_a_name_nor_a_key_is_ever_overwritten(keystore):
    keystore.add(KEY, "alice", "secret")

    with pytest.raises(KeystoreError, match="taken"):
        keystore.create("alice", "secret")
    with pytest.raises(KeystoreError, match="already in the keystore"):
        keystore.add(KEY, "other", "secret")

    assert len(keystore.list()) == 1


@pytest.mark.parametrize("name", ["", " alice", "a\nb", "0xalice", "ab" * 20, "a" * 65])
def test_names_that_would_confuse_are_refused(keystore, name):
    with pytest.raises(KeystoreError):
        keystore.create(name, "secret")


def test_an_empty_password_is_refused(keystore):
    with pytest.raises(KeystoreError, match="password"):
        keystore.create("alice", "")


def test_a_write_that_fails_leaves_nothing_behind(keystore, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    keystore.folder.mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(KeystoreError, match="No space left"):
        keystore.create("alice", "secret")

    assert list(keystore.folder.iterdir()) == []


def test_of_two_processes_that_add_the_same_name_one_is_refused(keystore):
    program = (
        "import os, sys; from pathlib import Path; from chain.errors import KeystoreError\n"
        "from chain.wallet import Keystore, prepare\n"
        "prepare()\n"
        "child = os.fork()\n"  # both have imported everything then
        "try: Keystore(Path(sys.argv[1]), scrypt_n=2).create('alice', 'secret')\n"
        "except KeystoreError as refusal: print(refusal)\n"
        "if child: sys.exit(os.waitpid(child, 0)[1])\n"
    )

    command = [sys.executable, "-c", program, keystore.folder]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("taken") == 1
    assert len(keystore.list()) == 1


def test_an_account_without_a_name_is_found_by_its_address(keystore):
    account = keystore.create(None, "secret")

    assert keystore.list()[0].name is None
    assert keystore.unlock(account.address, "secret") == account


def test_two_files_of_one_name_are_told_apart(keystore):
    keystore.add(KEY, "alice", "secret")
    second = Account.create("alice")
    other = Keystore(keystore.folder.parent / "other", scrypt_n=2)
    other.add(second.unsafe_private_key(), "alice", "secret")
    source = other.list()[0].path
    source.rename(keystore.folder / source.name)

    with pytest.raises(KeystoreError, match="2 key files"):
        keystore.unlock("alice", "secret")

    assert keystore.unlock(second.address, "secret") == second
