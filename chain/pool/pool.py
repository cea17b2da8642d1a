"""The pool itself: one small book per sender, and an order over all of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Protocol

from chain.errors import (
    AlreadyKnown,
    BlockGasLimitExceeded,
    InsufficientFunds,
    NonceGapTooLarge,
    NonceTooLow,
    PoolFull,
    ReplacementUnderpriced,
    SenderNotAnAccount,
)
from chain.model import Record, Transaction
from chain.pool.book import Book, Waiting
from chain.pool.limits import PoolLimits
from chain.primitives import Address, Hash32, Wei, checksum

DELEGATION_PREFIX = b"\xef\x01\x00"  # EIP-7702


class StateReader(Protocol):
    """What the pool needs to know of the chain's state at its head."""

    def nonce(self, address: Address) -> int: ...

    def balance(self, address: Address) -> Wei: ...

    def code(self, address: Address) -> bytes: ...


class Admission(Record):
    """A transaction is in the pool: ready for the next block, or queued behind a nonce gap."""

    transaction: Transaction
    ready: bool
    replaced: Transaction | None = None  # same sender and nonce
    displaced: Transaction | None = None  # made room in a full pool


class Content(Record):
    """Everything that waits, by sender and nonce."""

    ready: dict[Address, dict[int, Transaction]]
    queued: dict[Address, dict[int, Transaction]]


