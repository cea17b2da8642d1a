"""The contracts that are measured do what their figures say."""

from __future__ import annotations

import pytest

from chain.bench import codes
from chain.model import AccountOverride, Call, CallResult
from chain.primitives import keccak
from tests.traffic import MemoryChain, Signer, spec

WHERE = b"\xbb" * 20


def turned(runtime: bytes, count: int, start: int = 0) -> CallResult:
    chain = MemoryChain()
    call = Call(to=WHERE, data=codes.turns(count, start), gas=50_000_000)
    return chain.evm.call(chain.head, call, overrides={WHERE: AccountOverride(code=runtime, balance=10**18)})


@pytest.mark.parametrize("runtime", (codes.keccak_loop(), codes.arithmetic_loop()), ids=("keccak", "arithmetic"))
def test_a_loop_costs_the_same_in_each_turn(runtime: bytes) -> None:
    spent = [turned(runtime, count).gas_spent for count in (10, 20, 30)]

    assert spent[2] - spent[1] == spent[1] - spent[0] > 500


def test_the_emitter_emits_each_number_modulo_1024() -> None:
    logs = turned(codes.emitter(), 5, start=1_022).logs

    assert [int.from_bytes(log.topics[1], "big") for log in logs] == [1_022, 1_023, 0, 1, 2]


def test_the_spreader_makes_the_accounts_that_transfers_are_sent_to() -> None:
    signer = Signer(0)
    chain = MemoryChain(spec(accounts=1))
    chain.produce([signer.sign(None, data=codes.deployment(codes.spreader()))])
    where = chain.receipts[-1][0].contract_address
    chain.produce([signer.sign(where, data=codes.turns(20, start=7), value=1_000)])
    state = chain.evm.state(chain.head)

    assert [state.balance(codes.spread_address(counter)) for counter in (6, 7, 26, 27)] == [0, 1, 1, 0]


def test_the_large_contract_is_20_kb() -> None:
    signer = Signer(0)
    chain = MemoryChain(spec(accounts=1))
    chain.produce([signer.sign(None, data=codes.deployment(codes.large()), gas=8_000_000)])

    assert len(chain.evm.state(chain.head).code(chain.receipts[-1][0].contract_address)) == 20_000


def test_calldata_of_a_transfer_is_what_the_abi_says() -> None:
    assert codes.transfer(b"\x01" * 20, 5)[:4] == keccak(b"transfer(address,uint256)")[:4] == bytes.fromhex("a9059cbb")
