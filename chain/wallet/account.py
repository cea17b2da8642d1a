"""One private key and what it can sign.

The key stays inside: no representation, log line or error shows it. `unsafe_private_key` is the one way out.

eth-account is imported when somebody signs first: that takes a good part of a second, and a node knows its accounts
from the start but hardly ever signs for them. Who must not wait then calls `prepare` before.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coincurve import PrivateKey

from chain.errors import WalletError
from chain.primitives import Address, checksum, keccak

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

KEY_LENGTH = 32


def prepare() -> None:
    """Import what signing needs, unless it is there."""
    import eth_account.messages
    import eth_account.signers.local  # noqa: F401  # importing is all that is wanted


def recovered(full_message: Mapping[str, Any], signature: bytes) -> Address | None:
    """Who signed EIP-712 data; None when the signature is nobody's."""
    from eth_account import Account as _EthAccount
    from eth_account.messages import encode_typed_data

    try:
        signer = _EthAccount.recover_message(encode_typed_data(full_message=dict(full_message)), signature=signature)
    except Exception:  # of four libraries, with nothing in common
        return None
    return bytes.fromhex(signer[2:])


class Account:
    """A key that signs, known by its address and, to its owner, by a name."""

    __slots__ = ("_kept", "_key", "address", "name")

    def __init__(self, private_key: bytes, name: str | None = None) -> None:
        """Take a 32-byte secp256k1 key; WalletError when it is not one (the message never repeats it)."""
        if len(private_key) != KEY_LENGTH:
            raise WalletError(
                f"a private key has {KEY_LENGTH} bytes, this one has {len(private_key)}",
                hint="give 64 hex digits, with or without 0x",
            )
        try:
            public = PrivateKey(private_key).public_key
        except ValueError:
            raise WalletError(
                "this is not a secp256k1 private key: it must be above zero and below the order of the curve",
                hint="make a fresh one with: mz account new",
            ) from None
        self._key = bytes(private_key)
        self._kept: LocalAccount | None = None
        self.address: Address = keccak(public.format(compressed=False)[1:])[12:]
        self.name = name

    @classmethod
    def create(cls, name: str | None = None) -> Account:
        """A new key from the operating system's randomness."""
        while True:
            key = secrets.token_bytes(KEY_LENGTH)
            try:
                return cls(key, name)
            except WalletError:  # one in 2^128: zero or above the order of the curve
                continue

    def sign_transaction(self, fields: Mapping[str, object]) -> bytes:
        """The raw EIP-2718 bytes of a transaction given by JSON-RPC field names (`nonce`, `gas`, `maxFeePerGas`, …).

        `chainId`, `nonce`, `gas` and a fee must be there; a `from` must be this account. WalletError names what is not
        right.
        """
        try:
            signed = self._signer.sign_transaction(dict(fields))  # type: ignore[arg-type]  # checked by eth-account
        except Exception as problem:  # of four libraries, with nothing in common
            raise WalletError(f"cannot sign this transaction: {problem}") from problem
        return bytes(signed.raw_transaction)

    def sign_message(self, data: bytes) -> bytes:
        """65 bytes r ‖ s ‖ v over the EIP-191 personal message (`personal_sign`)."""
        from eth_account.messages import encode_defunct

        return bytes(self._signer.sign_message(encode_defunct(primitive=data)).signature)

    def sign_typed_data(self, full_message: Mapping[str, Any]) -> bytes:
        """65 bytes r ‖ s ‖ v over EIP-712 data: `types`, `primaryType`, `domain`, `message`.

        WalletError when the data does not fit its types.
        """
        try:
            signed = self._signer.sign_typed_data(full_message=dict(full_message))
        except Exception as problem:  # of four libraries, with nothing in common
            raise WalletError(f"cannot sign this typed data: {problem}") from problem
        return bytes(signed.signature)

    def sign_authorization(self, *, chain_id: int, address: Address, nonce: int) -> dict[str, int | str]:
        """An EIP-7702 delegation to `address` as `authorizationList` of a transaction takes it; chain 0 means any."""
        from eth_account import Account as _EthAccount

        signed = _EthAccount.sign_authorization(
            {"chainId": chain_id, "address": checksum(address), "nonce": nonce}, self._key
        )
        return {
            "chainId": chain_id,
            "address": checksum(address),
            "nonce": nonce,
            "yParity": signed.y_parity,
            "r": signed.r,
            "s": signed.s,
        }

    def unsafe_private_key(self) -> bytes:
        """The key itself: whoever sees it owns everything the account owns."""
        return self._key

    @property
    def _signer(self) -> LocalAccount:
        if self._kept is None:
            from eth_account import Account as _EthAccount

            self._kept = _EthAccount.from_key(self._key)
        return self._kept

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<Account{name} {checksum(self.address)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)
