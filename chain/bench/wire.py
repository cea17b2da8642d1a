"""The load generator: plain sockets and requests that were encoded beforehand.

While the clock runs it writes prepared bytes and counts answers; nothing is parsed, so that it is never what is
measured. Its own share of the processor is noted beside every figure.
"""

from __future__ import annotations

import itertools
import selectors
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from chain.errors import BenchFault

PATIENCE = 20.0  # seconds without an answer
CHUNK = 1 << 18
_STATUS = b"HTTP/1.1 200"
_ERROR = b'"error"'
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def request(method: str, *params: Any, key: int = 1) -> dict[str, Any]:
    """One JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": key, "method": method, "params": list(params)}


def framed(body: Any) -> bytes:
    """As it goes over the wire."""
    encoded = _encode(body)
    return (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % len(encoded)
        + encoded
    )


class Line:
    """One keep-alive connection, used for one request at a time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def call(self, method: str, *params: Any) -> Any:
        """The result. Raises BenchFault for an error, OSError when nobody answers."""
        answer = _decode(self.exchange(framed(request(method, *params))))
        if "error" in answer:
            raise BenchFault(f"{method}: {answer['error']}")
        return answer["result"]

    def batch(self, requests: Sequence[dict[str, Any]]) -> list[Any]:
        """Results in order; None where there was an error."""
        answers = {answer["id"]: answer.get("result") for answer in _decode(self.exchange(framed(requests)))}
        return [answers.get(one["id"]) for one in requests]

    def exchange(self, payload: bytes) -> bytes:
        """Send one request, wait for its answer, return the body."""
        for fresh in (False, True):
            line = self._socket
            if line is None:
                line = self._socket = _connected(self.port)
            try:
                line.sendall(payload)
                return self._read(line)
            except ConnectionError:  # an idle connection that the other side has closed meanwhile
                self.close()
                if fresh:
                    raise
        raise ConnectionError("no answer")

    def _read(self, line: socket.socket) -> bytes:
        pieces = bytearray()
        while (answer := first_answer(pieces)) is None:
            pieces += _received(line)
        return answer[0]


def first_answer(data: bytes | bytearray) -> tuple[bytes, int] | None:
    """Body and end of the first HTTP answer in `data`; None while it is not whole."""
    start = data.find(b"\r\n\r\n") + 4
    if start < 4:
        return None
    head = data[:start].lower()
    at = head.find(b"content-length:")
    if at >= 0:
        end = start + int(head[at + 15 :].split(b"\r\n", 1)[0])
        return (bytes(data[start:end]), end) if len(data) >= end else None
    body = b""
    while (line_end := data.find(b"\r\n", start)) >= 0:  # chunks
        size = int(data[start:line_end].split(b";")[0], 16)
        start = line_end + 4 + size
        if len(data) < start:
            return None
        if size == 0:
            return body, start
        body += data[line_end + 2 : start - 2]
    return None


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of the generator came to."""

    answers: int  # of HTTP
    errors: int  # of JSON-RPC within them
    sample: str  # of an error
    seconds: float
    busy: float  # the generator's own share of one processor


def send_all(port: int, queues: Sequence[Sequence[bytes]], then: Callable[[], None] = lambda: None) -> Burst:
    """One connection per queue; each sends its next request when the last was answered. `then` is timed as well."""
    return _run([_Stream(port, queue) for queue in queues], None, then)


def repeat(port: int, payload: bytes, *, connections: int, depth: int, seconds: float) -> Burst:
    """The same request over and over, `depth` of them on their way on each connection (HTTP pipelining)."""
    return _run([_Pipeline(port, payload, depth) for _ in range(connections)], seconds, lambda: None)


class _Stream:
    """A connection that works through a queue, one request at a time."""

    def __init__(self, port: int, queue: Iterable[bytes]) -> None:
        self.socket = _connected(port)
        self.answers = self.errors = 0
        self.sample = ""
        self._queue = iter(queue)
        self._data = bytearray()

    def send(self) -> bool:
        """The next request; False when there is none."""
        payload = next(self._queue, None)
        if payload is not None:
            self.socket.sendall(payload)
        return payload is not None

    def receive(self) -> bool:
        """Whether everything that was sent is answered now."""
        self._data += _received(self.socket)
        answer = first_answer(self._data)
        if answer is None:
            return False
        self.answers += 1
        self.look(self._data)
        self._data.clear()
        return True

    def look(self, data: bytes | bytearray) -> None:
        """Count what the chain refused."""
        if _ERROR in data:
            self.errors += data.count(_ERROR)
            self.sample = self.sample or data[data.index(_ERROR) :][:200].decode(errors="replace")


class _Pipeline(_Stream):
    """A connection that sends the same requests again and again. Their answers follow one another: counting will do."""

    def __init__(self, port: int, payload: bytes, depth: int) -> None:
        super().__init__(port, itertools.repeat(payload * depth))
        self._depth = depth
        self._due = 0
        self._tail = b""

    def send(self) -> bool:
        self._due += self._depth
        return super().send()

    def receive(self) -> bool:
        data = _received(self.socket)
        self.look(data)
        seen = self._tail + data
        found = seen.count(_STATUS)
        self._tail = seen[1 - len(_STATUS) :]
        self.answers += found
        self._due -= found
        return self._due <= 0


def _connected(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _received(line: socket.socket) -> bytes:
    data = line.recv(CHUNK)
    if not data:
        raise ConnectionResetError("the chain closed the connection")
    return data


def _run(lines: Sequence[_Stream], seconds: float | None, then: Callable[[], None]) -> Burst:
    selector = selectors.DefaultSelector()
    try:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        began, busy = time.perf_counter(), time.process_time()
        running = sum(line.send() for line in lines)
        while running:
            ready = selector.select(PATIENCE)
            if not ready:
                raise BenchFault(f"no answer within {PATIENCE:g} seconds")
            over = seconds is not None and time.perf_counter() >= began + seconds
            for key, _ in ready:
                if key.data.receive() and (over or not key.data.send()):
                    selector.unregister(key.data.socket)
                    running -= 1
        then()
        took, busy = time.perf_counter() - began, time.process_time() - busy
    finally:
        selector.close()
        for line in lines:
            line.socket.close()
    return Burst(
        answers=sum(line.answers for line in lines),
        errors=sum(line.errors for line in lines),
        sample=next((line.sample for line in lines if line.sample), ""),
        seconds=took,
        busy=busy / took,
    )
