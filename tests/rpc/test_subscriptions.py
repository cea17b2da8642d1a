"""Events as a subscriber gets them: which, in which order, and none twice or lost. Without any transport."""

from __future__ import annotations

import json
import queue
import threading
from typing import Any

import pytest

from chain.events import Head
from chain.launch import NodeOptions, open_node
from chain.primitives import from_hex, keccak, to_hex
from chain.rpc import Dispatcher, Session, SessionLimits, Subscriptions
from tests.rpc.asking import WAIT_SECONDS, Asking

STORED = "0x" + "00" * 31 + "05"


class Ear:
    """The other end of one connection."""

    def __init__(self, dispatcher: Dispatcher, book: Subscriptions, **limits: int) -> None:
        self.heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.dropped: list[str] = []
        self.session = Session(dispatcher, book, self, SessionLimits(**limits))

    def answer(self, payload: bytes) -> None:
        self.heard.put(("answer", json.loads(payload)))

    def notify(self, payload: bytes) -> None:
        message = json.loads(payload)
        assert message["jsonrpc"] == "2.0" and message["method"] == "eth_subscription" and "id" not in message
        self.heard.put((message["params"]["subscription"], message["params"]["result"]))

    def drop(self, reason: str) -> None:
        self.dropped.append(reason)

    def next(self) -> tuple[str, Any]:
        return self.heard.get(timeout=WAIT_SECONDS)

    def take(self, count: int) -> list[tuple[str, Any]]:
        return [self.next() for _ in range(count)]

    def ask(self, method: str, *params: Any) -> dict[str, Any]:
        self.session.receive(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())
        kind, message = self.next()
        assert kind == "answer"
        return message

    def subscribe(self, *params: Any) -> str:
        return self.ask("eth_subscribe", *params)["result"]


@pytest.fixture
def book(ask: Asking):
    book = Subscriptions(ask.node)
    yield book
    book.close()


@pytest.fixture
def ear(ask: Asking, book: Subscriptions) -> Ear:
    return Ear(ask.dispatcher, book)


def settled(book: Subscriptions, ear: Ear) -> None:
    """Everything that was published is told: what is asked for here comes behind it."""
    told = ear.subscribe("newHeads")
    book._node.mine().result(WAIT_SECONDS)
    kind, _ = ear.next()
    assert kind == told, "something came that was not expected"


def test_a_block_is_told_as_header_then_receipts_then_logs(ask: Asking, ear: Ear, sample, deployed):
    # In this order on purpose: the order of events is the chain's, not that of the subscriptions.
    logs, receipts, heads = (ear.subscribe(kind) for kind in ("logs", "transactionReceipts", "newHeads"))

    first = ask.send(to=deployed, data=sample.data("store", 7, "one"), gas="0x30d40")
    second = ask.send(to=deployed, data=sample.data("store", 8, "two"), gas="0x30d40")

    told = ear.take(6)
    assert [kind for kind, _ in told] == [heads, receipts, logs] * 2
    for tx_hash, (_, header), (_, several), (_, log) in zip(
        (first, second), told[::3], told[1::3], told[2::3], strict=True
    ):
        receipt = ask.receipt(tx_hash)
        assert several == [receipt] and log == receipt["logs"][0]
        block = ask("eth_getBlockByHash", header["hash"], False)
        assert header == {key: block[key] for key in header}
        assert set(block) - set(header) == {"size", "transactions", "uncles", "withdrawals"}


def test_logs_are_chosen_by_address_and_topics(ask: Asking, book: Subscriptions, ear: Ear, sample, deployed):
    other = ask.receipt(ask.send(data=sample.creation()))["contractAddress"]
    here = ear.subscribe("logs", {"address": deployed})
    seven = ear.subscribe("logs", {"topics": [None, None, "0x" + f"{7:064x}"]})
    later = ear.subscribe("logs", {"fromBlock": "0x100"})

    for address, value in ((deployed, 6), (other, 7), (other, 8)):
        ask.send(to=address, data=sample.data("store", value, "x"), gas="0x30d40")

    assert [(kind, int(log["topics"][2], 16)) for kind, log in ear.take(2)] == [(here, 6), (seven, 7)]
    assert later not in (here, seven)
    settled(book, ear)


