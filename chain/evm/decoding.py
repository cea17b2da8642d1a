"""From signed bytes to a `Transaction`, with its sender recovered once. Strict: one transaction has one encoding.

Whether it may stand in a block is `admission`'s business. Types 0 to 4; a blob transaction may come in its network
form, whose sidecar is verified and left out of `raw`.
"""

from __future__ import annotations

from collections.abc import Sequence

from chain.errors import MalformedTransaction, WrongChainId
from chain.evm import reading, sidecars, signatures
from chain.model import IMPERSONATED_S, AccessList, Authorization, Transaction, TransactionType
from chain.primitives import Address, Hash32, RLPItem, Wei, int_to_bytes, keccak, rlp_decode, rlp_encode

FIELDS = {
    TransactionType.ACCESS_LIST: 11,
    TransactionType.DYNAMIC_FEE: 12,
    TransactionType.BLOB: 14,
    TransactionType.SET_CODE: 13,
}


def decode_transaction(raw: bytes, chain_id: int, *, impersonated: bool = False, high_s: bool = False) -> Transaction:
    """Inverse of signing. Raises MalformedTransaction and WrongChainId, nothing else.

    `impersonated` also takes what a development command made for a sender without a key (`chain.evm.impersonation`).
    `high_s` also takes signatures from before Homestead (EIP-2).
    """
    try:
        if not raw:
            raise ValueError("empty typed transaction bytes")
        if raw[0] >= 0xC0:
            return _legacy(raw, reading.items(rlp_decode(raw), 9, "legacy transaction"), chain_id, impersonated, high_s)
        if raw[0] not in FIELDS:
            raise ValueError(f"transaction type not supported: {raw[0]:#04x}")
        kind = TransactionType(raw[0])
        body = rlp_decode(raw[1:])
        if kind is TransactionType.BLOB and isinstance(body, Sequence) and body and not isinstance(body[0], bytes):
            inner = sidecars.open_envelope(body)
            raw, body = b"\x03" + rlp_encode(inner), inner
        fields = reading.items(body, FIELDS[kind], f"type {kind:d} transaction")
        return _typed(raw, kind, fields, chain_id, impersonated)
    except (ValueError, RecursionError) as problem:
        raise MalformedTransaction(
            f"malformed transaction: {problem}", hint="send the signed EIP-2718 bytes as 0x hex"
        ) from None


def decode_element(item: RLPItem, chain_id: int, *, high_s: bool = False) -> Transaction:
    """A transaction as it stands in a block: typed ones as a byte string, legacy ones as a list."""
    if isinstance(item, bytes):
        if item[:1] >= b"\xc0":
            raise MalformedTransaction("malformed transaction: legacy transaction inside a byte string")
        return decode_transaction(item, chain_id)
    return decode_transaction(rlp_encode(item), chain_id, high_s=high_s)


def _legacy(raw: bytes, fields: Sequence[RLPItem], chain_id: int, impersonated: bool, high_s: bool) -> Transaction:
    v = reading.integer(fields[6], 256, "v")
    signed: list[RLPItem] = list(fields[:6])
    if v in (27, 28):
        signed_for, y_parity = None, v - 27
    elif v >= 35:
        signed_for, y_parity = (v - 35) // 2, (v - 35) % 2
        _require_chain(signed_for, chain_id)
        signed += [int_to_bytes(signed_for), b"", b""]
    else:
        raise ValueError(f"invalid transaction v, r, s values: v is {v}")
    price = reading.integer(fields[1], 256, "gas price")
    r, s = reading.integer(fields[7], 256, "r"), reading.integer(fields[8], 256, "s")
    return Transaction(
        raw=raw,
        hash=keccak(raw),
        type=TransactionType.LEGACY,
        chain_id=signed_for,
        sender=_sender(rlp_encode(signed), y_parity, r, s, impersonated, high_s),
        nonce=reading.integer(fields[0], 64, "nonce"),
        gas=reading.integer(fields[2], 64, "gas"),
        max_fee_per_gas=price,
        max_priority_fee_per_gas=price,
        to=_receiver(fields[3]),
        value=reading.integer(fields[4], 256, "value"),
        data=reading.octets(fields[5], "data"),
        v=v,
        r=r,
        s=s,
    )


