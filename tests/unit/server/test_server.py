"""Starting, stopping, and who else is on the port."""

from __future__ import annotations

import socket
import threading

import pytest

from chain.errors import PortTaken, UsageError
from chain.pages import Pages
from chain.server import Server, listen


def test_a_taken_port_is_named_with_the_next_step(serve):
    taken = serve()

    with pytest.raises(PortTaken) as refused:
        Server(lambda body, admit: body, Pages(), port=taken.port).start()

    assert str(taken.port) in refused.value.message
    assert f"--port {taken.port + 1}" in refused.value.hint


def test_who_knocks_before_there_is_a_server_is_answered_by_it(ask):
    server = Server(lambda body, admit: body, Pages(), port=0, listener=(listener := listen("127.0.0.1", 0)))
    with socket.create_connection(listener.getsockname()) as early:
        early.sendall(ask(b"first"))

        server.start()

        assert early.recv(65536).endswith(b"first")
    server.stop()


def test_an_impossible_address_says_what_to_change():
    with pytest.raises(UsageError, match="cannot listen on") as refused:
        Server(lambda body, admit: body, Pages(), host="192.0.2.1", port=0).start()
    assert "--host" in refused.value.hint
    with pytest.raises(UsageError):
        Server(lambda body, admit: body, Pages(), port=70000).start()


def test_it_listens_on_loopback_only(serve):
    server = serve()

    assert server.url == f"http://127.0.0.1:{server.port}"
    name = socket.gethostbyname(socket.gethostname())
    if not name.startswith("127."):
        with pytest.raises(OSError):
            socket.create_connection((name, server.port), timeout=1)


def test_stopping_finishes_what_is_in_flight_and_frees_the_port(serve, connect, ask, answering):
    server = serve()
    busy, idle = connect(server), connect(server)
    idle.say(ask(b"a"))
    idle.answer()
    busy.say(ask(b"hold"))
    assert answering.came.acquire(timeout=5)

    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert idle.rest() == b""
    answering.held[0].set_result(b"in time")
    status, headers, body = busy.answer()
    stopping.join(timeout=5)

    assert (status, body, headers["connection"]) == (200, b"in time", "close")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)
    server.stop()  # a second time does nothing


def test_stopping_does_not_wait_for_ever(serve, connect, ask, answering):
    server = serve(limits={"grace_seconds": 0.1})
    wire = connect(server)
    wire.say(ask(b"hold"))
    assert answering.came.acquire(timeout=5)

    server.stop()

    with pytest.raises((ConnectionResetError, AssertionError)):
        assert wire.rest() != b""
    answering.held[0].set_result(b"too late")  # nobody listens, nothing breaks


def test_the_port_can_be_taken_again_at_once(serve, connect, ask):
    server = serve()
    wire = connect(server)
    wire.say(ask(b"a"))
    wire.answer()
    server.stop()

    again = Server(lambda body, admit: body, Pages(), port=server.port)
    again.start()
    again.stop()
