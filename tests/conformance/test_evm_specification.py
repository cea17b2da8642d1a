"""What we make, judged by Ethereum's specification: random contracts and transactions of every type.

It shares no code with py-evm, so it also finds what py-evm, and with it our reference engine, gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest
from eth.vm.forks.prague.constants import (
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
)

from chain.model import Block
from chain.spec import GenesisAccount, Spec
from tests.conformance.specification import Judge
from tests.conformance.test_evm_fast import Fuzz
from tests.traffic import MemoryChain, Traffic, spec

pytestmark = pytest.mark.filterwarnings("ignore:SELFDESTRUCT opcode present:DeprecationWarning")

Court = Callable[[Spec, Block], Judge]


def with_request_contracts(chain_spec: Spec) -> Spec:
    """The specification takes no block of a chain without the two request contracts; these have nothing to say."""
    silent = {
        bytes(address): GenesisAccount(nonce=1, code=b"\x00")
        for address in (WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS)
    }
    genesis = msgspec.structs.replace(chain_spec.genesis, alloc={**chain_spec.genesis.alloc, **silent})
    return msgspec.structs.replace(chain_spec, genesis=genesis)


@pytest.fixture
def judge() -> Iterator[Court]:
    called: list[Judge] = []

    def call(chain_spec: Spec, first: Block) -> Judge:
        called.append(Judge(chain_spec, first))
        return called[-1]

    yield call
    for one in called:
        one.close()


def judged(call: Court, seed: int, blocks: int) -> int:
    """Transactions that the specification agreed with."""
    fuzz = Fuzz(seed)
    chain = MemoryChain(with_request_contracts(fuzz.spec), engine="fast", hot_runs=seed % 3)
    court = call(chain.spec, chain.blocks[0])
    count = 0
    for _ in range(blocks):
        built = chain.produce(fuzz.block(chain.evm.state(chain.head)))
        assert court.objection(built.block) == "", f"seed {seed}, block {built.block.number}"
        count += len(built.receipts)
    return count


@pytest.mark.parametrize("seed", (300, 301))
def test_the_specification_accepts_blocks_of_random_contracts(judge, seed: int) -> None:
    assert judged(judge, seed, blocks=3) > 20


def test_the_specification_accepts_blocks_of_every_kind_of_traffic(judge) -> None:
    chain = MemoryChain(with_request_contracts(spec()))
    court = judge(chain.spec, chain.blocks[0])
    traffic = Traffic(11)
    for _ in range(2):
        built = chain.produce(traffic.take(20))

        assert court.objection(built.block) == ""


@pytest.mark.parametrize("field", ("state_root", "gas_used"))
def test_the_specification_objects_to_a_block_that_is_wrong_in_one_field(judge, field: str) -> None:
    chain = MemoryChain(with_request_contracts(spec()))
    block = chain.build(Traffic(3).take(5)).block
    right = getattr(block.header, field)
    wrong = right + 1 if isinstance(right, int) else bytes((right[0] ^ 1,)) + right[1:]
    header = msgspec.structs.replace(block.header, **{field: wrong, "hash": b""})

    objection = judge(chain.spec, chain.blocks[0]).objection(msgspec.structs.replace(block, header=header))

    assert "InvalidBlock" in objection


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(3_000, 3_100))
def test_the_specification_accepts_many_blocks_of_random_contracts(judge, seed: int) -> None:
    assert judged(judge, seed, blocks=10) > 60
