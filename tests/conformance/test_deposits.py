"""EIP-6110: deposits to the beacon chain are requests of their block; the specification agrees to the byte."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from chain.errors import InvalidBlock
from chain.evm.execution import BlockExecution
from chain.evm.rules import EMPTY_REQUESTS_HASH, requests_hash
from chain.model import Block
from chain.primitives import Address, keccak
from chain.spec import GenesisAccount, Spec
from chain.spec.forks import MAINNET_DEPOSIT_CONTRACT
from tests.conformance.specification import Judge
from tests.conformance.test_evm_specification import with_request_contracts
from tests.traffic import MemoryChain, Signer, code, spec, word

ELSEWHERE = b"\x61" * 20
TOPIC = keccak(b"DepositEvent(bytes,bytes,bytes,bytes,bytes)")
# Emits its calldata under the topic of a deposit; with nothing, under another one.
EMITTER = code(
    f"CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY 0x{TOPIC.hex()} CALLDATASIZE PUSH0 LOG1 0x77 CALLDATASIZE PUSH0 LOG1 STOP"
)


def deposit(number: int) -> bytes:
    """The event's data as the deposit contract encodes it."""
    parts = [bytes((number + part,)) * size for part, size in enumerate((48, 32, 8, 96, 8))]
    offsets, body = b"", b""
    for part in parts:
        offsets += word(160 + len(body))
        body += word(len(part)) + part.ljust(-(-len(part) // 32) * 32, b"\x00")
    return offsets + body


def plain(number: int) -> bytes:
    """The same as the consensus layer reads it."""
    return b"".join(bytes((number + part,)) * size for part, size in enumerate((48, 32, 8, 96, 8)))


def chain_of(contract: Address = MAINNET_DEPOSIT_CONTRACT) -> Spec:
    emitters = {address: GenesisAccount(nonce=1, code=EMITTER) for address in (MAINNET_DEPOSIT_CONTRACT, ELSEWHERE)}
    found = with_request_contracts(spec(extra=emitters))
    return msgspec.structs.replace(found, schedule=msgspec.structs.replace(found.schedule, deposit_contract=contract))


@pytest.fixture
def chain() -> MemoryChain:
    return MemoryChain(chain_of())


@pytest.fixture
def judge(chain: MemoryChain) -> Iterator[Judge]:
    court = Judge(chain.spec, chain.blocks[0])
    yield court
    court.close()


def test_deposits_of_a_block_are_in_its_requests_hash_in_their_order(chain: MemoryChain, judge: Judge) -> None:
    sender = Signer(0)
    sent = [sender.sign(MAINNET_DEPOSIT_CONTRACT, data=deposit(number)) for number in (1, 40)]
    sent.append(sender.sign(ELSEWHERE, data=deposit(80)))  # looks like one

    built = chain.produce(sent)

    assert built.skipped == ()
    assert built.block.header.requests_hash == requests_hash([b"\x00" + plain(1) + plain(40), b"\x01", b"\x02"])
    assert judge.objection(built.block) == ""
    empty = chain.produce()
    assert empty.block.header.requests_hash == EMPTY_REQUESTS_HASH
    assert judge.objection(empty.block) == ""


MALFORMED = {
    "too short": deposit(1)[:-1],
    "too long": deposit(1) + bytes(32),
    "another offset": word(161) + deposit(1)[32:],
    "another length": deposit(1)[:160] + word(47) + deposit(1)[192:],
    "nothing": b"",
}


def forced(chain: MemoryChain, raw: bytes) -> Block:
    """A block of somebody who does not know the rule."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlockExecution, "_breaks_deposits", lambda self, outcome: False)
        return chain.build([raw]).block


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_a_deposit_of_another_layout_makes_a_block_invalid_and_gets_into_none_of_ours(
    chain: MemoryChain, data: bytes
) -> None:
    bad, good = Signer(0).sign(MAINNET_DEPOSIT_CONTRACT, data=data), Signer(1).sign(ELSEWHERE, data=data)

    with pytest.raises(InvalidBlock, match="EIP-6110"):
        chain.evm.verify(forced(chain, bad), chain.head)
    ours = chain.produce([bad, good])
    assert ["EIP-6110" in rejected.reason for rejected in ours.skipped] == [True]
    assert [tx.sender for tx in ours.block.transactions] == [Signer(1).address]


def test_the_specification_objects_to_such_a_block_too(chain: MemoryChain, judge: Judge) -> None:
    bad = Signer(0).sign(MAINNET_DEPOSIT_CONTRACT, data=MALFORMED["another length"])

    assert "InvalidBlock" in judge.objection(forced(chain, bad))


def test_a_genesis_file_may_name_another_contract() -> None:
    chain = MemoryChain(chain_of(ELSEWHERE))
    sender = Signer(0)

    built = chain.produce([sender.sign(to, data=deposit(5)) for to in (MAINNET_DEPOSIT_CONTRACT, ELSEWHERE)])

    assert built.block.header.requests_hash == requests_hash([b"\x00" + plain(5), b"\x01", b"\x02"])
