"""Accounts at a block: balance, nonce, code, storage."""

from __future__ import annotations

from concurrent.futures import Future

from chain.errors import InvalidParams
from chain.primitives import Address, address_from
from chain.rpc.encode import data, quantity, word
from chain.rpc.params import Params, sequence, storage_slot
from chain.rpc.service import Service

MAX_STORAGE_VALUES = 1024  # slots of one eth_getStorageValues


def balance(service: Service, params: Params) -> str:
    """Wei."""
    address = params.at_most(2).address(0)
    return quantity(service.node.state(service.block(params, 1)).balance(address))


def transaction_count(service: Service, params: Params) -> str:
    """The nonce; at `pending` the pool's ready transactions count."""
    address, tag = params.at_most(2).address(0), service.block(params, 1)
    if tag == "pending":
        return quantity(service.node.pending_nonce(address))
    return quantity(service.node.state(tag).nonce(address))


def code(service: Service, params: Params) -> str:
    """Runtime code, 0x for none; of a delegated account the delegation (EIP-7702)."""
    address = params.at_most(2).address(0)
    return data(service.node.state(service.block(params, 1)).code(address))


def storage_at(service: Service, params: Params) -> str:
    """One slot, always 32 bytes."""
    address, slot = params.at_most(3).address(0), storage_slot(params.required(1), name="1")
    return word(service.node.state(service.block(params, 2)).storage(address, slot))


def storage_values(service: Service, params: Params) -> Future[dict[str, list[str]]]:
    """Many slots of many accounts, at one block."""
    wanted: dict[str, tuple[Address, list[int]]] = {}
    for key, slots in params.at_most(2).mapping(0).items():
        name = f"0.{key[:42]}"
        listed = [storage_slot(slot, name=name) for slot in sequence(slots, name=name, limit=MAX_STORAGE_VALUES)]
        wanted[key] = address_from(key, name=name), listed
    if not wanted:
        raise InvalidParams("empty request")
    count = sum(len(slots) for _, slots in wanted.values())
    if count > MAX_STORAGE_VALUES:
        raise InvalidParams(f"too many slots (max {MAX_STORAGE_VALUES}): {count} were asked for")
    tag = service.block(params, 1)

    def read() -> dict[str, list[str]]:
        state = service.node.state(tag)
        return {key: [word(state.storage(address, slot)) for slot in slots] for key, (address, slots) in wanted.items()}

    return service.node.run(read)


METHODS = {
    "eth_getBalance": balance,
    "eth_getTransactionCount": transaction_count,
    "eth_getCode": code,
    "eth_getStorageAt": storage_at,
    "eth_getStorageValues": storage_values,
}
