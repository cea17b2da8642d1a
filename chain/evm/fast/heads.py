"""What was read at a state root, kept for whoever executes there next.

Each root has its own book, and a sealed block hands its successor a copy with what it changed: a block beside it, or a
rewind to an earlier one, finds the book of its own root and can never see the other's values.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from chain.primitives import EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, Address, Hash32, Wei

Fields: TypeAlias = tuple[int, Wei, Hash32, Hash32]  # nonce, balance, storage root, code hash
Slot: TypeAlias = tuple[Address, int]

NEW_ACCOUNT: Fields = (0, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)

ROOTS_KEPT = 8
ACCOUNTS_KEPT = 2_048  # in each book; a sealed block copies it, which is why it is not larger
SLOTS_KEPT = 4_096


class Head:
    """Accounts and slots as they are at one state root; None stands for an account that does not exist.

    Read and written by any number of threads: all of them write the same.
    """

    __slots__ = ("accounts", "slots")

    def __init__(self, accounts: dict[Address, Fields | None], slots: dict[Slot, int]) -> None:
        self.accounts = accounts
        self.slots = slots

    def learn_account(self, address: Address, fields: Fields | None) -> None:
        """Keep it while there is room."""
        if len(self.accounts) < ACCOUNTS_KEPT:
            self.accounts[address] = fields

    def learn_slot(self, slot: Slot, value: int) -> None:
        """Keep it while there is room."""
        if len(self.slots) < SLOTS_KEPT:
            self.slots[slot] = value

    def after(
        self, accounts: Mapping[Address, Fields | None], slots: Mapping[Slot, int], wiped: Iterable[Address]
    ) -> Head:
        """The successor, with what a block changed; `wiped` lost the storage that they had here."""
        known = self.accounts.copy() if len(self.accounts) + len(accounts) < ACCOUNTS_KEPT else {}
        known.update(accounts)
        values = self.slots.copy() if len(self.slots) + len(slots) < SLOTS_KEPT else {}
        gone = set(wiped)
        if gone:
            values = {slot: value for slot, value in values.items() if slot[0] not in gone}
        values.update(slots)
        return Head(known, values)


class Heads:
    """The books of the roots that were used last. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_root: dict[Hash32, Head] = {}  # the least recently used first

    def __len__(self) -> int:
        return len(self._by_root)

    def at(self, root: Hash32) -> Head:
        """The book of this root, an empty one if it is not known."""
        with self._lock:
            head = self._by_root.pop(root, None) or Head({}, {})
            self._keep(root, head)
            return head

    def known(self, root: Hash32) -> Head | None:
        """The book of this root, if there is one."""
        return self._by_root.get(root)

    def add(self, root: Hash32, head: Head) -> None:
        """Remember the book of a root that a block has led to."""
        with self._lock:
            self._by_root.pop(root, None)
            self._keep(root, head)

    def _keep(self, root: Hash32, head: Head) -> None:
        self._by_root[root] = head
        if len(self._by_root) > ROOTS_KEPT:
            del self._by_root[next(iter(self._by_root))]
