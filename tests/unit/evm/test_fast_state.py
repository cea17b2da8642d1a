"""The fast engine's state against the reference's, operation by operation, and what it keeps between blocks."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from eth.vm.interrupt import EVMMissingData
from eth_typing import Address as EvmAddress
from eth_typing import Hash32 as EvmHash
from eth_utils.exceptions import ValidationError

from chain.errors import UnknownBlock
from chain.evm.ancestors import Ancestors
from chain.evm.fast.heads import ACCOUNTS_KEPT, ROOTS_KEPT, Head, Heads
from chain.evm.fast.program import program_of
from chain.evm.fast.vm import FastEngine, FastState
from chain.evm.overlay import Overlay
from chain.evm.vm import BlockContext, MendedState
from chain.model import Built, Call
from chain.primitives import EMPTY_TRIE_ROOT
from chain.spec import GenesisAccount
from tests.traffic import MemoryChain, Signer, Traffic, contract, deploy, spec, word

ADDRESSES = [EvmAddress(bytes((index,)) * 20) for index in range(1, 6)]


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Once only: each test here names its engine."""


def context() -> BlockContext:
    chain = MemoryChain(engine="reference")
    return BlockContext(
        chain_id=1,
        number=1,
        timestamp=1,
        coinbase=bytes(20),
        gas_limit=1,
        prev_randao=bytes(32),
        base_fee=0,
        blob_base_fee=0,
        ancestors=Ancestors(chain, chain.head.hash, 0),
    )


