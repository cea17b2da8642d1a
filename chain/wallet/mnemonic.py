"""Accounts derived from a list of words (BIP-39, BIP-32, path m/44'/60'/0'/0/i)."""

from __future__ import annotations

from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_account.hdaccount.mnemonic import Mnemonic
from eth_utils.exceptions import ValidationError

from chain.errors import WalletError
from chain.wallet.account import Account

# Known to everybody on purpose: hardhat, anvil and ganache fund the same accounts, so tools already have their keys.
DEV_MNEMONIC = "test test test test test test test test test test test junk"

SHORTEST = 12  # words of a BIP-39 mnemonic


def accounts_from_mnemonic(words: str, count: int = 1, *, first: int = 0, passphrase: str = "") -> list[Account]:
    """Accounts `first` … `first + count - 1` of these words; WalletError when the words fail their checksum."""
    try:
        seed = seed_from_mnemonic(" ".join(words.split()), passphrase)
    except (ValidationError, ValueError, LookupError) as problem:
        raise WalletError(
            "these words are not a BIP-39 mnemonic",
            hint="check the spelling and the order of all 12, 15, 18, 21 or 24 words",
        ) from problem
    return [Account(key_from_seed(seed, f"m/44'/60'/0'/0/{first + index}")) for index in range(count)]


def dev_accounts(count: int = 10, mnemonic: str = DEV_MNEMONIC) -> list[Account]:
    """The funded accounts of a local chain, named dev0, dev1, …; never put anything of value on them.

    Fewer than 12 words are taken as they are, as ganache does it (brownie's are the one word `brownie`).
    """
    if len(mnemonic.split()) < SHORTEST:
        seed = Mnemonic.to_seed(mnemonic)
        accounts = [Account(key_from_seed(seed, f"m/44'/60'/0'/0/{index}")) for index in range(count)]
    else:
        accounts = accounts_from_mnemonic(mnemonic, count)
    for index, account in enumerate(accounts):
        account.name = f"dev{index}"
    return accounts
