"""A node served over HTTP until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from chain.artifacts import page_folder
from chain.blobs import BlobStore
from chain.errors import NotBuilt
from chain.launch.opening import NodeOptions, Opened, open_node
from chain.model import Record
from chain.node import Node
from chain.pages import Pages
from chain.rpc import build_dispatcher
from chain.rpc.methods import Handler
from chain.server import Server
from chain.wallet import Account

DEFAULT_PORT = 8545
LOOPBACK = "127.0.0.1"


class Running(Record):
    """A served node."""

    opened: Opened
    server: Server
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
    def blobs(self) -> BlobStore:
        """Bundles and other files by content."""
        return self.opened.blobs

    def stop(self) -> None:
        """Answer what is in flight, write what was submitted, free port and folder."""
        self.server.stop()
        self.node.close()


def start(
    options: NodeOptions,
    *,
    host: str = LOOPBACK,
    port: int = DEFAULT_PORT,
    more: Mapping[str, Handler] | None = None,
) -> Running:
    """Open the node and serve it; port 0 takes a free one, `more` are further JSON-RPC methods.

    Raises PortTaken, or whatever `open_node` raises; nothing is left open then.
    """
    opened = open_node(options)
    try:
        dispatcher = build_dispatcher(opened.node, opened.accounts, more=more)
        server = Server(dispatcher.handle, Pages(page_folder(), opened.blobs), host=host, port=port)
        server.start()
    except BaseException:
        opened.node.close()
        raise
    return Running(opened=opened, server=server, handle=dispatcher.handle)


def _page() -> Path | None:
    """The built page; a checkout in which nobody built it serves JSON-RPC all the same."""
    try:
        return page_folder()
    except NotBuilt:
        return None
