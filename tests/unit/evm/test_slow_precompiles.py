"""Precompiles in pure Python cannot hold a chain up: who makes a block drops what needs them too long."""

from __future__ import annotations

import time

import pytest

from chain.errors import LimitExceeded
from chain.evm import building, curves
from chain.evm.calls import CallLimits
from chain.model import Call
from chain.spec import GenesisAccount
from tests.traffic import MemoryChain, Signer, code, contract, spec, word

PAIRING, BLAKE2F = (8).to_bytes(20, "big"), (9).to_bytes(20, "big")
PAIRS_FOR_MINUTES = bytes(192 * 250)
HOG = b"\x77" * 20
# Multiplies a point of bn128 by a large number, over and over until the gas is used up.
MULTIPLY = code(
    "0x01 PUSH0 MSTORE 0x02 0x20 MSTORE PUSH0 0x01 SWAP1 SUB 0x40 MSTORE "
    "JUMPDEST 0x40 0x60 0x60 PUSH0 0x07 GAS STATICCALL POP 0x11 JUMP"
)


def rounds(count: int, tail: int = 1) -> bytes:
    """Input of BLAKE2F for so many rounds."""
    return count.to_bytes(4, "big") + bytes(208) + bytes((tail,))


@pytest.fixture
def chain() -> MemoryChain:
    curves.load()  # importing them is no part of what is measured
    return MemoryChain(spec(extra={HOG: GenesisAccount(nonce=1, code=MULTIPLY)}))


@pytest.mark.parametrize(
    ("to", "data", "gas"), [(PAIRING, PAIRS_FOR_MINUTES, 20_000_000), (BLAKE2F, rounds(30_000_000), 40_000_000)]
)
def test_what_would_take_minutes_is_dropped_before_it_begins(
    chain: MemoryChain, to: bytes, data: bytes, gas: int
) -> None:
    began = time.thread_time()

    built = chain.produce(
        [Signer(0).sign(to, data=data, gas=gas), Signer(1).sign(contract("store"), data=word(1) + word(7))]
    )

    assert [rejected.reason for rejected in built.skipped] == [
        "the transaction was dropped: its precompiled contracts take more than 2 s here"
    ]
    assert [tx.sender for tx in built.block.transactions] == [Signer(1).address]
    assert chain.evm.state(chain.head).nonce(Signer(0).address) == 0
    assert chain.evm.state(chain.head).storage(contract("store"), 1) == 7
    assert time.thread_time() - began < 2


def test_many_short_ones_count_together_but_not_those_of_other_transactions(
    chain: MemoryChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "PRECOMPILE_SECONDS", 0.2)
    few = [Signer(index).sign(HOG, gas=45_000) for index in range(1, 3)]  # each multiplies some times

    built = chain.produce([Signer(0).sign(HOG, gas=30_000_000), *few])

    assert [rejected.transaction.sender for rejected in built.skipped] == [Signer(0).address]
    assert len(built.block.transactions) == 2


def test_a_block_of_somebody_else_may_have_it(chain: MemoryChain, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = Signer(0).sign(BLAKE2F, data=rounds(5_000))
    with monkeypatch.context() as patch:
        patch.setattr(building, "PRECOMPILE_SECONDS", 60.0)
        theirs = chain.build([raw])
    monkeypatch.setattr(building, "PRECOMPILE_SECONDS", 0.001)

    assert chain.build([raw]).block.transactions == ()
    assert chain.evm.verify(theirs.block, chain.head).receipts == theirs.receipts
    assert theirs.receipts[0].status == 1


@pytest.mark.parametrize(
    ("to", "data", "gas"),
    [
        (BLAKE2F, rounds(2**32 - 1), 30_000_000),  # more than the gas pays for
        (BLAKE2F, rounds(30_000_000, tail=2), 60_000),
        (BLAKE2F, rounds(30_000_000)[:-1], 31_000_000),
        (PAIRING, PAIRS_FOR_MINUTES, 2_000_000),
    ],
)
def test_what_only_fails_is_mined_as_a_failure(chain: MemoryChain, to: bytes, data: bytes, gas: int) -> None:
    built = chain.produce([Signer(0).sign(to, data=data, gas=gas)])

    assert [receipt.status for receipt in built.receipts] == [0]
    assert built.receipts[0].gas_used == gas


def test_a_call_that_would_take_longer_than_it_may_is_refused_at_once(chain: MemoryChain) -> None:
    call = Call(to=BLAKE2F, data=rounds(20_000_000), gas=30_000_000)
    began = time.thread_time()

    with pytest.raises(LimitExceeded, match="execution timeout"):
        chain.evm.call(chain.head, call, limits=CallLimits(seconds=5, gas=50_000_000))

    assert time.thread_time() - began < 2
