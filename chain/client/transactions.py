"""One transaction: from a wish to the fields that are signed, and from a receipt to what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from web3.contract.contract import ContractFunction

from chain.errors import ChainError, ContractReverted, TransactionFailed
from chain.model import Log, Record
from chain.primitives import Address, Hash32, Wei, checksum, to_hex

if TYPE_CHECKING:
    from chain.client.client import Client

Wish: TypeAlias = "ContractFunction | Mapping[str, Any]"
"""web3.py's `contract.functions.f(…)`, or a mapping with `to`, `data` and optionally `gas`."""


class Mined(Record):
    """A transaction that succeeded, with what it did."""

    transaction_hash: Hash32
    block_number: int
    block_hash: Hash32
    gas_used: int
    effective_gas_price: Wei
    logs: tuple[Log, ...]
    contract_address: Address | None


def fields_of(client: Client, what: Wish, sender: Address, value: Wei) -> dict[str, object]:
    """What is signed, all but the nonce; an estimate finds out here when a contract would refuse."""
    message = _message(what)
    to, data, gas = message.get("to"), message.get("data", b""), message.get("gas")
    call = {"from": checksum(sender), "data": to_hex(_octets(data)), "value": hex(value)}
    if to is not None:
        call["to"] = checksum(client.address_of(to))
    if gas is None:
        estimate = int(client.rpc("eth_estimateGas", call), 16)
        gas = estimate + estimate // 4  # what runs before it in the block may cost it more; unused gas is not paid
    base_fee = int(client.rpc("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    tip = int(client.rpc("eth_maxPriorityFeePerGas"), 16)
    fields: dict[str, object] = {
        "type": 2,
        "chainId": client.chain_id,
        "gas": gas,
        "maxPriorityFeePerGas": tip,
        "maxFeePerGas": 2 * base_fee + tip,  # lasts for six full blocks in a row
        "value": value,
        "data": call["data"],
    }
    if to is not None:
        fields["to"] = call["to"]
    return fields


def failure(client: Client, receipt: Mapping[str, Any]) -> TransactionFailed:
    """Why a transaction failed, found by calling it again on the state before its block."""
    transaction_hash = bytes.fromhex(receipt["transactionHash"][2:])
    sent = client.rpc("eth_getTransactionByHash", receipt["transactionHash"])
    gas, before = int(sent["gas"], 16), int(receipt["blockNumber"], 16) - 1
    exhausted = int(receipt["gasUsed"], 16) >= gas
    shown = f"transaction {receipt['transactionHash']} failed{f', all {gas} gas used' if exhausted else ''}"
    to = sent.get("to")
    try:
        client.call(
            bytes.fromhex(to[2:]) if to else None,
            bytes.fromhex(sent["input"][2:]),
            sender=sent["from"],
            value=int(sent["value"], 16),
            gas=gas,
            block=before,
        )
    except ContractReverted as reason:
        return TransactionFailed(
            f"{shown}: {reason.message}",
            transaction_hash=transaction_hash,
            name=reason.name,
            arguments=reason.arguments,
            data=reason.data,
        )
    except ChainError as reason:
        return TransactionFailed(
            f"{shown}: {reason.message}",
            transaction_hash=transaction_hash,
            hint="give it more gas" if exhausted else reason.hint,
        )
    return TransactionFailed(
        f"{shown}, but would have succeeded on the state before block {before + 1}",
        transaction_hash=transaction_hash,
        hint="another transaction of the same block came first; look at the state now and try again",
    )


def _message(what: Wish) -> Mapping[str, Any]:
    if isinstance(what, Mapping):
        return what
    # With every field given web3.py asks the node nothing and only encodes.
    filled = {"gas": 1, "maxFeePerGas": 1, "maxPriorityFeePerGas": 1, "nonce": 0, "chainId": 1, "value": 0}
    built = what.build_transaction(filled)  # type: ignore[arg-type]  # TxParams wants web3's own number types
    return {"to": built["to"], "data": built["data"]}


def mined(receipt: Mapping[str, Any]) -> Mined:
    """The record of a receipt with status 1."""
    created = receipt.get("contractAddress")
    return Mined(
        transaction_hash=bytes.fromhex(receipt["transactionHash"][2:]),
        block_number=int(receipt["blockNumber"], 16),
        block_hash=bytes.fromhex(receipt["blockHash"][2:]),
        gas_used=int(receipt["gasUsed"], 16),
        effective_gas_price=int(receipt["effectiveGasPrice"], 16),
        logs=tuple(_log(log) for log in receipt["logs"]),
        contract_address=bytes.fromhex(created[2:]) if created else None,
    )


def _octets(data: bytes | str) -> bytes:
    return data if isinstance(data, bytes) else bytes.fromhex(data.removeprefix("0x"))


def _log(log: Mapping[str, Any]) -> Log:
    return Log(
        address=bytes.fromhex(log["address"][2:]),
        topics=tuple(bytes.fromhex(topic[2:]) for topic in log["topics"]),
        data=bytes.fromhex(log["data"][2:]),
    )
