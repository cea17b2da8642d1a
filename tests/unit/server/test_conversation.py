"""Connections that stay: WebSocket and unix socket, as a client meets them."""

from __future__ import annotations

import base64
import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as websocket

from chain.errors import UsageError
from chain.server import Server
from chain.server.house import Outlet
from chain.server.ipc import MAX_PATH

WAIT_SECONDS = 10
Serve = Callable[..., Server]


class Room:
    """All sessions of a server; each answers as `Answering` does, and `tell` reaches all of them."""

    def __init__(self, handle: Callable[[bytes], bytes | Future[bytes]]) -> None:
        self.handle = handle
        self.sessions: list[Guest] = []
        self.left = threading.Semaphore(0)

    def open(self, outlet: Outlet, admit: object = None) -> Guest:
        self.sessions.append(Guest(self, outlet))
        return self.sessions[-1]

    def tell(self, payload: bytes) -> None:
        for session in list(self.sessions):
            session.outlet.notify(payload)


class Guest:
    def __init__(self, room: Room, outlet: Outlet) -> None:
        self.room = room
        self.outlet = outlet

    def receive(self, message: bytes) -> None:
        answer = self.room.handle(message)
        if isinstance(answer, Future):
            answer.add_done_callback(lambda done: self.outlet.answer(done.result()))
        else:
            self.outlet.answer(answer)

    def close(self) -> None:
        self.room.sessions.remove(self)
        self.room.left.release()


@pytest.fixture
def room(answering) -> Room:
    return Room(answering.handle)


@pytest.fixture
def server(serve: Serve, room: Room) -> Server:
    return serve(open_session=room.open)


def open_to(server: Server, **options: Any) -> ClientConnection:
    return websocket(server.url.replace("http", "ws", 1), ping_interval=None, close_timeout=2, **options)


def test_messages_are_answered_whatever_their_frames(server: Server):
    with open_to(server) as ws:
        ws.send("text")
        ws.send(b"binary")
        ws.send(["in ", "three ", "pieces"])
        ws.send("quiet")
        ws.send("last")

        assert [ws.recv(WAIT_SECONDS) for _ in range(4)] == ["<text>", "<binary>", "<in three pieces>", "<last>"]


def test_nothing_is_compressed_also_when_the_client_offers_it(server: Server):
    with open_to(server, compression="deflate") as ws:
        assert ws.protocol.extensions == []
        ws.send("big 70000")
        assert len(ws.recv(WAIT_SECONDS)) == 70_000


