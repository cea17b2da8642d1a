"""`mz block`: one block and what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from chain.cli.money import moment
from chain.cli.screen import amount
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.cli.tx import address_text, call_of, gwei
from chain.errors import MethodNotFound, NotFound, UsageError

if TYPE_CHECKING:
    from chain.client import Client, Known

TAGS = ("latest", "pending", "safe", "finalized", "earliest")


@click.group(cls=Branch)
def block() -> None:
    """Show blocks."""


@block.command()
@click.argument("which", metavar="[BLOCK]", default="latest")
@click.pass_obj
def show(session: Session, which: str) -> None:
    """A block by number, hash, or latest, pending, safe, finalized, earliest (latest), with its transactions."""
    from chain.client import Known

    client = session.client()
    found = _found(session, client, which)
    facts = _facts(found)
    receipts = _receipts(client, found)
    known = Known(client)
    facts["transactions"] = [_entry(known, sent, receipts.get(sent["hash"])) for sent in found["transactions"]]
    if session.json:
        session.screen.data(facts)
        return
    entries = facts.pop("transactions")
    session.screen.table(("what", "which"), [*_in_words(facts), ("transactions", str(len(entries)))])
    if entries:
        rows = [
            (
                one["index"] if one["index"] is not None else "",
                one["hash"],
                one["from"],
                one["contract"] or one["to"] or f"new {one['created'] or 'contract'}",
                one["function"] or ("" if one["input_bytes"] == 0 else f"{one['input_bytes']:,} bytes"),
                amount(int(one["value"]), "ETH"),
                "" if one["gas_used"] is None else f"{one['gas_used']:,}",
                one["status"],
            )
            for one in entries
        ]
        session.screen.table(("index", "hash", "from", "to", "call", "value", "gas", "status"), rows)


def _found(session: Session, client: Client, which: str) -> Mapping[str, Any]:
    """The node's answer, with whole transactions."""
    if which in TAGS:
        answer = client.rpc("eth_getBlockByNumber", which, True)
    elif which.isascii() and which.isdigit():
        answer = client.rpc("eth_getBlockByNumber", hex(int(which)), True)
    else:
        try:
            key = bytes.fromhex(which.removeprefix("0x"))
        except ValueError:
            key = b""
        if len(key) != 32:
            raise UsageError(f"{which!r} is no block", hint=f"give a number, a hash of 32 bytes, or {', '.join(TAGS)}")
        answer = client.rpc("eth_getBlockByHash", "0x" + key.hex(), True)
    if answer is None:
        newest = int(client.rpc("eth_blockNumber"), 16)
        raise NotFound(
            f"there is no block {which} on chain {client.chain_id}, as {session.settings.rpc} knows it",
            hint=f"its newest block is {newest}",
        )
    found: Mapping[str, Any] = answer
    return found


def _receipts(client: Client, found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """By transaction; empty for the pending block."""
    if found.get("hash") is None or not found["transactions"]:
        return {}
    try:
        receipts = client.rpc("eth_getBlockReceipts", found["hash"])
    except MethodNotFound:
        receipts = [client.rpc("eth_getTransactionReceipt", sent["hash"]) for sent in found["transactions"]]
    return {receipt["transactionHash"]: receipt for receipt in receipts or () if receipt is not None}


def _facts(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": _number(found.get("number")),
        "hash": found.get("hash"),
        "parent_hash": found["parentHash"],
        "timestamp": _number(found["timestamp"]),
        "producer": address_text(found.get("miner")),
        "gas_used": _number(found["gasUsed"]),
        "gas_limit": _number(found["gasLimit"]),
        "base_fee": None if found.get("baseFeePerGas") is None else str(_number(found["baseFeePerGas"])),
        "blob_gas_used": _number(found.get("blobGasUsed")),
        "difficulty": str(_number(found.get("difficulty")) or 0),
        "state_root": found["stateRoot"],
        "transactions_root": found["transactionsRoot"],
        "receipts_root": found["receiptsRoot"],
        "withdrawals": len(found.get("withdrawals") or ()),
        "uncles": len(found.get("uncles") or ()),
        "size": _number(found.get("size")),
        "extra_data": found["extraData"],
    }


def _entry(known: Known, sent: Mapping[str, Any], receipt: Mapping[str, Any] | None) -> dict[str, Any]:
    to = bytes.fromhex(sent["to"][2:]) if sent.get("to") else None
    data = bytes.fromhex(sent["input"][2:])
    said = known.call(to, data) if data else None
    name = known.name(to) if to is not None else ""
    succeeded = receipt is not None and int(receipt.get("status", "0x1"), 16) == 1
    return {
        "index": _number(sent.get("transactionIndex")),
        "hash": sent["hash"],
        "from": address_text(sent["from"]),
        "to": address_text(sent.get("to")),
        "contract": name or (said.contract if said else ""),
        "created": None if receipt is None else address_text(receipt.get("contractAddress")),
        **call_of(said),
        "input_bytes": len(data),
        "value": str(_number(sent["value"])),
        "gas_used": None if receipt is None else _number(receipt["gasUsed"]),
        "status": "waiting" if receipt is None else "succeeded" if succeeded else "failed",
    }


def _in_words(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    used, limit = facts["gas_used"], facts["gas_limit"]
    rows = [
        ("number", "pending" if facts["hash"] is None else str(facts["number"])),
        ("hash", facts["hash"] or ""),
        ("parent", facts["parent_hash"]),
        ("time", f"{moment(facts['timestamp'])} ({facts['timestamp']})"),
        ("producer", facts["producer"] or ""),
        ("gas", f"{used:,} of {limit:,} ({100 * used / max(limit, 1):.1f} %)"),
        ("base fee", "" if facts["base_fee"] is None else gwei(facts["base_fee"])),
        ("state root", facts["state_root"]),
        ("size", f"{facts['size']:,} bytes" if facts["size"] else ""),
        ("difficulty", facts["difficulty"] if facts["difficulty"] != "0" else ""),
        ("withdrawals", str(facts["withdrawals"] or "")),
        ("uncles", str(facts["uncles"] or "")),
    ]
    return [(name, text) for name, text in rows if text]


def _number(text: str | None) -> int | None:
    return None if text is None else int(text, 16)
