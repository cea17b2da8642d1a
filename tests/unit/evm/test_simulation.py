"""Simulated blocks are what real blocks would have been."""

from __future__ import annotations

import msgspec
import pytest

from chain.errors import LimitExceeded
from chain.evm.simulation import SimulationBlock, SimulationCall
from chain.model import AccountOverride, BlockOverride, Call, Transaction
from tests.traffic import GWEI, MemoryChain, Signer, Traffic, code, contract

LOOP = bytes.fromhex("5b5f56")


def as_call(tx: Transaction) -> SimulationCall:
    return SimulationCall(
        call=Call(
            sender=tx.sender,
            to=tx.to,
            data=tx.data,
            value=tx.value,
            gas=tx.gas,
            max_fee_per_gas=tx.max_fee_per_gas,
            max_priority_fee_per_gas=tx.max_priority_fee_per_gas,
            access_list=tx.access_list,
            authorizations=tx.authorizations,
        ),
        nonce=tx.nonce,
        type=tx.type,
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_a_validated_simulation_comes_to_the_root_of_the_real_blocks(seed: int) -> None:
    chain = MemoryChain()
    start = chain.head
    traffic = Traffic(seed)
    for _ in range(2):
        chain.produce(traffic.take(20), coinbase=b"\xcc" * 20)
    wishes = [
        SimulationBlock(
            calls=tuple(map(as_call, block.transactions)),
            block=BlockOverride(
                timestamp=block.header.timestamp, prev_randao=block.header.mix_hash, coinbase=block.header.coinbase
            ),
        )
        for block in chain.blocks[1:]
    ]

    made = chain.evm.inspector.simulate(start, wishes[:1], seconds=10, validate=True)

    # Only the transactions' own bytes differ, which nobody signed; and with them the hash that the next block sees.
    real, simulated = chain.blocks[1].header, made[0].block.header
    assert simulated.transactions_root != real.transactions_root
    assert msgspec.structs.replace(simulated, transactions_root=real.transactions_root, hash=b"") == real
    assert len(chain.evm.inspector.simulate(start, wishes, seconds=10, validate=True)) == 2


def test_a_simulated_block_knows_the_hash_of_the_one_before() -> None:
    chain = MemoryChain()
    asks = code("0x01 NUMBER SUB BLOCKHASH PUSH0 MSTORE 0x20 PUSH0 RETURN")
    wish = SimulationBlock(calls=(SimulationCall(call=Call(to=b"\xbb" * 20)),))
    first = msgspec.structs.replace(wish, accounts={b"\xbb" * 20: AccountOverride(code=asks)})

    made = chain.evm.inspector.simulate(chain.head, [first, wish, wish], seconds=10)

    hashes = [chain.head.hash, *(block.block.hash for block in made)]
    assert [block.results[0].output for block in made] == hashes[:-1]
    far = code("0x01 BLOCKHASH PUSH0 MSTORE 0x20 PUSH0 RETURN")
    older = msgspec.structs.replace(wish, accounts={b"\xbb" * 20: AccountOverride(code=far)})
    made = chain.evm.inspector.simulate(chain.head, [SimulationBlock(), SimulationBlock(), older], seconds=10)
    assert made[2].results[0].output == made[0].block.hash


def test_a_transfer_that_was_undone_is_not_shown() -> None:
    chain = MemoryChain()
    reverter = SimulationCall(call=Call(sender=Signer(0).address, to=contract("reverter"), value=7))
    plain = SimulationCall(call=Call(sender=Signer(0).address, to=b"\xbb" * 20, value=8))

    [made] = chain.evm.inspector.simulate(
        chain.head, [SimulationBlock(calls=(reverter, plain))], seconds=10, transfers=True
    )

    assert [[int.from_bytes(log.data, "big") for log in result.logs] for result in made.results] == [[], [8]]


def test_time_is_limited() -> None:
    chain = MemoryChain()
    wish = SimulationBlock(
        calls=(SimulationCall(call=Call(to=contract("store"), max_fee_per_gas=GWEI * 0)),),
        accounts={contract("store"): AccountOverride(code=LOOP)},
    )

    with pytest.raises(LimitExceeded, match="execution timeout"):
        chain.evm.inspector.simulate(chain.head, [wish], seconds=0.05)