def test_logs_of_replaced_blocks_come_again_as_removed_newest_block_first(ask: Asking, ear: Ear, sample, deployed):
    for value in (6, 7):
        ask.send(to=deployed, data=sample.data("storeTwice", value), gas="0x30d40")
    head = ask.node.block("latest")
    before = ask.node.block(head.header.parent_hash)
    heads, logs = ear.subscribe("newHeads"), ear.subscribe("logs")

    ask.node.events.publish(Head(removed=(head, before), added=(before,)))

    told = ear.take(7)
    assert [kind for kind, _ in told] == [logs] * 4 + [heads] + [logs] * 2
    shown = [
        (log["removed"], int(log["blockNumber"], 16), int(log["logIndex"], 16)) for kind, log in told if kind == logs
    ]
    last, first = head.header.number, before.header.number
    assert shown == [
        (True, last, 0),
        (True, last, 1),
        (True, first, 0),
        (True, first, 1),
        (False, first, 0),
        (False, first, 1),
    ]


def test_logs_that_a_development_chain_takes_back_come_as_removed(sample):
    opened = open_node(NodeOptions(dev=True))
    ask, book = Asking(opened), Subscriptions(opened.node)
    try:
        ear = Ear(ask.dispatcher, book)
        deployed = ask.receipt(ask.send(data=sample.creation()))["contractAddress"]
        snapshot = ask("evm_snapshot")
        ask.send(to=deployed, data=sample.data("store", 7, "one"), gas="0x30d40")
        logs, heads = ear.subscribe("logs"), ear.subscribe("newHeads")

        assert ask("evm_revert", snapshot) is True
        ask("evm_mine")

        (first, log), (second, header) = ear.take(2)
        assert (first, second) == (logs, heads)
        assert log["removed"] is True and log["blockNumber"] == header["number"] == "0x2"
    finally:
        book.close()
        opened.node.close()


def test_waiting_transactions_come_as_hashes_or_whole(ask: Asking, ear: Ear):
    hashes, whole = ear.subscribe("newPendingTransactions"), ear.subscribe("newPendingTransactions", True)

    sent = ask.send(to=ask.accounts[1], value="0x1")

    told = dict(ear.take(2))
    assert told[hashes] == sent
    assert (told[whole]["hash"], told[whole]["blockHash"], told[whole]["from"]) == (sent, None, ask.accounts[0])


def test_receipts_of_named_transactions_only(ask: Asking, book: Subscriptions, ear: Ear):
    raw = ask("eth_signTransaction", {"from": ask.accounts[0], "to": ask.accounts[1], "nonce": "0x1", "gas": "0x5208"})
    wanted = to_hex(keccak(from_hex(raw["raw"])))
    receipts = ear.subscribe("transactionReceipts", {"transactionHashes": [wanted]})

    ask.send(to=ask.accounts[1], value="0x1")
    ask("eth_sendRawTransaction", raw["raw"])

    kind, [receipt] = ear.next()
    assert (kind, receipt["transactionHash"]) == (receipts, wanted)
    settled(book, ear)


def test_the_answer_that_names_a_subscription_comes_before_its_events(ask: Asking, ear: Ear):
    calls = [
        ("eth_subscribe", ["newHeads"]),
        *(("eth_sendTransaction", [{"from": ask.accounts[0], "to": ask.accounts[1]}]) for _ in range(3)),
        ("eth_blockNumber", []),
    ]
    ear.session.receive(
        json.dumps(
            [{"jsonrpc": "2.0", "id": n, "method": name, "params": p} for n, (name, p) in enumerate(calls)]
        ).encode()
    )

    kind, answers = ear.next()
    assert kind == "answer"
    count = int(answers[-1]["result"], 16)
    told = ear.take(count)
    assert {kind for kind, _ in told} == {answers[0]["result"]}
    assert [int(header["number"], 16) for _, header in told] == list(range(1, count + 1))


def test_nothing_is_lost_or_told_twice_while_blocks_are_made(ask: Asking, book: Subscriptions):
    """Subscribing while another thread mines: from the first header on there is no gap and nothing earlier."""
    stop = threading.Event()

    def mine() -> None:
        while not stop.is_set():
            ask.node.mine().result(WAIT_SECONDS)

    miner = threading.Thread(target=mine)
    miner.start()
    try:
        for _ in range(30):
            ear = Ear(ask.dispatcher, book)
            before = ask.node.head().number
            key = ear.subscribe("newHeads")
            after = ask.node.head().number
            told = ear.take(4)
            numbers = [int(header["number"], 16) for _, header in told]
            assert {kind for kind, _ in told} == {key}
            # A block can be read once it is on disk, and is told of right after: the first may be `before` itself.
            assert before <= numbers[0] <= after + 1
            assert numbers == list(range(numbers[0], numbers[0] + 4))
            ear.session.close()
    finally:
        stop.set()
        miner.join()
    assert len(book) == 0


