"""Which web pages may speak to the node."""

from __future__ import annotations

import pytest

from chain.server.doorkeeper import Doorkeeper


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8545",
        "127.0.0.1:8545",
        "127.9.9.9",
        "[::1]:8545",
        "[::1]",
        "a.localhost",
        "localhost.:1",
    ],
)
def test_loopback_names_are_hosts(host):
    assert Doorkeeper().admits_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil",
        "",
        "[::1",
        "localhost:x",
        "::1",
    ],
)
def test_other_names_are_not(host):
    assert not Doorkeeper().admits_host(host)


def test_configured_hosts_and_the_star_are_let_in():
    assert Doorkeeper(["Node.Example"]).admits_host("node.example:8545")
    assert Doorkeeper(["*"]).admits_host("whatever.example")
    assert not Doorkeeper(["*"]).admits_host("bad:port:here")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "https://127.0.0.1",
        "http://[::1]:5173",
        "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn",
        "moz-extension://x",
    ],
)
def test_local_pages_and_wallet_extensions_are_let_in(origin):
    assert Doorkeeper().admits_origin(origin, "localhost:8545")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "Null",
        "evil.example",
        "nu ll",
        "https://evil.example",
        "http://localhost.evil.example",
        "file://",
        "file://localhost",
        "ftp://localhost",
        "http://",
        "",
        "https://localhost@evil.example",
        "http://[bad",
    ],
)
def test_other_origins_are_refused(origin):
    assert not Doorkeeper().admits_origin(origin, "localhost:8545")


def test_a_program_that_names_itself_is_let_in():
    """titanoboa sends its name; no browser can."""
    assert Doorkeeper().admits_origin("Titanoboa", "localhost:8545")


def test_who_listens_everywhere_is_reached_by_any_address_but_not_by_any_name():
    door = Doorkeeper(["0.0.0.0"])

    assert door.admits_host("192.0.2.7:8545") and door.admits_host("[2001:db8::1]:8545")
    assert not door.admits_host("rebound.example:8545")
    assert not Doorkeeper(["127.0.0.1"]).admits_host("192.0.2.7:8545")


def test_the_nodes_own_page_and_configured_origins_are_let_in():
    door = Doorkeeper(["node.example"], ["https://dapp.example"])

    assert door.admits_origin("http://node.example:8545", "node.example:8545")
    assert door.admits_origin("https://dapp.example", "node.example:8545")
    assert not door.admits_origin("http://node.example:1", "node.example:8545")
    assert Doorkeeper(origins=["*"]).admits_origin("null", "localhost")


def test_a_foreign_host_or_origin_is_403_over_http(serve, connect):
    server = serve()
    for line in (
        "Host: evil.example",
        "Host: localhost\r\nOrigin: https://evil.example",
        "Host: localhost\r\nOrigin: null",
    ):
        wire = connect(server)
        wire.say(f"POST / HTTP/1.1\r\n{line}\r\nContent-Length: 5\r\n\r\nhello".encode())
        status, headers, body = wire.answer()
        assert status == 403 and b"not allowed" in body and b"allowed " in body
        assert "access-control-allow-origin" not in headers


def test_a_missing_or_repeated_host_is_400(serve, connect):
    server = serve()
    for head in (b"POST / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"):
        wire = connect(server)
        wire.say(head)
        assert wire.answer()[0] == 400


def test_an_admitted_origin_gets_cors_headers_and_its_preflight(serve, connect, ask):
    wire = connect(serve(origins=["https://dapp.example"]))

    wire.say(
        ask(
            b"",
            "Origin: https://dapp.example",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: content-type, x-more",
            "Access-Control-Request-Private-Network: true",
            method="OPTIONS",
        )
    )
    status, headers, _ = wire.answer("OPTIONS")
    assert status == 204
    assert headers["access-control-allow-origin"] == "https://dapp.example"
    assert headers["access-control-allow-headers"] == "content-type, x-more"
    assert "POST" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-private-network"] == "true"

    wire.say(ask(b"hi", "Origin: https://dapp.example"))
    status, headers, _ = wire.answer()
    assert headers["access-control-allow-origin"] == "https://dapp.example"
    assert headers["vary"] == "Origin"


def test_a_preflight_without_the_private_network_wish_gets_no_such_header(serve, connect, ask):
    wire = connect(serve())

    wire.say(ask(b"", "Origin: http://localhost:3000", method="OPTIONS"))

    assert "access-control-allow-private-network" not in wire.answer("OPTIONS")[1]
