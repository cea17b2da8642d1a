"""What a key signs, judged by eth-account's recovery and by cast."""

from __future__ import annotations

import pytest
from eth_account import Account as EthAccount
from eth_account.hdaccount.mnemonic import Mnemonic
from eth_account.messages import encode_defunct, encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import WalletError
from chain.primitives import checksum
from chain.wallet import Account, accounts_from_mnemonic, dev_accounts

TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Permit": [{"name": "owner", "type": "address"}, {"name": "value", "type": "uint256"}],
    },
    "primaryType": "Permit",
    "domain": {"name": "mzcoin", "chainId": 20261},
    "message": {"owner": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "value": 7},
}


def test_the_dev_accounts_are_those_that_every_tool_knows():
    accounts = dev_accounts()

    assert len(accounts) == 10
    assert [checksum(account.address) for account in accounts[:3]] == [
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    ]
    assert checksum(accounts[9].address) == "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
    assert [account.name for account in accounts[:2]] == ["dev0", "dev1"]


@given(
    entropy=st.binary(min_size=16, max_size=32).filter(lambda entropy: len(entropy) % 4 == 0),
    passphrase=st.text(max_size=8),
    first=st.integers(0, 2**31 - 2),
)
@settings(max_examples=25, deadline=None)
def test_words_lead_to_the_accounts_that_eth_account_finds(entropy, passphrase, first):
    EthAccount.enable_unaudited_hdwallet_features()
    words = Mnemonic().to_mnemonic(entropy)
    path = f"m/44'/60'/0'/0/{first}"

    (found,) = accounts_from_mnemonic(words, first=first, passphrase=passphrase)

    assert checksum(found.address) == EthAccount.from_mnemonic(words, passphrase, path).address


def test_one_word_is_taken_as_ganache_takes_it():
    assert checksum(dev_accounts(1, "brownie")[0].address) == "0x66aB6D9362d4F35596279692F0251Db635165871"


def test_words_with_a_wrong_checksum_are_refused():
    with pytest.raises(WalletError, match="not a BIP-39 mnemonic"):
        accounts_from_mnemonic("test test test test test test test test test test test test")


def test_a_passphrase_leads_to_other_accounts():
    words = "test test test test test test test test test test test junk"

    assert accounts_from_mnemonic(words)[0] != accounts_from_mnemonic(words, passphrase="x")[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"gasPrice": 7},
        {"gasPrice": 7, "accessList": [], "type": 1},
        {"maxFeePerGas": 7, "maxPriorityFeePerGas": 1, "data": b"\x01\x02"},
        {"maxFeePerGas": 7, "maxPriorityFeePerGas": 1, "to": None, "data": b"\x60"},
    ],
    ids=["legacy", "access list", "fee market", "creation"],
)
def test_a_signed_transaction_recovers_to_its_signer(fields):
    account = dev_accounts(1)[0]
    whole = {"chainId": 20261, "nonce": 3, "gas": 21_000, "value": 1, "to": bytes(19) + b"\x09", **fields}
    if whole["to"] is None:
        del whole["to"]

    raw = account.sign_transaction(whole)

    assert EthAccount.recover_transaction(raw) == checksum(account.address)


def test_a_delegation_makes_a_signed_set_code_transaction():
    account = dev_accounts(1)[0]
    delegation = account.sign_authorization(chain_id=20261, address=bytes(19) + b"\x09", nonce=4)

    raw = account.sign_transaction(
        {
            "chainId": 20261,
            "nonce": 3,
            "gas": 100_000,
            "maxFeePerGas": 7,
            "maxPriorityFeePerGas": 1,
            "to": account.address,
            "value": 0,
            "authorizationList": [delegation],
        }
    )

    assert raw[0] == 4
    assert EthAccount.recover_transaction(raw) == checksum(account.address)


def test_a_transaction_that_lacks_a_field_is_refused_by_name():
    with pytest.raises(WalletError, match="gas"):
        dev_accounts(1)[0].sign_transaction({"chainId": 1, "nonce": 0, "gasPrice": 1, "to": bytes(20), "value": 0})


def test_a_transaction_from_somebody_else_is_not_signed():
    alice, bob = dev_accounts(2)
    fields = {"chainId": 1, "nonce": 0, "gas": 21_000, "gasPrice": 1, "to": bytes(20), "value": 0}

    with pytest.raises(WalletError, match="from"):
        alice.sign_transaction({**fields, "from": checksum(bob.address)})


def test_a_personal_message_recovers_to_its_signer():
    account = dev_accounts(1)[0]

    signature = account.sign_message(b"hello")

    assert len(signature) == 65
    assert EthAccount.recover_message(encode_defunct(b"hello"), signature=signature) == checksum(account.address)


def test_typed_data_recovers_to_its_signer():
    account = dev_accounts(1)[0]

    signature = account.sign_typed_data(TYPED)

    assert EthAccount.recover_message(encode_typed_data(full_message=TYPED), signature=signature) == checksum(
        account.address
    )


def test_typed_data_that_does_not_fit_its_types_is_refused():
    broken = {**TYPED, "message": {"owner": "nobody", "value": 7}}

    with pytest.raises(WalletError, match="typed data"):
        dev_accounts(1)[0].sign_typed_data(broken)


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, b"\x01" * 31], ids=["zero", "too large", "too short"])
def test_a_key_outside_the_curve_is_refused_without_being_shown(key):
    with pytest.raises(WalletError) as refusal:
        Account(key)

    assert key.hex() not in str(refusal.value)
    assert str(int.from_bytes(key, "big")) not in str(refusal.value).replace("32", "").replace("31", "") or not any(key)


def test_nothing_that_is_printed_holds_the_key():
    account = Account(b"\x01" * 32, "alice")

    assert repr(account) == f"<Account alice {checksum(account.address)}>"
    assert "0101" not in f"{account} {account!r}"


def test_created_accounts_differ():
    assert Account.create() != Account.create()
