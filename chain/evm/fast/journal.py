"""Accounts, storage and transient storage of one execution, with a log that undoes any part of it.

    read    this execution's changes ──► the head's book ──► the trie
    write   into the changes, and what was there before onto the log; a revert takes the log back to a mark
    seal    changed storage tries, then the account trie; new nodes and code are handed over

It answers what py-evm asks a state for, in py-evm's words, so that opcodes and transactions need not know about it.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from eth.vm.interrupt import MissingBytecode
from eth_typing import Hash32 as EvmHash
from eth_utils.exceptions import ValidationError

from chain.evm.fast.heads import NEW_ACCOUNT, Fields, Slot
from chain.evm.fast.nodes import fields_of
from chain.evm.fast.trie import Trie
from chain.evm.fast.warmth import Warmth
from chain.evm.overlay import Overlay
from chain.primitives import (
    EMPTY_CODE_HASH,
    EMPTY_TRIE_ROOT,
    Address,
    Hash32,
    Wei,
    bytes_to_int,
    int_to_bytes,
    keccak,
    rlp_encode,
)

MAX_WORD = 2**256 - 1
MAX_NONCE = 2**64 - 1
NOTHING: Final = object()  # there was no entry

Mark: TypeAlias = tuple[EvmHash, int]


class Journal:
    """The state as one execution sees and changes it. Belongs to one thread."""

    def __init__(self, overlay: Overlay, root: Hash32, warmth: Warmth) -> None:
        self._overlay = overlay
        self._root = root
        self._warmth = warmth
        self.translations = warmth.translations
        self._head = warmth.heads.at(root)
        self._nodes = warmth.nodes
        self._trie = Trie(self._nodes, root)
        self._tries: dict[Hash32, Trie] = {}  # of storage, by root, to read from
        self._accounts: dict[Address, Fields | None] = {}
        self._slots: dict[Address, dict[int, int]] = {}
        self._codes: dict[Hash32, bytes] = {}
        self._wiped: set[Address] = set()  # also those whose wipe was reverted
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []  # mapping, key, what was there
        # From here on: of the current transaction only.
        self._originals: dict[Slot, int] = {}  # slots written, as they were before it
        self._replaced: dict[Address, dict[int, int]] = {}  # of storage that it has wiped: what the block had changed
        self._warm: dict[Address | Slot, bool] = {}
        self._transient: dict[Slot, int] = {}

    # --- accounts -----------------------------------------------------------------------------------------------------

    def fields(self, address: Address) -> Fields | None:
        """Nonce, balance, storage root, code hash; None where there is no account. Raises EVMMissingData."""
        found: Any = self._accounts.get(address, NOTHING)
        if found is NOTHING:
            found = self._head.accounts.get(address, NOTHING)
            if found is NOTHING:
                encoded = self._trie.get(keccak(address))
                found = decoded_fields(encoded)
                self._head.learn_account(address, found)
        known: Fields | None = found
        return known

    def _put(self, address: Address, fields: Fields | None) -> None:
        self._undo.append((self._accounts, address, self._accounts.get(address, NOTHING)))
        self._accounts[address] = fields

    def get_balance(self, address: Address) -> Wei:
        """In wei."""
        fields = self.fields(address)
        return 0 if fields is None else fields[1]

    def set_balance(self, address: Address, balance: Wei) -> None:
        """In wei. Raises ValidationError outside of 256 bits."""
        if not 0 <= balance <= MAX_WORD:
            raise ValidationError(f"balance of 0x{address.hex()}: {balance} does not fit into 256 bits")
        nonce, _, storage, code = self.fields(address) or NEW_ACCOUNT
        self._put(address, (nonce, balance, storage, code))

    def delta_balance(self, address: Address, delta: Wei) -> None:
        """Add `delta`; creates the account, also when it is 0."""
        self.set_balance(address, self.get_balance(address) + delta)

    def get_nonce(self, address: Address) -> int:
        """Of the account's next transaction or creation."""
        fields = self.fields(address)
        return 0 if fields is None else fields[0]

    def set_nonce(self, address: Address, nonce: int) -> None:
        """Raises ValidationError outside of 64 bits."""
        if not 0 <= nonce <= MAX_NONCE:
            raise ValidationError(f"nonce of 0x{address.hex()}: {nonce} does not fit into 64 bits")
        _, balance, storage, code = self.fields(address) or NEW_ACCOUNT
        self._put(address, (nonce, balance, storage, code))

    def increment_nonce(self, address: Address) -> None:
        """By one."""
        self.set_nonce(address, self.get_nonce(address) + 1)

    def get_code_hash(self, address: Address) -> Hash32:
        """That of empty code where there is none."""
        fields = self.fields(address)
        return EMPTY_CODE_HASH if fields is None else fields[3]

    def get_code(self, address: Address) -> bytes:
        """Runtime code. Raises MissingBytecode."""
        fields = self.fields(address)
        if fields is None or fields[3] == EMPTY_CODE_HASH:
            return b""
        code_hash = fields[3]
        code = self._codes.get(code_hash)
        if code is None:
            code = self._warmth.codes.get(code_hash)
        if code is None:
            try:
                code = self._overlay[code_hash]
            except KeyError:
                raise MissingBytecode(EvmHash(code_hash)) from None
            self._warmth.codes.put(code_hash, code)
        return code

    def set_code(self, address: Address, code: bytes) -> None:
        """Give an account its code."""
        code_hash = keccak(code)
        if code_hash not in self._codes:
            self._undo.append((self._codes, code_hash, NOTHING))
            self._codes[code_hash] = code
        self._set_code_hash(address, code_hash)

    def delete_code(self, address: Address) -> None:
        """Leave the account without code."""
        self._set_code_hash(address, EMPTY_CODE_HASH)

    def _set_code_hash(self, address: Address, code_hash: Hash32) -> None:
        nonce, balance, storage, _ = self.fields(address) or NEW_ACCOUNT
        self._put(address, (nonce, balance, storage, code_hash))

    def has_code_or_nonce(self, address: Address) -> bool:
        """Whether a creation at this address would collide."""
        fields = self.fields(address)
        return fields is not None and (fields[0] != 0 or fields[3] != EMPTY_CODE_HASH)

    def account_exists(self, address: Address) -> bool:
        """Also true of an empty one that was touched."""
        return self.fields(address) is not None

    def account_is_empty(self, address: Address) -> bool:
        """No nonce, no balance, no code (EIP-161); also true where there is no account."""
        fields = self.fields(address)
        return fields is None or (fields[0] == 0 and fields[1] == 0 and fields[3] == EMPTY_CODE_HASH)

    def touch_account(self, address: Address) -> None:
        """Let it exist."""
        if self.fields(address) is None:
            self._put(address, NEW_ACCOUNT)

    def delete_account(self, address: Address) -> None:
        """Remove it with its storage."""
        self._wipe(address)
        self._put(address, None)

    # --- storage ------------------------------------------------------------------------------------------------------

    def get_storage(self, address: Address, slot: int, from_journal: bool = True) -> int:
        """The word in `slot`, or with `from_journal=False` the one that was there before this transaction."""
        return self.read_slot(address, slot) if from_journal else self.original_slot(address, slot)

    def read_slot(self, address: Address, slot: int) -> int:
        """The word as it is now."""
        changed = self._slots.get(address)
        if changed is not None:
            value = changed.get(slot)
            if value is not None:
                return value
        fields = self.fields(address)
        return 0 if fields is None else self._stored(address, slot, fields[2])

    def original_slot(self, address: Address, slot: int) -> int:
        """The word as it was before this transaction."""
        value = self._originals.get((address, slot))
        if value is not None:
            return value
        replaced = self._replaced.get(address)
        # As py-evm has it: what was stored before the block is forgotten with a wipe. Only a creation wipes before a
        # transaction ends, and where it may create there is storage only by an odd genesis.
        return self.read_slot(address, slot) if replaced is None else replaced.get(slot, 0)

    def set_storage(self, address: Address, slot: int, value: int) -> None:
        """Write a word."""
        key = (address, slot)
        if key not in self._originals:
            self._originals[key] = self.original_slot(address, slot)
        changed = self._slots.get(address)
        if changed is None:
            changed = self._slots[address] = {}
            self._undo.append((self._slots, address, NOTHING))
        self._undo.append((changed, slot, changed.get(slot, NOTHING)))
        changed[slot] = value

    def delete_storage(self, address: Address) -> None:
        """Empty it; the account exists afterwards, as it does in py-evm."""
        self._wipe(address)
        nonce, balance, _, code = self.fields(address) or NEW_ACCOUNT
        self._put(address, (nonce, balance, EMPTY_TRIE_ROOT, code))

    def _wipe(self, address: Address) -> None:
        """Forget changes; the caller then leaves the account without a root to read from."""
        fields = self.fields(address)
        root = EMPTY_TRIE_ROOT if fields is None else fields[2]
        changed = self._slots.get(address)
        if address not in self._replaced:
            self._undo.append((self._replaced, address, NOTHING))
            self._replaced[address] = changed or {}
        if changed is not None:
            self._undo.append((self._slots, address, changed))
            self._slots[address] = {}
        if root != EMPTY_TRIE_ROOT:
            self._wiped.add(address)

    def _stored(self, address: Address, slot: int, root: Hash32) -> int:
        """The word under a storage root. It is the one from before the block: only sealing makes a new one."""
        if root == EMPTY_TRIE_ROOT:
            return 0
        key = (address, slot)
        value = self._head.slots.get(key)
        if value is None:
            trie = self._tries.get(root)
            if trie is None:
                trie = self._tries[root] = Trie(self._nodes, root)
            encoded = trie.get(keccak(slot.to_bytes(32, "big")))
            value = decoded_word(encoded)
            self._head.learn_slot(key, value)
        return value

    # --- of one transaction -------------------------------------------------------------------------------------------

    def is_address_warm(self, address: Address) -> bool:
        """EIP-2929."""
        return address in self._warm

    def mark_address_warm(self, address: Address) -> None:
        """EIP-2929."""
        if address not in self._warm:
            self._warm[address] = True
            self._undo.append((self._warm, address, NOTHING))

    def is_storage_warm(self, address: Address, slot: int) -> bool:
        """EIP-2929."""
        return (address, slot) in self._warm

    def mark_storage_warm(self, address: Address, slot: int) -> None:
        """EIP-2929."""
        self.warm_slot(address, slot)

    def warm_slot(self, address: Address, slot: int) -> bool:
        """Mark it; whether it was cold."""
        key = (address, slot)
        if key in self._warm:
            return False
        self._warm[key] = True
        self._undo.append((self._warm, key, NOTHING))
        return True

    def read_transient(self, address: Address, slot: int) -> int:
        """EIP-1153."""
        return self._transient.get((address, slot), 0)

    def write_transient(self, address: Address, slot: int, value: int) -> None:
        """EIP-1153."""
        key = (address, slot)
        self._undo.append((self._transient, key, self._transient.get(key, NOTHING)))
        self._transient[key] = value

    def get_transient_storage(self, address: Address, slot: int) -> bytes:
        """As py-evm's opcodes want it."""
        return int_to_bytes(self.read_transient(address, slot))

    def set_transient_storage(self, address: Address, slot: int, value: bytes) -> None:
        """As py-evm's opcodes have it."""
        self.write_transient(address, slot, bytes_to_int(value))

    def clear_transient_storage(self) -> None:
        """At the end of a transaction."""
        self._transient = {}

    def lock_changes(self) -> None:
        """A transaction begins: nothing before it can be undone, and its refunds count from here."""
        self._originals.clear()
        self._replaced.clear()
        self._warm = {}
        self._undo.clear()

    # --- undo ---------------------------------------------------------------------------------------------------------

    def snapshot(self) -> Mark:
        """A mark that `revert` can go back to."""
        return EvmHash(self._root), len(self._undo)

    def commit(self, mark: Mark) -> None:
        """Nothing: what is not reverted stays."""

    def revert(self, mark: Mark) -> None:
        """Undo everything since the mark, newest first."""
        undo = self._undo
        while len(undo) > mark[1]:
            mapping, key, before = undo.pop()
            if before is NOTHING:
                del mapping[key]
            else:
                mapping[key] = before

    # --- seal ---------------------------------------------------------------------------------------------------------

    @property
    def state_root(self) -> Hash32:
        """As of the last `persist`."""
        return self._root

    def persist(self) -> None:
        """Compute the new root, hand nodes and code to the overlay, and leave a book for the next block."""
        written = self._overlay.written
        before = self._head
        slots: dict[Slot, int] = {}
        for address, changed in self._slots.items():
            self._seal_storage(address, changed, slots)
        for address, fields in self._accounts.items():
            if before.accounts.get(address, NOTHING) != fields:
                self._trie.set(keccak(address), b"" if fields is None else _encoded(fields))
        self._root, nodes = self._trie.commit()
        written.update(nodes)
        for code_hash, code in self._codes.items():
            written[code_hash] = code
            self._warmth.codes.put(code_hash, code)
        self._head = before.after(self._accounts, slots, self._wiped)
        self._warmth.heads.add(self._root, self._head)
        self._accounts, self._slots, self._codes, self._wiped = {}, {}, {}, set()
        self.lock_changes()

    def _seal_storage(self, address: Address, changed: dict[int, int], slots: dict[Slot, int]) -> None:
        """Give the account its new storage root; what was written goes into `slots` too."""
        fields = self.fields(address)
        root = EMPTY_TRIE_ROOT if fields is None else fields[2]
        trie = Trie(self._nodes, root)
        for slot, value in changed.items():
            slots[address, slot] = value
            if value != self._stored(address, slot, root):
                trie.set(keccak(slot.to_bytes(32, "big")), rlp_encode(int_to_bytes(value)) if value else b"")
        sealed, nodes = trie.commit()
        if sealed != root:
            nonce, balance, _, code = fields or NEW_ACCOUNT
            self._accounts[address] = (nonce, balance, sealed, code)
            self._overlay.written.update(nodes)


def _encoded(fields: Fields) -> bytes:
    nonce, balance, storage, code = fields
    return rlp_encode([int_to_bytes(nonce), int_to_bytes(balance), storage, code])


def decoded_fields(encoded: bytes) -> Fields | None:
    """An account as its trie has it; None where it has nothing."""
    if not encoded:
        return None
    nonce, balance, storage, code = fields_of(encoded)
    return bytes_to_int(nonce), bytes_to_int(balance), storage, code


def decoded_word(encoded: bytes) -> int:
    """A slot as its trie has it: RLP of at most 32 bytes, so the byte itself, or one byte of header; 0 for nothing."""
    return bytes_to_int(encoded if len(encoded) < 2 else encoded[1:])
