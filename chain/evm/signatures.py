"""Who signed: secp256k1 recovery of senders and of delegating authorities."""

from __future__ import annotations

from coincurve import PublicKey

from chain.model import Authorization
from chain.primitives import Address, Hash32, int_to_bytes, keccak, rlp_encode

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
AUTHORIZATION_MAGIC = b"\x05"  # EIP-7702


def recover(digest: Hash32, y_parity: int, r: int, s: int, *, high_s: bool = False) -> Address | None:
    """The signer's address; None for a signature of nobody, or, unless `high_s`, one with a high `s` (EIP-2)."""
    if y_parity not in (0, 1) or not 0 < r < SECP256K1_ORDER or not 0 < s < SECP256K1_ORDER:
        return None
    if s > SECP256K1_ORDER // 2 and not high_s:
        return None
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((y_parity,))
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception:  # coincurve raises bare Exception for an r that is no point on the curve
        return None
    return keccak(key.format(compressed=False)[1:])[12:]


def authority_of(authorization: Authorization) -> Address | None:
    """Who delegates with this authorization; None when the signature recovers to nobody."""
    fields = [int_to_bytes(authorization.chain_id), authorization.address, int_to_bytes(authorization.nonce)]
    digest = keccak(AUTHORIZATION_MAGIC + rlp_encode(fields))
    return recover(digest, authorization.y_parity, authorization.r, authorization.s)