class Pair:
    """The same operations on both states, over blocks; every answer is compared."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self.context = context()
        self.nodes: dict[bytes, bytes] = {}
        self.engine = FastEngine(self.nodes)
        self.root = EvmHash(EMPTY_TRIE_ROOT)
        self.states: tuple[MendedState, MendedState]

    def block(self) -> None:
        overlays = Overlay(self.nodes), Overlay(self.nodes)
        self.states = (
            MendedState(overlays[0], self.context, self.root),
            self.engine(overlays[1], self.context, self.root),
        )
        for _ in range(self.pick.randrange(1, 5)):
            self.transaction()
        for state in self.states:
            state.persist()
        assert self.states[0].state_root == self.states[1].state_root
        self.root = EvmHash(self.states[0].state_root)
        self.nodes.update(overlays[1].written)  # of ours only: they have to be all that the next block needs

    def transaction(self) -> None:
        for state in self.states:
            state.lock_changes()
        if self.pick.random() < 0.3:  # CREATE2 empties what it finds
            address = self.address()
            self.each("delete_storage", address)
        self.frame(0)
        if self.pick.random() < 0.4:
            self.each("delete_account", self.address())
        for state in self.states:
            state.clear_transient_storage()

    def frame(self, depth: int) -> None:
        marks = [state.snapshot() for state in self.states]
        for _ in range(self.pick.randrange(1, 12)):
            if depth < 3 and self.pick.random() < 0.2:
                self.frame(depth + 1)
            else:
                self.operation()
        back = self.pick.random() < 0.4
        for state, mark in zip(self.states, marks, strict=True):
            if back:
                state.revert(mark)
            else:
                state.commit(mark)
        self.look()

    def operation(self) -> None:
        pick, address = self.pick, self.address()
        match pick.randrange(9):
            case 0:
                self.each("set_balance", address, pick.randrange(5))
            case 1:
                self.each("increment_nonce", address)
            case 2:
                self.each("set_code", address, pick.randbytes(pick.randrange(4)))
            case 3:
                self.each("delete_code", address)
            case 4:
                self.each("touch_account", address)
            case 5 | 6:
                self.each("set_storage", address, pick.randrange(4), pick.choice((0, 0, 1, 2**255)))
            case 7:
                self.each("set_transient_storage", address, pick.randrange(2), pick.randbytes(2))
            case 8:
                self.each("mark_address_warm", address)
                self.each("mark_storage_warm", address, pick.randrange(4))

    def look(self) -> None:
        for address in ADDRESSES:
            for name in ("get_balance", "get_nonce", "get_code", "get_code_hash", "account_exists", "account_is_empty"):
                self.each(name, address)
            self.each("has_code_or_nonce", address)
            self.each("is_address_warm", address)
            for slot in range(4):
                self.each("get_storage", address, slot)
                self.each("get_storage", address, slot, False)
                self.each("is_storage_warm", address, slot)
            for slot in range(2):
                values = [state.get_transient_storage(address, slot) for state in self.states]
                assert len({int.from_bytes(value, "big") for value in values}) == 1

    def address(self) -> EvmAddress:
        return self.pick.choice(ADDRESSES)

    def each(self, name: str, *arguments: object) -> None:
        theirs, ours = (getattr(state, name)(*arguments) for state in self.states)
        assert theirs == ours, f"{name}{arguments}"


@pytest.mark.parametrize("seed", range(25))
def test_it_answers_as_the_reference_over_blocks_reverts_and_deletions(seed: int) -> None:
    pair = Pair(seed)
    for _ in range(4):
        pair.block()


def state_at(chain: MemoryChain, root: bytes) -> FastState:
    return FastEngine(chain.nodes)(Overlay(chain.nodes), context(), root)


def test_code_whose_account_was_reverted_is_not_written() -> None:
    chain = MemoryChain()
    overlay = Overlay(chain.nodes)
    state = FastEngine(chain.nodes)(overlay, context(), EMPTY_TRIE_ROOT)
    state.set_code(ADDRESSES[0], b"kept")
    mark = state.snapshot()
    state.set_code(ADDRESSES[1], b"taken back")
    state.revert(mark)

    state.persist()

    assert b"kept" in overlay.written.values()
    assert b"taken back" not in overlay.written.values()


def test_amounts_that_do_not_fit_are_refused() -> None:
    state = state_at(MemoryChain(), EMPTY_TRIE_ROOT)

    for balance in (-1, 2**256):
        with pytest.raises(ValidationError, match="256 bits"):
            state.set_balance(ADDRESSES[0], balance)
    with pytest.raises(ValidationError, match="64 bits"):
        state.set_nonce(ADDRESSES[0], 2**64)


def test_a_state_that_is_gone_is_named() -> None:
    chain = MemoryChain(engine="fast")
    chain.nodes.clear()

    with pytest.raises(UnknownBlock, match="state of block 0 is not available"):
        chain.evm.call(chain.head, Call(to=contract("store"), data=b""))
    with pytest.raises(EVMMissingData):
        state_at(chain, chain.head.state_root).get_balance(ADDRESSES[0])


# --- what is kept between blocks --------------------------------------------------------------------------------------


def test_siblings_and_rewinds_see_their_own_state() -> None:
    warm = MemoryChain(engine="fast")
    signer = Signer(0)

    def store(value: int, nonce: int) -> bytes:
        return signer.sign(contract("store"), data=word(1) + word(value), nonce=nonce)

    def value_at(built: Built) -> int:
        result = warm.evm.call(built.block.header, Call(to=contract("store"), data=word(1) + word(9)))
        assert result.error is None
        return result.gas_spent  # tells whether the slot was empty, other or the same

    warm.produce([store(0, 0)])
    parent = warm.head
    siblings = [warm.build([store(value, 1)]) for value in (0, 9, 7)]
    for built in siblings:
        warm.append(built)
    prices = [value_at(built) for built in siblings]
    assert len(set(prices)) == 3  # set from zero, left as it is, changed
    for value, built in zip((0, 9, 7), siblings, strict=True):
        again = warm.evm.build(
            parent,
            built.block.transactions,
            timestamp=built.block.header.timestamp,
            prev_randao=built.block.header.mix_hash,
        )
        assert again.block == built.block, value
    assert [value_at(built) for built in siblings] == prices


def test_a_block_built_but_never_kept_leaves_nothing_behind() -> None:
    chain, reference = MemoryChain(engine="fast"), MemoryChain(engine="reference")
    for seed in range(3):
        chain.build(Traffic(seed).take(20))  # thrown away
    traffic, same = Traffic(9), Traffic(9)
    for _ in range(3):
        assert chain.produce(traffic.take(20)).block == reference.produce(same.take(20)).block
        chain.evm.verify(reference.blocks[-1], reference.blocks[-2].header)


def test_all_that_a_block_needs_later_is_in_its_nodes() -> None:
    chain, traffic = MemoryChain(engine="fast"), Traffic(3)
    for _ in range(4):
        chain.produce(traffic.take(20))
        cold = MemoryChain(engine="reference")
        cold.nodes.update(chain.nodes)
        for name in ("store", "factory", "witness"):
            for slot in range(6):
                cold.evm.state(chain.head).storage(contract(name), slot)
            assert cold.evm.state(chain.head).code(contract(name)) == chain.evm.state(chain.head).code(contract(name))


def test_storage_of_an_account_without_code_is_gone_once_it_was_emptied() -> None:
    """It exists by genesis only; EIP-161 removes it, and a creation there must not find the slots that were read."""
    signer = Signer(0)
    where = b"\xab" * 20
    made = spec(extra={where: GenesisAccount(balance=0, storage={1: 5})})
    chains = [MemoryChain(made, engine=engine) for engine in ("reference", "fast")]
    raws = [signer.sign(where), signer.sign(None, data=deploy(b"\x00"))]

    first, second = (chain.produce(raws).block for chain in chains)

    assert first == second
    assert [chain.evm.state(chain.head).storage(where, 1) for chain in chains] == [0, 0]


def test_readers_in_other_threads_do_not_disturb_a_block_in_the_making() -> None:
    chain, reference = MemoryChain(engine="fast"), MemoryChain(engine="reference")
    call = Call(to=contract("witness"), data=b"")
    with ThreadPoolExecutor(3) as pool:
        traffic, same = Traffic(4), Traffic(4)
        for _ in range(4):
            header = chain.head
            reads = [pool.submit(chain.evm.call, header, call) for _ in range(12)]
            built = chain.produce(traffic.take(15))
            assert built.block == reference.produce(same.take(15)).block
            assert len({repr(read.result()) for read in reads}) == 1


def test_books_are_bounded_and_the_oldest_roots_are_forgotten() -> None:
    heads = Heads()
    first = heads.at(b"first")
    for index in range(ACCOUNTS_KEPT + 10):
        first.learn_account(index.to_bytes(20, "big"), None)
    assert len(first.accounts) == ACCOUNTS_KEPT
    assert heads.at(b"first") is first
    for index in range(ROOTS_KEPT):
        heads.add(bytes((index,)), Head({}, {}))

    assert len(heads) == ROOTS_KEPT
    assert heads.at(b"first") is not first


def test_a_successor_starts_with_what_is_still_true() -> None:
    one, other = ADDRESSES[:2]
    head = Head({one: None, other: None}, {(one, 1): 5, (other, 1): 6})

    after = head.after({other: (1, 2, b"", b"")}, {(one, 2): 7}, wiped=[other])

    assert after.accounts == {one: None, other: (1, 2, b"", b"")}
    assert after.slots == {(one, 1): 5, (one, 2): 7}
    assert head.slots == {(one, 1): 5, (other, 1): 6}


def test_the_same_code_is_analysed_once() -> None:
    assert program_of(b"\x5b\x00\x01") is program_of(b"\x5b\x00" + b"\x01")