def test_an_ended_subscription_says_nothing_more(ask: Asking, book: Subscriptions, ear: Ear):
    key = ear.subscribe("newHeads")

    assert ear.ask("eth_unsubscribe", key)["result"] is True
    assert ear.ask("eth_unsubscribe", key)["error"] == {"code": -32000, "message": "subscription not found"}
    ask.node.mine().result(WAIT_SECONDS)
    settled(book, ear)


def test_what_was_on_its_way_when_a_subscription_ended_is_not_told(book: Subscriptions, ear: Ear):
    key = ear.subscribe("newHeads")
    [subscription] = book._open.values()

    ear.ask("eth_unsubscribe", key)
    ear.session.tell(subscription, b"{}")

    assert ear.heard.empty()


def test_what_happened_before_is_not_told_also_when_the_telling_is_behind(ask: Asking, book: Subscriptions):
    behind = threading.Event()

    class Slow(Ear):
        def notify(self, payload: bytes) -> None:
            assert behind.wait(WAIT_SECONDS)

    Slow(ask.dispatcher, book).subscribe("newHeads")
    for _ in range(2):
        ask.node.mine().result(WAIT_SECONDS)
    late = Ear(ask.dispatcher, book)

    late.subscribe("newHeads")
    ask.node.mine().result(WAIT_SECONDS)
    behind.set()

    assert int(late.next()[1]["number"], 16) == 3
    assert late.heard.empty()


def test_nobody_ends_the_subscription_of_another_connection(ask: Asking, book: Subscriptions, ear: Ear):
    key = ear.subscribe("newHeads")

    assert "error" in Ear(ask.dispatcher, book).ask("eth_unsubscribe", key)
    assert len(book) == 1


def test_a_gone_connection_leaves_nothing_behind(ask: Asking, book: Subscriptions, ear: Ear):
    for kind in ("newHeads", "logs", "syncing"):
        ear.subscribe(kind)

    ear.session.close()

    assert len(book) == 0
    assert "closed" in ear.ask("eth_subscribe", "newHeads")["error"]["message"]


def test_what_is_refused_says_why(ask: Asking, book: Subscriptions):
    ear = Ear(ask.dispatcher, book, subscriptions=2)

    assert ask.error("eth_subscribe", "newHeads")["code"] == -32601, "over HTTP"
    assert "WebSocket or IPC" in ask.error("eth_unsubscribe", "0x1")["message"]
    unknown = ear.ask("eth_subscribe", "newHats")["error"]
    assert unknown["code"] == -32601 and unknown["message"].startswith("no 'newHats' subscription in eth namespace")
    for params in ([], [7], ["logs", 7], ["logs", {"blockHash": STORED}], ["newPendingTransactions", "yes"]):
        assert ear.ask("eth_subscribe", *params)["error"]["code"] in (-32601, -32602), params
    assert (
        ear.ask("eth_subscribe", "transactionReceipts", {"transactionHashes": [STORED] * 201})["error"]["code"]
        == -32602
    )
    ear.subscribe("newHeads"), ear.subscribe("newHeads")
    assert ear.ask("eth_subscribe", "newHeads")["error"]["code"] == -32005
    assert len(book) == 2


def test_an_event_that_cannot_be_told_ends_the_connection(ask: Asking, ear: Ear, sample, deployed, monkeypatch, caplog):
    ear.subscribe("logs")

    def broken(block_hash: bytes) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(ask.node, "receipts", broken)
    ask.send(to=deployed, data=sample.data("store", 7, "one"), gas="0x30d40")
    ear_again = Ear(ask.dispatcher, ear.session._book)
    ear_again.subscribe("newHeads")
    ask.node.mine().result(WAIT_SECONDS)
    ear_again.next()

    assert ear.dropped == ["an event could not be told, see the node's log"]
    assert "the disk is gone" in caplog.text


def test_one_event_is_worded_once_for_all(ask: Asking, book: Subscriptions, monkeypatch):
    from chain.rpc import subscriptions

    ears = [Ear(ask.dispatcher, book) for _ in range(5)]
    keys = [ear.subscribe("newHeads") for ear in ears]
    worded: list[Any] = []
    once = subscriptions._encode
    monkeypatch.setattr(subscriptions, "_encode", lambda value: (worded.append(value), once(value))[1])

    ask.node.mine().result(WAIT_SECONDS)

    assert [ear.next()[0] for ear in ears] == keys
    assert len(worded) == 1
