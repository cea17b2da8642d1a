"""The way in: when a submission is answered, what shares a block, and what happens when writing fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path

import pytest
from eth_account import Account as Signer

from chain.errors import (
    AlreadyKnown,
    FeeTooLow,
    InsufficientFunds,
    InvalidBlock,
    MalformedTransaction,
    NonceTooLow,
    ReadOnly,
    TransactionRejected,
    WrongChainId,
)
from chain.events import Event, Head
from chain.launch import NodeOptions, open_node
from chain.model import Built
from chain.node import Node
from chain.producer import Mining, producer
from chain.store import Store

Signer.enable_unaudited_hdwallet_features()
MNEMONIC = "test test test test test test test test test test test junk"
KEYS = [Signer.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}") for i in range(4)]
RECEIVER = bytes.fromhex("00000000000000000000000000000000deadbeef")
TIMEOUT = 20


def transfer(
    nonce: int, *, key: int = 0, value: int = 1, cap: int = 10**11, tip: int = 10**9, chain_id: int = 20261
) -> bytes:
    signed = KEYS[key].sign_transaction(
        {
            "to": RECEIVER,
            "value": value,
            "nonce": nonce,
            "gas": 21_000,
            "maxFeePerGas": cap,
            "maxPriorityFeePerGas": tip,
            "chainId": chain_id,
        }
    )
    return bytes(signed.raw_transaction)


@contextmanager
def running(options: NodeOptions | None = None) -> Iterator[Node]:
    opened = open_node(options or NodeOptions())
    try:
        yield opened.node
    finally:
        opened.node.close()


@pytest.fixture
def node() -> Iterator[Node]:
    with running() as opened:
        yield opened


def place(node: Node, tx_hash: bytes) -> tuple[int, int]:
    found = node.find(tx_hash)
    assert found is not None
    assert found[1] is not None
    return found[1].block_number, found[1].index


def test_a_receipt_is_there_the_moment_the_hash_is_given(node: Node) -> None:
    for nonce in range(3):
        tx_hash = node.send(transfer(nonce)).result(TIMEOUT)

        number, index = place(node, tx_hash)
        receipt = node.receipts(node.block(number).hash)[index]

        assert (number, index) == (nonce + 1, 0)
        assert receipt.transaction_hash == tx_hash
        assert receipt.status == 1
    assert node.state("latest").balance(RECEIVER) == 3


def test_what_arrives_while_the_writer_is_busy_shares_the_next_block(node: Node) -> None:
    free = threading.Event()
    node._producer.command(lambda: free.wait(TIMEOUT))
    sent = [node.send(transfer(nonce, key=key)) for nonce in range(25) for key in range(4)]
    free.set()

    wait(sent, TIMEOUT)

    assert {place(node, future.result())[0] for future in sent} == {1}
    assert node.state("latest").balance(RECEIVER) == 100


def test_one_transaction_per_block_when_asked_for() -> None:
    with running(NodeOptions(mining=Mining(one_transaction_per_block=True))) as node:
        wait([node.send(transfer(nonce)) for nonce in range(5)], TIMEOUT)

        assert [len(node.block(number).transactions) for number in range(1, node.head().number + 1)] == [1] * 5


def test_a_nonce_gap_is_answered_at_once_and_gets_in_when_it_is_filled(node: Node) -> None:
    late = node.send(transfer(1)).result(TIMEOUT)
    found = node.find(late)
    assert found is not None
    assert found[1] is None
    assert node.head().number == 0

    node.send(transfer(0)).result(TIMEOUT)

    assert place(node, late)[0] == node.head().number
    assert node.state("latest").nonce(bytes.fromhex(KEYS[0].address[2:])) == 2


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"\x02\xc0", MalformedTransaction),
        (b"", MalformedTransaction),
        (transfer(0, chain_id=1), WrongChainId),
        (transfer(0, value=10**30), InsufficientFunds),
        (transfer(0, cap=1, tip=1), FeeTooLow),
    ],
)
def test_what_is_refused_leaves_nothing_behind(node: Node, raw: bytes, refusal: type[TransactionRejected]) -> None:
    with pytest.raises(refusal):
        node.send(raw).result(TIMEOUT)

    assert node.head().number == 0
    assert node.pool_content().result(TIMEOUT).ready == {}
    node.send(transfer(0)).result(TIMEOUT)


def test_a_transaction_in_a_block_is_refused_a_second_time(node: Node) -> None:
    raw = transfer(0)
    node.send(raw).result(TIMEOUT)

    with pytest.raises((NonceTooLow, AlreadyKnown)):
        node.send(raw).result(TIMEOUT)


def test_manual_mining_answers_at_admission_and_waits_to_be_told() -> None:
    with running(NodeOptions(mining=Mining(automine=False))) as node:
        tx_hash = node.send(transfer(0)).result(TIMEOUT)
        assert node.head().number == 0
        assert node.pending_nonce(bytes.fromhex(KEYS[0].address[2:])) == 1

        block = node.mine().result(TIMEOUT)

        assert [tx.hash for tx in block.transactions] == [tx_hash]
        assert node.mine().result(TIMEOUT).transactions == ()


def test_an_interval_makes_blocks_by_itself() -> None:
    with running(NodeOptions(mining=Mining(automine=False, interval=0.05))) as node:
        tx_hash = node.send(transfer(0)).result(TIMEOUT)

        deadline = time.monotonic() + TIMEOUT
        while (found := node.find(tx_hash)) is None or found[1] is None:
            assert time.monotonic() < deadline
        assert found[1].block_number >= 1


def test_an_admitted_transaction_survives_a_restart(tmp_path: Path) -> None:
    options = NodeOptions(data_dir=tmp_path / "mz", mining=Mining(automine=False))
    with running(options) as node:
        tx_hash = node.send(transfer(0)).result(TIMEOUT)

    with running(options) as again:
        assert again.find(tx_hash) is not None
        assert [tx.hash for tx in again.mine().result(TIMEOUT).transactions] == [tx_hash]

    with running(options) as third:
        assert third.pool_content().result(TIMEOUT).ready == {}
        assert place(third, tx_hash) == (1, 0)


def test_the_chain_is_the_same_after_a_restart(tmp_path: Path) -> None:
    options = NodeOptions(data_dir=tmp_path / "mz")
    with running(options) as node:
        for nonce in range(3):
            node.send(transfer(nonce)).result(TIMEOUT)
        head = node.head()

    with running(options) as again:
        assert again.head() == head
        assert again.state("latest").balance(RECEIVER) == 3
        again.send(transfer(3)).result(TIMEOUT)


def test_a_failed_write_publishes_nothing_and_refuses_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as node:
        heard: list[Event] = []
        node.events.subscribe(heard.append)
        node.send(transfer(0)).result(TIMEOUT)
        head = node.head()
        heard.clear()

        def full(self: Store, built: Built) -> None:
            raise ReadOnly("no space left on device")

        monkeypatch.setattr(Store, "append", full)
        for nonce in (1, 2):
            with pytest.raises(ReadOnly, match="no space left"):
                node.send(transfer(nonce)).result(TIMEOUT)

        assert node.head() == head
        assert not [event for event in heard if isinstance(event, Head)]
        assert node.state("latest").balance(RECEIVER) == 1


def test_another_node_imports_the_blocks_and_agrees() -> None:
    with running(NodeOptions(mining=Mining(automine=False))) as node, running_like(node) as other:
        for nonce in range(3):
            node.send(transfer(nonce)).result(TIMEOUT)
            block = node.mine().result(TIMEOUT)
            other.import_block(block.encode()).result(TIMEOUT)

        assert other.head() == node.head()
        forged = node.block(3).encode().replace(node.head().state_root, b"\x13" * 32)
        with pytest.raises(InvalidBlock):
            other.import_block(forged).result(TIMEOUT)


@contextmanager
def running_like(node: Node) -> Iterator[Node]:
    """A second node whose genesis is the first one's."""
    import chain.launch.opening as opening

    class Frozen:
        @staticmethod
        def time() -> float:
            return float(node.spec.genesis.timestamp)

    original = opening.time
    opening.time = Frozen  # type: ignore[assignment]
    try:
        with running() as other:
            assert other.head() == node.header(0)
            yield other
    finally:
        opening.time = original


