"""What a transaction must be, before any state is looked at."""

from __future__ import annotations

import pytest

from chain.errors import (
    ChainError,
    InitcodeTooLarge,
    IntrinsicGasTooLow,
    TipAboveFeeCap,
    TransactionRejected,
)
from chain.evm.rules import gas_limit_bounds, is_delegation, requests_hash, upfront_gas
from chain.primitives import int_to_bytes, rlp_decode, rlp_encode
from tests.traffic import GWEI, MemoryChain, Signer, contract, deploy

CHAIN = MemoryChain()
HASH = "0x01" + "ab" * 31


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"gas": 20_999}, IntrinsicGasTooLow, "intrinsic gas too low: have 20999, want 21000"),
        ({"maxPriorityFeePerGas": 6 * GWEI}, TipAboveFeeCap, "max priority fee per gas higher than max fee per gas"),
        ({"nonce": 2**64 - 1}, TransactionRejected, "nonce has max value"),
        (
            {"type": 3, "blobVersionedHashes": [HASH] * 10},
            TransactionRejected,
            "too many blobs in transaction: have 10",
        ),
        (
            {"type": 3, "blobVersionedHashes": ["0x02" + "ab" * 31]},
            TransactionRejected,
            "blob 0 has invalid hash version: 2",
        ),
        ({"type": 3, "blobVersionedHashes": []}, TransactionRejected, "blob transaction missing blob hashes"),
        ({"type": 4, "authorizationList": []}, TransactionRejected, "empty auth list"),
        ({"to": None, "data": bytes(49_153), "gas": 9_000_000}, InitcodeTooLarge, "code size 49153 limit 49152"),
    ],
)
def test_a_transaction_with_a_wrong_form_is_refused(
    fields: dict[str, object], error: type[ChainError], words: str
) -> None:
    fields = dict(fields)
    tx = CHAIN.evm.decode(signed(fields.pop("to", b"\xaa" * 20), **fields))

    with pytest.raises(error, match=words):
        CHAIN.evm.admit(tx)
    assert words.split(":")[0] in CHAIN.build([tx]).skipped[0].reason


def signed(to: object, **fields: object) -> bytes:
    """eth-account refuses to sign some of these itself, so such a field is changed after it was signed."""
    late = {key: fields.pop(key) for key in ("blobVersionedHashes", "authorizationList", "nonce") if key in fields}
    if fields.get("type") == 3:
        fields["blobVersionedHashes"] = [HASH]
    if fields.get("type") == 4:
        fields["authorizationList"] = [Signer(1).authorize(contract("store"))]
    raw = Signer(0).sign(to, **fields)  # type: ignore[arg-type]
    parts = list(rlp_decode(raw[1:]))
    if "blobVersionedHashes" in late:
        parts[10] = [bytes.fromhex(h[2:]) for h in late["blobVersionedHashes"]]  # type: ignore[attr-defined]
    if "authorizationList" in late:
        parts[9] = []
    if "nonce" in late:
        parts[1] = int_to_bytes(late["nonce"])  # type: ignore[arg-type]
    return raw[:1] + rlp_encode(parts)


def test_good_ones_of_every_type_are_admitted() -> None:
    for raw in (
        Signer(0).sign(b"\xaa" * 20, type=0),
        Signer(0).sign(b"\xaa" * 20, type=1),
        Signer(0).sign(b"\xaa" * 20, type=2, gas=21_000),
        Signer(0).sign(b"\xaa" * 20, type=3, blobVersionedHashes=[HASH]),
        Signer(0).sign(b"\xaa" * 20, type=4, authorizationList=[Signer(1).authorize(contract("store"))]),
        Signer(0).sign(None, data=deploy(b"\x00")),
        Signer(0).sign(None, data=bytes(49_152), gas=9_000_000),
    ):
        CHAIN.evm.admit(CHAIN.evm.decode(raw))


def test_intrinsic_gas_adds_up() -> None:
    assert upfront_gas(b"", creates=False, access_list=(), authorizations=0).intrinsic == 21_000
    assert upfront_gas(b"\x00\x01", creates=False, access_list=(), authorizations=0).intrinsic == 21_020
    assert upfront_gas(bytes(33), creates=True, access_list=(), authorizations=0).intrinsic == 21_000 + 32_000 + 4 + 132
    listed = ((bytes(20), (bytes(32),) * 3), (bytes(20), ()))
    assert upfront_gas(b"", creates=False, access_list=listed, authorizations=0).intrinsic == 21_000 + 4_800 + 5_700
    assert upfront_gas(b"", creates=False, access_list=(), authorizations=2).intrinsic == 71_000
    assert upfront_gas(b"\x00\x01", creates=False, access_list=(), authorizations=0).floor == 21_050


def test_small_rules() -> None:
    assert gas_limit_bounds(60_000_000) == (60_000_000 - 58_592, 60_000_000 + 58_592)
    assert gas_limit_bounds(5_000) == (5_000, 5_003)
    assert is_delegation(b"\xef\x01\x00" + bytes(20))
    assert not is_delegation(b"\xef\x01\x00" + bytes(21))
    assert requests_hash([b"\x00", b"\x01"]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert requests_hash([b"\x00abc", b"\x01"]) == requests_hash([b"\x00abc"])
