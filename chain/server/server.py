"""The sockets and the thread behind them: everything of one server runs on its own event loop."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chain.errors import PortTaken, UsageError
from chain.server.access import Access
from chain.server.connection import Connection
from chain.server.conversation import Conversation
from chain.server.doorkeeper import Doorkeeper
from chain.server.house import Handle, House, Limits, OpenSession, Pages
from chain.server.ipc import Door
from chain.server.stream import JsonStream

logger = logging.getLogger(__name__)

BACKLOG = 1024
PAGE_THREADS = 2


class Server:
    """Serves from `start` to `stop`; both may be called from any thread, `stop` more than once."""

    def __init__(
        self,
        handle: Handle,
        pages: Pages,
        *,
        host: str = "127.0.0.1",
        port: int = 8545,
        limits: Limits | None = None,
        hosts: Iterable[str] = (),
        origins: Iterable[str] = (),
        access: Access | None = None,
        open_session: OpenSession | None = None,
        ipc: Path | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        """`hosts` and `origins` are let in besides loopback; port 0 takes a free one. `access` says who may call what;
        the unix socket needs no token, because only its owner can open it. `listener` listens there already.

        `open_session` is called for each connection that stays open: WebSocket, and the unix socket at `ipc`.
        """
        self._host = host
        self._port = port
        self._house = House(
            handle=handle,
            open_session=open_session,
            pages=pages,
            doorkeeper=Doorkeeper((host, *hosts), origins),
            access=access or Access(),
            limits=limits or Limits(),
            executor=ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="pages"),
            members=set(),
        )
        self._ipc = ipc
        self._listener = listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The one that was taken."""
        return self._port

    @property
    def connections(self) -> int:
        """How many are open now, of all kinds."""
        return len(self._house.members)

    @property
    def url(self) -> str:
        """Where it is reached from this machine."""
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
        return f"http://[{name}]:{self._port}" if ":" in name else f"http://{name}:{self._port}"

    def start(self) -> None:
        """Listen and serve in an own thread.

        Raises PortTaken, or UsageError for an address or a path of a unix socket that cannot be used.
        """
        listener = self._listener if self._listener is not None else listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        try:
            door = Door(self._ipc) if self._ipc is not None and self._house.open_session is not None else None
        except BaseException:
            listener.close()
            raise
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener, door, ready), name="http", daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Take no more connections, finish what is being answered (for a few seconds), close everything."""
        thread, loop, stopping = self._thread, self._loop, self._stopping
        if thread is None or loop is None or stopping is None:
            return
        self._thread = None
        loop.call_soon_threadsafe(stopping.set)
        thread.join()
        self._house.executor.shutdown(cancel_futures=True)

    def _run(self, listener: socket.socket, door: Door | None, ready: threading.Event) -> None:
        try:
            with asyncio.Runner(loop_factory=_new_loop) as runner:
                runner.run(self._serve(listener, door, ready))
        finally:
            ready.set()  # also when it could not start: `start` must not wait for ever
            listener.close()
            if door is not None:
                door.close()

    async def _serve(self, listener: socket.socket, door: Door | None, ready: threading.Event) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._stopping = stopping = asyncio.Event()
        servers = [await loop.create_server(lambda: Connection(self._house, loop), sock=listener, backlog=BACKLOG)]
        open_session = self._house.open_session
        if door is not None and open_session is not None:
            body = self._house.limits.body
            servers.append(
                await loop.create_unix_server(
                    lambda: Conversation(self._house, loop, JsonStream(body), open_session, None), sock=door.socket
                )
            )
        sweeping = asyncio.create_task(self._sweep(loop))
        ready.set()
        await stopping.wait()
        for server in servers:
            server.close()
        sweeping.cancel()
        await self._farewell(loop)

    async def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        limits = self._house.limits
        shortest = min(limits.request_seconds, limits.idle_seconds, limits.write_seconds, limits.ping_seconds)
        while True:
            await asyncio.sleep(min(1.0, shortest / 4))
            for member in list(self._house.members):
                member.expire(loop.time())

    async def _farewell(self, loop: asyncio.AbstractEventLoop) -> None:
        members = self._house.members
        for member in list(members):
            member.shut_down()
        deadline = loop.time() + self._house.limits.grace_seconds
        while members and loop.time() < deadline:
            await asyncio.sleep(0.01)
        for member in list(members):
            member.abort()
        await asyncio.sleep(0)


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections, which wait until they are served; raises PortTaken or UsageError."""
    if not 0 <= port <= 65535:  # the resolver would silently take the rest of a division
        raise UsageError(f"port {port} is not between 0 and 65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"port {port} on {host} is taken: another program listens there",
                hint=f"stop it, or choose another port: --port {port + 1} (or --port 0 for any free one)",
            ) from problem
        raise UsageError(
            f"cannot listen on {host} port {port}: {problem.strerror or problem}",
            hint="choose another address with --host or another port with --port; ports below 1024 need rights",
        ) from problem


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