def test_blocks_never_run_ahead_of_a_capped_clock() -> None:
    with running(NodeOptions(clock_drift_limit=0)) as node:
        for nonce in range(2):
            node.send(transfer(nonce)).result(TIMEOUT)
            assert node.head().timestamp <= time.time()


def test_a_chain_may_begin_in_the_past() -> None:
    day = 24 * 3_600  # seconds
    with running(NodeOptions(clock_offset=-day)) as node:
        node.send(transfer(0)).result(TIMEOUT)

        assert node.header(0).timestamp < node.head().timestamp < time.time() - day / 2


def test_where_the_clock_is_far_behind_a_transaction_is_answered_at_once_and_gets_in_when_it_is_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ahead, patience = 20, 1  # seconds
    monkeypatch.setattr(producer, "PATIENCE_SECONDS", patience)
    sender = bytes.fromhex(KEYS[0].address[2:])
    with running(NodeOptions(clock_drift_limit=0, clock_offset=ahead, dev=True)) as node:
        assert node.dev is not None
        node.send(transfer(0)).result(TIMEOUT)
        node.dev.do(lambda dev: dev.set_time(int(time.time()))).result(TIMEOUT)  # as when the machine's clock is mended
        begun = time.monotonic()

        node.send(transfer(1)).result(TIMEOUT)

        assert time.monotonic() - begun < ahead / 2
        assert node.head().number == 1
        assert node.pending_nonce(sender) == 2
        made = threading.Event()
        node.events.subscribe(lambda event: made.set() if isinstance(event, Head) else None)
        soon = node.head().timestamp - patience - 1
        node.dev.do(lambda dev: dev.set_time(soon)).result(TIMEOUT)
        assert made.wait(TIMEOUT)  # without anybody sending anything
        assert node.state("latest").nonce(sender) == 2


def test_stopping_answers_everything_that_waits() -> None:
    sent: list[Future[bytes]] = []
    with running(NodeOptions(clock_drift_limit=0)) as node:
        sent = [node.send(transfer(nonce)) for nonce in range(3)]

    assert all(len(future.result(TIMEOUT)) == 32 for future in sent)


def test_commands_see_everything_sent_before_them(node: Node) -> None:
    check: Callable[[], int] = lambda: len(node.pool_content().result(TIMEOUT).ready)  # noqa: E731 - read twice
    sent = [node.send(transfer(nonce)) for nonce in range(10)]

    assert check() == 0
    assert all(future.done() for future in sent)
