"""What all connections of a server share, and what they may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from chain.server.access import Access
from chain.server.doorkeeper import Doorkeeper

if TYPE_CHECKING:
    from chain.pages import Answer

Admit: TypeAlias = Callable[[str], None]  # asked before each call; refuses by raising
Handle: TypeAlias = Callable[[bytes, Admit | None], bytes | Future[bytes]]


class Pages(Protocol):
    """What is served besides JSON-RPC. Called in threads that may wait."""

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; header names are lower case, `target` is as it stood in the request line."""
        ...


class Outlet(Protocol):
    """The end of a connection that stays open, as a session sees it. Safe to call from any thread."""

    def answer(self, payload: bytes) -> None:
        """One request is answered; with b"" there is nothing to send."""
        ...

    def notify(self, payload: bytes) -> None:
        """Something nobody asked for just now."""
        ...

    def drop(self, reason: str) -> None:
        """End the connection."""
        ...


class Session(Protocol):
    """What speaks through such a connection."""

    def receive(self, message: bytes) -> None:
        """Leads to exactly one `answer`."""
        ...

    def close(self) -> None:
        """The connection is gone."""
        ...


OpenSession: TypeAlias = Callable[[Outlet, Admit | None], Session]


class Member(Protocol):
    """A connection, whatever it speaks."""

    def shut_down(self) -> None:
        """Finish what is being answered, then close."""
        ...

    def abort(self) -> None:
        """Close now."""
        ...

    def expire(self, now: float) -> None:
        """End what has taken too long. Called about once a second."""
        ...


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one client may take. Bytes and seconds."""

    connections: int = 512
    head: int = 64 * 1024
    body: int = 5 * 1024 * 1024  # also of a WebSocket or IPC message
    upload: int = 65 * 1024 * 1024  # bodies for /api/
    request_seconds: float = 60.0  # from the first byte of a request to its last
    idle_seconds: float = 75.0  # between requests
    write_seconds: float = 30.0  # without the client reading anything
    grace_seconds: float = 5.0  # for answers in flight when the server stops
    at_once: int = 16  # requests of one WebSocket or IPC connection being answered
    backlog: int = 16 * 1024 * 1024  # bytes of events waiting for one subscriber to read
    ping_seconds: float = 30.0  # without a word from a WebSocket client; twice that ends the connection


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What all connections of a server share."""

    handle: Handle
    open_session: OpenSession | None  # None: only HTTP is spoken
    pages: Pages
    doorkeeper: Doorkeeper
    access: Access
    limits: Limits
    executor: Executor  # for pages: they read files
    members: set[Member]
