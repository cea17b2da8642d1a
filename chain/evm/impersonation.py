"""Transactions in the name of accounts whose keys nobody has, as development chains make them.

The record is the transaction itself: where a signature stands, `s` is a number that no signature can have and `r` is
the sender. So it is stored, journaled and executed again like any other, while every decoder that was not told to
expect it (a block from elsewhere, `eth_sendRawTransaction`, another client) refuses it.
"""

from __future__ import annotations

from chain.model import IMPERSONATED_S, AccessList, Authorization, TransactionType
from chain.primitives import Address, RLPItem, Wei, bytes_to_int, int_to_bytes, rlp_encode


def encode_impersonated(
    sender: Address,
    *,
    type: int,
    chain_id: int,
    nonce: int,
    gas: int,
    max_fee_per_gas: Wei,
    max_priority_fee_per_gas: Wei,
    to: Address | None,
    value: Wei,
    data: bytes,
    access_list: AccessList = (),
    authorizations: tuple[Authorization, ...] = (),
) -> bytes:
    """EIP-2718 bytes of types 0, 1, 2 and 4; types 0 and 1 take their gas price from `max_fee_per_gas`."""
    receiver = to or b""
    signature: list[RLPItem] = [int_to_bytes(bytes_to_int(sender)), int_to_bytes(IMPERSONATED_S)]
    head: list[RLPItem] = [int_to_bytes(nonce)]
    if type >= TransactionType.DYNAMIC_FEE:
        head.append(int_to_bytes(max_priority_fee_per_gas))
    head += [int_to_bytes(max_fee_per_gas), int_to_bytes(gas), receiver, int_to_bytes(value), data]
    if type == TransactionType.LEGACY:
        return rlp_encode([*head, int_to_bytes(35 + 2 * chain_id), *signature])
    fields: list[RLPItem] = [int_to_bytes(chain_id), *head]
    fields.append([[address, list(slots)] for address, slots in access_list])
    if type == TransactionType.SET_CODE:
        fields.append([_authorization(item) for item in authorizations])
    return bytes((type,)) + rlp_encode([*fields, b"", *signature])


def _authorization(item: Authorization) -> RLPItem:
    numbers = (item.nonce, item.y_parity, item.r, item.s)
    return [int_to_bytes(item.chain_id), item.address, *map(int_to_bytes, numbers)]
