"""Whatever comes, the answer is well-formed and nothing breaks: JSON into `handle`, raw bytes into the socket."""

from __future__ import annotations

import http.client
import json
import logging
import socket
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.launch import NodeOptions, Running, open_node, start
from chain.rpc import Dispatcher, build_dispatcher

ANYTIME = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=200)
KNOWN_CODES = {-32700, -32600, -32601, -32602, -32000, -32001, -32003, -32005, 3, 4}

ADDRESS, HASH = "0x" + "f3" * 20, "0x" + "ab" * 32
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["latest", "pending", "earliest", "0x", "0x0", "0x1", "0xff", "0x" + "f" * 64, ADDRESS, HASH])
)
WORDS = """
    from to gas gasPrice value data input nonce chainId type accessList address storageKeys topics fromBlock toBlock
    blockHash blockNumber requireCanonical balance code state stateDiff maxFeePerGas authorizationList number time
    maxPriorityFeePerGas blobVersionedHashes r s yParity primaryType domain message types
"""
names = st.sampled_from([*WORDS.split(), ADDRESS, HASH, ""])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5), max_leaves=12
)


@pytest.fixture(scope="module")
def dispatcher():
    opened = open_node(NodeOptions())
    yield build_dispatcher(opened.node, opened.accounts)
    opened.node.close()


@pytest.fixture(scope="module")
def running():
    served = start(NodeOptions(), port=0)
    yield served
    served.stop()


def answered(dispatcher: Dispatcher, body: bytes) -> Any:
    answer = dispatcher.handle(body)
    answer = answer.result(20) if isinstance(answer, Future) else answer
    assert isinstance(answer, bytes)
    return json.loads(answer) if answer else None


def well_formed(answer: Any, codes: set[int]) -> None:
    assert set(answer) in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"})
    assert answer["jsonrpc"] == "2.0"
    if "error" in answer:
        assert set(answer["error"]) <= {"code", "message", "data"}
        assert answer["error"]["code"] in codes, answer
        assert isinstance(answer["error"]["message"], str) and "Traceback" not in answer["error"]["message"]


@ANYTIME
@given(
    st.binary(max_size=300) | st.text(alphabet='{}[]",:"jsonrpcid20method truefals\\u', max_size=200).map(str.encode)
)
def test_any_bytes_get_a_well_formed_answer(dispatcher, body):
    answer = answered(dispatcher, body)

    for one in answer if isinstance(answer, list) else [answer]:
        well_formed(one, KNOWN_CODES)


@ANYTIME
@given(data=st.data())
def test_any_parameters_of_any_method_are_answered_or_refused_but_never_fail_inside(dispatcher, data, caplog):
    name = data.draw(st.sampled_from(sorted(dispatcher.methods)))
    if name == "eth_sendRawTransactionSync":  # would wait
        name = "eth_sendRawTransaction"
    params = data.draw(st.lists(values, max_size=5) | values)
    body = {"jsonrpc": "2.0", "id": 1, "method": name, "params": params}

    with caplog.at_level(logging.ERROR):
        answer = answered(dispatcher, json.dumps(body).encode())

    well_formed(answer, KNOWN_CODES)


@ANYTIME
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "jsonrpc": st.just("2.0") | scalars,
                "id": values,
                "method": st.sampled_from(["eth_blockNumber", "eth_call"]) | scalars,
                "params": values,
            },
        )
        | scalars,
        min_size=1,
        max_size=6,
    )
)
def test_any_batch_keeps_its_order(dispatcher, entries):
    answers = answered(dispatcher, json.dumps(entries).encode()) or []

    asked = [
        entry
        for entry in entries
        if not (
            isinstance(entry, dict)
            and "id" not in entry
            and entry.get("jsonrpc") == "2.0"
            and isinstance(entry.get("method"), str)
        )
    ]
    assert len(answers) == len(asked)
    for entry, answer in zip(asked, answers, strict=True):
        well_formed(answer, KNOWN_CODES)
        if answer["id"] is not None:
            assert json.dumps(answer["id"]) == json.dumps(entry["id"])


PIECES = [
    "POST / HTTP/1.1",
    "GET / HTTP/1.1",
    "GET /ipfs/x HTTP/1.0",
    "OPTIONS * HTTP/1.1",
    "PUT /x HTTP/1.1",
    "CONNECT a:1 HTTP/1.1",
    "POST /api/v0/add HTTP/1.1",
    "PRI * HTTP/2.0",
    "Host: localhost",
    "Host: evil",
    "Origin: null",
    "Content-Length: 2",
    "Content-Length: 99999999",
    "Content-Length: -1",
    "Content-Length: 51",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "Connection: Upgrade",
    "Upgrade: h2c",
    "Upgrade: websocket",
    "Expect: 100-continue",
    "",
    "{}",
    "[]",
    "2",
    "0",
    '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}',
]
pieces = st.sampled_from([piece.encode() + end for piece in PIECES for end in (b"\r\n", b"\r\n\r\n", b"")])


@ANYTIME
@given(st.lists(pieces | st.binary(max_size=30), max_size=14), st.booleans())
def test_any_bytes_on_the_wire_get_http_answers_and_the_next_client_is_served(running: Running, spoken, at_once):
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=10) as wire:
        try:
            for piece in [b"".join(spoken)] if at_once else spoken:
                wire.sendall(piece)
            wire.shutdown(socket.SHUT_WR)
            received = b""
            while data := wire.recv(65536):
                received += data
        except (BrokenPipeError, ConnectionResetError, OSError):
            return  # refused early: the connection was closed while we were still talking

    received = received.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
    while received:
        head, blank, rest = received.partition(b"\r\n\r\n")
        assert blank and head.startswith(b"HTTP/1.1 ")
        status = int(head.split()[1])
        assert status in http.client.responses and status != 500
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(headers.get(b"content-length", b"0"))
        assert len(rest) >= length
        received = rest[length:]
