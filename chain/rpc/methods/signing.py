"""Signatures of unlocked accounts, and transactions filled in for somebody else to sign."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import msgspec

from chain.errors import InvalidParams
from chain.primitives import Address, rlp_decode
from chain.rpc.calls import Wish, wish_from
from chain.rpc.encode import JsonObject, access_list_object, data, quantity
from chain.rpc.methods.sending import filled_gas
from chain.rpc.nesting import MAX_DEPTH, too_deep
from chain.rpc.params import Params, mapping
from chain.rpc.service import Service


def sign(service: Service, params: Params) -> str:
    """EIP-191 signature of a message."""
    return data(service.signers.get(params.at_most(2).address(0)).sign_message(params.data(1)))


def personal_sign(service: Service, params: Params) -> str:
    """The same with the parameters the other way round; a third one (a password) is ignored, as wallets send it."""
    return data(service.signers.get(params.at_most(3).address(1)).sign_message(params.data(0)))


def sign_typed_data(service: Service, params: Params) -> str:
    """EIP-712; the data may be an object or its JSON text."""
    account = service.signers.get(params.at_most(2).address(0))
    value = params.required(1)
    if isinstance(value, str):
        if too_deep(value.encode(errors="replace")):
            raise InvalidParams(f"invalid argument 1: nested more than {MAX_DEPTH} times")
        try:
            value = msgspec.json.decode(value)
        except ValueError as problem:
            raise InvalidParams(f"invalid argument 1: not JSON: {problem}") from problem
    return data(account.sign_typed_data(mapping(value, name="1")))


def sign_transaction(service: Service, params: Params) -> Future[JsonObject]:
    """Fill in and sign, do not send."""
    wish = _wish(service, params)
    service.signers.get(wish.sender or bytes(20))

    def work() -> JsonObject:
        complete = _complete(service, wish)
        raw = service.signers.sign(complete)
        return {"raw": data(raw), "tx": _signed_object(complete, raw)}

    return service.node.run(work)


def fill_transaction(service: Service, params: Params) -> Future[JsonObject]:
    """Fill in what is missing; nothing is signed or sent, so any sender will do."""
    wish = _wish(service, params)
    return service.node.run(lambda: {"tx": _unsigned_object(_complete(service, wish))})


def _wish(service: Service, params: Params) -> Wish:
    return wish_from(params.at_most(1).required(0), chain_id=service.node.spec.chain_id)


def _complete(service: Service, wish: Wish) -> Wish:
    sender: Address = wish.sender or bytes(20)
    nonce = service.node.pending_nonce(sender) if wish.nonce is None else wish.nonce
    return msgspec.structs.replace(filled_gas(service, service.signers.priced(wish)), nonce=nonce)


def _unsigned_object(wish: Wish) -> JsonObject:
    fields: JsonObject = {
        "type": quantity(wish.type or 0),
        "chainId": quantity(wish.chain_id or 0),
        "nonce": quantity(wish.nonce or 0),
        "to": None if wish.to is None else data(wish.to),
        "gas": quantity(wish.gas or 0),
        "value": quantity(wish.value or 0),
        "input": data(wish.data),
    }
    if wish.gas_price is not None:
        fields["gasPrice"] = quantity(wish.gas_price)
    else:
        fields["maxFeePerGas"] = quantity(wish.max_fee_per_gas or 0)
        fields["maxPriorityFeePerGas"] = quantity(wish.max_priority_fee_per_gas or 0)
        fields["gasPrice"] = quantity(wish.max_fee_per_gas or 0)
    if wish.type:
        fields["accessList"] = access_list_object(wish.access_list or ())
    if wish.type == 4:
        fields["authorizationList"] = [
            {
                "chainId": quantity(item.chain_id),
                "address": data(item.address),
                "nonce": quantity(item.nonce),
                "yParity": quantity(item.y_parity),
                "r": quantity(item.r),
                "s": quantity(item.s),
            }
            for item in wish.authorizations or ()
        ]
    return fields


def _signed_object(wish: Wish, raw: bytes) -> JsonObject:
    v, r, s = signature_of(raw)
    fields = _unsigned_object(wish) | {"v": quantity(v), "r": quantity(r), "s": quantity(s)}
    return fields | {"yParity": quantity(v)} if wish.type else fields


def signature_of(raw: bytes) -> tuple[int, int, int]:
    """v, r and s: the last three fields of every signed transaction we make."""
    items: Any = rlp_decode(raw if raw[0] >= 0xC0 else raw[1:])
    v, r, s = (int.from_bytes(item, "big") for item in items[-3:])
    return v, r, s


METHODS = {
    "eth_sign": sign,
    "personal_sign": personal_sign,
    "eth_signTypedData": sign_typed_data,
    "eth_signTypedData_v3": sign_typed_data,
    "eth_signTypedData_v4": sign_typed_data,
    "eth_signTransaction": sign_transaction,
    "eth_fillTransaction": fill_transaction,
}
