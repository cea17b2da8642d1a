"""Accounts at a block, read through what the executions on it have warmed already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain.evm.fast.heads import Fields, Head
from chain.evm.fast.journal import NOTHING, decoded_fields, decoded_word
from chain.evm.fast.nodes import MissingNode
from chain.evm.fast.trie import Trie
from chain.evm.fast.warmth import Warmth
from chain.evm.state import State
from chain.model import Account, Header
from chain.primitives import EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, Address, Wei, keccak

NO_ACCOUNT = Account()


class WarmState(State):
    """The same answers as `State` gives. Safe to share between threads: what is kept is the same for all of them."""

    def __init__(self, nodes: Mapping[bytes, bytes], header: Header, warmth: Warmth) -> None:
        super().__init__(nodes, header)
        self._warmth = warmth
        # A look into history must not push out the roots that blocks are being made on.
        self._head = warmth.heads.known(header.state_root) or Head({}, {})

    def account(self, address: Address) -> Account:
        """Nonce, balance, code hash and storage root; all zero for an account that does not exist."""
        fields = self._fields(address)
        if fields is None:
            return NO_ACCOUNT
        nonce, balance, storage_root, code_hash = fields
        return Account(nonce=nonce, balance=balance, storage_root=storage_root, code_hash=code_hash)

    def balance(self, address: Address) -> Wei:
        """In wei."""
        fields = self._fields(address)
        return 0 if fields is None else fields[1]

    def nonce(self, address: Address) -> int:
        """The nonce that the account's next transaction must carry."""
        fields = self._fields(address)
        return 0 if fields is None else fields[0]

    def code(self, address: Address) -> bytes:
        """Runtime code; of a delegating account (EIP-7702) the 23 bytes that name the delegate."""
        fields = self._fields(address)
        if fields is None or fields[3] == EMPTY_CODE_HASH:
            return b""
        code_hash = fields[3]
        code = self._warmth.codes.get(code_hash)
        if code is None:
            try:
                code = self._nodes[code_hash]
            except KeyError:
                raise self._unavailable(code_hash) from None
            self._warmth.codes.put(code_hash, code)
        return code

    def storage(self, address: Address, slot: int) -> int:
        """The 256-bit word in `slot`."""
        fields = self._fields(address)
        if fields is None or fields[2] == EMPTY_TRIE_ROOT:
            return 0
        value = self._head.slots.get((address, slot))
        if value is None:
            value = decoded_word(self._look_up(fields[2], slot.to_bytes(32, "big")))
            self._head.learn_slot((address, slot), value)
        return value

    def _fields(self, address: Address) -> Fields | None:
        found: Any = self._head.accounts.get(address, NOTHING)
        if found is NOTHING:
            found = decoded_fields(self._look_up(self._header.state_root, address))
            self._head.learn_account(address, found)
        fields: Fields | None = found
        return fields

    def _look_up(self, root: bytes, key: bytes) -> bytes:
        try:
            return Trie(self._warmth.nodes, root).get(keccak(key))
        except MissingNode as missing:
            raise self._unavailable(missing.key) from None
