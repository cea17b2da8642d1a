"""A connection that stays open, over WebSocket or IPC: several requests at once, and events in between.

Its session may speak from any thread; what it says goes through one queue to the loop and from there, in that order, to
the socket, as fast as the client reads. A client that does not read is not read either, so its answers stay few; events
cannot be held back like that, so past a number of bytes the connection is ended. Nobody else notices.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from typing import Protocol, cast

from chain.server.house import Admit, House, OpenSession

logger = logging.getLogger(__name__)

MAX_QUEUE = 64  # messages waiting on one connection before it is no longer read
SLICE = 256 * 1024  # bytes written before others get their turn on the loop
LINGER = 0.5  # seconds for the client to see the goodbye

GOING_AWAY = 1001  # RFC 6455, 7.4.1
SILENT = 1011
TRY_LATER = 1013


class Wire(Protocol):
    """How messages are marked off in the stream of bytes. No input or output of its own."""

    @property
    def ended(self) -> bool:
        """Whether the other side said goodbye, or something after which it is not understood any more."""
        ...

    def receive(self, data: bytes) -> list[bytes]:
        """The messages that are complete now."""
        ...

    def encode(self, payload: bytes) -> bytes:
        """One message for the socket."""
        ...

    def pending(self) -> bytes:
        """What the wire itself has to say by now."""
        ...

    def ping(self) -> bool:
        """Ask for a sign of life; False when there is no such thing here."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Say goodbye."""
        ...


