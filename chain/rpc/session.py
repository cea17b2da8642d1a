"""One connection that stays open: requests in any number at once, their answers, and what it subscribed to.

Without any transport: a session says what goes out and in which order, its `Peer` moves the bytes. The first event of a
subscription never goes out before the answer that names it, and nothing that happened in between is lost.
"""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import Future
from typing import Protocol

import msgspec

from chain.errors import ChainError, LimitExceeded
from chain.rpc.jsonrpc import Admit, Dispatcher
from chain.rpc.subscriptions import Subscription, Subscriptions, Topic

_PREFIX = b'{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"'


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one connection may hold."""

    subscriptions: int = 128
    held: int = 16 * 1024 * 1024  # bytes of events that wait for the answer that names their subscription


class Peer(Protocol):
    """The other end. All three may be called from any thread and return at once."""

    def answer(self, payload: bytes) -> None:
        """Send an answer; empty: one request is done, but there is nothing to send."""
        ...

    def notify(self, payload: bytes) -> None:
        """Send an event; a peer that lets too much pile up is dropped."""
        ...

    def drop(self, reason: str) -> None:
        """End the connection."""
        ...


class Session:
    """The requests and subscriptions of one connection. Thread-safe."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        book: Subscriptions,
        peer: Peer,
        limits: SessionLimits | None = None,
        admit: Admit | None = None,
    ) -> None:
        """`admit` is asked before each call, and refuses by raising."""
        self._dispatcher = dispatcher
        self._book = book
        self._peer = peer
        self._limits = limits or SessionLimits()
        self._admit = admit
        self._lock = threading.Lock()
        self._subscriptions: dict[str, Subscription] = {}
        self._held = 0  # bytes
        self._closed = False

    def receive(self, message: bytes) -> None:
        """Answer one message, now or later: `Peer.answer` is called once for it, from any thread."""
        turn = Turn(self)
        answer = self._dispatcher.handle(message, turn, self._admit)
        if isinstance(answer, Future):
            answer.add_done_callback(lambda done: self._answer(turn, done.result()))
        else:
            self._answer(turn, answer)

    def close(self) -> None:
        """The connection is gone."""
        with self._lock:
            self._closed = True
            for one in self._subscriptions.values():
                one.ended = True
                self._book.end(one)
            self._subscriptions.clear()

    def subscribe(self, topic: Topic, turn: Turn) -> str:
        """Its id. Raises LimitExceeded."""
        one = Subscription(id=hex(secrets.randbits(127) | 1 << 127), topic=topic, listener=self)
        with self._lock:
            if self._closed:
                raise ChainError("the connection is closed")
            if len(self._subscriptions) >= self._limits.subscriptions:
                raise LimitExceeded(
                    f"too many subscriptions: this node keeps {self._limits.subscriptions} per connection",
                    hint="end some with eth_unsubscribe, or open another connection",
                )
            self._book.open(one)
            self._subscriptions[one.id] = one
            turn.opened.append(one)
        return one.id

    def unsubscribe(self, key: str) -> None:
        """Nothing is told under this id any more. Raises ChainError when there is no such subscription."""
        with self._lock:
            one = self._subscriptions.pop(key, None)
            if one is None:
                raise ChainError("subscription not found")
            one.ended = True
            self._book.end(one)

    # --- told by the book -------------------------------------------------------------------------------------------

    def tell(self, subscription: Subscription, result: bytes) -> None:
        """Pass on one event."""
        payload = _PREFIX + subscription.id.encode() + b'","result":' + result + b"}}"
        with self._lock:
            if subscription.ended:
                return
            if subscription.held is None:
                self._peer.notify(payload)
                return
            subscription.held.append(payload)
            self._held += len(payload)
            overflowing = self._held > self._limits.held
        if overflowing:
            self._peer.drop(f"more than {self._limits.held} bytes of events waited for the end of a batch")

    def drop(self, reason: str) -> None:
        """End the connection."""
        self._peer.drop(reason)

    def _answer(self, turn: Turn, payload: bytes) -> None:
        with self._lock:
            self._peer.answer(payload)
            for one in turn.opened:
                held, one.held = one.held or [], None
                for event in held:
                    self._held -= len(event)
                    if not one.ended:
                        self._peer.notify(event)


class Turn:
    """One message of a session while it is being answered: what the methods in it see as their caller."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.opened: list[Subscription] = []
