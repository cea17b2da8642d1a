"""A node served over HTTP, WebSocket and a unix socket until it is told to stop.

    chain opened and recognised ──► the port answers ──► what executes is imported ──► the node is connected

What takes only the chain is answered as soon as the chain is there; whoever asks for more waits until the rest of the
node is (`chain.rpc.reception`). So this module imports little, and most of it late.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from chain.errors import NotBuilt, UsageError
from chain.events import Event, Head
from chain.launch.gauges import Gauges
from chain.launch.opening import Held, NodeOptions, hold
from chain.model import Record
from chain.node import Chain
from chain.rpc.reception import Reception
from chain.server import Access, Server, fits, is_loopback

if TYPE_CHECKING:
    from chain.blobs import BlobStore, KuboStore
    from chain.launch.connecting import Opened
    from chain.node import Node
    from chain.pages import Answer, Pages
    from chain.rpc import Subscriptions
    from chain.rpc.registry import Handler
    from chain.wallet import Account

logger = logging.getLogger(__name__)

DEFAULT_PORT = 8545
IPC_NAME = "mz.ipc"  # in the data folder
LOOPBACK = "127.0.0.1"


class Running(Record):
    """A served node."""

    opened: Opened
    server: Server
    subscriptions: Subscriptions
    handle: Callable[[bytes], bytes | Future[bytes]]

    @property
    def url(self) -> str:
        """Where JSON-RPC and the page are."""
        return self.server.url

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.opened.node

    @property
    def chain_id(self) -> int:
        """EIP-155 chain id."""
        return self.node.spec.chain_id

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Unlocked development accounts."""
        return self.opened.accounts

    @property
    def blobs(self) -> BlobStore | KuboStore:
        """Bundles and other files by content."""
        return self.opened.blobs

    def stop(self) -> None:
        """Answer what is in flight, write what was submitted, free port and folder."""
        self.server.stop()
        self.subscriptions.close()
        self.node.close()


def start(
    options: NodeOptions,
    *,
    host: str = LOOPBACK,
    port: int = DEFAULT_PORT,
    more: Mapping[str, Handler] | None = None,
    platform: Callable[[], Mapping[str, str] | None] = lambda: None,
    access: Access | None = None,
    hosts: Iterable[str] = (),
    origins: Iterable[str] = (),
    listener: socket.socket | None = None,
) -> Running:
    """Open the node and serve it; port 0 takes a free one, `more` are further JSON-RPC methods, `platform` tells the
    addresses of the platform's contracts by name while they are known. `access` says who may call what; `hosts` and
    `origins` are let in besides loopback. `listener` listens at host and port already.

    Raises PortTaken, UsageError for what must not be reached from elsewhere, or whatever `open_node` raises; nothing is
    left open then.
    """
    if (options.dev or options.unlocked or options.keys) and not is_loopback(host):
        raise UsageError(
            f"unlocked accounts and development methods are not served on {host}: whoever reaches it could use them",
            hint="listen on 127.0.0.1, or leave both out",
        )
    held = hold(options)
    try:
        chain = Chain(held.spec, held.store, held.consensus)
        gauges = Gauges(chain, held.events)
        reception = Reception(chain, version=options.client_version, observe=gauges.answered)
        pages = _LatePages()
        server = Server(
            reception.handle,
            pages,
            host=host,
            port=port,
            open_session=reception.open_session,
            access=access,
            hosts=hosts,
            origins=origins,
            ipc=_ipc(options.data_dir),
            listener=listener,
        )
        gauges.metrics.gauge("mz_connections", "Open connections", lambda: server.connections)
        server.start()
        try:
            return complete(held, server, reception, pages, gauges, more, platform, loopback=is_loopback(host))
        except BaseException:
            reception.give_up()
            pages.give_up()
            server.stop()
            raise
    except BaseException:
        held.close()
        raise


def complete(
    held: Held,
    server: Server,
    reception: Reception,
    pages: _LatePages,
    gauges: Gauges,
    more: Mapping[str, Handler] | None,
    platform: Callable[[], Mapping[str, str] | None],
    *,
    loopback: bool,
) -> Running:
    """Everything that the first answers do without."""
    from chain.launch.checking import check_files
    from chain.launch.connecting import connect
    from chain.pages import Checks, Data, Pages
    from chain.rpc import Session, Subscriptions, build_dispatcher
    from chain.server import websocket  # noqa: F401  # now, rather than while the first client waits for it
    from chain.wallet import prepare

    opened = connect(held)
    try:
        dispatcher = build_dispatcher(
            opened.node, opened.accounts, version=held.options.client_version, more=more, observe=gauges.answered
        )
        held.events.subscribe(_log)
        subscriptions = Subscriptions(opened.node)
        gauges.metrics.gauge("mz_subscriptions", "Open subscriptions", lambda: len(subscriptions))
        pages.open(
            Pages(
                _page(),
                opened.blobs,
                metrics=gauges.metrics.text,
                data=Data(opened.node.lists, platform, opened.blobs),
                # It compiles what it is sent: for who sits at this machine only.
                checks=Checks(check_files, opened.blobs) if loopback else None,
            )
        )
        reception.open(dispatcher, lambda outlet, admit: Session(dispatcher, subscriptions, outlet, admit=admit))
        if opened.accounts:
            # Beside what it answers, not before: otherwise its first eth_sendTransaction would hold all others up.
            threading.Thread(target=prepare, name="prepare", daemon=True).start()
    except BaseException:
        opened.node.close()
        raise
    return Running(opened=opened, server=server, subscriptions=subscriptions, handle=dispatcher.handle)


class _LatePages:
    """The pages of a node that is still being put together: who asks for one waits."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._pages: Pages | None = None

    def open(self, pages: Pages) -> None:
        """From here on they answer."""
        self._pages = pages
        self._there.set()

    def give_up(self) -> None:
        """There will be none."""
        self._there.set()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """As `Pages.answer`."""
        self._there.wait()
        if self._pages is None:
            raise NotBuilt("the node could not be started")
        return self._pages.answer(method, target, headers, body)


def _log(event: Event) -> None:
    if isinstance(event, Head):
        for block in event.added:
            count, gas = len(block.transactions), block.header.gas_used
            logger.info("block %d 0x%s: %d transactions, %d gas", block.number, block.hash.hex(), count, gas)


def _ipc(data_dir: Path | None) -> Path | None:
    """Where the unix socket goes; None where there can be none, which is no reason not to serve the rest."""
    if data_dir is None or not hasattr(socket, "AF_UNIX"):
        return None
    path = data_dir / IPC_NAME
    if not fits(path):
        logger.warning("no IPC: the path %s is too long for a unix socket; a shorter data folder would do", path)
        return None
    return path


def _page() -> Path | None:
    """The built page; a checkout in which nobody built it serves JSON-RPC all the same."""
    from chain.artifacts import page_folder

    try:
        return page_folder()
    except NotBuilt:
        return None