def _typed(
    raw: bytes, kind: TransactionType, fields: Sequence[RLPItem], chain_id: int, impersonated: bool
) -> Transaction:
    _require_chain(reading.integer(fields[0], 256, "chain id"), chain_id)
    y_parity = reading.integer(fields[-3], 8, "y parity")
    r, s = reading.integer(fields[-2], 256, "r"), reading.integer(fields[-1], 256, "s")
    rest = iter(fields[1:-3])
    nonce = reading.integer(next(rest), 64, "nonce")
    tip = reading.integer(next(rest), 256, "gas price or tip")
    cap = tip if kind is TransactionType.ACCESS_LIST else reading.integer(next(rest), 256, "max fee per gas")
    gas = reading.integer(next(rest), 64, "gas")
    to = _receiver(next(rest))
    if to is None and kind in (TransactionType.BLOB, TransactionType.SET_CODE):
        raise ValueError(f"type {kind:d} transaction cannot create a contract")
    value = reading.integer(next(rest), 256, "value")
    data = reading.octets(next(rest), "data")
    access_list = _access_list(next(rest))
    blob_cap: Wei = 0
    blob_hashes: tuple[Hash32, ...] = ()
    if kind is TransactionType.BLOB:
        blob_cap = reading.integer(next(rest), 256, "max fee per blob gas")
        blob_hashes = tuple(
            reading.hash32(item, "blob hash") for item in reading.items(next(rest), None, "blob hashes")
        )
    authorizations = _authorizations(next(rest)) if kind is TransactionType.SET_CODE else ()
    return Transaction(
        raw=raw,
        hash=keccak(raw),
        type=kind,
        chain_id=chain_id,
        sender=_sender(bytes((kind,)) + rlp_encode(fields[:-3]), y_parity, r, s, impersonated),
        nonce=nonce,
        gas=gas,
        max_fee_per_gas=cap,
        max_priority_fee_per_gas=tip,
        to=to,
        value=value,
        data=data,
        v=y_parity,
        r=r,
        s=s,
        access_list=access_list,
        authorizations=authorizations,
        max_fee_per_blob_gas=blob_cap,
        blob_hashes=blob_hashes,
    )


def _require_chain(signed_for: int, chain_id: int) -> None:
    if signed_for != chain_id:
        raise WrongChainId(
            f"invalid chain id for signer: have {signed_for} want {chain_id}",
            hint=f"sign with chain id {chain_id}, or connect to the chain it was signed for",
        )


def _sender(message: bytes, y_parity: int, r: int, s: int, impersonated: bool, high_s: bool = False) -> Address:
    if impersonated and s == IMPERSONATED_S and r < 1 << 160:
        return r.to_bytes(20, "big")
    sender = signatures.recover(keccak(message), y_parity, r, s, high_s=high_s)
    if sender is None:
        raise ValueError("invalid transaction v, r, s values")
    return sender


def _receiver(item: RLPItem) -> Address | None:
    receiver = reading.octets(item, "to")
    return reading.address(receiver, "to") if receiver else None


def _access_list(item: RLPItem) -> AccessList:
    entries = (reading.items(entry, 2, "access list entry") for entry in reading.items(item, None, "access list"))
    return tuple(
        (
            reading.address(address, "access list address"),
            tuple(reading.hash32(slot, "storage key") for slot in reading.items(slots, None, "storage keys")),
        )
        for address, slots in entries
    )


def _authorizations(item: RLPItem) -> tuple[Authorization, ...]:
    return tuple(_authorization(entry) for entry in reading.items(item, None, "authorization list"))


def _authorization(item: RLPItem) -> Authorization:
    chain_id, address, nonce, y_parity, r, s = reading.items(item, 6, "authorization")
    authorization = Authorization(
        chain_id=reading.integer(chain_id, 256, "authorization chain id"),
        address=reading.address(address, "authorization address"),
        nonce=reading.integer(nonce, 64, "authorization nonce"),
        y_parity=reading.integer(y_parity, 8, "authorization y parity"),
        r=reading.integer(r, 256, "authorization r"),
        s=reading.integer(s, 256, "authorization s"),
    )
    return recovered(authorization)


def recovered(authorization: Authorization) -> Authorization:
    """The authorization with its authority filled in."""
    return Authorization(
        chain_id=authorization.chain_id,
        address=authorization.address,
        nonce=authorization.nonce,
        y_parity=authorization.y_parity,
        r=authorization.r,
        s=authorization.s,
        authority=signatures.authority_of(authorization),
    )
