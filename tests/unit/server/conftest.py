"""A real server on a free port, and a raw socket to speak to it."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from chain.blobs import BlobStore
from chain.pages import Pages
from chain.server import Limits, Server


class Wire:
    """One raw client connection."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, method: str = "POST") -> tuple[int, dict[str, str], bytes]:
        """Exactly one answer, parsed by the standard library."""
        response = http.client.HTTPResponse(_Unbuffered(self.socket), method=method)
        response.begin()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()

    def rest(self) -> bytes:
        """Everything until the server closes."""
        received = b""
        while piece := self.socket.recv(65536):
            received += piece
        return received

    def close(self) -> None:
        self.socket.close()


class _Unbuffered:
    """Lets http.client read one answer without swallowing the next."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def makefile(self, mode: str) -> _Unbuffered:
        return self

    def read(self, size: int = 1 << 62) -> bytes:
        received = bytearray()
        while len(received) < size and (piece := self._connection.recv(min(size - len(received), 1 << 20))):
            received += piece
        return bytes(received)

    def readline(self, limit: int = 1 << 16) -> bytes:
        line = b""
        while len(line) < limit and not line.endswith(b"\n") and (byte := self._connection.recv(1)):
            line += byte
        return line

    def close(self) -> None:
        pass

    def flush(self) -> None:
        pass


def request(body: bytes, *headers: str, path: str = "/", method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Answering:
    """What stands behind the server: echoes, waits, or answers with much, as the body asks."""

    def __init__(self) -> None:
        self.held: list[Future[bytes]] = []
        self.came = threading.Semaphore(0)

    def handle(self, body: bytes, admit: object = None) -> bytes | Future[bytes]:
        if body == b"hold":
            future: Future[bytes] = Future()
            self.held.append(future)
            self.came.release()
            return future
        if body.startswith(b"big "):
            return b"x" * int(body[4:])
        return b"" if body == b"quiet" else b"<" + body + b">"


@pytest.fixture
def answering() -> Answering:
    return Answering()


@pytest.fixture
def serve(answering: Answering) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(**options: object) -> Server:
        limits = Limits(**options.pop("limits", {}))  # type: ignore[arg-type]
        server = Server(answering.handle, Pages(blobs=BlobStore(None)), port=0, limits=limits, **options)  # type: ignore[arg-type]
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def connect() -> Iterator[Callable[[Server], Wire]]:
    wires: list[Wire] = []

    def open_wire(server: Server) -> Wire:
        wires.append(Wire(server))
        return wires[-1]

    yield open_wire
    for wire in wires:
        wire.close()


@pytest.fixture
def ask() -> Callable[..., bytes]:
    return request
