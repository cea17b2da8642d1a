"""Who answers while the node is still being put together: what takes only the chain at once, everything else later.

Importing what executes takes longer than all the rest of a start. A client that asks for it meanwhile waits; it gets
neither an error nor another answer than it would get afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from chain.errors import ChainError
from chain.rpc.jsonrpc import Admit, Dispatcher, error_answer
from chain.rpc.later import pass_on
from chain.rpc.methods import blocks, identity
from chain.rpc.nesting import too_deep
from chain.rpc.service import Early, client_version

if TYPE_CHECKING:
    from chain.node import Chain
    from chain.rpc.session import Peer

EARLY = {**identity.EARLY, **blocks.EARLY}

_NEVER = ChainError("the node could not be started", hint="its log says why")
_LONGEST = 64 * 1024  # bytes of a body that is looked into beforehand


class Open(Protocol):
    """What is said on a connection that stays open."""

    def receive(self, message: bytes) -> None:
        """Leads to exactly one answer."""
        ...

    def close(self) -> None:
        """The connection is gone."""
        ...


OpenSession: TypeAlias = "Callable[[Peer, Admit | None], Open]"


class _Asked(msgspec.Struct):
    method: str


_decode = msgspec.json.Decoder(_Asked | list[_Asked]).decode


class Reception:
    """Stands before a node's dispatcher and sessions, of which there are none until `open`. Thread-safe."""

    def __init__(
        self,
        chain: Chain,
        *,
        version: str | None = None,
        observe: Callable[[str, int, float], None] = lambda method, code, seconds: None,
    ) -> None:
        """`version` and `observe` as `build_dispatcher` has them."""
        service = Early(chain=chain, version=version or client_version())
        self._early = Dispatcher(
            {name: partial(handler, service) for name, handler in EARLY.items()}, resume=chain.run, observe=observe
        )
        self._lock = threading.Lock()
        self._dispatcher: Dispatcher | None = None
        self._open_session: OpenSession | None = None
        self._gave_up = False
        self._waiting: list[tuple[bytes, Admit | None, Future[bytes]]] = []
        self._guests: list[_Guest] = []

    def handle(self, body: bytes, admit: Admit | None = None) -> bytes | Future[bytes]:
        """As `Dispatcher.handle`."""
        if self._dispatcher is None:
            if _takes_only_the_chain(body):
                return self._early.handle(body, admit=admit)
            with self._lock:
                if self._gave_up:
                    return error_answer(b"null", _NEVER)
                if self._dispatcher is None:
                    answer: Future[bytes] = Future()
                    self._waiting.append((body, admit, answer))
                    return answer
        return self._dispatcher.handle(body, admit=admit)

    def open_session(self, peer: Peer, admit: Admit | None = None) -> Open:
        """A connection that stays open; what it says before `open` is heard then."""
        with self._lock:
            if self._open_session is None:
                guest = _Guest(peer, admit)
                if self._gave_up:
                    guest.turn_away()
                else:
                    self._guests.append(guest)
                return guest
        return self._open_session(peer, admit)

    def open(self, dispatcher: Dispatcher, open_session: OpenSession) -> None:
        """The node is there: it answers from now on, and first of all those who waited for it."""
        with self._lock:
            self._dispatcher, self._open_session = dispatcher, open_session
            waiting, self._waiting = self._waiting, []
            guests, self._guests = self._guests, []
        for body, admit, outcome in waiting:
            answer = dispatcher.handle(body, admit=admit)
            if isinstance(answer, Future):
                answer.add_done_callback(partial(_pass_on, outcome))
            else:
                outcome.set_result(answer)
        for guest in guests:
            guest.enter(open_session)

    def give_up(self) -> None:
        """There will be no node: whoever waits is told so. The server has to be stopped after it."""
        with self._lock:
            self._gave_up = True
            waiting, self._waiting = self._waiting, []
            guests, self._guests = self._guests, []
        for _, _, outcome in waiting:
            outcome.set_result(error_answer(b"null", _NEVER))
        for guest in guests:
            guest.turn_away()


class _Guest:
    """An open connection that came early."""

    def __init__(self, peer: Peer, admit: Admit | None) -> None:
        self._peer = peer
        self._admit = admit
        self._lock = threading.Lock()
        self._said: list[bytes] = []
        self._session: Open | None = None
        self._gone = False

    def receive(self, message: bytes) -> None:
        with self._lock:
            if self._session is None:
                self._said.append(message)
                return
        self._session.receive(message)

    def close(self) -> None:
        with self._lock:
            self._gone = True
        if self._session is not None:
            self._session.close()

    def enter(self, open_session: OpenSession) -> None:
        """Go on in a session, which hears first what was said before it."""
        with self._lock:  # what is said meanwhile comes after it
            if self._gone:
                return
            session = open_session(self._peer, self._admit)
            for message in self._said:
                session.receive(message)
            self._said, self._session = [], session

    def turn_away(self) -> None:
        self._peer.drop(_NEVER.message)


def _takes_only_the_chain(body: bytes) -> bool:
    """Whether every call in it can be answered before anything can be executed; what is no sound request cannot."""
    # A block that is `pending`, whatever the method, is begun by what executes; an escape could hide the word.
    if len(body) > _LONGEST or b"pending" in body or b"\\" in body or too_deep(body):
        return False
    try:
        asked = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return all(one.method in EARLY for one in (asked if isinstance(asked, list) else [asked]))


def _pass_on(target: Future[bytes], source: Future[bytes]) -> None:
    pass_on(source, target)
