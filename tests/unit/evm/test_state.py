"""Reading accounts at a block, also from many threads while a block is being made."""

from __future__ import annotations

import random
import threading

import pytest

from chain.errors import UnknownBlock
from chain.model import Account, Call
from chain.primitives import EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, keccak
from chain.spec import GenesisAccount
from tests.traffic import ETHER, STORE, MemoryChain, Signer, Traffic, contract, spec, word


def test_genesis_holds_what_the_spec_lists() -> None:
    picks = random.Random(1)
    extra = {
        picks.randbytes(20): GenesisAccount(
            balance=picks.randrange(2**90),
            nonce=picks.randrange(1, 9),
            code=picks.randbytes(picks.randrange(40)),
            storage={picks.randrange(2**256): picks.randrange(1, 2**256) for _ in range(picks.randrange(20))},
        )
        for _ in range(60)
    }
    chain = MemoryChain(spec(extra=extra))

    state = chain.evm.state(chain.head)

    for address, account in extra.items():
        assert (state.balance(address), state.nonce(address)) == (account.balance, account.nonce)
        assert state.code(address) == account.code
        assert state.account(address).code_hash == keccak(account.code)
        assert {slot: state.storage(address, slot) for slot in account.storage} == account.storage
    assert chain.evm.genesis() == chain.evm.genesis()


def test_what_does_not_exist_reads_as_zero() -> None:
    chain = MemoryChain()
    state = chain.evm.state(chain.head)

    assert state.account(b"\x01" * 20) == Account()
    assert state.account(b"\x01" * 20).code_hash == EMPTY_CODE_HASH
    assert state.account(b"\x01" * 20).storage_root == EMPTY_TRIE_ROOT
    assert (state.code(b"\x01" * 20), state.storage(b"\x01" * 20, 5)) == (b"", 0)
    assert state.storage(contract("store"), 2**256 - 1) == 0


def test_an_empty_state_and_a_missing_code_are_told_apart() -> None:
    chain = MemoryChain(spec(accounts=0))
    del chain.nodes[keccak(STORE)]

    with pytest.raises(UnknownBlock, match="state of block 0 is not available"):
        chain.evm.state(chain.head).code(contract("store"))


def test_every_block_keeps_its_own_state() -> None:
    chain, signer = MemoryChain(), Signer(0)
    for value in (3, 0, 9):
        chain.produce([signer.sign(contract("store"), data=word(1) + word(value))])

    values = [chain.evm.state(block.header).storage(contract("store"), 1) for block in chain.blocks]

    assert values == [0, 3, 0, 9]
    assert chain.evm.state(chain.head).balance(signer.address) < 1_000 * ETHER


def test_readers_see_whole_blocks_while_the_writer_builds() -> None:
    chain, traffic = MemoryChain(), Traffic(11)
    for _ in range(3):
        chain.produce(traffic.take(20))
    headers = [block.header for block in chain.blocks]
    call = Call(to=contract("store"), data=word(1) + word(7), sender=Signer(0).address)
    expected = [
        (chain.evm.state(h).account(Signer(0).address), chain.evm.call(h, call), chain.evm.estimate(h, call))
        for h in headers
    ]
    failures: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            for header, answer in zip(headers, expected, strict=True):
                found = (
                    chain.evm.state(header).account(Signer(0).address),
                    chain.evm.call(header, call),
                    chain.evm.estimate(header, call),
                )
                if found != answer:
                    failures.append(found)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    alone = MemoryChain()
    replay = Traffic(11)
    for _ in range(8):
        chain.produce(traffic.take(20))
    stop.set()
    for thread in threads:
        thread.join()
    for _ in range(11):
        alone.produce(replay.take(20))

    assert failures == []
    assert alone.head == chain.head
