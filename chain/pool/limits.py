"""How much may wait."""

from __future__ import annotations

from chain.model import Record


class PoolLimits(Record):
    """Bounds of the pool; each is published in the error of a transaction that meets it."""

    transactions: int = 20_000
    per_sender: int = 4_096
    nonce_gap: int = 1_024  # how far ahead of the account's nonce a transaction may wait
    replacement_percent: int = 10  # raise of both fees that replaces a waiting transaction (geth's pricebump)
