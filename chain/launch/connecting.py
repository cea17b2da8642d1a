"""From the chain of a data folder to a running node: what executes it, and the rooms connected."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chain.blobs import BlobStore, KuboStore
from chain.errors import UsageError
from chain.evm import HOT_RUNS, Evm
from chain.launch.opening import THREAD_STACK_BYTES, Held, NodeOptions, hold, recognise
from chain.model import Record
from chain.node import Node
from chain.pool import Pool
from chain.producer import Development, Producer
from chain.producer.clock import Clock
from chain.spec import Spec
from chain.store import Index, Store
from chain.wallet import Account


class Opened(Record):
    """A node with what belongs to its folder."""

    node: Node
    accounts: tuple[Account, ...]  # unlocked: development accounts, funded in genesis, and further ones
    blobs: BlobStore | KuboStore
    created: bool  # the chain was made just now


def open_node(options: NodeOptions) -> Opened:
    """Open or create the chain in `options.data_dir` and start its threads. Raises as `hold` does."""
    held = hold(options)
    try:
        return connect(held)
    except BaseException:
        held.close()
        raise


def connect(held: Held) -> Opened:
    """A node on the chain, whose threads run."""
    options, store = held.options, held.store
    evm = evm_of(held.spec, store, options)
    pool = Pool(options.pool)
    clock = Clock(options.clock_offset)
    producer = Producer(evm, store, pool, held.consensus, held.events, clock, options.mining)
    development = None
    if options.dev:
        development = Development(producer, evm, store, pool, held.events, clock, options.acting)
    node = Node(
        held.spec,
        store,
        held.index,
        evm,
        pool,
        held.consensus,
        producer,
        held.events,
        development,
        call_limits=options.calls,
    )
    producer.start()
    # What lives by now lives as long as the process: not looking at it again makes every later collection cheaper.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    return Opened(node=node, accounts=held.accounts, blobs=held.blobs, created=held.created)


class Offline(Record):
    """The chain of a folder that nobody serves."""

    spec: Spec
    store: Store
    index: Index
    index_file: Path
    options: NodeOptions

    def evm_on(self, nodes: Mapping[bytes, bytes]) -> Evm:
        """What executes this chain on other nodes than the store's own."""
        return evm_of(self.spec, self.store, self.options, nodes)


@contextmanager
def open_offline(options: NodeOptions) -> Iterator[Offline]:
    """The chain in `options.data_dir`, locked, without threads that make blocks; raises as `open_node` does.

    UsageError when there is none.
    """
    threading.stack_size(THREAD_STACK_BYTES)
    if options.data_dir is None or not (options.data_dir / "chain" / "format").is_file():
        raise UsageError(
            f"there is no chain in {options.data_dir}",
            hint="name its folder with --data-dir, or `mz node init`",
        )
    store = Store.open(options.data_dir / "chain")
    try:
        if store.identity is None:
            raise UsageError(f"the chain in {options.data_dir} has not begun", hint="begin it with `mz node init`")
        spec = recognise(store, options)
        file = options.data_dir / "chain" / "index.sqlite"
        index = Index(store, file)
        try:
            yield Offline(spec=spec, store=store, index=index, index_file=file, options=options)
        finally:
            index.stop()
    finally:
        store.close()


def evm_of(spec: Spec, store: Store, options: NodeOptions, nodes: Mapping[bytes, bytes] | None = None) -> Evm:
    """What executes the chain in a store."""
    return Evm(
        spec,
        store.nodes if nodes is None else nodes,
        store,
        engine=options.engine,
        hot_runs=HOT_RUNS if options.translate else None,
        edits=store.edits.get,
        uncles_of=lambda block_hash: store.block(block_hash).uncles,
        seals=options.seals,
    )
