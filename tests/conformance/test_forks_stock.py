"""Chains that stock py-evm made through every fork from Frontier to Cancun, imported here block by block.

py-evm executes with its own header rules, transaction executors, rewards and tries; we come to the same hash of every
block, or refuse it. The forks before Prague have been run by py-evm against Ethereum's own test suites for years.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
import rlp
from eth.chains.base import MiningChain
from eth.consensus.noproof import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.vm.forks.arrow_glacier import ArrowGlacierVM
from eth.vm.forks.berlin import BerlinVM
from eth.vm.forks.byzantium import ByzantiumVM
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.constantinople import ConstantinopleVM
from eth.vm.forks.frontier import FrontierVM
from eth.vm.forks.gray_glacier import GrayGlacierVM
from eth.vm.forks.homestead import HomesteadVM
from eth.vm.forks.istanbul import IstanbulVM
from eth.vm.forks.london import LondonVM
from eth.vm.forks.muir_glacier import MuirGlacierVM
from eth.vm.forks.paris import ParisVM
from eth.vm.forks.petersburg import PetersburgVM
from eth.vm.forks.shanghai import ShanghaiVM
from eth.vm.forks.shanghai.withdrawals import Withdrawal as StockWithdrawal
from eth.vm.forks.spurious_dragon import SpuriousDragonVM
from eth.vm.forks.tangerine_whistle import TangerineWhistleVM

from chain.evm import Evm
from chain.model import Block, Built, Header
from chain.primitives import Address, Hash32
from chain.spec import Fork, Genesis, GenesisAccount, Schedule, Spec
from tests.bytecode import Writer
from tests.traffic import CHAIN_ID, ETHER, START, Signer, address_of, key_of

VMS = {
    Fork.FRONTIER: FrontierVM,
    Fork.HOMESTEAD: HomesteadVM,
    Fork.TANGERINE_WHISTLE: TangerineWhistleVM,
    Fork.SPURIOUS_DRAGON: SpuriousDragonVM,
    Fork.BYZANTIUM: ByzantiumVM,
    Fork.CONSTANTINOPLE: ConstantinopleVM,
    Fork.PETERSBURG: PetersburgVM,
    Fork.ISTANBUL: IstanbulVM,
    Fork.MUIR_GLACIER: MuirGlacierVM,
    Fork.BERLIN: BerlinVM,
    Fork.LONDON: LondonVM,
    Fork.ARROW_GLACIER: ArrowGlacierVM,
    Fork.GRAY_GLACIER: GrayGlacierVM,
    Fork.PARIS: ParisVM,
    Fork.SHANGHAI: ShanghaiVM,
    Fork.CANCUN: CancunVM,
}
BLOCKS_OF_A_FORK = 2
GENESIS_DIFFICULTY = 200_000
CONTRACTS = 8

pytestmark = pytest.mark.filterwarnings("ignore:SELFDESTRUCT opcode present:DeprecationWarning")

# Opcodes that came later, and what takes as much from the stack and leaves as much on it.
OLDER = {
    0x1B: (0x03,), 0x1C: (0x03,), 0x1D: (0x03,), 0x3D: (0x36,), 0x3E: (0x37,), 0x3F: (0x3B,), 0x46: (0x43,),
    0x47: (0x30,), 0x48: (0x43,), 0x49: (0x15,), 0x4A: (0x43,), 0x5C: (0x54,), 0x5D: (0x55,), 0x5E: (0x37,),
    0x5F: (0x60, 0x00), 0xF5: (0xF0, 0x90, 0x50), 0xFA: (0xF4,),
}  # fmt: skip


class OlderWriter(Writer):
    """Writes programs that Frontier can run to their end."""

    def _op(self, *opcodes: int) -> None:
        pushed = 0
        for opcode in opcodes:
            if pushed:
                pushed -= 1
                super()._op(opcode)
            else:
                super()._op(*OLDER.get(opcode, (opcode,)))
                pushed = opcode - 0x5F if 0x60 <= opcode <= 0x7F else 0


def contract_at(index: int) -> Address:
    return (0xC0DE00 + index).to_bytes(20, "big")


def alloc_of(pick: random.Random) -> dict[Address, GenesisAccount]:
    others = [contract_at(index) for index in range(CONTRACTS)]
    alloc = {address_of(key_of(index)): GenesisAccount(balance=1_000 * ETHER) for index in range(3)}
    for index, address in enumerate(others):
        writer = (OlderWriter if index % 4 else Writer)(pick, others)
        alloc[address] = GenesisAccount(
            nonce=1, balance=index, code=writer.program(12), storage={0: index + 1, 2**200: 5}
        )
    alloc[b"\x77" * 20] = GenesisAccount()  # empty: stays until somebody touches it after EIP-161
    return alloc


class StockChain:
    """A chain that py-evm makes, one or more blocks for each fork."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self.alloc = alloc_of(self.pick)
        self.signers = [Signer(index) for index in range(3)]
        self.starts: dict[Fork, int] = {fork: 1 + BLOCKS_OF_A_FORK * fork for fork in VMS if fork > Fork.FRONTIER}
        configuration = [
            (self.starts.get(fork, 0), vm if fork >= Fork.PARIS else vm.configure(consensus_class=NoProofConsensus))
            for fork, vm in VMS.items()
        ]
        configured = MiningChain.configure(__name__="Stock", vm_configuration=tuple(configuration), chain_id=CHAIN_ID)
        homestead = dict(configuration)[self.starts[Fork.HOMESTEAD]]
        for vm in (homestead, dict(configuration)[self.starts[Fork.TANGERINE_WHISTLE]]):
            vm.support_dao_fork = False
        accounts = {
            address: {
                "balance": account.balance,
                "nonce": account.nonce,
                "code": account.code,
                "storage": dict(account.storage),
            }
            for address, account in self.alloc.items()
        }
        header = {"difficulty": GENESIS_DIFFICULTY, "gas_limit": 8_000_000, "timestamp": START, "nonce": bytes(8)}
        self.chain: Any = configured.from_genesis(AtomicDB(), header, accounts)  # type: ignore[arg-type]
        self.genesis = self.chain.get_canonical_head()
        self.made: list[Any] = []

    def fork_of(self, number: int) -> Fork:
        return max((fork for fork, start in self.starts.items() if start <= number), default=Fork.FRONTIER)

    def make(self) -> None:
        """One more block, with what its fork knows."""
        parent = self.chain.get_canonical_head()
        number = parent.block_number + 1
        fork = self.fork_of(number)
        wish: dict[str, Any] = {
            "timestamp": parent.timestamp + self.pick.choice((3, 12, 40)),
            "coinbase": bytes(19) + b"\xcb",
            "extra_data": b"stock",
        }
        limit = parent.gas_limit * (2 if number == self.starts[Fork.LONDON] else 1)
        vm = self.chain.get_vm_class_for_block_number(number)
        header = vm.create_header_from_parent(parent, gas_limit=limit + self.pick.randrange(-999, 999), **wish)
        if fork >= Fork.PARIS:
            header = header.copy(mix_hash=self.pick.randbytes(32))
        self.chain.header = header
        builder = vm.get_transaction_builder()
        raws = [signer.sign(**self._wish(fork)) for signer in self.signers for _ in range(2)]
        transactions = [
            builder.decode(raw)
            if fork >= Fork.BERLIN
            else rlp.decode(raw, sedes=builder.legacy_signed)
            if hasattr(builder, "legacy_signed")
            else rlp.decode(raw, sedes=builder)
            for raw in raws
        ]
        options: dict[str, Any] = {}
        if fork >= Fork.SHANGHAI:
            options["withdrawals"] = [
                StockWithdrawal(number, 7, self.pick.choice([b"\x55" * 20, b"\x77" * 20]), self.pick.choice((0, 3)))
            ]
        elif fork < Fork.PARIS and len(self.made) > 2 and number % 3 == 0:
            lost = self.made[-2].header
            if lost.block_number not in self.starts.values():
                options["uncles"] = [lost.copy(coinbase=bytes(19) + b"\xcc", extra_data=b"lost")]
        imported, _, _ = self.chain.mine_all(transactions, **options)
        self.made.append(imported.imported_block)

    def _wish(self, fork: Fork) -> dict[str, Any]:
        pick = self.pick
        kinds = [0]
        kinds += [1] if fork >= Fork.BERLIN else []
        kinds += [2] if fork >= Fork.LONDON else []
        kind = pick.choice(kinds)
        wish: dict[str, Any] = {"type": kind, "gas": 600_000, "value": pick.choice((0, 0, 7))}
        if fork < Fork.SPURIOUS_DRAGON:
            wish["chainId"] = None
        if pick.random() < 0.25:
            writer = OlderWriter(pick, [contract_at(index) for index in range(CONTRACTS)])
            wish["data"] = writer.program(4) + bytes.fromhex("6005600c60003960056000f3")
        else:
            wish["to"] = pick.choice([contract_at(index) for index in range(CONTRACTS)] + [b"\x77" * 20, b"\x05" * 20])
            wish["data"] = pick.randbytes(pick.choice((0, 32, 80)))
        if kind and pick.random() < 0.5:
            slots = ["0x" + slot.to_bytes(32, "big").hex() for slot in (0, 1)]
            wish["accessList"] = [{"address": "0x" + contract_at(0).hex(), "storageKeys": slots}]
        return wish

    def spec(self) -> Spec:
        """The same chain as a genesis file would have it."""
        by_number = {block.number: block.header for block in self.made}
        total = GENESIS_DIFFICULTY + sum(h.difficulty for n, h in by_number.items() if n < self.starts[Fork.PARIS])
        return Spec(
            chain_id=CHAIN_ID,
            consensus="ethereum",
            genesis=Genesis(
                timestamp=START,
                alloc=self.alloc,
                gas_limit=8_000_000,
                difficulty=GENESIS_DIFFICULTY,
                nonce=bytes(8),
                extra_data=bytes(self.genesis.extra_data),
                coinbase=bytes(self.genesis.coinbase),
                mix_hash=bytes(self.genesis.mix_hash),
                verbatim=True,
            ),
            schedule=Schedule(
                blocks=tuple((fork, start) for fork, start in self.starts.items() if fork < Fork.PARIS),
                times=tuple((f, by_number[n].timestamp) for f, n in self.starts.items() if f > Fork.PARIS),
                terminal_total_difficulty=total,
            ),
        )


