"""Blocks that look like real ones and need no execution: made from a seed, so any process makes the same."""

from __future__ import annotations

from collections.abc import Sequence

from chain.model import Block, Built, Header, Log, Receipt, Transaction
from chain.primitives import Address, Hash32, int_to_bytes, keccak, rlp_encode
from chain.store import Index, Store

IDENTITY = b"a chain for tests"
TRANSFER = keccak(b"Transfer(address,address,uint256)")
APPROVAL = keccak(b"Approval(address,address,uint256)")
PEOPLE: tuple[Address, ...] = tuple(keccak(b"person %d" % n)[12:] for n in range(7))
TOKENS: tuple[Address, ...] = tuple(keccak(b"token %d" % n)[12:] for n in range(3))


def digest(*parts: object) -> Hash32:
    """A hash of anything printable."""
    return keccak(repr(parts).encode())


def word(address: Address) -> Hash32:
    """An address as an indexed topic."""
    return bytes(12) + address


def transaction(*seed: object, data: bytes = b"\xa9\x05\x9c\xbb" + bytes(64)) -> Transaction:
    """A dynamic-fee transfer between two of `PEOPLE`; every fifth creates a contract."""
    number = int.from_bytes(digest(*seed)[:4], "big")
    to = None if number % 5 == 0 else PEOPLE[number // 5 % len(PEOPLE)]
    r, s = digest(*seed, "r"), digest(*seed, "s")
    fields = [int_to_bytes(20261), int_to_bytes(number), to or b"", data, r, s]
    raw = b"\x02" + rlp_encode(fields)
    return Transaction(
        raw=raw,
        hash=keccak(raw),
        type=2,
        chain_id=20261,
        sender=PEOPLE[number // 7 % len(PEOPLE)],
        nonce=number,
        gas=60_000,
        max_fee_per_gas=2 * 10**9,
        max_priority_fee_per_gas=10**9,
        to=to,
        value=10**20 + number,
        data=data,
        v=1,
        r=int.from_bytes(r, "big"),
        s=int.from_bytes(s, "big"),
    )


def logs(*seed: object, count: int) -> tuple[Log, ...]:
    """Transfers and approvals of `TOKENS` among `PEOPLE`; one in eight is anonymous."""
    found = []
    for n in range(count):
        number = int.from_bytes(digest(*seed, n)[:4], "big")
        people = (word(PEOPLE[number % 7]), word(PEOPLE[number // 7 % 7]))
        topics = () if number % 8 == 0 else ((TRANSFER, APPROVAL)[number // 11 % 2], *people)
        found.append(Log(address=TOKENS[number // 13 % 3], topics=topics, data=digest(*seed, n, "data")))
    return tuple(found)


def built(parent: Header | None, branch: object = "", *, txs: int = 3, logs_each: int = 2, nodes: int = 4) -> Built:
    """The block after `parent` on a branch; None: genesis."""
    number = 0 if parent is None else parent.number + 1
    if parent is None:
        txs = 0
    transactions = tuple(transaction(branch, number, n) for n in range(txs))
    receipts = tuple(
        Receipt(
            transaction_hash=tx.hash,
            type=tx.type,
            status=n % 2,
            gas_used=21_000,
            cumulative_gas_used=21_000 * (n + 1),
            effective_gas_price=10**9,
            logs=logs(branch, number, n, count=logs_each),
            logs_bloom=digest(branch, number, n) * 8 if logs_each else bytes(256),
            contract_address=digest(tx.hash)[12:] if tx.to is None else None,
        )
        for n, tx in enumerate(transactions)
    )
    header = Header(
        parent_hash=bytes(32) if parent is None else parent.hash,
        coinbase=PEOPLE[0],
        state_root=digest(branch, number, "state"),
        transactions_root=digest(branch, number, "transactions"),
        receipts_root=digest(branch, number, "receipts"),
        logs_bloom=bytes(256),
        number=number,
        gas_limit=60_000_000,
        gas_used=21_000 * txs,
        timestamp=1_700_000_000 + number,
        extra_data=repr(branch).encode(),
        mix_hash=digest(branch, number, "mix"),
        base_fee=10**9,
    )
    values = [digest(branch, number, n, "node") * 4 for n in range(nodes)]
    return Built(
        block=Block(header=header, transactions=transactions),
        receipts=receipts,
        nodes={keccak(value): value for value in values},
    )


def chain(length: int, branch: object = "", *, after: Header | None = None, **shape: int) -> list[Built]:
    """`length` blocks in a row, from genesis or after a header."""
    found: list[Built] = []
    parent = after
    for _ in range(length):
        found.append(built(parent, branch, **shape))
        parent = found[-1].block.header
    return found


def filled(store: Store, blocks: Sequence[Built]) -> Store:
    """The store, with these blocks from genesis on."""
    store.initialise(IDENTITY, blocks[0])
    for block in blocks[1:]:
        store.append(block)
    return store


class Running:
    """Starts an index and stops it."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def __enter__(self) -> Index:
        self.index.start()
        return self.index

    def __exit__(self, *_: object) -> None:
        self.index.stop()
