"""What adds up over logs and transactions: token balances, counts, and sums per hour. Kept exact under removal.

Every row is a sum over what stands in the canonical chain, so a removed block is simply taken off again. A token's own
Transfer events are its claims: what is added up here is what the events say, for whatever contract emits them.

    tokens    address · kind (20, 721) · first (place of its first transfer) · transfers · holders
    balances  token · account · balance (40 bytes that sort as the number does)
    counts    kind · key · n                 how many rows a list has, so that nobody counts them
    sums      emitter · kind · hour · n · total    for charts; total is a decimal number
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from chain.model import Block, Log, Receipt
from chain.primitives import Address, keccak
from chain.store import bulk

SCHEMA = """
CREATE TABLE tokens (
    address BLOB PRIMARY KEY, kind INTEGER NOT NULL, first INTEGER NOT NULL, transfers INTEGER NOT NULL,
    holders INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX tokens_rank ON tokens (transfers, address);
CREATE TABLE balances (
    token BLOB NOT NULL, account BLOB NOT NULL, balance BLOB NOT NULL, PRIMARY KEY (token, account)) WITHOUT ROWID;
CREATE INDEX balances_rank ON balances (token, balance, account);
CREATE INDEX balances_account ON balances (account, token);
CREATE TABLE counts (kind TEXT NOT NULL, key BLOB NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE sums (
    emitter BLOB NOT NULL, kind TEXT NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL, total TEXT NOT NULL,
    PRIMARY KEY (emitter, kind, hour)) WITHOUT ROWID;
"""

TRANSFER = keccak(b"Transfer(address,address,uint256)")
PUBLISHED = keccak(b"Published(bytes32,uint32,address,bytes32,bytes32,bytes32,bytes32,(uint96,uint16,address))")
RETIRED = keccak(b"Retired(bytes32,uint32)")
USED = keccak(b"Used(bytes32,uint32,address,address,uint256,uint256)")
SETTLED = keccak(b"Settled(address,address,bytes32,address,uint256,uint256,uint256,address,uint256)")
FILLED = keccak(b"Filled(uint256,address,address,uint256,uint256,uint256)")

HOUR = 3600  # seconds
_ZERO = bytes(20)
_BIAS = 1 << 319  # balances of tokens that lie may be negative; 40 bytes hold any sum of 2**63 amounts
_WIDTH = 40
_ROW = 20 + 20 + _WIDTH  # bytes of a token, an account and its balance

Indexed = tuple[Block, tuple[Receipt, ...]]


class Ledger:
    """Collects what blocks add (`sign` 1) or take off again (-1), then writes it in one go."""

    def __init__(self, sign: int = 1) -> None:
        self._sign = sign
        self._balances: defaultdict[tuple[Address, Address], int] = defaultdict(int)
        self._tokens: dict[Address, list[int]] = {}  # kind, first, transfers
        self._counts: defaultdict[tuple[str, bytes], int] = defaultdict(int)
        self._sums: defaultdict[tuple[Address, str, int], list[int]] = defaultdict(lambda: [0, 0])

    def transaction(self, sender: Address, recipient: Address | None, created: Address | None, status: int) -> None:
        """One transaction."""
        self._count("transactions", b"")
        if not status:
            self._count("failed", b"")
        if created is not None:
            self._count("creations", b"")
        for party in {sender, recipient, created} - {None}:
            self._count("transactions", party or b"")

    def log(self, place: int, timestamp: int, log: Log) -> None:
        """One log; `place` is its id in the tables."""
        self._count("events", log.address)
        if not log.topics:
            return
        hour = timestamp // HOUR
        kind = log.topics[0]
        if kind == TRANSFER:
            self._transfer(place, hour, log)
        elif kind == USED and len(log.topics) == 4 and len(log.data) >= 96:
            self._count("uses", log.address + log.topics[1])
            self._count("uses", log.address)
            self._sum(log.address, "use-paid", hour, _word(log.data, 1))
            self._sum(log.address, "use-burned", hour, _word(log.data, 2))
        elif kind == SETTLED and len(log.topics) == 4 and len(log.data) >= 192:
            token = log.data[12:32].hex()
            self._count("settlements", log.address)
            self._sum(log.address, f"trade:{token}", hour, _word(log.data, 1))
            self._sum(log.address, f"fee:{token}", hour, _word(log.data, 2))
            if burned := _word(log.data, 5):
                self._sum(log.address, "trade-burned", hour, burned)
        elif kind == FILLED and len(log.topics) == 4 and len(log.data) >= 96:
            self._sum(log.address, "buyback-burned", hour, _word(log.data, 0))
            self._sum(log.address, f"buyback-paid:{log.topics[2][12:].hex()}", hour, _word(log.data, 1))
        elif kind == PUBLISHED and len(log.topics) == 4:
            self._count("published", log.address)

    def write(self, writer: sqlite3.Connection) -> None:
        """Put what was collected into the tables; inside the caller's transaction."""
        holders = self._write_balances(writer)
        for token, (kind, first, transfers) in self._tokens.items():
            writer.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET transfers = transfers + ?",
                (token, kind, first, transfers, transfers),
            )
        for token, more in holders.items():
            writer.execute("UPDATE tokens SET holders = holders + ? WHERE address = ?", (more, token))
        if self._sign < 0 and self._tokens:
            gone = [(token,) for token in self._tokens]
            writer.executemany("DELETE FROM tokens WHERE address = ? AND transfers = 0", gone)
        bulk.insert(
            writer,
            "counts",
            [(kind, key, n) for (kind, key), n in self._counts.items()],
            also="ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )
        if self._sign < 0:  # as if it had never been there: a rebuilt index has no such row
            writer.executemany("DELETE FROM counts WHERE kind = ? AND key = ? AND n = 0", list(self._counts))
        for (emitter, name, hour), (n, total) in self._sums.items():
            row = writer.execute(
                "SELECT n, total FROM sums WHERE emitter = ? AND kind = ? AND hour = ?", (emitter, name, hour)
            ).fetchone()
            if row is not None:
                n, total = n + row[0], total + int(row[1])
            if n:
                writer.execute("REPLACE INTO sums VALUES (?, ?, ?, ?, ?)", (emitter, name, hour, n, str(total)))
            else:
                writer.execute("DELETE FROM sums WHERE emitter = ? AND kind = ? AND hour = ?", (emitter, name, hour))

    def _transfer(self, place: int, hour: int, log: Log) -> None:
        """ERC-20 has the amount in its data, ERC-721 the token's id as a topic; anything else is neither."""
        if len(log.topics) == 3 and len(log.data) == 32:
            kind, amount = 20, int.from_bytes(log.data, "big")
        elif len(log.topics) == 4 and not log.data:
            kind, amount = 721, 1
        else:
            return
        sender, recipient = log.topics[1][12:], log.topics[2][12:]
        token = self._tokens.setdefault(log.address, [kind, place, 0])
        token[2] += self._sign
        self._count("transfers", b"")
        for party in {sender, recipient}:
            self._count("transfers", party)
        if sender != _ZERO:
            self._balances[log.address, sender] -= amount * self._sign
        if recipient != _ZERO:
            self._balances[log.address, recipient] += amount * self._sign
        else:
            self._count("burns", log.address)
            self._sum(log.address, "burned", hour, amount)
        if sender == _ZERO:
            self._sum(log.address, "minted", hour, amount)

    def _count(self, kind: str, key: bytes) -> None:
        self._counts[kind, key] += self._sign

    def _sum(self, emitter: Address, kind: str, hour: int, amount: int) -> None:
        entry = self._sums[emitter, kind, hour]
        entry[0] += self._sign
        entry[1] += amount * self._sign

    def _write_balances(self, writer: sqlite3.Connection) -> dict[Address, int]:
        """How many holders each token has more than before."""
        holders: defaultdict[Address, int] = defaultdict(int)
        changed = {key: change for key, change in self._balances.items() if change}
        known = bulk.look_up(writer, "balances", list(changed), ("token", "account"), "balance")
        before: dict[tuple[Address, Address], int] = {}
        for start in range(0, len(known), _ROW):
            row = known[start : start + _ROW]
            before[row[:20], row[20:40]] = decode_balance(row[40:])
        rows: list[tuple[Address, Address, bytes]] = []
        gone: list[tuple[Address, Address]] = []
        for key, change in changed.items():
            balance = before.get(key, 0)
            after = balance + change
            holders[key[0]] += (after != 0) - (balance != 0)
            if after:
                rows.append((*key, encode_balance(after)))
            else:
                gone.append(key)
        bulk.insert(writer, "balances", rows, replace=True)
        writer.executemany("DELETE FROM balances WHERE token = ? AND account = ?", gone)
        return holders


def of_blocks(blocks: Sequence[Indexed], places: int) -> Ledger:
    """What blocks add; `places` is the number of places within one block."""
    ledger = Ledger()
    for block, receipts in blocks:
        index = 0
        for tx, receipt in zip(block.transactions, receipts, strict=True):
            ledger.transaction(tx.sender, tx.to, receipt.contract_address, receipt.status)
            for log in receipt.logs:
                ledger.log(block.number * places + index, block.header.timestamp, log)
                index += 1
    return ledger


def encode_balance(balance: int) -> bytes:
    """Bytes that sort as the numbers do."""
    return (balance + _BIAS).to_bytes(_WIDTH, "big")


def decode_balance(stored: bytes) -> int:
    """Inverse of `encode_balance`."""
    return int.from_bytes(stored, "big") - _BIAS


def _word(data: bytes, number: int) -> int:
    return int.from_bytes(data[32 * number : 32 * number + 32], "big")
