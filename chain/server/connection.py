"""One client connection: HTTP/1.1 with keep-alive and pipelining, limits checked before and while a body is read.

Answers go out in the order of the requests, one request at a time; a client that reads slowly only holds up itself.
Every JSON-RPC answer is HTTP 200, also an error; what the transport refuses (403, 413, …) still carries a JSON-RPC
error body, so that the reason reaches whoever prints it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

import httptools

from chain.server.access import EVERYTHING, Grant
from chain.server.conversation import Conversation
from chain.server.exchange import Refusal, Request, encode_head, error_body, preflight
from chain.server.house import House

if TYPE_CHECKING:
    from chain.pages import Answer

logger = logging.getLogger(__name__)

MAX_QUEUE = 16  # parsed requests waiting on one connection before it is no longer read
SMALL = 64 * 1024  # bytes: below this head and body go out in one piece
LINGER = 2.0  # seconds a refused client may still send, so that it gets to read why


class Connection(asyncio.Protocol):
    """The protocol of one accepted socket. Lives on the server's loop; only `_hear` is called from other threads."""

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        self._house = house
        self._loop = loop
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)  # set when connected
        self._address = ""
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Request | Refusal] = deque()
        self._busy = False  # a request is being answered
        self._closing = False  # close after the answers that are due
        self._refused = False  # whatever else comes is not read
        self._reading_paused = False
        self._began: float | None = None  # when the request that is being received began
        self._received = 0  # raw bytes of that request
        self._head_done = False
        self._idle_since = loop.time()
        self._stalled_since: float | None = None
        self._linger_until: float | None = None
        # Of the request that is being received:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._head_size = 0
        self._repeated = False
        self._grant = EVERYTHING

    # --- asyncio ----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted; too many at once are told so."""
        self._transport = cast("asyncio.Transport", transport)  # create_server makes stream transports
        self._address = str((transport.get_extra_info("peername") or ("",))[0])
        members = self._house.members
        members.add(self)
        if len(members) > self._house.limits.connections:
            limit = self._house.limits.connections
            self._refuse(503, f"too many connections: this node serves {limit} at once, try again later")
            self._advance()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever is still being computed for this client is dropped when it is done."""
        self._house.members.discard(self)
        self._queue.clear()
        self._closing = self._refused = True

    def eof_received(self) -> bool:
        """The client will send no more; what it has asked is still answered."""
        self._closing = True
        if self._linger_until is not None or not (self._busy or self._queue):
            return False
        self._began = None
        return True

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        if self._refused:
            return
        if self._began is None:
            self._began, self._received = self._loop.time(), 0
        self._received += len(data)
        self._parse(data)
        if not self._refused and self._began is not None:
            self._check_received()
        self._advance()

    def pause_writing(self) -> None:
        """The client does not read: nothing more is worked on for it."""
        self._stalled_since = self._loop.time()

    def resume_writing(self) -> None:
        """It reads again."""
        self._stalled_since = None
        self._advance()

    # --- httptools --------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A new request."""
        self._reset()
        if self._began is None:  # pipelined behind another one
            self._began, self._received = self._loop.time(), 0

    def on_url(self, url: bytes) -> None:
        """May come in pieces."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Names are case-insensitive; a repeated Host is refused, others are joined as RFC 9110 has it."""
        self._head_size += len(name) + len(value)
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        if key in self._headers:
            self._repeated = self._repeated or key in ("host", "origin", "authorization")
            text = f"{self._headers[key]}, {text}"
        self._headers[key] = text

    def on_headers_complete(self) -> None:
        """Everything that can be refused without the body is refused here."""
        self._head_done = True
        refusal = self._doubt()
        if refusal is not None:
            self._refuse(refusal.status, refusal.message)
        elif self._headers.get("expect", "").lower() == "100-continue" and not (self._queue or self._busy):
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A piece."""
        if self._refused:
            return
        self._body += body
        if len(self._body) > self._body_limit():
            self._refuse(413, self._too_large(f"more than {self._body_limit()} bytes"))

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._refused:
            return
        self._began = None
        self._queue.append(
            Request(
                method=self._parser.get_method().decode("latin-1"),
                target=self._target.decode("latin-1"),
                headers=self._headers,
                body=bytes(self._body),
                keep_alive=self._parser.should_keep_alive(),
                grant=self._grant,
            )
        )
        self._body = bytearray()

    # --- receiving --------------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self._target = b""
        self._headers = {}
        self._body = bytearray()
        self._head_size = 0
        self._head_done = False
        self._repeated = False

    def _parse(self, data: bytes) -> None:
        while data and not self._refused:
            try:
                self._parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                if self._refused:
                    return
                self._queue.pop()
                if self._headers.get("upgrade", "").lower() == "websocket":
                    self._switch(data[upgrade.args[0] :])
                    return
                # Another offer (h2c) may be declined: the same request again without it, so that its body is read.
                data = self._head_without_upgrade() + data[upgrade.args[0] :]
                self._parser = httptools.HttpRequestParser(self)
            except httptools.HttpParserError as problem:
                if not self._refused:
                    self._refuse(400, f"not an HTTP request: {problem}")
                return

    def _switch(self, rest: bytes) -> None:
        """From here on this connection speaks WebSocket; `rest` is what came behind the request."""
        open_session = self._house.open_session
        if open_session is None:
            self._refuse(501, "WebSocket is not served here: use HTTP POST and poll with eth_newFilter")
            return
        if self._busy or self._queue:
            self._refuse(400, "an upgrade must wait for the answers before it")
            return
        # Imported here, because a node's first answer does without it.
        from chain.server.websocket import WebSocket

        wire = WebSocket(self._house.limits.body)
        refusal = wire.accept(
            self._parser.get_method().decode("latin-1"), self._target.decode("latin-1"), self._headers
        )
        if refusal is not None:
            self._refuse(refusal.status, refusal.message)
            return
        self._refused = self._closing = True  # as an HTTP connection this one has ended
        self._house.members.discard(self)
        conversation = Conversation(self._house, self._loop, wire, open_session, self._grant.admit)
        self._transport.set_protocol(conversation)
        conversation.begin(self._transport, rest)

    def _head_without_upgrade(self) -> bytes:
        lines = [f"{self._parser.get_method().decode('latin-1')} {self._target.decode('latin-1')} HTTP/1.1"]
        lines += [f"{name}: {text}" for name, text in self._headers.items() if name not in ("connection", "upgrade")]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _check_received(self) -> None:
        limits = self._house.limits
        if not self._head_done and self._received > limits.head:
            self._refuse(431, f"request header too large: this node reads at most {limits.head} bytes")
        elif self._received > limits.head + 8 * self._body_limit():  # a body cut into absurdly small chunks
            self._refuse(413, self._too_large(f"{self._received} bytes on the wire"))

    def _doubt(self) -> Refusal | None:
        limits, headers = self._house.limits, self._headers
        if self._head_size + len(self._target) > limits.head:
            return Refusal(431, f"request header too large: this node reads at most {limits.head} bytes")
        host = headers.get("host")
        if host is None or self._repeated:
            return Refusal(400, "exactly one Host header is needed, and at most one Origin and Authorization")
        if not self._house.doorkeeper.admits_host(host):
            return Refusal(403, f"host {host!r} is not allowed: use localhost, or add it to the node's allowed hosts")
        origin = headers.get("origin")
        if origin is not None and not self._house.doorkeeper.admits_origin(origin, host):
            return Refusal(403, f"origin {origin!r} is not allowed: add it to the node's allowed origins")
        method, target = self._parser.get_method().decode("latin-1"), self._target.decode("latin-1")
        grant = self._house.access.enter(method, target, headers, self._address)
        if not isinstance(grant, Grant):
            return Refusal(*grant)
        self._grant = grant
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > self._body_limit():
            return Refusal(413, self._too_large(f"{int(length)} bytes"))
        return None

    def _body_limit(self) -> int:
        limits = self._house.limits
        return limits.upload if self._target.startswith(b"/api/") else limits.body

    def _too_large(self, size: str) -> str:
        return f"request too large: {size}, this node reads at most {self._body_limit()}; send it in several requests"

    def _refuse(self, status: int, message: str) -> None:
        """Queue the reason behind what is still to be answered; nothing further is read."""
        self._refused = self._closing = True
        self._began = None
        self._body = bytearray()
        self._queue.append(Refusal(status, message))

    # --- answering --------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Answer what is queued, in order, as far as it can be answered now."""
        while self._queue and not self._busy and self._stalled_since is None and not self._transport.is_closing():
            entry = self._queue.popleft()
            if isinstance(entry, Refusal):
                self._write(entry.status, {"content-type": "application/json"}, error_body(entry.message), None)
            else:
                self._answer(entry)
        if not self._queue and not self._busy:
            self._idle_since = self._loop.time()
        self._regulate()

    def _regulate(self) -> None:
        if len(self._queue) > MAX_QUEUE and not self._reading_paused and not self._transport.is_closing():
            self._reading_paused = True
            self._transport.pause_reading()
        elif self._reading_paused and len(self._queue) <= MAX_QUEUE // 2 and not self._transport.is_closing():
            self._reading_paused = False
            self._transport.resume_reading()

    def _answer(self, request: Request) -> None:
        if not request.keep_alive:
            self._closing = True
            self._queue.clear()  # the client said that nothing follows
        if request.method == "OPTIONS":
            self._write(204, preflight(request), b"", request)
        elif request.is_rpc:
            self._answer_rpc(request)
        else:
            self._busy = True
            work = self._loop.run_in_executor(
                self._house.executor,
                self._house.pages.answer,
                request.method,
                request.target,
                request.headers,
                request.body,
            )
            work.add_done_callback(lambda done: self._page_done(request, done))

    def _answer_rpc(self, request: Request) -> None:
        answer = self._house.handle(request.body, request.grant.admit)
        if isinstance(answer, bytes):
            self._write_rpc(request, answer)
            return
        self._busy = True
        answer.add_done_callback(lambda done: self._hear(request, done))

    def _hear(self, request: Request, done: Future[bytes]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._rpc_done, request, done)
        except RuntimeError:
            logger.debug("an answer came after the server had stopped")

    def _rpc_done(self, request: Request, done: Future[bytes]) -> None:
        self._busy = False
        if not self._transport.is_closing():
            self._write_rpc(request, done.result())
        self._advance()

    def _write_rpc(self, request: Request, answer: bytes) -> None:
        if answer:
            self._write(200, {"content-type": "application/json"}, answer, request)
        else:
            self._write(204, {}, b"", request)

    def _page_done(self, request: Request, done: asyncio.Future[Answer]) -> None:
        self._busy = False
        if self._transport.is_closing():
            return
        problem = None if done.cancelled() else done.exception()
        if done.cancelled() or problem is not None:
            log_id = secrets.token_hex(4)
            logger.error("page failed %s", log_id, exc_info=problem)
            self._write(500, {"content-type": "application/json"}, error_body(f"internal error {log_id}"), request)
        else:
            answer = done.result()
            self._write(answer.status, answer.headers, answer.body, request)
        self._advance()

    def _write(self, status: int, headers: Mapping[str, str], body: bytes, request: Request | None) -> None:
        """Send one answer and close behind it when it is the last. `request` None: refused unread."""
        last = self._closing and not self._queue
        head = encode_head(status, headers, len(body), request, last=last)
        payload = b"" if request is not None and request.method == "HEAD" else body
        if len(payload) <= SMALL:
            self._transport.write(head + payload)
        else:
            self._transport.write(head)
            self._transport.write(payload)
        if last:
            self._finish(unread=request is None)

    def _finish(self, *, unread: bool) -> None:
        if not unread or not self._transport.can_write_eof():
            self._transport.close()
            return
        # Closing with unread bytes resets the connection and the client may lose the answer: let it read first.
        self._transport.write_eof()
        self._linger_until = self._loop.time() + LINGER

    # --- told by the server -----------------------------------------------------------------------------------------

    def shut_down(self) -> None:
        """Finish what is being answered, then close."""
        self._closing = True
        if not self._busy and not self._queue:
            self._transport.close()

    def abort(self) -> None:
        """Close now, whatever is due."""
        self._transport.abort()

    def expire(self, now: float) -> None:
        """End what has taken too long. Called about once a second."""
        limits = self._house.limits
        if self._linger_until is not None:
            if now >= self._linger_until:
                self._transport.abort()
        elif self._stalled_since is not None:
            if now >= self._stalled_since + limits.write_seconds:
                self._transport.abort()
        elif self._began is not None and not self._reading_paused:
            if now >= self._began + limits.request_seconds:
                self._refuse(408, f"the request was not complete after {limits.request_seconds:g} s")
                self._advance()
        elif not self._busy and not self._queue and now >= self._idle_since + limits.idle_seconds:
            self._transport.close()
