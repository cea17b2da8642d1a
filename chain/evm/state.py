"""Accounts at one block, read only and without py-evm's journals: safe to share between threads."""

from __future__ import annotations

from collections.abc import Mapping

from trie.exceptions import MissingTrieNode
from trie.hexary import HexaryTrie

from chain.errors import UnknownBlock
from chain.model import Account, Header
from chain.primitives import (
    EMPTY_CODE_HASH,
    EMPTY_TRIE_ROOT,
    Address,
    Hash32,
    Wei,
    bytes_to_int,
    keccak,
    rlp_decode,
)


class State:
    """What was true after `header`'s block. Every read walks the trie; nothing is kept between reads.

    All readers raise UnknownBlock when the node no longer has (or never had) the state of that block.
    """

    def __init__(self, nodes: Mapping[bytes, bytes], header: Header) -> None:
        self._nodes = nodes
        self._header = header

    def account(self, address: Address) -> Account:
        """Nonce, balance, code hash and storage root; all zero for an account that does not exist."""
        encoded = self._read(self._header.state_root, keccak(address))
        if not encoded:
            return Account()
        fields = rlp_decode(encoded)
        nonce, balance, storage_root, code_hash = (bytes(field) for field in fields)  # type: ignore[arg-type]  # flat list
        return Account(
            nonce=bytes_to_int(nonce),
            balance=bytes_to_int(balance),
            storage_root=storage_root,
            code_hash=code_hash,
        )

    def balance(self, address: Address) -> Wei:
        """In wei."""
        return self.account(address).balance

    def nonce(self, address: Address) -> int:
        """The nonce that the account's next transaction must carry."""
        return self.account(address).nonce

    def code(self, address: Address) -> bytes:
        """Runtime code; of a delegating account (EIP-7702) the 23 bytes that name the delegate."""
        code_hash = self.account(address).code_hash
        if code_hash == EMPTY_CODE_HASH:
            return b""
        try:
            return self._nodes[code_hash]
        except KeyError:
            raise self._unavailable(code_hash) from None

    def storage(self, address: Address, slot: int) -> int:
        """The 256-bit word in `slot`."""
        root = self.account(address).storage_root
        if root == EMPTY_TRIE_ROOT:
            return 0
        encoded = self._read(root, keccak(slot.to_bytes(32, "big")))
        return bytes_to_int(bytes(rlp_decode(encoded))) if encoded else 0  # type: ignore[arg-type]  # a scalar

    def _read(self, root: Hash32, key: Hash32) -> bytes:
        if root == EMPTY_TRIE_ROOT:
            return b""
        try:
            return bytes(HexaryTrie(self._nodes, root)[key])
        except MissingTrieNode as missing:
            raise self._unavailable(bytes(missing.missing_node_hash)) from None

    def _unavailable(self, node: Hash32) -> UnknownBlock:
        return UnknownBlock(
            f"missing trie node 0x{node.hex()}: state of block {self._header.number} is not available",
            hint="ask for a block whose state this node keeps",
        )
