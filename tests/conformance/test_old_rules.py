"""What only older blocks have to keep: proof of work, uncles, the DAO's mark; and where mainnet began."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chain.errors import InvalidBlock
from chain.evm import Evm
from chain.evm.ethash import Seals
from chain.evm.execution import BlockExecution, open_header
from chain.evm.stock import next_difficulty
from chain.model import Block, Built, Header
from chain.primitives import Hash32, keccak, rlp_encode
from chain.spec import read_genesis
from tests.conformance.specification import PYTHON
from tests.optional import require
from tests.traffic import CHAIN_ID, START

ETHER = 10**18
MINER, OTHER = b"\xcc" * 20, b"\xdd" * 20
DAO_CHILD = bytes.fromhex("d4fe7bc31cedb7bfb8a345f31e668033056b2728")  # the first of EIP-779's list
DAO_REFUND = bytes.fromhex("bf4ed7b27f1d666546e30d74d50d173d20bca754")
DAO_BLOCK = 3


class Miner:
    """A chain of blocks whose proof of work nobody looks at."""

    def __init__(self, **config: Any) -> None:
        content = {
            "config": {"chainId": CHAIN_ID, **config},
            "alloc": {"0x" + DAO_CHILD.hex(): {"balance": hex(7 * ETHER)}},
            "timestamp": hex(START),
            "gasLimit": hex(8_000_000),
            "difficulty": hex(1_000_000),
        }
        self.blocks: list[Block] = []
        self._known: dict[Hash32, Block] = {}
        self._nodes: dict[bytes, bytes] = {}
        self.evm = Evm(
            read_genesis(json.dumps(content).encode(), "genesis.json"),
            self._nodes,
            self,
            uncles_of=lambda key: self._known[key].uncles,
            seals=False,
        )
        self.take(self.evm.genesis())

    def header(self, key: Hash32) -> Header:
        return self._known[key].header

    def take(self, built: Built) -> None:
        self._nodes.update(built.nodes)
        self._known[built.block.hash] = built.block
        self.blocks.append(built.block)

    def find(
        self,
        parent: Header,
        uncles: Sequence[Header] = (),
        *,
        coinbase: bytes = MINER,
        extra: bytes = b"",
        late: int = 0,
    ) -> Built:
        """A block on `parent`, as its finder would have made it."""
        timestamp = parent.timestamp + 14 + late
        forks = self.evm._forks
        fork = forks.at(parent.number + 1, timestamp, 1)
        opened = open_header(
            forks,
            parent,
            timestamp=timestamp,
            coinbase=coinbase,
            gas_limit=parent.gas_limit,
            prev_randao=bytes(32),
            extra_data=extra,
            difficulty=next_difficulty(fork, parent, timestamp),
        )
        built = BlockExecution(forks, self._nodes, self, opened).seal(uncles=tuple(uncles))
        self._nodes.update(built.nodes)
        return built

    def grow(self, count: int) -> None:
        for _ in range(count):
            built = self.find(self.blocks[-1].header)
            assert self.evm.verify(built.block, self.blocks[-1].header) == built
            self.take(built)

    def refusal(self, uncles: Sequence[Header]) -> str:
        parent = self.blocks[-1].header
        with pytest.raises(InvalidBlock) as refused:
            self.evm.verify(self.find(parent, uncles).block, parent)
        return refused.value.message


@pytest.fixture
def miner() -> Miner:
    found = Miner()
    found.grow(8)
    return found


def test_uncles_within_six_generations_are_taken_and_paid(miner: Miner) -> None:
    parent = miner.blocks[-1].header
    near = miner.find(miner.blocks[7].header, coinbase=OTHER, late=1).block.header  # a brother of block 8
    far = miner.find(miner.blocks[2].header, coinbase=OTHER, late=2).block.header  # of block 3, the sixth generation

    built = miner.find(parent, [near, far])

    assert miner.evm.verify(built.block, parent) == built
    miner.take(built)
    state = miner.evm.state(built.block.header)
    assert state.balance(OTHER) == 5 * ETHER * 7 // 8 + 5 * ETHER * 2 // 8
    assert state.balance(MINER) == 8 * 5 * ETHER + 5 * ETHER + 2 * (5 * ETHER // 32)


def test_uncles_that_break_a_rule_are_refused_with_the_rule(miner: Miner) -> None:
    heads = [block.header for block in miner.blocks]
    brothers = [miner.find(heads[number], coinbase=OTHER, late=1).block.header for number in range(8)]
    nephew = miner.find(heads[8], coinbase=OTHER, late=1).block.header
    cousin = miner.find(brothers[6], coinbase=OTHER).block.header

    def changed(**fields: Any) -> Header:
        return msgspec.structs.replace(brothers[7], **fields, hash=b"")

    assert "3 uncles, at most 2" in miner.refusal(brothers[5:8])
    assert "was named before" in miner.refusal([brothers[7], brothers[7]])
    assert "is an ancestor" in miner.refusal([heads[7]])
    assert "is no sibling of an ancestor" in miner.refusal([nephew]), "it is the block's own brother"
    assert "is no sibling of an ancestor" in miner.refusal([brothers[1]]), "of the seventh generation"
    assert "is no sibling of an ancestor" in miner.refusal([cousin]), "its parent is an uncle"
    assert "difficulty" in miner.refusal([changed(difficulty=brothers[7].difficulty + 1)])
    assert "number" in miner.refusal([changed(number=7)])
    assert "gas_used" in miner.refusal([changed(gas_used=8_000_001)])
    assert "timestamp" in miner.refusal([changed(timestamp=heads[7].timestamp)])
    miner.take(miner.find(heads[8], [brothers[7]]))
    assert "was named before" in miner.refusal([brothers[7]]), "in the block before"


@pytest.mark.parametrize("supported", (True, False))
def test_the_ten_blocks_of_the_dao_fork_are_marked_on_one_side_and_not_on_the_other(supported: bool) -> None:
    miner = Miner(homesteadBlock=0, daoForkBlock=DAO_BLOCK, daoForkSupport=supported)
    miner.grow(DAO_BLOCK - 1)
    mark, other = (b"dao-hard-fork", b"") if supported else (b"", b"dao-hard-fork")

    for _ in range(10):
        parent = miner.blocks[-1].header
        with pytest.raises(InvalidBlock, match="that of the DAO fork's other side"):
            miner.evm.verify(miner.find(parent, extra=other).block, parent)
        built = miner.find(parent, extra=mark)
        assert miner.evm.verify(built.block, parent) == built
        miner.take(built)
    parent = miner.blocks[-1].header
    assert miner.evm.verify(miner.find(parent, extra=other).block, parent), "the eleventh may say what it likes"

    before, after = (miner.evm.state(miner.blocks[number].header) for number in (DAO_BLOCK - 1, DAO_BLOCK))
    moved = 7 * ETHER if supported else 0
    assert (before.balance(DAO_CHILD), before.balance(DAO_REFUND)) == (7 * ETHER, 0)
    assert (after.balance(DAO_CHILD), after.balance(DAO_REFUND)) == (7 * ETHER - moved, moved)


# --- mainnet, as the specification's package has it -------------------------------------------------------------------


def asset(name: str) -> bytes:
    python = Path(require("the Ethereum specification (make .venv-specification/.made)", PYTHON))
    [found] = python.parent.parent.glob(f"lib/python*/site-packages/ethereum/assets/{name}")
    return found.read_bytes()


def header_of(name: str) -> Header:
    shown = json.loads(asset(name))
    assert not shown["transactions"] and not shown["uncles"]

    def octets(field: str) -> bytes:
        return bytes.fromhex(shown[field][2:])

    def number(field: str) -> int:
        return int(shown[field], 16)

    header = Header(
        parent_hash=octets("parentHash"),
        uncles_hash=octets("sha3Uncles"),
        coinbase=octets("miner"),
        state_root=octets("stateRoot"),
        transactions_root=octets("transactionsRoot"),
        receipts_root=octets("receiptsRoot"),
        logs_bloom=octets("logsBloom"),
        difficulty=number("difficulty"),
        number=number("number"),
        gas_limit=number("gasLimit"),
        gas_used=number("gasUsed"),
        timestamp=number("timestamp"),
        extra_data=octets("extraData"),
        mix_hash=octets("mixHash"),
        nonce=octets("nonce"),
    )
    assert header.hash == octets("hash")
    return header


class Mainnet:
    """Its genesis, and nothing on it yet."""

    def __init__(self, *, seals: bool) -> None:
        self._nodes: dict[bytes, bytes] = {}
        spec = read_genesis(asset("mainnet.json"), "mainnet.json")
        self.evm = Evm(spec, self._nodes, self, seals=seals)
        built = self.evm.genesis()
        self._nodes.update(built.nodes)
        self.genesis = built.block.header

    def header(self, key: Hash32) -> Header:
        assert key == self.genesis.hash
        return self.genesis


def test_mainnet_begins_with_its_published_hash_and_takes_its_first_block() -> None:
    mainnet = Mainnet(seals=False)
    block = Block(header=header_of("blocks/block_1.json"), transactions=(), withdrawals=None)

    assert mainnet.genesis.hash.hex() == "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
    assert mainnet.evm.verify(block, mainnet.genesis).block == block


@pytest.mark.deep
def test_the_proofs_of_work_of_mainnet_hold_and_changed_ones_do_not() -> None:
    mainnet = Mainnet(seals=True)
    first = header_of("blocks/block_1.json")

    def changed(**fields: Any) -> Block:
        return Block(header=msgspec.structs.replace(first, **fields, hash=b""), transactions=(), withdrawals=None)

    assert mainnet.evm.verify(changed(), mainnet.genesis)
    for wrong in ({"nonce": bytes(8)}, {"mix_hash": bytes(32)}, {"extra_data": b"mine"}):
        with pytest.raises(InvalidBlock, match="no proof of work: mix hash is"):
            mainnet.evm.verify(changed(**wrong), mainnet.genesis)
    later, seals = header_of("blocks/block_1234567.json"), Seals()
    items = later.items()
    work = keccak(rlp_encode([*items[:13], *items[15:]]))
    assert seals.fault(later.number, work, later.mix_hash, later.nonce, later.difficulty) is None
    said = seals.fault(later.number, work, later.mix_hash, later.nonce, later.difficulty * 2**40)
    assert said is not None and "does not meet difficulty" in said
