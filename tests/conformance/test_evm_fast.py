"""The fast engine against the reference engine, and both against stock py-evm, on random contracts.

A difference in any receipt, root or error text is a fault of the fast engine.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pytest

from chain.evm import State
from chain.model import AccountOverride, Built, Call
from chain.primitives import Address, keccak
from chain.spec import GenesisAccount, Spec
from tests.bytecode import BINARY, EDGES, HIDE, TERNARY, UNARY, Writer
from tests.conformance.test_evm_stock import StockChain
from tests.traffic import MemoryChain, Signer, deploy, spec

pytestmark = pytest.mark.filterwarnings("ignore:SELFDESTRUCT opcode present:DeprecationWarning")

CONTRACTS = 48
PER_BLOCK = 12
GAS = (60_000, 150_000, 400_000, 1_000_000, 1_000_000)


class Fuzz:
    """Random contracts in a genesis, and signed transactions of every type that call, create and delegate to them."""

    def __init__(self, seed: int, *, for_stock: bool = False) -> None:
        """`for_stock`: without what stock py-evm gets wrong, see `test_evm_stock`."""
        self._pick = random.Random(seed)
        self._for_stock = for_stock
        self.addresses: list[Address] = [keccak(bytes((index,)))[:20] for index in range(CONTRACTS)]
        self._signers = [Signer(index) for index in range(4)]
        reachable = [*self.addresses, *(signer.address for signer in self._signers)]
        self._writer = lambda: Writer(self._pick, reachable)
        self.spec: Spec = spec(
            accounts=4,
            extra={
                address: GenesisAccount(
                    nonce=1,
                    balance=self._pick.choice((0, 5, 10**6)),
                    code=self._writer().program(self._pick.randrange(3, 14)),
                    storage={slot: self._pick.randrange(1, 9) for slot in range(self._pick.randrange(4))},
                )
                for address in self.addresses
            },
        )

    def block(self, state: State) -> list[bytes]:
        """The next transactions. A few cannot stand: a delegated account that creates uses up a nonce of its own."""
        for signer in self._signers:
            signer.nonce = state.nonce(signer.address)
        return [self._transaction(allow_blobs=index < 2) for index in range(PER_BLOCK)]

    def _transaction(self, *, allow_blobs: bool) -> bytes:
        pick = self._pick
        signer = pick.choice(self._signers)
        kind = pick.choice((0, 1, 2, 2, 3) if allow_blobs else (0, 1, 2, 2) if self._for_stock else (0, 1, 2, 2, 4))
        fields: dict[str, Any] = {
            "type": kind,
            "gas": pick.choice(GAS),
            "value": pick.choice((0, 0, 0, 1, 7)),
            "data": b"" if self._for_stock else pick.randbytes(pick.choice((0, 0, 4, 36, 70))),
        }
        if kind and pick.random() < 0.4:
            keys = ["0x" + pick.randrange(6).to_bytes(32, "big").hex() for _ in range(pick.randrange(3))]
            fields["accessList"] = [{"address": "0x" + pick.choice(self.addresses).hex(), "storageKeys": keys}]
        if kind == 3:
            fields["blobVersionedHashes"] = ["0x01" + pick.randbytes(31).hex() for _ in range(pick.randrange(1, 4))]
        if kind == 4:
            fields["gas"] = 1_000_000
            authority = pick.choice([other for other in self._signers if other is not signer])
            delegate = pick.choice((bytes(20), *self.addresses[:5], (4).to_bytes(20, "big"), signer.address))
            fields["authorizationList"] = [authority.authorize(delegate)]
        to: Address | None = pick.choice(self.addresses)
        if pick.random() < 0.1:
            to = pick.choice(self._signers).address
        elif kind < 3 and pick.random() < 0.15:
            program = self._writer().program(pick.randrange(1, 6))
            to, fields["data"], fields["gas"] = None, pick.choice((program, deploy(program))), 1_000_000
        return signer.sign(to, **fields)


def engines(chain_spec: Spec | None = None) -> tuple[MemoryChain, MemoryChain, MemoryChain]:
    """The same chain on the reference engine, on the fast one, and on the fast one with all code translated at once."""
    return (
        MemoryChain(chain_spec, engine="reference"),
        MemoryChain(chain_spec, engine="fast", hot_runs=None),
        MemoryChain(chain_spec, engine="fast", hot_runs=0),
    )


@pytest.fixture(scope="module")
def trio() -> tuple[MemoryChain, ...]:
    """For calls only: they leave nothing behind."""
    return engines()


def compared(seed: int, blocks: int) -> tuple[Counter[int], list[Built]]:
    """Statuses met while all engines made the same blocks."""
    fuzz = Fuzz(seed)
    reference, *others = engines(fuzz.spec)
    statuses: Counter[int] = Counter()
    made = []
    for _ in range(blocks):
        raws = fuzz.block(reference.evm.state(reference.head))
        expected = reference.produce(raws)
        for chain in others:
            built = chain.produce(raws)
            assert built.skipped == expected.skipped
            for index, (theirs, ours) in enumerate(zip(expected.receipts, built.receipts, strict=True)):
                assert ours == theirs, f"seed {seed} block {built.block.number} transaction {index}"
            assert built.block == expected.block
        statuses.update(receipt.status for receipt in expected.receipts)
        made.append(expected)
    return statuses, made


def operations(opcodes: Iterable[int], operands: Sequence[Sequence[int]], *, hidden: Sequence[bool]) -> bytes:
    """Code that returns what each opcode makes of each list of operands; `hidden` ones are not known beforehand."""
    body = bytearray()
    results = 0
    for opcode in opcodes:
        for numbers in operands:
            for number, hide in reversed([*zip(numbers, hidden, strict=False)]):
                body += b"\x7f" + number.to_bytes(32, "big") + (bytes(HIDE) if hide else b"")
            body += bytes((opcode, 0x61)) + (32 * results).to_bytes(2, "big") + b"\x52"
            results += 1
    return bytes(body) + b"\x61" + (32 * results).to_bytes(2, "big") + b"\x5f\xf3"


@pytest.mark.parametrize("hidden", ((False,) * 3, (True,) * 3), ids=("known", "unknown"))
@pytest.mark.parametrize("opcode", (*UNARY, *BINARY, *TERNARY), ids=hex)
def test_an_operation_on_words_at_every_edge_has_the_same_result(trio, opcode: int, hidden: tuple[bool, ...]) -> None:
    width = 1 if opcode in UNARY else 2 if opcode in BINARY else 3
    edges = (*EDGES, 2**127 + 5, 7) if width < 3 else (0, 1, 3, 2**255, 2**256 - 1)
    code = operations([opcode], list(itertools.product(edges, repeat=width)), hidden=hidden)
    where = b"\xbb" * 20
    call = Call(to=where, data=b"")
    results = [chain.evm.call(chain.head, call, overrides={where: AccountOverride(code=code)}) for chain in trio]

    assert results[0].error is None
    assert results[0] == results[1] == results[2]


FEW = bytes.fromhex("6001") * 8
STATIC = bytes.fromhex("5f5f5f5f73" + "bb" * 20 + "620186a0fa5f525a60205260405ff3")  # calls it, returns success and gas


@pytest.mark.parametrize(
    "before", (b"", FEW, b"\x5f" * 1_023, b"\x5f" * 1_024), ids=("empty", "few", "one free", "full")
)
def test_every_opcode_ends_the_same_on_any_stack_and_in_a_static_call(before: bytes) -> None:
    where, caller = b"\xbb" * 20, b"\xaa" * 20
    reference, *others = engines()
    errors = set()
    for opcode in range(256):
        changed = {
            where: AccountOverride(code=before + bytes((opcode,)) + b"\x01", balance=3, storage={1: 1}),
            caller: AccountOverride(code=STATIC),
        }
        for to in (where, caller):
            call = Call(to=to, data=b"\x01" * 40, gas=200_000)
            result = reference.evm.call(reference.head, call, overrides=changed)
            for chain in others:
                assert chain.evm.call(chain.head, call, overrides=changed) == result, f"opcode {opcode:#x}"
            errors.add(result.error)

    assert len(errors) > 2


@pytest.mark.parametrize(
    "runtime", ("605b600156", "600356", "605b6001600157", "6001600957", "7fff", "61", "6005565b5b00")
)
def test_a_jump_that_is_refused_is_refused_in_the_same_words(trio, runtime: str) -> None:
    where = b"\xbb" * 20
    results = [
        chain.evm.call(
            chain.head, Call(to=where, data=b""), overrides={where: AccountOverride(code=bytes.fromhex(runtime))}
        )
        for chain in trio
    ]

    assert results[0] == results[1] == results[2]


def test_a_word_is_stored_only_with_more_than_a_stipend_left() -> None:
    where = b"\xbb" * 20
    same = {where: AccountOverride(code=bytes.fromhex("5f54505f5f5500"))}  # reads slot 0, writes what it has
    reference, *others = engines()
    errors = []
    for gas in range(25_400, 25_416):  # 2,300 are left at SSTORE with 25,408
        call = Call(to=where, data=b"", gas=gas)
        result = reference.evm.call(reference.head, call, overrides=same)
        assert all(chain.evm.call(chain.head, call, overrides=same) == result for chain in others)
        errors.append(result.error)

    assert {*errors} == {None, "out of gas"}


@cache
def few(seed: int) -> Counter[int]:
    """For both tests below; in make test-deep there are many more."""
    return compared(seed, blocks=4)[0]


@pytest.mark.parametrize("seed", range(6))
def test_random_contracts_give_the_same_blocks(seed: int) -> None:
    assert few(seed).total() > 3 * PER_BLOCK


def test_most_of_the_random_transactions_succeed() -> None:
    statuses = sum((few(seed) for seed in range(3)), Counter[int]())

    assert statuses[1] >= statuses.total() / 2
    assert statuses[0] >= statuses.total() / 20


@pytest.mark.parametrize(
    "seed", [*range(100, 103), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(103, 120))]
)
def test_stock_py_evm_imports_what_the_fast_engine_makes(seed: int) -> None:
    fuzz = Fuzz(seed, for_stock=True)
    fast, stock = MemoryChain(fuzz.spec, engine="fast", hot_runs=0), StockChain(fuzz.spec)
    for _ in range(2):
        stock.add(fast.produce(fuzz.block(fast.evm.state(fast.head))))

        assert stock.head_hash == fast.head.hash


@pytest.mark.parametrize("seed", range(200, 202))
def test_running_out_of_gas_at_any_step_ends_the_same(seed: int) -> None:
    fuzz = Fuzz(seed)
    reference, *others = engines(fuzz.spec)
    errors = set()
    for address in fuzz.addresses[:6]:
        whole = reference.evm.call(reference.head, Call(to=address, gas=300_000, data=b""))
        enough = min(whole.gas_spent, 60_000)
        for gas in range(21_000, enough + 40, max(1, enough // 300)):
            call = Call(to=address, gas=gas, data=b"")
            result = reference.evm.call(reference.head, call)
            assert all(chain.evm.call(chain.head, call) == result for chain in others)
            errors.add(result.error)

    assert "out of gas" in errors


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(1_000, 1_180))
def test_many_random_contracts_give_the_same_blocks(seed: int) -> None:
    statuses, _ = compared(seed, blocks=10)

    assert statuses.total() > 3 * PER_BLOCK  # 21,000 over all seeds
