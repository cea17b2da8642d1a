"""What waits of one sender: transactions by nonce, with the first gap and the sum of costs kept as they change."""

from __future__ import annotations

from chain.model import Record, Transaction
from chain.primitives import Wei


class Waiting(Record):
    """A transaction with its place in the order of arrival."""

    transaction: Transaction
    arrival: int


class Book:
    """Transactions with a nonce below `gap` are ready, the others queued."""

    def __init__(self, nonce: int) -> None:
        self.nonce = nonce  # the account's, at the head
        self.gap = nonce
        self.committed: Wei = 0
        self._waiting: dict[int, Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def get(self, nonce: int) -> Waiting | None:
        """What waits under this nonce."""
        return self._waiting.get(nonce)

    def last(self) -> Transaction:
        """The one with the highest nonce."""
        return self._waiting[max(self._waiting)].transaction

    def in_order(self) -> list[Transaction]:
        """All, by nonce."""
        return [self._waiting[nonce].transaction for nonce in sorted(self._waiting)]

    def put(self, waiting: Waiting) -> None:
        """Add or replace."""
        nonce = waiting.transaction.nonce
        self.discard(nonce)
        self._waiting[nonce] = waiting
        self.committed += waiting.transaction.cost()
        self._close_gap()

    def discard(self, nonce: int) -> Transaction | None:
        """Take one out; what waits behind it becomes queued."""
        waiting = self._waiting.pop(nonce, None)
        if waiting is None:
            return None
        self.committed -= waiting.transaction.cost()
        if self.nonce <= nonce < self.gap:
            self.gap = nonce
        return waiting.transaction

    def advance(self, nonce: int) -> list[Transaction]:
        """The account's nonce is now `nonce` (after a block, or lower after a rewind); returns what became stale."""
        stale = [old for old in self._waiting if old < nonce]
        dropped = [tx for old in sorted(stale) if (tx := self.discard(old)) is not None]
        self.nonce = nonce
        self.gap = max(self.gap, nonce) if nonce in self._waiting and self.gap > nonce else nonce
        self._close_gap()
        return dropped

    def _close_gap(self) -> None:
        while self.gap in self._waiting:
            self.gap += 1