class Pool:
    """Waiting transactions. Not thread-safe: one writer owns it."""

    def __init__(self, limits: PoolLimits | None = None) -> None:
        self.limits = limits or PoolLimits()
        self._books: dict[Address, Book] = {}
        self._known: dict[Hash32, Transaction] = {}
        self._arrivals = count()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, transaction_hash: Hash32) -> bool:
        return transaction_hash in self._known

    def get(self, transaction_hash: Hash32) -> Transaction | None:
        """A waiting transaction by its hash."""
        return self._known.get(transaction_hash)

    def add(self, tx: Transaction, state: StateReader, gas_limit: int) -> Admission:
        """Admit one transaction; `gas_limit` is the block's. Raises a TransactionRejected and keeps nothing otherwise.

        Texts begin with geth's words, because wallets match on them.
        """
        if tx.hash in self._known:
            raise AlreadyKnown(f"already known: 0x{tx.hash.hex()}")
        if tx.gas > gas_limit:
            raise BlockGasLimitExceeded(f"exceeds block gas limit: tx gas {tx.gas}, block gas limit {gas_limit}")
        nonce = state.nonce(tx.sender)
        self._check_account(tx, nonce, state)
        book = self._books.get(tx.sender)
        replaced = self._check_replacement(tx, book)
        self._check_funds(tx, book, replaced, state)
        displaced = None
        if replaced is None:
            displaced = self._make_room(tx, book)
        else:
            del self._known[replaced.hash]
        if book is None:
            book = self._books[tx.sender] = Book(nonce)
        book.put(Waiting(transaction=tx, arrival=next(self._arrivals)))
        self._known[tx.hash] = tx
        return Admission(transaction=tx, ready=tx.nonce < book.gap, replaced=replaced, displaced=displaced)

    def ready(self, base_fee: Wei) -> Iterator[Transaction]:
        """Executable transactions: highest tip first, then first come, each sender's in nonce order.

        A transaction whose fee cap is below `base_fee` waits, and holds back the later ones of its sender.
        """
        heap: list[tuple[Wei, int, Address, int]] = []

        def push(sender: Address, nonce: int) -> None:
            waiting = self._books[sender].get(nonce)
            if waiting is not None and waiting.transaction.max_fee_per_gas >= base_fee:
                heapq.heappush(heap, (-waiting.transaction.tip(base_fee), waiting.arrival, sender, nonce))

        for sender, book in self._books.items():
            push(sender, book.nonce)
        while heap:
            _, _, sender, nonce = heapq.heappop(heap)
            waiting = self._books[sender].get(nonce)
            if waiting is not None:
                yield waiting.transaction
                push(sender, nonce + 1)

    def pending_nonce(self, sender: Address, state_nonce: int) -> int:
        """The nonce after the last ready transaction of `sender`."""
        book = self._books.get(sender)
        return state_nonce if book is None else max(book.gap, state_nonce)

    def prune(self, included: Iterable[Transaction], state: StateReader) -> list[Transaction]:
        """Forget what a block took, and what it made impossible; returns the latter."""
        taken = {tx.hash: tx.sender for tx in included}
        return [tx for tx in self.refresh(state, set(taken.values())) if tx.hash not in taken]

    def refresh(self, state: StateReader, senders: Iterable[Address] | None = None) -> list[Transaction]:
        """Read the nonces of `senders` (None: of all) anew and drop what is stale; returns it."""
        stale: list[Transaction] = []
        for sender in list(self._books if senders is None else senders):
            book = self._books.get(sender)
            if book is not None:
                stale += book.advance(state.nonce(sender))
                self._forget_empty(sender, book)
        for tx in stale:
            self._known.pop(tx.hash, None)
        return stale

    def remove(self, transaction: Transaction) -> None:
        """Take one out; what waits behind it becomes queued."""
        book = self._books.get(transaction.sender)
        if book is not None and self._known.pop(transaction.hash, None) is not None:
            book.discard(transaction.nonce)
            self._forget_empty(transaction.sender, book)

    def restore(self, transactions: Iterable[Transaction], state: StateReader) -> None:
        """Put back what was waiting before, in that order and unchecked: its account may have been edited since."""
        for tx in transactions:
            book = self._books.setdefault(tx.sender, Book(state.nonce(tx.sender)))
            book.put(Waiting(transaction=tx, arrival=next(self._arrivals)))
            self._known[tx.hash] = tx

    def waiting(self) -> tuple[Transaction, ...]:
        """Everything, in the order of arrival."""
        entries = [book.get(tx.nonce) for book in self._books.values() for tx in book.in_order()]
        known = sorted((entry for entry in entries if entry is not None), key=lambda entry: entry.arrival)
        return tuple(entry.transaction for entry in known)

    def content(self) -> Content:
        """Copies of both halves."""
        ready: dict[Address, dict[int, Transaction]] = {}
        queued: dict[Address, dict[int, Transaction]] = {}
        for sender, book in self._books.items():
            for tx in book.in_order():
                half = ready if tx.nonce < book.gap else queued
                half.setdefault(sender, {})[tx.nonce] = tx
        return Content(ready=ready, queued=queued)

    def _check_account(self, tx: Transaction, nonce: int, state: StateReader) -> None:
        if tx.nonce < nonce:
            raise NonceTooLow(
                f"nonce too low: next nonce {nonce}, tx nonce {tx.nonce}",
                hint=f"account {checksum(tx.sender)} goes on with nonce {nonce}; clear the wallet's activity data "
                "if it remembers another chain",
            )
        if tx.nonce > nonce + self.limits.nonce_gap:
            raise NonceGapTooLarge(
                f"nonce too high: next nonce {nonce}, tx nonce {tx.nonce}, at most {self.limits.nonce_gap} ahead wait",
                hint=f"send the transactions from nonce {nonce} on first",
            )
        code = state.code(tx.sender)
        if code and not (len(code) == 23 and code.startswith(DELEGATION_PREFIX)) and not tx.impersonated:
            raise SenderNotAnAccount(f"sender not an eoa: address {checksum(tx.sender)} has {len(code)} bytes of code")

    def _check_replacement(self, tx: Transaction, book: Book | None) -> Transaction | None:
        waiting = book.get(tx.nonce) if book else None
        if waiting is None:
            return None
        old, factor = waiting.transaction, 100 + self.limits.replacement_percent
        if (
            tx.max_fee_per_gas * 100 < old.max_fee_per_gas * factor
            or tx.max_priority_fee_per_gas * 100 < old.max_priority_fee_per_gas * factor
        ):
            raise ReplacementUnderpriced(
                f"replacement transaction underpriced: nonce {tx.nonce} waits with fee cap {old.max_fee_per_gas} "
                f"and tip {old.max_priority_fee_per_gas}; both must rise by {self.limits.replacement_percent} %"
            )
        return old

    def _check_funds(
        self, tx: Transaction, book: Book | None, replaced: Transaction | None, state: StateReader
    ) -> None:
        balance = state.balance(tx.sender)
        committed = book.committed - (replaced.cost() if replaced else 0) if book else 0
        if balance < committed + tx.cost():
            waiting = f", {committed} committed to waiting transactions" if committed else ""
            raise InsufficientFunds(
                f"insufficient funds for gas * price + value: address {checksum(tx.sender)} have {balance} "
                f"want {tx.cost()}{waiting}",
                hint=f"send {committed + tx.cost() - balance} wei to {checksum(tx.sender)}, or lower value, gas or fee",
            )

    def _make_room(self, tx: Transaction, book: Book | None) -> Transaction | None:
        if book is not None and len(book) >= self.limits.per_sender:
            raise PoolFull(
                f"txpool is full for this sender: {checksum(tx.sender)} has {len(book)} transactions waiting",
                hint="wait until some of them are in a block",
            )
        if len(self._known) < self.limits.transactions:
            return None
        victim = min((b.last() for b in self._books.values()), key=lambda last: last.max_fee_per_gas)
        # The last of a sender strands nothing behind it; taking one's own would leave a gap before the newcomer.
        if victim.sender == tx.sender or victim.max_fee_per_gas >= tx.max_fee_per_gas:
            raise PoolFull(
                f"txpool is full: {len(self._known)} transactions wait",
                hint="raise the fee above the cheapest waiting transaction, or send it again later",
            )
        self.remove(victim)
        return victim

    def _forget_empty(self, sender: Address, book: Book) -> None:
        if not len(book):
            self._books.pop(sender, None)
