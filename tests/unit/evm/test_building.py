"""Making blocks: what gets in, what is left out and why, and what a header says afterwards."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest

from chain.errors import SettingsError
from chain.evm import Evm, transition
from chain.evm.roots import list_root
from chain.model import Transaction
from chain.primitives import create_address, keccak
from chain.spec import GenesisAccount
from tests.traffic import ETHER, GWEI, START, MemoryChain, Signer, Traffic, code, contract, deploy, spec, word


@pytest.fixture
def chain() -> MemoryChain:
    return MemoryChain()


def reasons(chain: MemoryChain, *raws: bytes) -> list[str]:
    return [rejected.reason for rejected in chain.produce(raws).skipped]


def test_a_transfer_moves_value_and_pays_base_fee_and_tip(chain: MemoryChain) -> None:
    sender, coinbase = Signer(0), b"\xcc" * 20

    built = chain.produce([sender.sign(b"\xaa" * 20, value=5)], coinbase=coinbase)

    [receipt] = built.receipts
    base_fee = built.block.header.base_fee
    state = chain.evm.state(chain.head)
    assert base_fee == 875_000_000  # genesis was empty
    assert receipt.gas_used == 21_000
    assert receipt.effective_gas_price == base_fee + GWEI
    assert state.balance(b"\xaa" * 20) == 5
    assert state.balance(coinbase) == 21_000 * GWEI
    assert state.balance(sender.address) == 1_000 * ETHER - 5 - 21_000 * (base_fee + GWEI)
    assert state.nonce(sender.address) == 1


def test_receipts_count_gas_up_and_carry_logs_status_and_contract(chain: MemoryChain) -> None:
    sender = Signer(0)

    built = chain.produce(
        [
            sender.sign(contract("logger"), data=b"hello"),
            sender.sign(contract("reverter"), data=b"no"),
            sender.sign(None, data=deploy(b"\x00")),
        ]
    )

    logged, failed, created = built.receipts
    assert [len(log.topics) for log in logged.logs] == [0, 1, 2, 3, 4]
    assert logged.logs[2].topics == (word(0x11), bytes(12) + sender.address)
    assert (failed.status, failed.logs) == (0, ())
    assert created.contract_address == create_address(sender.address, 2)
    assert logged.contract_address is None
    assert created.cumulative_gas_used == sum(r.gas_used for r in built.receipts) == built.block.header.gas_used
    assert built.block.header.receipts_root == list_root([r.encode() for r in built.receipts])
    assert built.block.header.logs_bloom == logged.logs_bloom
    assert chain.evm.state(chain.head).code(create_address(sender.address, 2)) == b"\x00"


def test_nodes_are_keyed_by_their_hash_and_are_only_the_new_ones(chain: MemoryChain) -> None:
    before = dict(chain.nodes)

    built = chain.build(
        [Signer(0).sign(contract("store"), data=word(1) + word(2)), Signer(1).sign(data=deploy(b"\x5b"))]
    )

    assert all(keccak(value) == key for key, value in built.nodes.items())
    assert not built.nodes.keys() & before.keys()
    assert chain.nodes == before


def test_a_block_may_be_empty(chain: MemoryChain) -> None:
    built = chain.produce([])

    assert built.block.transactions == ()
    assert built.block.header.state_root != chain.blocks[0].header.state_root  # EIP-4788, EIP-2935
    assert built.block.header.gas_used == 0


def test_transactions_that_break_a_rule_are_skipped_in_geth_s_words(chain: MemoryChain) -> None:
    sender = Signer(0)
    used, good = sender.sign(b"\xaa" * 20), sender.sign(b"\xaa" * 20)
    chain.produce([used])

    found = reasons(
        chain,
        used,
        good,
        Signer(1, nonce=7).sign(b"\xaa" * 20),
        Signer(2).sign(b"\xaa" * 20, value=2_000 * ETHER),
        Signer(3).sign(b"\xaa" * 20, maxFeePerGas=1, maxPriorityFeePerGas=0),
        Signer(4).sign(b"\xaa" * 20, gas=20_999),
        Signer(5).sign(b"\xaa" * 20, gas=60_000_001),
        Signer(6).sign(b"\xaa" * 20, maxPriorityFeePerGas=6 * GWEI),
        Signer(90).sign(b"\xaa" * 20),
        Signer(7).sign(None, data=b"\x00" * 49_153, gas=5_000_000),
    )

    assert [words.split(":")[0] for words in found] == [
        "nonce too low",
        "nonce too high",
        "insufficient funds for gas * price + value",
        "max fee per gas less than block base fee",
        "intrinsic gas too low",
        "exceeds block gas limit",
        "max priority fee per gas higher than max fee per gas",
        "insufficient funds for gas * price + value",
        "max initcode size exceeded",
    ]
    assert chain.blocks[-1].transactions == (chain.evm.decode(good),)
    assert found[0].endswith("tx: 0 state: 1")


def test_what_follows_a_skipped_transaction_of_the_same_sender_is_not_blamed_for_the_gap(chain: MemoryChain) -> None:
    sender = Signer(0)
    bad, following = sender.sign(b"\xaa" * 20, value=5_000 * ETHER), sender.sign(b"\xaa" * 20)

    built = chain.build([bad, following])

    assert [rejected.transaction.raw for rejected in built.skipped] == [bad]
    assert built.block.transactions == ()


def test_a_skipped_transaction_leaves_no_trace(chain: MemoryChain) -> None:
    good = Signer(0).sign(b"\xaa" * 20)
    bad = Signer(1).sign(contract("store"), data=word(1) + word(1), value=5_000 * ETHER)

    with_bad, without = chain.build([bad, good]), chain.build([good])

    assert with_bad.block == without.block
    assert with_bad.nodes == without.nodes


def test_what_only_finds_no_room_waits_with_all_that_follows_it() -> None:
    chain = MemoryChain(spec(gas_limit=100_000))
    first, second, third = Signer(0), Signer(1), Signer(2)
    offered = [
        first.sign(b"\xaa" * 20, gas=60_000),
        second.sign(b"\xaa" * 20, gas=90_000),
        second.sign(b"\xaa" * 20, gas=30_000),
        third.sign(b"\xaa" * 20, gas=30_000),
    ]

    built = chain.produce(offered)

    assert [tx.raw for tx in built.block.transactions] == [offered[0], offered[3]]
    assert built.skipped == ()
    assert [tx.raw for tx in chain.produce(offered[1:3]).block.transactions] == offered[1:3]


def test_a_full_block_and_a_passed_deadline_take_nothing_more_but_always_one(chain: MemoryChain) -> None:
    taken = 0

    def endless() -> Iterator[Transaction]:
        nonlocal taken
        sender = Signer(0)
        while True:
            taken += 1
            yield chain.evm.decode(sender.sign(contract("halter"), gas=20_000_000))

    built = chain.evm.build(chain.head, endless(), timestamp=START + 1, prev_randao=bytes(32))
    assert (len(built.block.transactions), taken) == (3, 4)
    taken = 0
    late = chain.evm.build(
        chain.head, endless(), timestamp=START + 1, prev_randao=bytes(32), deadline=time.monotonic() - 1
    )
    assert (len(late.block.transactions), late.skipped, taken) == (1, (), 2), "a busy machine's chain goes on"


def test_the_gas_limit_goes_towards_the_wish_as_far_as_consensus_lets_it(chain: MemoryChain) -> None:
    assert chain.build().block.header.gas_limit == 60_000_000
    assert chain.build(gas_limit=60_000_100).block.header.gas_limit == 60_000_100
    assert chain.build(gas_limit=10**9).block.header.gas_limit == 60_000_000 + 60_000_000 // 1024 - 1
    assert chain.build(gas_limit=1).block.header.gas_limit == 60_000_000 - 60_000_000 // 1024 + 1


def test_what_no_header_may_say_is_refused_before_anything_runs(chain: MemoryChain) -> None:
    with pytest.raises(ValueError, match="not after the parent's"):
        chain.build(timestamp=START)
    with pytest.raises(ValueError, match="33 bytes"):
        chain.build(extra_data=bytes(33))


def test_blocks_share_blob_gas_and_carry_its_price() -> None:
    hashes = ["0x01" + f"{index:062x}" for index in range(9)]
    witness = code("0x01 BLOBHASH PUSH0 SSTORE STOP")
    chain = MemoryChain(spec(extra={b"\xbb" * 20: GenesisAccount(code=witness)}))
    six, four, three = (Signer(index) for index in range(3))

    built = chain.produce(
        [
            six.sign(b"\xbb" * 20, type=3, blobVersionedHashes=hashes[:6]),
            four.sign(b"\xbb" * 20, type=3, blobVersionedHashes=hashes[:4]),
            three.sign(b"\xbb" * 20, type=3, blobVersionedHashes=hashes[6:]),
        ]
    )

    assert [tx.sender for tx in built.block.transactions] == [six.address, three.address]
    assert built.block.header.blob_gas_used == 9 * 131_072
    assert [(r.blob_gas_used, r.blob_gas_price) for r in built.receipts] == [(6 * 131_072, 1), (3 * 131_072, 1)]
    assert chain.evm.state(chain.head).storage(b"\xbb" * 20, 0) == int(hashes[7], 16)
    assert chain.build().block.header.excess_blob_gas == 3 * 131_072
    assert chain.evm.state(chain.head).balance(six.address) == (
        1_000 * ETHER - built.receipts[0].gas_used * built.receipts[0].effective_gas_price - 6 * 131_072
    )
    refused = chain.build(
        [four.sign(b"\xbb" * 20, type=3, blobVersionedHashes=hashes[:1], maxFeePerBlobGas=0, nonce=0)]
    )
    assert refused.skipped[0].reason.startswith("max fee per blob gas less than block blob gas fee")


def test_an_account_with_code_cannot_send_unless_it_only_delegates() -> None:
    """Trap 12: EIP-3607, with the exception that EIP-7702 makes."""
    chain = MemoryChain(
        spec(
            extra={
                Signer(0).address: GenesisAccount(balance=ETHER, code=b"\x00"),
                Signer(1).address: GenesisAccount(balance=ETHER, code=b"\xef\x01\x00" + contract("logger")),
            }
        )
    )

    built = chain.produce([Signer(0).sign(b"\xaa" * 20), Signer(1).sign(b"\xaa" * 20)])

    assert built.skipped[0].reason.startswith("sender not an eoa")
    assert [tx.sender for tx in built.block.transactions] == [Signer(1).address]


def test_a_fault_of_the_engine_costs_only_the_transaction_that_found_it(
    chain: MemoryChain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = Signer(0).sign(contract("store"), data=word(1) + word(1)), Signer(1).sign(contract("halter"))
    alone = chain.build([good])
    original = transition._run

    def faulty(state: object, order: transition.Order, *rest: object) -> object:
        computation = original(state, order, *rest)  # type: ignore[arg-type]
        if order.to == contract("halter"):
            raise RuntimeError("interpreter bug")
        return computation

    monkeypatch.setattr(transition, "_run", faulty)
    with caplog.at_level(logging.CRITICAL):
        built = chain.build([bad, good])

    assert built.block == alone.block
    assert "interpreter bug" in built.skipped[0].reason


def test_the_same_offer_gives_the_same_block() -> None:
    first, second = (MemoryChain().build(Traffic(5).take(30)) for _ in range(2))

    assert first == second
    assert first.skipped == ()


def test_only_engines_and_forks_that_exist_can_be_asked_for(chain: MemoryChain) -> None:
    with pytest.raises(SettingsError, match="turbo"):
        Evm(spec(), {}, chain, engine="turbo")  # type: ignore[arg-type]
