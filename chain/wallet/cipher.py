"""A private key under a password, as the version 3 key file has it (Web3 Secret Storage: scrypt, AES-128-CTR, keccak).

Knows the JSON of one key file and nothing of folders and names.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from chain.errors import KeystoreError
from chain.wallet.account import Account

# What geth writes: about a second and 256 MB to try one password.
SCRYPT_N = 262_144
# A key file is somebody else's input: beyond this it asks for more memory (128 · n · r bytes) than it may have.
SCRYPT_MEMORY_LIMIT = 2**30
PBKDF2_ROUNDS_LIMIT = 10_000_000


class _Scrypt(msgspec.Struct):
    n: int
    r: int
    p: int
    dklen: int
    salt: str


class _Pbkdf2(msgspec.Struct):
    c: int
    prf: str
    dklen: int
    salt: str


class _CipherParams(msgspec.Struct):
    iv: str


class _Crypto(msgspec.Struct):
    cipher: Literal["aes-128-ctr"]
    cipherparams: _CipherParams
    ciphertext: str
    kdf: Literal["scrypt", "pbkdf2"]
    kdfparams: msgspec.Raw
    mac: str


class KeyFile(msgspec.Struct):
    """The parts of a version 3 key file that we read; `address` may be missing, `name` is ours and others ignore it."""

    version: Literal[3]
    crypto: _Crypto
    address: str | None = None
    name: str | None = None


def parse(text: bytes) -> KeyFile:
    """The key file in these bytes, its parameters checked; ValueError says what is not right."""
    try:
        # Older files spell some keys in capitals ("Crypto").
        lowered = {str(key).lower(): value for key, value in msgspec.json.decode(text, type=dict[str, Any]).items()}
        keyfile = msgspec.json.decode(msgspec.json.encode(lowered), type=KeyFile)
        _check_work(keyfile.crypto)
        for part in (keyfile.crypto.ciphertext, keyfile.crypto.cipherparams.iv, keyfile.crypto.mac):
            bytes.fromhex(part.removeprefix("0x"))
        if keyfile.address is not None and len(bytes.fromhex(keyfile.address.removeprefix("0x"))) != 20:
            raise ValueError("its address does not have 20 bytes")
    except msgspec.MsgspecError as problem:
        raise ValueError(str(problem)) from problem
    return keyfile


def encrypt(account: Account, password: str, name: str | None, scrypt_n: int) -> dict[str, Any]:
    """The key file of an account; takes as long as `scrypt_n` makes it."""
    from eth_account import Account as _EthAccount

    content: dict[str, Any] = _EthAccount.encrypt(account.unsafe_private_key(), password, "scrypt", scrypt_n)
    content["address"] = account.address.hex()
    if name is not None:
        content["name"] = name
    return content


def decrypt(text: bytes, password: str) -> bytes:
    """The private key in a key file that `parse` accepts; KeystoreError when the password does not open it."""
    from eth_account import Account as _EthAccount

    content = msgspec.json.decode(text)
    try:
        return bytes(_EthAccount.decrypt(content, password))
    except (ValueError, TypeError, KeyError) as problem:
        # The checksum (MAC) cannot tell a wrong password from altered bytes.
        raise KeystoreError("wrong password, or the file was altered") from problem


def _check_work(crypto: _Crypto) -> None:
    if crypto.kdf == "scrypt":
        scrypt = msgspec.json.decode(crypto.kdfparams, type=_Scrypt)
        if min(scrypt.n, scrypt.r, scrypt.p) < 1 or scrypt.n & (scrypt.n - 1):
            raise ValueError(f"impossible scrypt parameters n={scrypt.n} r={scrypt.r} p={scrypt.p}")
        if 128 * scrypt.n * scrypt.r > SCRYPT_MEMORY_LIMIT or scrypt.p > 64:
            raise ValueError(f"its scrypt parameters n={scrypt.n} r={scrypt.r} p={scrypt.p} ask for too much work")
        return
    pbkdf2 = msgspec.json.decode(crypto.kdfparams, type=_Pbkdf2)
    if pbkdf2.prf != "hmac-sha256" or not 1 <= pbkdf2.c <= PBKDF2_ROUNDS_LIMIT:
        raise ValueError(f"its pbkdf2 parameters prf={pbkdf2.prf} c={pbkdf2.c} are not usable")
