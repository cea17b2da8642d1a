"""Rows of the index in words: JSON items with checksum addresses, hex, and amounts as decimal strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chain.blobs import cids_with_digest
from chain.primitives import checksum, keccak, to_hex
from chain.store.ledger import FILLED, SETTLED, USED

HELD = keccak(b"Held(address,address,bytes32,address,uint256,uint256)")

Item = dict[str, Any]


def transaction(row: tuple[Any, ...]) -> Item:
    _, block, position, hash_, sender, to, created, status, value, gas, price, selector, block_hash, time = row
    return {
        "hash": to_hex(hash_),
        "block": block,
        "blockHash": to_hex(block_hash),
        "timestamp": time,
        "index": position,
        "from": checksum(sender),
        "to": None if to is None else checksum(to),
        "created": None if created is None else checksum(created),
        "success": bool(status),
        "value": value,
        "gasUsed": gas,
        "fee": str(gas * int(price)),
        "selector": to_hex(selector),
    }


def place(row: tuple[Any, ...]) -> Item:
    """What every event has: where it stands."""
    return {
        "block": row[1],
        "blockHash": to_hex(row[10]),
        "timestamp": row[11],
        "tx": to_hex(row[12]),
        "index": row[2],
        "logIndex": row[3],
    }


def event(row: tuple[Any, ...]) -> Item:
    """A log as it is."""
    topics = [to_hex(topic) for topic in row[5:9] if topic is not None]
    return place(row) | {"address": checksum(row[4]), "topics": topics, "data": to_hex(row[9])}


def transfer(row: tuple[Any, ...]) -> Item:
    item = place(row) | {"token": checksum(row[4]), "from": account(row[6]), "to": account(row[7])}
    if row[8] is not None:
        return item | {"kind": 721, "id": str(int.from_bytes(row[8], "big")), "amount": "1"}
    return item | {"kind": 20, "amount": amount(row[9], 0)}


def version(row: tuple[Any, ...]) -> Item | None:
    """A published version out of its event; None for something that only bears the name."""
    data = row[9]
    if len(data) < 224 or row[6] is None or row[7] is None or row[8] is None:
        return None
    manifest = data[32:64]
    return place(row) | {
        "id": to_hex(row[6]),
        "version": int.from_bytes(row[7], "big"),
        "author": account(row[8]),
        "name": data[:32].rstrip(b"\0").decode("ascii", errors="backslashreplace"),
        "manifest": to_hex(manifest),
        "cids": list(cids_with_digest(manifest)),
        "codeHash": to_hex(data[64:96]),
        "runtimeHash": to_hex(data[96:128]),
        "price": amount(data, 4),
        "shareBps": number(data, 5),
        "payee": account(data[192:224]),
    }


def use(row: tuple[Any, ...]) -> Item:
    return place(row) | {
        "id": to_hex(row[6]),
        "version": int.from_bytes(row[7], "big"),
        "user": account(row[8]),
        "instance": account(row[9][:32]),
        "paid": amount(row[9], 1),
        "burned": amount(row[9], 2),
    }


def settlement(row: tuple[Any, ...]) -> Item:
    data = row[9]
    return place(row) | {
        "from": account(row[6]),
        "to": account(row[7]),
        "ref": to_hex(row[8]),
        "token": account(data[:32]),
        "gross": amount(data, 1),
        "fee": amount(data, 2),
        "share": amount(data, 3),
        "payee": account(data[128:160]),
        "burned": amount(data, 5),
    }


def deposit(row: tuple[Any, ...]) -> Item:
    data = row[9]
    item = place(row) | {
        "payer": account(row[6]),
        "instance": account(row[7]),
        "ref": to_hex(row[8]),
        "token": account(data[:32]),
        "amount": amount(data, 1),
    }
    if row[5] == HELD:
        return item | {"kind": "held", "expiry": number(data, 2), "byInstance": None}
    return item | {"kind": "refunded", "expiry": None, "byInstance": bool(number(data, 2))}


def account(word: bytes) -> str:
    return checksum(word[-20:].rjust(20, b"\0"))


def number(data: bytes, word: int) -> int:
    return int.from_bytes(data[32 * word : 32 * word + 32], "big")


def amount(data: bytes, word: int) -> str:
    return str(number(data, word))


class Causes:
    """What else happened in the transactions of some burns; each cause explains one burn of its amount."""

    def __init__(self, found: Sequence[tuple[Any, ...]], platform: Mapping[str, bytes]) -> None:
        self._left: dict[tuple[int, int], list[tuple[int, Item]]] = {}
        for block, position, address, kind, first, second, third, data in found:
            cause: Item
            if kind == USED and address == platform.get("templates"):
                burned = number(data, 2)
                cause = {"kind": "use", "template": to_hex(first), "version": int.from_bytes(second, "big")}
            elif kind == SETTLED and address == platform.get("till"):
                burned = number(data, 5)
                cause = {"kind": "trade", "to": account(second), "ref": to_hex(third), "gross": amount(data, 1)}
            elif kind == FILLED and address == platform.get("buyback"):
                burned = number(data, 0)
                cause = {"kind": "buyback", "round": int.from_bytes(first, "big")}
            else:
                continue
            self._left.setdefault((block, position), []).append((burned, cause))

    def take(self, row: tuple[Any, ...]) -> Item:
        """The cause of the burn in a row."""
        amount = int.from_bytes(row[9], "big")
        left = self._left.get((row[1], row[2]), [])
        for number, (burned, cause) in enumerate(left):
            if burned == amount:
                left.pop(number)
                return cause
        return {"kind": "holder"}
