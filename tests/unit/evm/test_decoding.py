"""Signed bytes to transactions: every type as eth-account signs it, and nothing but errors for anything else."""

from __future__ import annotations

import ckzg
import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import InvalidBlock, MalformedTransaction, TransactionRejected, WrongChainId
from chain.evm.decoding import decode_transaction
from chain.evm.sidecars import trusted_setup, versioned_hash
from chain.evm.signatures import SECP256K1_ORDER
from chain.model import Transaction, rlp_list
from chain.primitives import int_to_bytes, keccak, rlp_decode, rlp_encode
from tests.traffic import CHAIN_ID, GWEI, MemoryChain, Signer, contract

RECEIVER = bytes.fromhex("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")
ACCESS = [{"address": "0x" + RECEIVER.hex(), "storageKeys": ["0x" + "11" * 32, "0x" + "00" * 32]}]


def decode(raw: bytes) -> Transaction:
    return decode_transaction(raw, CHAIN_ID)


def samples() -> dict[str, bytes]:
    signer = Signer(0)
    authorization = Signer(1).authorize(contract("store"))
    return {
        "legacy": signer.sign(RECEIVER, type=0, value=5, data=b"hello"),
        "unprotected": signer.sign(RECEIVER, type=0, chainId=None),
        "creation": signer.sign(None, type=0, data=b"\x00\x01"),
        "access list": signer.sign(RECEIVER, type=1, accessList=ACCESS),
        "dynamic fee": signer.sign(RECEIVER, type=2, accessList=ACCESS, data=bytes(40)),
        "set code": signer.sign(RECEIVER, type=4, authorizationList=[authorization, authorization]),
        "blob": signer.sign(RECEIVER, type=3, blobVersionedHashes=["0x01" + "ab" * 31]),
    }


SAMPLES = samples()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_type_decodes_to_its_signer_and_its_hash(name: str) -> None:
    raw = SAMPLES[name]

    tx = decode(raw)

    assert tx.raw == raw
    assert tx.hash == keccak(raw)
    assert tx.sender == Signer(0).address
    assert "0x" + tx.sender.hex() == Account.recover_transaction(raw).lower()


def test_the_fields_are_those_that_were_signed() -> None:
    tx = decode(SAMPLES["dynamic fee"])

    assert (tx.type, tx.chain_id, tx.gas, tx.value, tx.data) == (2, CHAIN_ID, 1_000_000, 0, bytes(40))
    assert (tx.max_fee_per_gas, tx.max_priority_fee_per_gas) == (5 * GWEI, GWEI)
    assert tx.to == RECEIVER
    assert tx.access_list == ((RECEIVER, (b"\x11" * 32, bytes(32))),)


def test_an_authorization_names_who_delegates() -> None:
    tx = decode(SAMPLES["set code"])

    assert [a.authority for a in tx.authorizations] == [Signer(1).address] * 2
    assert tx.authorizations[0].address == contract("store")


def test_a_legacy_transaction_from_before_eip_155_has_no_chain_id() -> None:
    assert decode(SAMPLES["unprotected"]).chain_id is None
    assert decode(SAMPLES["legacy"]).chain_id == CHAIN_ID


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_a_transaction_for_another_chain_is_refused_by_both_numbers(kind: int) -> None:
    """Trap 10: py-evm never compares the chain id."""
    fields = {"authorizationList": [Signer(1).authorize(RECEIVER)]} if kind == 4 else {}
    raw = Signer(0, chain_id=5).sign(RECEIVER, type=kind, **fields)

    with pytest.raises(WrongChainId, match=f"invalid chain id for signer: have 5 want {CHAIN_ID}"):
        decode(raw)


def changed(name: str, index: int, value: object) -> bytes:
    """The sample with one field of its list replaced (its signature is then somebody else's)."""
    raw = SAMPLES[name]
    prefix, body = (b"", raw) if raw[0] >= 0xC0 else (raw[:1], raw[1:])
    fields = list(rlp_decode(body))
    fields[index] = value
    return prefix + rlp_encode(fields)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"\x05" + SAMPLES["dynamic fee"][1:], "transaction type not supported"),
        (b"\x00" + SAMPLES["legacy"], "transaction type not supported"),
        (SAMPLES["legacy"] + b"\x00", "RLP"),
        (SAMPLES["dynamic fee"][:-1], "RLP"),
        (changed("legacy", 0, b"\x00\x01"), "leading zeros"),
        (changed("legacy", 0, b"\x00"), "leading zeros"),
        (changed("legacy", 0, b"\x01" * 9), "more than 64 bits"),
        (changed("legacy", 2, b"\xff" * 9), "more than 64 bits"),
        (changed("legacy", 4, b"\xff" * 33), "more than 256 bits"),
        (changed("legacy", 3, RECEIVER[:19]), "expected 20 bytes"),
        (changed("legacy", 5, [b""]), "expected bytes"),
        (changed("legacy", 6, int_to_bytes(29)), "invalid transaction v, r, s values"),
        (changed("legacy", 6, b""), "invalid transaction v, r, s values"),
        (changed("legacy", 7, b""), "invalid transaction v, r, s values"),
        (changed("dynamic fee", 9, int_to_bytes(2)), "invalid transaction v, r, s values"),
        (changed("dynamic fee", 11, int_to_bytes(SECP256K1_ORDER)), "invalid transaction v, r, s values"),
        (changed("dynamic fee", 8, b"ab"), "expected a list"),
        (changed("dynamic fee", 8, [[RECEIVER, [b"short"]]]), "expected 32 bytes"),
        (changed("set code", 5, b""), "cannot create a contract"),
        (changed("blob", 5, b""), "cannot create a contract"),
        (changed("blob", 10, [b"\x01"]), "expected 32 bytes"),
        (changed("set code", 9, [[b"", RECEIVER, b"", b"", b"\x01"]]), "expected 6 fields"),
    ],
)
def test_malformed_bytes_are_refused_with_what_is_wrong(raw: bytes, words: str) -> None:
    with pytest.raises(MalformedTransaction, match=words):
        decode(raw)


