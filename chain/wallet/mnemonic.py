"""Accounts derived from a list of words (BIP-39, BIP-32, path m/44'/60'/0'/0/i).

The derivation is here, because every start of a node makes ten keys, and importing eth-account, which can do it too,
takes longer than all of them. Whether words are a mnemonic eth-account says, with its lists of them.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from coincurve import PrivateKey

from chain.errors import WalletError
from chain.wallet.account import Account

# Known to everybody on purpose: hardhat, anvil and ganache fund the same accounts, so tools already have their keys.
DEV_MNEMONIC = "test test test test test test test test test test test junk"

SHORTEST = 12  # words of a BIP-39 mnemonic


HARDENED = 1 << 31
PURPOSE, ETHER, FIRST_ACCOUNT = 44, 60, 0  # BIP-44, SLIP-44


def accounts_from_mnemonic(words: str, count: int = 1, *, first: int = 0, passphrase: str = "") -> list[Account]:
    """Accounts `first` … `first + count - 1` of these words; WalletError when the words fail their checksum."""
    words = " ".join(words.split())
    if words != DEV_MNEMONIC:
        words = _checked(words)
    return _accounts(words, count, first, passphrase)


def dev_accounts(count: int = 10, mnemonic: str = DEV_MNEMONIC) -> list[Account]:
    """The funded accounts of a local chain, named dev0, dev1, …; never put anything of value on them.

    Fewer than 12 words are taken as they are, as ganache does it (brownie's are the one word `brownie`).
    """
    if len(mnemonic.split()) < SHORTEST:
        accounts = _accounts(mnemonic, count, 0, "")
    else:
        accounts = accounts_from_mnemonic(mnemonic, count)
    for index, account in enumerate(accounts):
        account.name = f"dev{index}"
    return accounts


def _checked(words: str) -> str:
    """The words, spelled out where four letters stand for one."""
    from eth_account.hdaccount.mnemonic import Mnemonic
    from eth_utils.exceptions import ValidationError

    try:
        language = Mnemonic(Mnemonic.detect_language(words))
        words = language.expand(words)
        if language.is_mnemonic_valid(words):
            return words
        reason: Exception | None = None
    except (ValidationError, ValueError, LookupError) as problem:
        reason = problem
    raise WalletError(
        "these words are not a BIP-39 mnemonic",
        hint="check the spelling and the order of all 12, 15, 18, 21 or 24 words",
    ) from reason


def _accounts(words: str, count: int, first: int, passphrase: str) -> list[Account]:
    password, salt = (unicodedata.normalize("NFKD", text).encode() for text in (words, f"mnemonic{passphrase}"))
    node = _half(b"Bitcoin seed", hashlib.pbkdf2_hmac("sha512", password, salt, 2_048))
    for index in (PURPOSE | HARDENED, ETHER | HARDENED, FIRST_ACCOUNT | HARDENED, 0):
        node = _child(*node, index)
    return [Account(_child(*node, first + index)[0]) for index in range(count)]


def _child(key: bytes, chain_code: bytes, index: int) -> tuple[bytes, bytes]:
    """BIP-32's private derivation: the child's key and chain code."""
    private = PrivateKey(key)
    shown = b"\x00" + key if index & HARDENED else private.public_key.format(compressed=True)
    tweak, code = _half(chain_code, shown + index.to_bytes(4, "big"))
    return private.add(tweak).secret.rjust(32, b"\x00"), code


def _half(key: bytes, data: bytes) -> tuple[bytes, bytes]:
    digest = hmac.digest(key, data, "sha512")
    return digest[:32], digest[32:]
