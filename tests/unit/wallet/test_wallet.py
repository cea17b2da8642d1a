"""The accounts that a program holds unlocked."""

from __future__ import annotations

import pytest

from chain.errors import KeystoreError, UnknownAccount, WalletError
from chain.primitives import checksum
from chain.wallet import Keystore, Wallet, dev_accounts


def test_accounts_are_found_by_name_address_hex_and_themselves():
    alice = dev_accounts(1)[0]
    wallet = Wallet([alice])

    assert wallet["dev0"] is alice
    assert wallet[alice.address] is alice
    assert wallet[checksum(alice.address)] is alice
    assert wallet[alice] is alice
    assert alice.address in wallet
    assert wallet.first is alice


def test_a_stranger_is_refused_and_the_known_are_listed():
    wallet = Wallet(dev_accounts(2))

    with pytest.raises(UnknownAccount) as refusal:
        wallet[bytes(20)]

    assert "0x0000000000000000000000000000000000000000" in str(refusal.value)
    assert refusal.value.hint == "it holds: dev0, dev1"


def test_an_empty_wallet_says_so():
    with pytest.raises(UnknownAccount, match="empty"):
        _ = Wallet().first


def test_the_dev_wallet_holds_the_funded_accounts_in_order():
    assert [account.name for account in Wallet.dev()] == [f"dev{index}" for index in range(10)]


def test_load_takes_the_folder_from_the_settings_and_the_password_from_the_environment(tmp_path):
    account = Keystore(tmp_path / "keystore", scrypt_n=2).create("alice", "secret")

    wallet = Wallet.load("alice", environ={"MZ_DATA_DIR": str(tmp_path), "MZ_PASSWORD": "secret"})

    assert list(wallet) == [account]


def test_load_without_a_password_says_how_to_give_one(tmp_path):
    with pytest.raises(KeystoreError) as refusal:
        Wallet.load("alice", folder=tmp_path, environ={})

    assert "MZ_PASSWORD" in (refusal.value.hint or "")


def test_a_short_text_gives_the_development_accounts_that_ganache_gives():
    assert dev_accounts(1, "brownie")[0].address.hex() == "66ab6d9362d4f35596279692f0251db635165871"
    with pytest.raises(WalletError, match="not a BIP-39 mnemonic"):
        dev_accounts(1, "test " * 12)