def test_a_high_s_is_refused_although_it_recovers(name: str = "dynamic fee") -> None:
    fields = list(rlp_decode(SAMPLES[name][1:]))
    parity, s = int.from_bytes(fields[9], "big"), int.from_bytes(fields[11], "big")

    with pytest.raises(MalformedTransaction, match="invalid transaction v, r, s values"):
        decode(
            b"\x02" + rlp_encode([*fields[:9], int_to_bytes(1 - parity), fields[10], int_to_bytes(SECP256K1_ORDER - s)])
        )


def test_lists_nested_without_end_do_not_bring_the_process_down() -> None:
    nested = b"\xc0"
    for _ in range(40_000):
        nested = rlp_list(nested)

    for raw in (nested, b"\x02" + nested, b"\x03" + nested):
        with pytest.raises(MalformedTransaction, match="nested"):
            decode(raw)


@pytest.mark.parametrize("inside", [b"", b"\xff" * 40])
def test_thirty_two_lists_may_be_nested_whatever_the_strings_in_them_look_like(inside: bytes) -> None:
    nested = rlp_encode([inside])
    for _ in range(31):
        nested = rlp_list(nested)

    found = rlp_decode(nested)
    for _ in range(32):
        [found] = found
    assert found == inside
    with pytest.raises(ValueError, match="nested deeper than 32"):
        rlp_decode(rlp_list(nested))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_damaged_bytes_never_raise_anything_but_a_refusal(name: str, data: st.DataObject) -> None:
    raw = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(("set", "cut", "insert", "double"))):
            case "set":
                raw[position] = data.draw(st.integers(0, 255))
            case "cut":
                del raw[position : position + data.draw(st.integers(1, 8))]
            case "insert":
                raw[position:position] = data.draw(st.binary(max_size=40))
            case "double":
                raw += raw[position:]
        if not raw:
            break

    try:
        tx = decode(bytes(raw))
    except (MalformedTransaction, WrongChainId):
        return
    assert tx.raw == raw  # whatever decodes has one encoding only
    assert tx.hash == keccak(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_never_raise_anything_but_a_refusal(raw: bytes) -> None:
    with pytest.raises(TransactionRejected):
        decode(raw)
    with pytest.raises(InvalidBlock):
        MEMORY.evm.decode_block(raw)


MEMORY = MemoryChain()


BLOB = bytes(31) + b"\x07" + bytes(131_072 - 32)


def sidecar() -> tuple[list[bytes], bytes, bytes, list[bytes]]:
    """Signed transaction fields, the commitment to BLOB, its proof and its cell proofs."""
    commitment = ckzg.blob_to_kzg_commitment(BLOB, trusted_setup())
    proof = ckzg.compute_blob_kzg_proof(BLOB, commitment, trusted_setup())
    _, cell_proofs = ckzg.compute_cells_and_kzg_proofs(BLOB, trusted_setup())
    raw = Signer(0).sign(RECEIVER, type=3, blobVersionedHashes=["0x" + versioned_hash(commitment).hex()])
    return rlp_decode(raw[1:]), commitment, proof, cell_proofs


def test_a_blob_transaction_is_stripped_of_a_sidecar_that_holds_and_refused_with_one_that_does_not() -> None:
    inner, commitment, proof, cell_proofs = sidecar()
    damaged = BLOB[:40] + b"\x01" + BLOB[41:]

    for envelope in ([inner, [BLOB], [commitment], [proof]], [inner, b"\x01", [BLOB], [commitment], cell_proofs]):
        tx = decode(b"\x03" + rlp_encode(envelope))
        assert tx.raw == b"\x03" + rlp_encode(inner)
        assert tx.blob_hashes == (versioned_hash(commitment),)
        assert decode(tx.raw) == tx
    for envelope, words in (
        ([inner, [damaged], [commitment], [proof]], "KZG proof does not hold"),
        ([inner, [BLOB], [commitment], [b"\xff" * 48]], "KZG proof does not hold"),
        ([inner, [b"\xff" * 131_072], [commitment], [proof]], "KZG proof does not hold"),
        ([inner, b"\x01", [damaged], [commitment], cell_proofs], "KZG proof does not hold"),
        ([inner, b"\x01", [BLOB], [commitment], cell_proofs[::-1]], "KZG proof does not hold"),
        ([inner, b"\x01", [BLOB], [commitment], [proof]], "1 proofs where 128 are expected"),
        ([inner, b"\x02", [BLOB], [commitment], cell_proofs], "version 0x02 is not known"),
        ([inner, [BLOB], [proof], [proof]], "does not hash to"),
        ([inner, [BLOB], [commitment], []], "1 hashes, 1 blobs, 1 commitments, 0 proofs"),
        ([inner, [b"short"], [commitment], [proof]], "expected 131072 bytes"),
        ([inner, [BLOB], [commitment]], "expected 4 or 5 fields"),
        ([inner[:-1], [BLOB], [commitment], [proof]], "expected 14 fields"),
    ):
        with pytest.raises(MalformedTransaction, match=words):
            decode(b"\x03" + rlp_encode(envelope))


def test_the_trusted_setup_is_read_once() -> None:
    assert trusted_setup() is trusted_setup()
