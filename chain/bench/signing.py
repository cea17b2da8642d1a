"""Signed type-2 transactions in great number, made before the clock starts and kept for every chain that gets them."""

from __future__ import annotations

from coincurve import PrivateKey

from chain.primitives import Address, RLPItem, int_to_bytes, keccak, rlp_encode, to_hex
from chain.wallet import dev_accounts

CHAIN_ID = 31337
TIP = 10**9
FEE_CAP = 10 * 10**9


class Signer:
    """One of the usual test accounts. Its transactions depend on their nonce alone, so they are signed once."""

    def __init__(self, address: Address, key: bytes, chain_id: int = CHAIN_ID) -> None:
        self.address = address
        self._key = PrivateKey(key)
        self._chain_id = chain_id

    def sign(self, nonce: int, to: Address | None, data: bytes = b"", *, value: int = 0, gas: int) -> bytes:
        """Raw bytes."""
        fields: list[RLPItem] = [
            int_to_bytes(self._chain_id),
            int_to_bytes(nonce),
            int_to_bytes(TIP),
            int_to_bytes(FEE_CAP),
            int_to_bytes(gas),
            to or b"",
            int_to_bytes(value),
            data,
            [],
        ]
        signature = self._key.sign_recoverable(keccak(b"\x02" + rlp_encode(fields)), hasher=None)
        r, s = signature[:32].lstrip(b"\x00"), signature[32:64].lstrip(b"\x00")
        return b"\x02" + rlp_encode([*fields, int_to_bytes(signature[64]), r, s])


def signers(count: int = 10, chain_id: int = CHAIN_ID) -> list[Signer]:
    """The accounts that every development chain funds."""
    return [Signer(account.address, account.unsafe_private_key(), chain_id) for account in dev_accounts(count)]


def hash_of(raw: bytes) -> str:
    """Under which its receipt is found."""
    return to_hex(keccak(raw))