def test_http_and_websocket_share_the_port(server: Server, connect):
    wire = connect(server)
    wire.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na")
    assert wire.answer()[2] == b"<a>"
    key = base64.b64encode(bytes(16)).decode()
    head = f"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: {key}"
    ping = Frame(Opcode.PING, b"early").serialize(mask=True)

    wire.say(f"{head}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode() + ping)

    received = b""
    while not received.endswith(b"early"):
        received += wire.socket.recv(4096)
    assert received.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert received.endswith(b"\r\n\r\n\x8a\x05early")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"Host": "attacker.example"}, 403),
        ("/", {"Origin": "https://attacker.example"}, 403),
        ("/", {"Sec-WebSocket-Version": "8"}, 400),
        ("/elsewhere", {}, 404),
    ],
)
def test_an_upgrade_is_refused_like_any_request(server: Server, connect, path, headers, status):
    wire = connect(server)
    usual = {
        "Host": "localhost",
        "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    lines = [f"{name}: {value}" for name, value in (usual | headers).items()]
    wire.say(
        "\r\n".join([f"GET {path} HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", *lines, "", ""]).encode()
    )

    assert wire.answer("GET")[0] == status


def test_where_no_sessions_are_given_an_upgrade_is_refused(serve: Serve):
    with pytest.raises(InvalidStatus, match="501"):
        open_to(serve())


def test_a_message_that_is_too_large_closes_with_1009(serve: Serve, room: Room):
    server = serve(open_session=room.open, limits={"body": 1000})
    with open_to(server) as ws:
        ws.send("x" * 1000)
        assert len(ws.recv(WAIT_SECONDS)) == 1002
        with pytest.raises(ConnectionClosed) as closed:
            ws.send(["y" * 600, "y" * 600])
            ws.recv(WAIT_SECONDS)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    assert room.left.acquire(timeout=WAIT_SECONDS)


def test_what_is_no_websocket_closes_with_1002(server: Server):
    with open_to(server) as ws:
        ws.socket.sendall(b"\x81\x01a")  # a client has to mask
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(WAIT_SECONDS)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1002


def test_requests_of_one_connection_do_not_wait_for_each_other(server: Server, answering):
    with open_to(server) as ws:
        ws.send("hold")
        assert answering.came.acquire(timeout=WAIT_SECONDS)
        ws.send("quick")
        assert ws.recv(WAIT_SECONDS) == "<quick>"
        answering.held[0].set_result(b"slow")
        assert ws.recv(WAIT_SECONDS) == "slow"


def test_only_so_many_requests_are_worked_on_at_once(serve: Serve, room: Room, answering):
    server = serve(open_session=room.open, limits={"at_once": 3})
    with open_to(server) as ws:
        for _ in range(5):
            ws.send("hold")
        for _ in range(3):
            assert answering.came.acquire(timeout=WAIT_SECONDS)
        assert not answering.came.acquire(timeout=0.1)
        answering.held[0].set_result(b"one")
        assert ws.recv(WAIT_SECONDS) == "one"
        assert answering.came.acquire(timeout=WAIT_SECONDS)
        for future in answering.held[1:]:
            future.set_result(b"more")


def test_events_come_in_order_between_answers(server: Server, room: Room):
    with open_to(server) as ws:
        ws.send("ready")
        assert ws.recv(WAIT_SECONDS) == "<ready>"
        for number in range(1000):
            room.tell(b"%d" % number)
        assert [int(ws.recv(WAIT_SECONDS)) for _ in range(1000)] == list(range(1000))


@pytest.mark.parametrize("kind", ["websocket", "unix"])
def test_a_subscriber_that_does_not_read_is_dropped_and_nobody_else_notices(serve, room, tmp_path, kind, caplog):
    backlog = 1 << 20
    path = tmp_path / "s"
    server = serve(open_session=room.open, ipc=path, limits={"backlog": backlog})
    stalled: Any
    if kind == "unix":
        stalled = socket.socket(socket.AF_UNIX)
        stalled.connect(str(path))
    else:
        stalled = open_to(server, max_queue=1)
        stalled.recv_bufsize = 1
    with stalled, open_to(server) as reader:
        reader.send("ready")
        assert reader.recv(WAIT_SECONDS) == "<ready>"
        while len(room.sessions) < 2:
            time.sleep(0.001)
        told = 0
        deadline = time.monotonic() + WAIT_SECONDS
        while not room.left.acquire(timeout=0) and time.monotonic() < deadline:
            room.tell(b"%06d" % told + b"x" * 50_000)
            assert reader.recv(WAIT_SECONDS)[:6] == f"{told:06d}"
            told += 1
        assert len(room.sessions) == 1
        assert told * 50_000 >= backlog, "not before it is over the limit"
        assert "does not read" in caplog.text


def test_a_large_answer_is_no_reason_to_be_dropped(serve: Serve, room: Room):
    server = serve(open_session=room.open, limits={"backlog": 1000})
    with open_to(server, max_size=None) as ws:
        for _ in range(3):
            ws.send("big 3000000")
        room.tell(b"event")
        got = [len(ws.recv(WAIT_SECONDS)) for _ in range(4)]
    assert sorted(got) == [5, 3_000_000, 3_000_000, 3_000_000]


def test_a_silent_client_is_pinged_and_then_left(serve: Serve, room: Room):
    server = serve(open_session=room.open, limits={"ping_seconds": 0.2})
    with open_to(server) as alive:
        time.sleep(1.0)  # its library answers pings
        alive.send("here")
        assert alive.recv(WAIT_SECONDS) == "<here>"
    room.left.acquire(timeout=WAIT_SECONDS)
    with socket.create_connection(("127.0.0.1", server.port)) as dead:
        key = base64.b64encode(bytes(16)).decode()
        dead.sendall(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        dead.settimeout(WAIT_SECONDS)
        received = b""
        while piece := dead.recv(4096):
            received += piece
    assert received.partition(b"\r\n\r\n")[2].startswith(b"\x89\x00\x88")  # a ping, then a close
    assert b"\x03\xf3" in received  # 1011


def test_stop_answers_what_is_in_flight_and_closes_with_1001(server: Server, answering):
    with open_to(server) as ws:
        ws.send("hold")
        assert answering.came.acquire(timeout=WAIT_SECONDS)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        answering.held[0].set_result(b"still answered")
        assert ws.recv(WAIT_SECONDS) == "still answered"
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(WAIT_SECONDS)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
        stopping.join(WAIT_SECONDS)


# --- unix socket -----------------------------------------------------------------------------------------------------


def speak(path: Path, data: bytes, lines: int) -> list[bytes]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(WAIT_SECONDS)
        client.connect(str(path))
        client.sendall(data)
        received = b""
        while received.count(b"\n") < lines and (piece := client.recv(65536)):
            received += piece
    return received.splitlines()


def test_the_unix_socket_is_its_owners_and_gone_after_stop(serve: Serve, room: Room, tmp_path):
    path = tmp_path / "mz.ipc"
    server = serve(open_session=room.open, ipc=path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert speak(path, b'["a"]["b"]\n["c"]', 3) == [b'<["a"]>', b'<["b"]>', b'<["c"]>']
    server.stop()
    assert not path.exists()


def test_what_was_sent_is_answered_also_when_the_client_says_no_more(serve: Serve, room: Room, tmp_path, answering):
    path = tmp_path / "mz.ipc"
    serve(open_session=room.open, ipc=path)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(WAIT_SECONDS)
        client.connect(str(path))
        client.sendall(b"hold\n[1]")
        client.shutdown(socket.SHUT_WR)
        assert answering.came.acquire(timeout=WAIT_SECONDS)
        assert client.recv(100) == b"<[1]>\n"
        answering.held[0].set_result(b"late")
        assert client.recv(100) == b"late\n"
        assert client.recv(100) == b""


def test_a_socket_that_a_killed_node_left_is_replaced(serve: Serve, room: Room, tmp_path):
    path = tmp_path / "mz.ipc"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
        left.listen()

    serve(open_session=room.open, ipc=path)

    assert speak(path, b"[1]", 1) == [b"<[1]>"]


def test_a_socket_somebody_listens_on_a_file_and_a_long_path_are_refused(serve: Serve, room: Room, tmp_path):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "busy"))
        other.listen()
        with pytest.raises(UsageError, match="another process listens there"):
            serve(open_session=room.open, ipc=tmp_path / "busy")
        assert (tmp_path / "busy").exists()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is no socket"):
        serve(open_session=room.open, ipc=tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
    long = tmp_path / ("x" * (MAX_PATH + 1 - len(os.fsencode(tmp_path))))
    with pytest.raises(UsageError, match=f"has room for {MAX_PATH} bytes, this one has {len(os.fsencode(long))}"):
        serve(open_session=room.open, ipc=long)


def test_a_file_that_took_the_sockets_place_is_left_alone(serve: Serve, room: Room, tmp_path):
    path = tmp_path / "mz.ipc"
    server = serve(open_session=room.open, ipc=path)
    path.unlink()
    path.write_text("another's")

    server.stop()

    assert path.read_text() == "another's"
