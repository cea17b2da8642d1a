"""Checking blocks: what we build is accepted, whatever is changed in it is named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chain.errors import InvalidBlock
from chain.evm.roots import list_root
from chain.model import Block, Built, Withdrawal
from tests.traffic import GWEI, MemoryChain, Signer, Traffic, contract

CHAIN = MemoryChain()
CHAIN.produce(Traffic(3).take(10))
PARENT = CHAIN.head


def signer(index: int) -> Signer:
    """Account `index` with its nonce at PARENT."""
    return Signer(index, nonce=CHAIN.evm.state(PARENT).nonce(Signer(index).address))


BUILT: Built = CHAIN.build([signer(0).sign(contract("logger"), data=b"x")])


def forged(**fields: Any) -> Block:
    header = msgspec.structs.replace(BUILT.block.header, **{"hash": b"", **fields})
    return msgspec.structs.replace(BUILT.block, header=header)


def test_a_built_block_survives_its_own_bytes_and_is_verified_to_the_same_result() -> None:
    decoded = CHAIN.evm.decode_block(BUILT.block.encode())

    assert decoded == BUILT.block
    assert CHAIN.evm.verify(decoded, PARENT) == BUILT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("parent_hash", b"\x01" * 32),
        ("number", 7),
        ("base_fee", GWEI),
        ("excess_blob_gas", 131_072),
        ("difficulty", 1),
        ("nonce", b"\x01" * 8),
        ("uncles_hash", b"\x01" * 32),
        ("withdrawals_root", b"\x01" * 32),
        ("transactions_root", b"\x01" * 32),
        ("gas_used", 1),
        ("blob_gas_used", 1),
        ("receipts_root", b"\x01" * 32),
        ("logs_bloom", b"\x01" * 256),
        ("requests_hash", b"\x01" * 32),
        ("state_root", b"\x01" * 32),
        ("hash", b"\x01" * 32),
        ("timestamp", PARENT.timestamp),
        ("gas_limit", 61_000_000),
        ("extra_data", bytes(33)),
        ("requests_hash", None),
    ],
)
def test_a_changed_header_field_is_named_with_both_values(field: str, value: Any) -> None:
    with pytest.raises(InvalidBlock) as refusal:
        CHAIN.evm.verify(forged(**{field: value}), PARENT)

    assert field in refusal.value.message
    if value is not None and field != "extra_data":
        assert (value.hex() if isinstance(value, bytes) else str(value)) in refusal.value.message


@pytest.mark.parametrize("field", ["coinbase", "mix_hash", "timestamp", "parent_beacon_root"])
def test_what_contracts_can_read_of_the_header_is_bound_by_the_state(field: str) -> None:
    """Trap 6: these are in the header before execution, so changing them afterwards changes the state."""
    value = PARENT.timestamp + 13 if field == "timestamp" else b"\x05" * len(getattr(BUILT.block.header, field))
    if field == "mix_hash":
        block = CHAIN.build([signer(0).sign(contract("witness"))]).block
        header = msgspec.structs.replace(block.header, mix_hash=value, hash=b"")
        changed = msgspec.structs.replace(block, header=header)
    else:
        changed = forged(**{field: value})

    with pytest.raises(InvalidBlock, match=r"state_root|gas_used"):
        CHAIN.evm.verify(changed, PARENT)


def test_a_transaction_that_may_not_stand_there_is_named_by_its_place() -> None:
    block = BUILT.block
    twice = msgspec.structs.replace(block, transactions=block.transactions * 2)
    header = msgspec.structs.replace(
        block.header, transactions_root=list_root([tx.raw for tx in twice.transactions]), hash=b""
    )

    with pytest.raises(InvalidBlock, match="transaction 1: nonce too low"):
        CHAIN.evm.verify(msgspec.structs.replace(twice, header=header), PARENT)


def test_a_block_that_holds_more_gas_than_its_limit_is_refused() -> None:
    block = CHAIN.build([signer(index).sign(contract("halter"), gas=29_999_000) for index in (1, 2)]).block
    header = msgspec.structs.replace(block.header, gas_limit=60_000_000 - 50_000, hash=b"")

    with pytest.raises(InvalidBlock, match="transaction 1: gas limit reached"):
        CHAIN.evm.verify(msgspec.structs.replace(block, header=header), PARENT)


def test_uncles_and_withdrawals_are_refused() -> None:
    gift = Withdrawal(index=0, validator_index=0, address=Signer(0).address, amount=10**9)

    for change, words in (
        ({"uncles": (PARENT,)}, "1 uncles"),
        ({"withdrawals": (gift,)}, "1 withdrawals"),
        ({"withdrawals": None}, "no list of withdrawals"),
    ):
        with pytest.raises(InvalidBlock, match=words):
            CHAIN.evm.verify(msgspec.structs.replace(BUILT.block, **change), PARENT)


def test_blocks_with_uncles_and_withdrawals_still_decode() -> None:
    gift = Withdrawal(index=3, validator_index=4, address=Signer(0).address, amount=10**9)
    block = msgspec.structs.replace(BUILT.block, uncles=(PARENT,), withdrawals=(gift,))

    assert CHAIN.evm.decode_block(block.encode()) == block
    assert CHAIN.evm.decode_block(msgspec.structs.replace(block, withdrawals=None).encode()).withdrawals is None