class Importer:
    """Takes blocks, without a store."""

    def __init__(self, spec: Spec) -> None:
        self.nodes: dict[bytes, bytes] = {}
        self.blocks: dict[Hash32, Block] = {}
        self.evm = Evm(spec, self.nodes, self, uncles_of=lambda block_hash: self.blocks[block_hash].uncles, seals=False)
        self.head = self.add(self.evm.genesis())

    def header(self, key: Hash32) -> Header:
        return self.blocks[key].header

    def add(self, built: Built) -> Header:
        self.nodes.update(built.nodes)
        self.blocks[built.block.hash] = built.block
        self.head = built.block.header
        return self.head

    def take(self, encoded: bytes) -> Built:
        block = self.evm.decode_block(encoded)
        assert block.encode() == encoded
        built = self.evm.verify(block, self.header(block.header.parent_hash))
        self.add(built)
        return built


def imported(seed: int) -> tuple[StockChain, Importer, list[Built]]:
    stock = StockChain(seed)
    for _ in range(BLOCKS_OF_A_FORK * len(VMS)):
        stock.make()
    importer = Importer(stock.spec())
    assert importer.head.hash == bytes(stock.genesis.hash)
    built = []
    for block in stock.made:
        built.append(importer.take(rlp.encode(block)))
        assert importer.head.hash == bytes(block.hash)
    return stock, importer, built


@pytest.mark.parametrize("seed", [1])
def test_a_chain_through_every_fork_is_imported_block_by_block(seed: int) -> None:
    _, importer, built = imported(seed)

    assert {importer.evm.fork(each.block.header) for each in built} == set(VMS)
    receipts = [receipt for each in built for receipt in each.receipts]
    assert {receipt.status for receipt in receipts} == {0, 1}
    assert {receipt.type for receipt in receipts} == {0, 1, 2}
    assert any(each.block.uncles for each in built)
    assert any(receipt.logs for receipt in receipts)
    assert any(each.block.withdrawals for each in built)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(2, 40))
def test_many_chains_through_every_fork(seed: int) -> None:
    imported(seed)
