"""A chain inside the calling process: funded accounts, the platform on it, nothing on disk, nothing on the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from chain.client import Client
from chain.launch.connecting import open_node
from chain.launch.opening import NodeOptions
from chain.launch.platform import deploy, publish, shipped_bundles
from chain.rpc import build_dispatcher
from chain.wallet import Account, Wallet


class Dev(Client):
    """A client of an in-process chain, with its funded accounts."""

    accounts: tuple[Account, ...] = ()


@contextmanager
def dev(options: NodeOptions | None = None, *, platform: bool = True) -> Iterator[Dev]:
    """A new chain for the length of the `with` block, in memory unless `options` name a folder.

    With `platform` (which takes about a second) the platform's contracts are deployed and our templates published. It
    takes development commands.
    """
    opened = open_node(msgspec.structs.replace(options or NodeOptions(), dev=True))
    try:
        handle = build_dispatcher(opened.node, opened.accounts).handle
        client = Dev(handle, Wallet(opened.accounts), files=opened.blobs)
        client.accounts = opened.accounts
        if platform:
            deploy(client, opened.accounts, None)
            publish(client, opened.accounts, shipped_bundles())
        yield client
    finally:
        opened.node.close()
