"""Transaction objects as callers write them (`eth_call`, `eth_estimateGas`, `eth_sendTransaction`), and overrides.

Unknown members are ignored and null means absent, as in geth; contradictions are refused in geth's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chain.errors import InvalidParams
from chain.model import AccessList, AccountOverride, Authorization, BlockOverride, Call, Record
from chain.primitives import Address, Hash32, Wei, address_from, from_hex
from chain.rpc.params import mapping, quantity, sequence, storage_slot

T = TypeVar("T")

MAX_LIST = 10_000  # entries of an access list, authorization list or override: far above what a block can hold


class Wish(Record):
    """A transaction object with everything it said; None: it did not say."""

    sender: Address | None = None
    to: Address | None = None
    data: bytes = b""
    value: Wei | None = None
    gas: int | None = None
    nonce: int | None = None
    gas_price: Wei | None = None
    max_fee_per_gas: Wei | None = None
    max_priority_fee_per_gas: Wei | None = None
    max_fee_per_blob_gas: Wei | None = None
    access_list: AccessList | None = None
    authorizations: tuple[Authorization, ...] | None = None
    blob_hashes: tuple[Hash32, ...] = ()
    chain_id: int | None = None
    type: int | None = None

    def has_fees(self) -> bool:
        """Whether no fee is left to be filled in."""
        return self.gas_price is not None or None not in (self.max_fee_per_gas, self.max_priority_fee_per_gas)

    def call(self) -> Call:
        """As a message to try."""
        return Call(
            sender=self.sender or bytes(20),
            to=self.to,
            data=self.data,
            value=self.value or 0,
            gas=self.gas,
            max_fee_per_gas=self.gas_price if self.gas_price is not None else self.max_fee_per_gas,
            max_priority_fee_per_gas=(self.gas_price if self.gas_price is not None else self.max_priority_fee_per_gas),
            access_list=self.access_list or (),
            authorizations=self.authorizations or (),
            max_fee_per_blob_gas=self.max_fee_per_blob_gas,
            blob_hashes=self.blob_hashes,
        )


def wish_from(value: Any, *, chain_id: int, name: str = "0") -> Wish:
    """Read a transaction object."""
    read = _Reader(mapping(value, name=name), name)
    wish = Wish(
        sender=read.get("from", _address),
        to=read.get("to", _recipient),
        data=_payload(read),
        value=read.get("value", _quantity),
        gas=read.get("gas", _quantity64),
        nonce=read.get("nonce", _quantity64),
        gas_price=read.get("gasPrice", _quantity),
        max_fee_per_gas=read.get("maxFeePerGas", _quantity),
        max_priority_fee_per_gas=read.get("maxPriorityFeePerGas", _quantity),
        max_fee_per_blob_gas=read.get("maxFeePerBlobGas", _quantity),
        access_list=read.get("accessList", access_list_from),
        authorizations=read.get("authorizationList", _authorizations),
        blob_hashes=read.get("blobVersionedHashes", _hashes) or (),
        chain_id=read.get("chainId", _quantity),
        type=read.get("type", _quantity64),
    )
    if wish.gas_price is not None and (wish.max_fee_per_gas, wish.max_priority_fee_per_gas) != (None, None):
        raise InvalidParams("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")
    if wish.max_fee_per_gas is not None and wish.max_fee_per_gas < (wish.max_priority_fee_per_gas or 0):
        raise InvalidParams(
            f"maxFeePerGas ({wish.max_fee_per_gas}) < maxPriorityFeePerGas ({wish.max_priority_fee_per_gas})"
        )
    if wish.chain_id not in (None, chain_id):
        raise InvalidParams(f"chainId does not match node's (have={wish.chain_id}, want={chain_id})")
    return wish


def state_overrides(value: Any, *, name: str) -> dict[Address, AccountOverride] | None:
    """The third parameter of `eth_call`."""
    if value is None:
        return None
    accounts = mapping(value, name=name)
    if len(accounts) > MAX_LIST:
        raise InvalidParams(f"invalid argument {name}: {len(accounts)} accounts, at most {MAX_LIST} are taken")
    return {
        address_from(address, name=f"{name} address"): _account_override(fields, f"{name}.{address[:42]}")
        for address, fields in accounts.items()
    }


def block_override(value: Any, *, name: str) -> BlockOverride | None:
    """The fourth parameter of `eth_call`; both the specification's names and geth's older ones."""
    if value is None:
        return None
    read = _Reader(mapping(value, name=name), name)
    return BlockOverride(
        number=read.get("number", _quantity64),
        timestamp=read.get("time", _quantity64),
        gas_limit=read.get("gasLimit", _quantity64),
        coinbase=read.either("feeRecipient", "coinbase", _address),
        prev_randao=read.either("prevRandao", "random", _word),
        base_fee=read.either("baseFeePerGas", "baseFee", _quantity),
        blob_base_fee=read.get("blobBaseFee", _quantity),
    )


def access_list_from(value: Any, name: str) -> AccessList:
    """EIP-2930."""
    entries: list[tuple[Address, tuple[Hash32, ...]]] = []
    for index, item in enumerate(sequence(value, name=name, limit=MAX_LIST)):
        read = _Reader(mapping(item, name=f"{name}[{index}]"), f"{name}[{index}]")
        entries.append((read.need("address", _address), read.get("storageKeys", _hashes) or ()))
    return tuple(entries)


class _Reader:
    """Members of one JSON object, each with its path for the error."""

    def __init__(self, fields: Mapping[str, Any], name: str) -> None:
        self._fields = fields
        self._name = name

    def get(self, key: str, read: Callable[[Any, str], T]) -> T | None:
        value = self._fields.get(key)
        return None if value is None else read(value, f"{self._name}.{key}")

    def either(self, key: str, older: str, read: Callable[[Any, str], T]) -> T | None:
        value = self.get(key, read)
        return self.get(older, read) if value is None else value

    def need(self, key: str, read: Callable[[Any, str], T]) -> T:
        value = self.get(key, read)
        if value is None:
            raise InvalidParams(f"invalid argument {self._name}: {key} is missing")
        return value


def _payload(read: _Reader) -> bytes:
    called, older = read.get("input", _data), read.get("data", _data)
    if called is not None and older is not None and called != older:
        raise InvalidParams(
            'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data'
        )
    return called if called is not None else older or b""


def _account_override(value: Any, name: str) -> AccountOverride:
    read = _Reader(mapping(value, name=name), name)
    storage, difference = read.get("state", _slots), read.get("stateDiff", _slots)
    if storage is not None and difference is not None:
        raise InvalidParams(f"invalid argument {name}: account has both 'state' and 'stateDiff'")
    if read.get("movePrecompileToAddress", _address) is not None:
        raise InvalidParams(f"invalid argument {name}: movePrecompileToAddress is not supported by this node")
    return AccountOverride(
        balance=read.get("balance", _quantity),
        nonce=read.get("nonce", _quantity64),
        code=read.get("code", _data),
        storage=storage,
        storage_diff=difference,
    )


def _slots(value: Any, name: str) -> dict[int, int]:
    slots = mapping(value, name=name)
    if len(slots) > MAX_LIST:
        raise InvalidParams(f"invalid argument {name}: {len(slots)} slots, at most {MAX_LIST} are taken")
    return {storage_slot(key, name=name): storage_slot(item, name=name) for key, item in slots.items()}


def _authorizations(value: Any, name: str) -> tuple[Authorization, ...]:
    return tuple(
        _authorization(item, f"{name}[{index}]")
        for index, item in enumerate(sequence(value, name=name, limit=MAX_LIST))
    )


def _authorization(value: Any, name: str) -> Authorization:
    read = _Reader(mapping(value, name=name), name)
    return Authorization(
        chain_id=read.need("chainId", _quantity),
        address=read.need("address", _address),
        nonce=read.need("nonce", _quantity64),
        y_parity=read.either("yParity", "v", _quantity64) or 0,
        r=read.need("r", _quantity),
        s=read.need("s", _quantity),
    )


def _address(value: Any, name: str) -> Address:
    return address_from(value, name=name)


def _recipient(value: Any, name: str) -> Address | None:
    # Some libraries write a creation's missing recipient as an empty string.
    return None if value in ("", "0x") else address_from(value, name=name)


def _data(value: Any, name: str) -> bytes:
    return from_hex(value, name=name)


def _word(value: Any, name: str) -> Hash32:
    return quantity(value, name=name).to_bytes(32, "big")


def _hashes(value: Any, name: str) -> tuple[Hash32, ...]:
    return tuple(from_hex(item, length=32, name=name) for item in sequence(value, name=name, limit=MAX_LIST))


def _quantity(value: Any, name: str) -> int:
    return quantity(value, name=name)


def _quantity64(value: Any, name: str) -> int:
    return quantity(value, name=name, bits=64)
