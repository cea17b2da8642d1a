"""What development commands changed after which block, and the mark of a chain on which they ever did.

The records are few and asked for with every call, so they are kept in memory too. A block that leaves the chain takes
its record with it, in the same batch; the mark stays for good: such a chain is never handed to anybody as a real one.
"""

from __future__ import annotations

import msgspec

from chain.errors import DataFolderCorrupt
from chain.model import Block, Edit, Edits
from chain.primitives import Hash32, bytes_to_int, int_to_bytes
from chain.store import layout
from chain.store.engine import Change, Engine

_Account = tuple[bytes, bytes | None, int | None, bytes | None, tuple[tuple[bytes, bytes], ...]]
_decoder = msgspec.msgpack.Decoder(tuple[bytes, tuple[_Account, ...], bytes | None, int | None])


class EditBook:
    """Edits by the hash of the block after which they were made. Written by the store's one writer."""

    def __init__(self, engine: Engine) -> None:
        """Raises DataFolderCorrupt when a record cannot be read."""
        self._edits = {key[1:]: decode_edits(value) for key, value in engine.scan(layout.EDITS)}
        self.marked = engine.get(layout.MARK) is not None

    def get(self, block_hash: Hash32) -> Edits | None:
        """None for a block after which nothing was edited."""
        return self._edits.get(block_hash)

    def changes(self, block_hash: Hash32, edits: Edits | None) -> list[Change]:
        """What to write so that `edits` become the block's; None forgets those it has."""
        if edits is None:
            return [(layout.EDITS + block_hash, None)] if block_hash in self._edits else []
        return [(layout.EDITS + block_hash, encode_edits(edits)), (layout.MARK, b"\x01")]

    def marks(self, block: Block) -> list[Change]:
        """What to write with a block: the mark, when somebody was impersonated in it."""
        if self.marked or not any(tx.impersonated for tx in block.transactions):
            return []
        return [(layout.MARK, b"\x01")]

    def wrote(self, changes: list[Change]) -> None:
        """These changes of ours are durable: from now on they are seen."""
        if not changes:
            return
        edits = dict(self._edits)
        for key, value in changes:
            if key == layout.MARK:
                self.marked = True
            elif value is None:
                edits.pop(key[1:], None)
            else:
                edits[key[1:]] = decode_edits(value)
        self._edits = edits  # at once, for readers in other threads


def encode_edits(edits: Edits) -> bytes:
    """msgpack; what may be wider than 64 bits stands as big-endian bytes."""
    accounts = [
        (
            edit.address,
            None if edit.balance is None else int_to_bytes(edit.balance),
            edit.nonce,
            edit.code,
            [(int_to_bytes(slot), int_to_bytes(value)) for slot, value in sorted(edit.storage.items())],
        )
        for edit in edits.accounts
    ]
    base_fee = None if edits.base_fee is None else int_to_bytes(edits.base_fee)
    return msgspec.msgpack.encode((edits.state_root, accounts, base_fee, edits.gas_limit))


def decode_edits(data: bytes) -> Edits:
    """Inverse of `encode_edits`; DataFolderCorrupt on anything else."""
    try:
        state_root, accounts, base_fee, gas_limit = _decoder.decode(data)
    except msgspec.MsgspecError as problem:
        raise DataFolderCorrupt(f"the record of development edits cannot be read: {problem}") from problem
    return Edits(
        state_root=state_root,
        accounts=tuple(
            Edit(
                address=address,
                balance=None if balance is None else bytes_to_int(balance),
                nonce=nonce,
                code=code,
                storage={bytes_to_int(slot): bytes_to_int(value) for slot, value in storage},
            )
            for address, balance, nonce, code, storage in accounts
        ),
        base_fee=None if base_fee is None else bytes_to_int(base_fee),
        gas_limit=gas_limit,
    )
