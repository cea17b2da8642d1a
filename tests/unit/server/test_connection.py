"""HTTP as clients speak it: keep-alive, pipelining, chunks, limits, slowness."""

from __future__ import annotations

import json
import socket
import time


def test_a_connection_is_kept_for_the_next_request(serve, connect, ask):
    wire = connect(serve())

    for word in (b"one", b"two", b"three"):
        wire.say(ask(word))
        status, headers, body = wire.answer()
        assert (status, body) == (200, b"<" + word + b">")
        assert headers["content-type"] == "application/json"


def test_pipelined_requests_are_answered_in_their_order(serve, connect, ask, answering):
    wire = connect(serve())

    wire.say(ask(b"hold") + ask(b"second") + ask(b"third"))
    assert answering.came.acquire(timeout=5)
    answering.held[0].set_result(b"first")

    assert [wire.answer()[2] for _ in range(3)] == [b"first", b"<second>", b"<third>"]


def test_hundreds_of_pipelined_requests_are_all_answered(serve, connect, ask):
    wire = connect(serve())

    wire.say(b"".join(ask(b"%d" % number) for number in range(300)))

    assert [wire.answer()[2] for _ in range(300)] == [b"<%d>" % number for number in range(300)]


def test_a_request_may_come_byte_by_byte(serve, connect, ask):
    wire = connect(serve())

    for byte in ask(b"slow"):
        wire.say(bytes([byte]))

    assert wire.answer()[2] == b"<slow>"


