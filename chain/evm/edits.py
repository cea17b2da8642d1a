"""State that development commands change without a transaction: applied after a block, recorded, and repeatable.

    block N ──► its state ──► Edits after N ──► the state that block N + 1 begins with

A header is never changed. What follows a block that was edited is executed as if the block had left another state root
(and, where those were set, another gas limit and base fee), so the record of the edits and the blocks together give
every root again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from eth.db.account import AccountDB
from eth_typing import Address as EvmAddress
from eth_typing import Hash32 as EvmHash

from chain.evm.overlay import Overlay
from chain.evm.state import State
from chain.gasprice import ELASTICITY, next_base_fee
from chain.model import Account, Edit, Edits, Header
from chain.primitives import Hash32


def edited_state(
    nodes: Mapping[bytes, bytes], header: Header, accounts: Iterable[Edit]
) -> tuple[Hash32, dict[bytes, bytes]]:
    """The root after `accounts` on top of the block's own state, and the nodes it needs besides those there are."""
    overlay = Overlay(nodes)
    database = AccountDB(overlay, EvmHash(header.state_root))
    changed = list(accounts)
    for edit in changed:
        address = EvmAddress(edit.address)
        if edit.balance is not None:
            database.set_balance(address, edit.balance)
        if edit.nonce is not None:
            database.set_nonce(address, edit.nonce)
        if edit.code is not None:
            database.set_code(address, edit.code)
        for slot, value in sorted(edit.storage.items()):
            database.set_storage(address, slot, value)
    database.persist()
    # An account without anything is not in the trie (EIP-161).
    state = State(overlay, msgspec.structs.replace(header, state_root=bytes(database.state_root)))
    empty = [edit.address for edit in changed if state.account(edit.address) == Account()]
    for key in empty:
        if database.account_exists(EvmAddress(key)):
            database.delete_account(EvmAddress(key))
    database.persist()
    return bytes(database.state_root), overlay.written


def merged(accounts: Iterable[Edit], further: Iterable[Edit]) -> tuple[Edit, ...]:
    """Both in one, the later winning, one entry per address."""
    by_address: dict[bytes, Edit] = {edit.address: edit for edit in accounts}
    for edit in further:
        before = by_address.get(edit.address, Edit(address=edit.address))
        by_address[edit.address] = Edit(
            address=edit.address,
            balance=before.balance if edit.balance is None else edit.balance,
            nonce=before.nonce if edit.nonce is None else edit.nonce,
            code=before.code if edit.code is None else edit.code,
            storage={**before.storage, **edit.storage},
        )
    return tuple(by_address[address] for address in sorted(by_address))


def as_parent(header: Header, edits: Edits | None) -> Header:
    """The header as its successor takes it: still with its own hash and number, but after the edits."""
    if edits is None:
        return header
    parent = msgspec.structs.replace(header, state_root=edits.state_root)
    if edits.base_fee is None and edits.gas_limit is None:
        return parent
    # At exactly its gas target a block leaves the base fee as it is (EIP-1559).
    gas_limit = header.gas_limit if edits.gas_limit is None else edits.gas_limit
    base_fee = next_base_fee(header) if edits.base_fee is None else edits.base_fee
    return msgspec.structs.replace(parent, gas_limit=gas_limit, gas_used=gas_limit // ELASTICITY, base_fee=base_fee)
