"""Who asks before the node is there: what takes only the chain is answered at once, the rest by the node itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from chain.errors import MethodForbidden
from chain.launch import NodeOptions, Opened, open_node
from chain.node import Chain
from chain.rpc import Dispatcher, Session, Subscriptions, build_dispatcher
from chain.rpc.reception import EARLY, Reception

WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    opened = open_node(NodeOptions(dev=True))
    dispatcher = build_dispatcher(opened.node, opened.accounts)
    sender, receiver = ("0x" + account.address.hex() for account in opened.accounts[:2])
    for value in ("0x1", "0x2"):
        transfer = {"from": sender, "to": receiver, "value": value}
        assert "result" in said(dispatcher.handle(body("eth_sendTransaction", transfer)))
    yield opened
    opened.node.close()


@pytest.fixture
def dispatcher(opened: Opened) -> Dispatcher:
    return build_dispatcher(opened.node, opened.accounts)


@pytest.fixture
def reception(opened: Opened) -> Reception:
    node = opened.node
    return Reception(Chain(node.spec, node._store, node._consensus))


class Caller:
    """The other end of a connection that stays open."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.dropped: list[str] = []

    def answer(self, payload: bytes) -> None:
        self.heard.append(json.loads(payload))

    def notify(self, payload: bytes) -> None:
        self.heard.append(json.loads(payload))

    def drop(self, reason: str) -> None:
        self.dropped.append(reason)


def body(method: str, *params: Any, identity: int = 1) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": list(params)}).encode()


def said(answer: bytes | Future[bytes]) -> Any:
    return json.loads(answer.result(WAIT_SECONDS) if isinstance(answer, Future) else answer)


def early_questions(opened: Opened) -> list[tuple[Any, ...]]:
    node = opened.node
    full, empty, stranger = "0x" + node.head().hash.hex(), "0x" + node.header(0).hash.hex(), "0x" + "11" * 32
    by_number = ("eth_getHeaderByNumber", "eth_getBlockReceipts", "eth_getUncleCountByBlockNumber")
    by_hash = ("eth_getHeaderByHash", "eth_getBlockTransactionCountByHash", "eth_getUncleCountByBlockHash")
    tags = ("latest", "earliest", "safe", "finalized", "0x1", "0x99", {"blockHash": full, "requireCanonical": True})
    return [
        *[(method,) for method in ("web3_clientVersion", "net_version", "net_listening", "net_peerCount")],
        *[(method,) for method in ("eth_chainId", "eth_syncing", "eth_capabilities", "eth_blockNumber")],
        ("web3_sha3", "0x68656c6c6f"),
        *[("eth_getBlockByNumber", tag, in_full) for tag in tags for in_full in (False, True)],
        *[("eth_getBlockByHash", key, in_full) for key in (full, empty, stranger) for in_full in (False, True)],
        *[(method, tag) for method in by_number for tag in tags],
        *[(method, key) for method in by_hash for key in (full, stranger)],
        ("eth_getUncleByBlockNumberAndIndex", "latest", "0x0"),
        ("eth_getUncleByBlockHashAndIndex", full, "0x0"),
        ("eth_getBlockByNumber",),
        ("eth_getBlockByHash", "0x12", False),
        ("eth_blockNumber", 1, 2),
    ]


def test_early_answers_are_those_that_the_node_gives(opened, dispatcher, reception):
    questions = early_questions(opened)
    assert {method for method, *_ in questions} == set(EARLY)

    for question in questions:
        early = reception.handle(body(*question))
        assert said(early) == said(dispatcher.handle(body(*question))), question


def test_what_takes_more_waits_and_is_answered_by_the_node(opened, dispatcher, reception):
    account = "0x" + opened.accounts[1].address.hex()
    questions = [
        body("eth_getBalance", account, "latest"),
        body("eth_getBlockByNumber", "pending", False),
        body("eth_getBlockByNumber", "pending", False).replace(b"pending", b"\\u0070ending"),
        body("eth_getHeaderByNumber", "pending"),
        b"[" + body("eth_chainId") + b"," + body("eth_getBalance", account, "latest", identity=2) + b"]",
        body("eth_blockNumbr"),
        b"{",
        b"[1]",
        b'{"jsonrpc":"2.0","id":1}',
        b"[" * 200_000,
        b'"eth_chainId"',
    ]

    waiting = [reception.handle(question) for question in questions]
    assert [isinstance(answer, Future) and not answer.done() for answer in waiting] == [True] * len(questions)
    reception.open(dispatcher, lambda peer, admit: pytest.fail("nobody stays"))

    answers = [said(answer) for answer in waiting]
    assert answers == [said(dispatcher.handle(question)) for question in questions]
    assert answers[0]["result"] == hex(10_000 * 10**18 + 3)
    assert answers[2]["result"]["number"] == "0x3"
    assert [answer["id"] for answer in answers[4]] == [1, 2]
    assert said(reception.handle(questions[0])) == answers[0]


def test_rights_hold_from_the_first_moment(dispatcher, reception):
    def refuse(method: str) -> None:
        raise MethodForbidden(f"{method} is not for you")

    early, late = (reception.handle(body(method), refuse) for method in ("eth_chainId", "eth_gasPrice"))
    reception.open(dispatcher, lambda peer, admit: pytest.fail("nobody stays"))

    assert [said(answer)["error"]["message"] for answer in (early, late)] == [
        "eth_chainId is not for you",
        "eth_gasPrice is not for you",
    ]


def test_who_connected_early_is_heard_from_the_first_message_on(opened, dispatcher, reception):
    subscriptions = Subscriptions(opened.node)
    caller, gone = Caller(), Caller()
    session, left = reception.open_session(caller), reception.open_session(gone)
    session.receive(body("eth_chainId", identity=1))
    session.receive(body("eth_subscribe", "newHeads", identity=2))
    left.receive(body("eth_chainId"))
    left.close()
    assert caller.heard == []

    reception.open(dispatcher, lambda peer, admit: Session(dispatcher, subscriptions, peer, admit=admit))
    session.receive(body("eth_blockNumber", identity=3))
    later = Caller()
    reception.open_session(later).receive(body("eth_chainId"))
    session.close()
    subscriptions.close()

    assert [answer["id"] for answer in caller.heard] == [1, 2, 3]
    assert all("result" in answer for answer in caller.heard)
    assert (len(later.heard), gone.heard) == (1, [])


def test_whoever_waits_for_a_node_that_never_comes_is_told(reception):
    caller = Caller()
    reception.open_session(caller)
    waiting = reception.handle(body("eth_gasPrice"))

    reception.give_up()
    late = Caller()
    reception.open_session(late)

    for answer in (waiting, reception.handle(body("eth_gasPrice"))):
        assert said(answer)["error"]["message"] == "the node could not be started (its log says why)"
    assert caller.dropped == late.dropped == ["the node could not be started"]