class Conversation(asyncio.Protocol):
    """Lives on the server's loop; `answer`, `notify` and `drop` may be called from any thread."""

    def __init__(
        self,
        house: House,
        loop: asyncio.AbstractEventLoop,
        wire: Wire,
        open_session: OpenSession,
        admit: Admit | None,
    ) -> None:
        self._house = house
        self._loop = loop
        self._wire = wire
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)  # set when it begins
        self._questions: deque[bytes] = deque()
        self._in_flight = 0
        self._reading_paused = False
        self._stalled_since: float | None = None
        self._unsent = 0  # bytes in the transport when the client was last seen reading
        self._heard = loop.time()
        self._pinged = False
        self._closing = False  # take no more questions, say goodbye after the last answer
        self._finished = False  # goodbye is said
        self._left = False  # the client has said its last
        # Filled from any thread:
        self._lock = threading.Lock()
        self._outbox: deque[tuple[bytes, bool]] = deque()  # payload, whether it is an answer
        self._events = 0  # bytes of events in the outbox
        self._woken = False
        self._deaf = False  # nothing said from now on is sent
        self._session = open_session(self, admit)

    def begin(self, transport: asyncio.Transport, rest: bytes = b"") -> None:
        """Take over a connection that has spoken another protocol before."""
        self.connection_made(transport)
        if rest:
            self.data_received(rest)

    # --- asyncio ----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Too many at once are told so."""
        self._transport = cast("asyncio.Transport", transport)  # servers make stream transports
        members, limit = self._house.members, self._house.limits.connections
        members.add(self)
        self._flush()
        if len(members) > limit:
            self._finish(TRY_LATER, f"too many connections: this node serves {limit} at once")

    def connection_lost(self, exc: Exception | None) -> None:
        """Subscriptions end with it."""
        self._house.members.discard(self)
        self._finished = True
        self._questions.clear()
        self._silence()
        self._session.close()

    def eof_received(self) -> bool:
        """The client will send no more; what it has asked is still answered."""
        self._left = True
        if self._finished or not (self._in_flight or self._questions or self._outbox):
            return False
        self._closing = True
        return True

    def data_received(self, data: bytes) -> None:
        """Take in what is complete."""
        self._heard, self._pinged = self._loop.time(), False
        if self._finished:
            return
        self._questions.extend(self._wire.receive(data))
        self._flush()
        if self._wire.ended:
            self._bow_out()
        else:
            self._advance()

    def pause_writing(self) -> None:
        """The client does not read: nothing more is taken from it or worked on for it."""
        self._stalled_since = self._loop.time()
        self._unsent = self._transport.get_write_buffer_size()
        self._set_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self._stalled_since = None
        self._drain()

    # --- questions --------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        limit = self._house.limits.at_once
        while self._questions and self._in_flight < limit and self._stalled_since is None and not self._finished:
            self._in_flight += 1
            self._session.receive(self._questions.popleft())
        self._set_reading()

    def _set_reading(self) -> None:
        pause = self._stalled_since is not None or len(self._questions) > MAX_QUEUE
        if pause is self._reading_paused or self._transport.is_closing():
            return
        self._reading_paused = pause
        if pause:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # --- said by the session, from any thread -----------------------------------------------------------------------

    def answer(self, payload: bytes) -> None:
        """One question is answered."""
        with self._lock:
            if not self._deaf:
                self._outbox.append((payload, True))
                self._wake()

    def notify(self, payload: bytes) -> None:
        """An event; too many bytes of them waiting end the connection."""
        limit = self._house.limits.backlog
        with self._lock:
            if self._deaf:
                return
            self._events += len(payload)
            if self._events <= limit:
                self._outbox.append((payload, False))
                self._wake()
                return
        self.drop(f"it does not read: more than {limit} bytes of events waited")

    def drop(self, reason: str) -> None:
        """End the connection at once."""
        if self._silence():
            logger.warning("a subscriber was disconnected: %s", reason)
            try:
                self._loop.call_soon_threadsafe(self.abort)
            except RuntimeError:
                logger.debug("a subscriber was to be disconnected after the server had stopped")

    def _silence(self) -> bool:
        """Send nothing more; whether that is new."""
        with self._lock:
            fresh, self._deaf = not self._deaf, True
            self._outbox.clear()
        return fresh

    def _wake(self) -> None:
        if self._woken:
            return
        try:
            self._loop.call_soon_threadsafe(self._drain)
            self._woken = True
        except RuntimeError:
            logger.debug("an answer came after the server had stopped")

    # --- to the socket ----------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Write what is queued while the client reads."""
        written = 0
        while self._stalled_since is None and not self._finished:
            with self._lock:
                self._woken = False
                if not self._outbox:
                    break
                if written > SLICE:
                    self._wake()
                    break
                payload, is_answer = self._outbox.popleft()
                if is_answer:
                    self._in_flight -= 1
                else:
                    self._events -= len(payload)
            if payload:
                self._transport.write(self._wire.encode(payload))
                written += len(payload)
        if not self._finished:
            self._advance()
            self._bow_out_when_done()

    def _flush(self) -> None:
        waiting = self._wire.pending()
        if waiting and not self._transport.is_closing():
            self._transport.write(waiting)

    # --- the end ----------------------------------------------------------------------------------------------------

    def shut_down(self) -> None:
        """Finish what is being answered, then close."""
        self._closing = True
        self._questions.clear()
        self._bow_out_when_done()

    def abort(self) -> None:
        """Close now, whatever is due."""
        self._transport.abort()

    def expire(self, now: float) -> None:
        """End what has taken too long. Called about once a second."""
        limits = self._house.limits
        if self._stalled_since is not None:
            unsent = self._transport.get_write_buffer_size()
            if unsent < self._unsent:
                self._unsent, self._stalled_since = unsent, now
            elif now >= self._stalled_since + limits.write_seconds:
                self.abort()
        elif self._finished:
            return
        elif self._pinged and now >= self._heard + 2 * limits.ping_seconds:
            self._finish(SILENT, "no answer to a ping")
        elif not self._pinged and now >= self._heard + limits.ping_seconds:
            self._pinged = self._wire.ping()
            self._flush()

    def _bow_out_when_done(self) -> None:
        if self._closing and not (self._in_flight or self._questions or self._outbox):
            self._finish(GOING_AWAY, "the node is stopping")

    def _finish(self, code: int, reason: str) -> None:
        if not self._finished:
            self._wire.close(code, reason)
            self._flush()
            self._bow_out()

    def _bow_out(self) -> None:
        """Goodbye is said. Closing with unread bytes would reset the connection and could lose it: linger a little."""
        self._finished = True
        self._questions.clear()
        self._silence()
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()
        if self._transport.can_write_eof() and not self._left:
            self._transport.write_eof()
            self._loop.call_later(LINGER, self._transport.abort)
        else:
            self._transport.close()