def test_a_chunked_body_is_put_together(serve, connect):
    wire = connect(serve())

    wire.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire.say(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")

    assert wire.answer()[2] == b"<abcde>"


def test_expect_100_continue_is_answered_before_the_body(serve, connect):
    wire = connect(serve())

    wire.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert wire.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.say(b"ok")

    assert wire.answer()[2] == b"<ok>"


def test_a_notification_is_204_without_body(serve, connect, ask):
    wire = connect(serve())

    wire.say(ask(b"quiet"))
    status, headers, body = wire.answer()

    assert (status, body) == (204, b"")
    assert "content-length" not in headers


def test_http_1_0_and_connection_close_end_the_connection(serve, connect, ask):
    server = serve()
    for spoken in (
        b"POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na",
        ask(b"a", "Connection: close"),
    ):
        wire = connect(server)
        wire.say(spoken)
        received = wire.rest()
        assert received.startswith(b"HTTP/1.1 200 OK") and received.endswith(b"<a>")
        assert b"connection: close" in received


def test_a_body_above_the_limit_is_refused_before_it_is_read(serve, connect):
    wire = connect(serve(limits={"body": 1000}))

    wire.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n")
    status, headers, body = wire.answer()

    assert status == 413
    assert headers["connection"] == "close"
    error = json.loads(body)["error"]
    assert "1001 bytes" in error["message"] and "at most 1000" in error["message"]


def test_a_chunked_body_above_the_limit_is_refused_while_it_is_read(serve, connect):
    wire = connect(serve(limits={"body": 1000}))

    wire.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire.say(b"3e9\r\n" + b"a" * 1001 + b"\r\n")

    assert wire.answer()[0] == 413


def test_the_reason_arrives_although_the_client_is_still_sending(serve, connect):
    wire = connect(serve(limits={"body": 1000}))

    wire.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n")
    wire.socket.recv(1, socket.MSG_PEEK)  # refused already
    for _ in range(30):
        wire.say(b"a" * 100_000)

    assert wire.answer()[0] == 413


def test_an_endless_header_is_refused(serve, connect):
    server = serve(limits={"head": 2000})
    for endless in (b"X: " + b"a" * 3000, b"".join(b"X-%d: a\r\n" % n for n in range(400)), b"GET /" + b"a" * 3000):
        wire = connect(server)
        wire.say(endless if endless.startswith(b"GET") else b"POST / HTTP/1.1\r\nHost: localhost\r\n" + endless)
        assert wire.answer()[0] == 431


def test_a_body_in_absurdly_small_chunks_is_cut_off(serve, connect):
    wire = connect(serve(limits={"body": 100, "head": 1000}))

    wire.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire.say(b"1;" + b"x" * 4000)

    assert wire.answer()[0] == 413


def test_what_is_not_http_is_400_and_closed(serve, connect):
    wire = connect(serve())

    wire.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")

    status, headers, body = wire.answer()
    assert status == 400 and headers["connection"] == "close"
    assert json.loads(body)["error"]["code"] == -32600
    assert wire.rest() == b""


def test_answers_before_a_bad_request_are_not_lost(serve, connect, ask):
    wire = connect(serve())

    wire.say(ask(b"good") + b"bad nonsense\r\n\r\n")

    assert wire.answer()[2] == b"<good>"
    assert wire.answer()[0] == 400


def test_a_websocket_offer_is_politely_refused_and_h2c_is_ignored(serve, connect, ask):
    server = serve()
    wire = connect(server)
    wire.say(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    status, _, body = wire.answer("GET")
    assert status == 501 and b"eth_newFilter" in body

    wire = connect(server)
    wire.say(ask(b"java", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAM") + ask(b"more"))
    assert wire.answer()[2] == b"<java>"
    assert wire.answer()[2] == b"<more>"


def test_a_slow_request_times_out_without_stalling_others(serve, connect, ask):
    server = serve(limits={"request_seconds": 0.2})
    slow, quick = connect(server), connect(server)

    slow.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Len")
    quick.say(ask(b"quick"))

    assert quick.answer()[2] == b"<quick>"
    status, _, body = slow.answer()
    assert status == 408 and b"0.2 s" in body
    assert slow.rest() == b""


def test_an_idle_connection_is_closed_and_a_waiting_one_is_not(serve, connect, ask, answering):
    server = serve(limits={"idle_seconds": 0.2})
    idle, waiting = connect(server), connect(server)

    waiting.say(ask(b"hold"))
    assert idle.rest() == b""
    answering.held[0].set_result(b"late")

    assert waiting.answer()[2] == b"late"


def test_a_client_that_does_not_read_is_dropped_and_holds_up_nobody(serve, connect, ask):
    server = serve(limits={"write_seconds": 0.3})
    lazy, quick = connect(server), connect(server)

    lazy.say(ask(b"big 50000000") * 3)
    started = time.monotonic()
    quick.say(ask(b"quick"))

    assert quick.answer()[2] == b"<quick>"
    assert time.monotonic() - started < 1.0
    deadline = time.monotonic() + 10
    while len(server._house.members) > 1:
        assert time.monotonic() < deadline, "the client that does not read is still there"
        time.sleep(0.01)


def test_a_large_answer_arrives_whole(serve, connect, ask):
    wire = connect(serve())

    wire.say(ask(b"big 20000000"))
    _, headers, body = wire.answer()

    assert len(body) == 20_000_000 == int(headers["content-length"])


def test_a_half_closed_client_still_gets_its_answers(serve, connect, ask, answering):
    wire = connect(serve())

    wire.say(ask(b"hold") + ask(b"next"))
    assert answering.came.acquire(timeout=5)
    wire.socket.shutdown(socket.SHUT_WR)
    answering.held[0].set_result(b"first")

    assert wire.answer()[2] == b"first"
    assert wire.answer()[2] == b"<next>"
    assert wire.rest() == b""


def test_a_client_that_leaves_is_forgotten(serve, connect, ask, answering):
    server = serve()
    wire = connect(server)
    wire.say(ask(b"hold"))
    assert answering.came.acquire(timeout=5)

    wire.close()
    other = connect(server)
    other.say(ask(b"on"))
    assert other.answer()[2] == b"<on>"
    answering.held[0].set_result(b"nobody hears")

    other.say(ask(b"still on"))
    assert other.answer()[2] == b"<still on>"


def test_connections_above_the_limit_are_told_so(serve, connect, ask):
    server = serve(limits={"connections": 2})
    members = [connect(server), connect(server)]
    for member in members:
        member.say(ask(b"in"))
        assert member.answer()[2] == b"<in>"

    status, _, body = connect(server).answer()

    assert status == 503 and b"2 at once" in body
    members[0].say(ask(b"in"))
    assert members[0].answer()[2] == b"<in>"


def test_gets_go_to_the_pages_and_failures_there_are_500(serve, connect, ask):
    wire = connect(serve())

    wire.say(ask(b"", path="/healthz", method="GET"))
    assert wire.answer("GET")[2] == b'{"status":"ok"}'
    wire.say(ask(b"", path="/healthz", method="HEAD"))
    status, headers, body = wire.answer("HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", "15")
    wire.say(ask(b"{}", path="/elsewhere"))
    assert wire.answer()[0] == 405
