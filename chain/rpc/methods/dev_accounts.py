"""Development commands over accounts and the next block: edit, impersonate, choose. Only a development chain has them.

An edit makes no block: it is seen at once at the head, and the next block begins with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from chain.errors import InvalidParams
from chain.model import Edit
from chain.primitives import from_hex
from chain.rpc.methods.dev_chain import done, number
from chain.rpc.params import Params, storage_slot
from chain.rpc.service import Service

MOST_NONCE = 2**64 - 2  # EIP-2681: the last one that can still be used
MOST_CODE = 1 << 20  # bytes; far above what can be deployed, and no node is stopped by it


def set_balance(service: Service, params: Params) -> Future[bool]:
    """In wei."""
    edit = Edit(address=params.address(0), balance=params.quantity(1))
    return done(service, lambda dev: dev.edit(edit))


def add_balance(service: Service, params: Params) -> Future[bool]:
    """Wei on top of what is there."""
    address, value = params.address(0), params.quantity(1)
    return done(service, lambda dev: dev.add_balance(address, value))


def set_nonce(service: Service, params: Params) -> Future[bool]:
    """Never below what it is."""
    edit = Edit(address=params.address(0), nonce=number(params, 1))
    if (edit.nonce or 0) > MOST_NONCE:
        raise InvalidParams(f"nonce {edit.nonce} is above 2^64 - 2, the last one that an account can use")
    return done(service, lambda dev: dev.edit(edit))


def set_code(service: Service, params: Params) -> Future[bool]:
    """Runtime code; without a constructor run. Of any size up to a mebibyte."""
    edit = Edit(address=params.address(0), code=params.data(1))
    if len(edit.code or b"") > MOST_CODE:
        raise InvalidParams(f"{len(edit.code or b'')} bytes of code, at most {MOST_CODE} are taken")
    return done(service, lambda dev: dev.edit(edit))


def set_storage(service: Service, params: Params) -> Future[bool]:
    """One slot; the value is a 32-byte word."""
    address, slot = params.address(0), storage_slot(params.required(1), name="1")
    edit = Edit(address=address, storage={slot: _word(params, 2)})
    return done(service, lambda dev: dev.edit(edit))


def impersonate(service: Service, params: Params) -> Future[bool]:
    """Take transactions from this sender without its key; contracts too."""
    address = params.address(0)
    return done(service, lambda dev: dev.impersonate(address))


def stop_impersonating(service: Service, params: Params) -> Future[bool]:
    """No longer."""
    address = params.address(0)
    return done(service, lambda dev: dev.impersonate(address, on=False))


def impersonate_everyone(service: Service, params: Params) -> Future[bool]:
    """Take transactions from whatever sender they name, or no longer."""
    params.required(0)
    on = params.flag(0)
    return done(service, lambda dev: dev.impersonate_everyone(on))


def set_coinbase(service: Service, params: Params) -> Future[bool]:
    """Who gets the tips from now on."""
    address = params.address(0)
    return done(service, lambda dev: dev.choose(coinbase=address))


def set_prev_randao(service: Service, params: Params) -> Future[bool]:
    """What PREVRANDAO is in the next block."""
    word = _word(params, 0).to_bytes(32, "big")
    return done(service, lambda dev: dev.choose(prev_randao=word))


def set_next_base_fee(service: Service, params: Params) -> Future[bool]:
    """Of the next block; those after it follow by the rule."""
    base_fee = params.quantity(0)
    return done(service, lambda dev: dev.set_next_base_fee(base_fee))


def set_gas_limit(service: Service, params: Params) -> Future[bool]:
    """Of the next block and all after it."""
    gas_limit = number(params, 0)
    return done(service, lambda dev: dev.set_gas_limit(gas_limit))


def _word(params: Params, index: int) -> int:
    """A 32-byte word as hex with all its digits or as a quantity."""
    value = params.required(index)
    if isinstance(value, str) and len(value) == 66:
        return int.from_bytes(from_hex(value, length=32, name=str(index)), "big")
    return params.quantity(index)


METHODS: Mapping[str, Callable[[Service, Params], Any]] = {
    "evm_setAccountBalance": set_balance,
    "evm_setAccountNonce": set_nonce,
    "evm_setAccountCode": set_code,
    "evm_setAccountStorageAt": set_storage,
    "evm_unlockUnknownAccount": impersonate,
    "evm_lockUnknownAccount": stop_impersonating,
    "evm_setBlockGasLimit": set_gas_limit,
    "anvil_setBalance": set_balance,
    "anvil_addBalance": add_balance,
    "anvil_setNonce": set_nonce,
    "anvil_setCode": set_code,
    "anvil_setStorageAt": set_storage,
    "anvil_impersonateAccount": impersonate,
    "anvil_stopImpersonatingAccount": stop_impersonating,
    "anvil_autoImpersonateAccount": impersonate_everyone,
    "anvil_setCoinbase": set_coinbase,
    "anvil_setPrevRandao": set_prev_randao,
    "anvil_setNextBlockBaseFeePerGas": set_next_base_fee,
    "anvil_setBlockGasLimit": set_gas_limit,
    "hardhat_setBalance": set_balance,
    "hardhat_addBalance": add_balance,
    "hardhat_autoImpersonateAccount": impersonate_everyone,
    "hardhat_setNonce": set_nonce,
    "hardhat_setCode": set_code,
    "hardhat_setStorageAt": set_storage,
    "hardhat_impersonateAccount": impersonate,
    "hardhat_stopImpersonatingAccount": stop_impersonating,
    "hardhat_setCoinbase": set_coinbase,
    "hardhat_setPrevRandao": set_prev_randao,
    "hardhat_setNextBlockBaseFeePerGas": set_next_base_fee,
}
