"""From a data folder to a running node: create or recognise the chain in it, then connect the rooms."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chain.blobs import BlobStore, KuboStore
from chain.consensus import consensus_of
from chain.errors import DataFolderCorrupt, DataFolderForeign, UsageError
from chain.events import Event, Events, Head
from chain.evm import DEFAULT_ENGINE, HOT_RUNS, CallLimits, EngineName, Evm
from chain.model import Record
from chain.node import Node
from chain.pool import Pool, PoolLimits
from chain.primitives import Address, Wei
from chain.producer import Acting, Development, Mining, Producer
from chain.producer.clock import Clock
from chain.spec import (
    CREATE2_FACTORY,
    CREATE2_FACTORY_CODE,
    GENESIS_GAS_LIMIT,
    LOCAL_CHAIN_ID,
    Genesis,
    GenesisAccount,
    Spec,
    decode_spec,
)
from chain.store import Index, Store
from chain.wallet import DEV_MNEMONIC, Account, dev_accounts

ETHER: Wei = 10**18

# CPython hands the interpreter over every 5 ms by default; beside a busy writer that made each read wait that long.
SWITCH_INTERVAL_SECONDS = 0.0005

# 1,024 nested calls run in nested Python frames; some systems give threads too little for that (macOS: 512 KiB).
THREAD_STACK_BYTES = 16 * 1024 * 1024


class NodeOptions(Record):
    """How to open a node. What describes the chain (id, balances, gas limit, drift) only counts for a new one."""

    data_dir: Path | None = None  # None: in memory, gone when it stops
    chain_id: int | None = None  # None: whatever the folder holds, or the local chain's
    accounts: int = 10
    mnemonic: str = DEV_MNEMONIC
    balance: Wei = 10_000 * ETHER
    gas_limit: int = GENESIS_GAS_LIMIT
    clock_drift_limit: int | None = None  # seconds that blocks may run ahead of the clock
    mining: Mining = Mining()
    engine: EngineName = DEFAULT_ENGINE  # what executes; both come to the same blocks
    translate: bool = True  # the fast engine turns code that runs hot into Python functions
    pool: PoolLimits = PoolLimits()
    calls: CallLimits = CallLimits()  # of each eth_call and estimate
    dev: bool = False  # may be edited and taken back by whoever reaches it
    unlocked: bool = True  # signs for the development accounts; never on a public address
    keys: tuple[Account, ...] = ()  # further accounts that it signs for; never on a public address
    clock_offset: int = 0  # seconds that this node's clock is ahead of the machine's
    acting: Acting = Acting()  # of a dev chain: for whom it makes transactions without a key
    client_version: str | None = None  # what it calls itself instead of its own name, for tools that know only others
    genesis: Spec | None = None  # the chain of a genesis file; a folder that holds a chain must hold this one
    kubo: str | None = None  # RPC of an IPFS node that keeps the files instead of the folder
    seals: bool = True  # check proofs of work in what is imported
    coinbase: Address = bytes.fromhex("00000000000000000000000000000000006d7a00")  # nobody's: tips leave circulation


class Opened(Record):
    """A node with what belongs to its folder."""

    node: Node
    accounts: tuple[Account, ...]  # unlocked: development accounts, funded in genesis, and further ones
    blobs: BlobStore | KuboStore
    created: bool  # the chain was made just now


def open_node(options: NodeOptions) -> Opened:
    """Open or create the chain in `options.data_dir` and start its threads.

    Raises DataFolderLocked, DataFolderCorrupt, DataFolderForeign or DataFolderFormat, and BlobUnreachable when there is
    no Kubo node; the folder is unchanged then.
    """
    blobs = _files(options)
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    threading.stack_size(THREAD_STACK_BYTES)
    accounts = tuple(dev_accounts(options.accounts, options.mnemonic))
    chain_folder = options.data_dir / "chain" if options.data_dir is not None else None
    store = Store.open(chain_folder)
    try:
        created = store.identity is None
        spec, evm = _create(store, options, accounts) if created else _recognise(store, options)
        index = Index(store, chain_folder / "index.sqlite" if chain_folder is not None else None)
        index.start()
    except BaseException:
        store.close()
        raise
    events = Events()
    events.subscribe(lambda event: _index(index, event))
    pool = Pool(options.pool)
    consensus = consensus_of(spec, options.coinbase, work=store.work, may_rewind=options.dev)
    clock = Clock(options.clock_offset)
    producer = Producer(evm, store, pool, consensus, events, clock, options.mining)
    development = Development(producer, evm, store, pool, events, clock, options.acting) if options.dev else None
    node = Node(spec, store, index, evm, pool, consensus, producer, events, development, call_limits=options.calls)
    producer.start()
    # What lives by now lives as long as the process: not looking at it again makes every later collection cheaper.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    return Opened(
        node=node, accounts=(*(accounts if options.unlocked else ()), *options.keys), blobs=blobs, created=created
    )


def _files(options: NodeOptions) -> BlobStore | KuboStore:
    if options.kubo is None:
        return BlobStore(options.data_dir / "blobs" if options.data_dir is not None else None)
    kubo = KuboStore(options.kubo)
    kubo.version()  # now, rather than when somebody publishes
    return kubo


def _create(store: Store, options: NodeOptions, accounts: tuple[Account, ...]) -> tuple[Spec, Evm]:
    spec = Spec(
        chain_id=LOCAL_CHAIN_ID if options.chain_id is None else options.chain_id,
        clock_drift_limit=options.clock_drift_limit,
        genesis=Genesis(
            timestamp=int(time.time()) + options.clock_offset,
            gas_limit=options.gas_limit,
            alloc={
                **{account.address: GenesisAccount(balance=options.balance) for account in accounts},
                CREATE2_FACTORY: GenesisAccount(nonce=1, code=CREATE2_FACTORY_CODE),
            },
        ),
    ).sealed()
    if options.genesis is not None:
        spec = options.genesis
    evm = evm_of(spec, store, options)
    store.initialise(spec.encode(), evm.genesis())
    return spec, evm


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
        spec, _ = _recognise(store, options)
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


def _recognise(store: Store, options: NodeOptions) -> tuple[Spec, Evm]:
    try:
        spec = decode_spec(store.identity or b"")
    except ValueError as problem:
        raise DataFolderCorrupt(
            f"{options.data_dir} holds a chain whose description cannot be read: {problem}",
            hint="restore the folder from a backup, or start a new chain with another --data-dir",
        ) from problem
    if options.chain_id not in (None, spec.chain_id):
        raise DataFolderForeign(
            f"{options.data_dir} holds the chain with id {spec.chain_id}, not {options.chain_id}",
            hint=f"drop --chain-id {options.chain_id}, or name another --data-dir",
        )
    evm = evm_of(spec, store, options)
    expected, found = evm.genesis().block.hash, store.header(0).hash
    if expected != found:
        raise DataFolderCorrupt(
            f"{options.data_dir}: genesis is block 0x{found.hex()}, but its description gives 0x{expected.hex()}",
            hint="restore the folder from a backup, or start a new chain with another --data-dir",
        )
    if options.genesis is not None and options.genesis != spec:
        wanted = evm_of(options.genesis, store, options).genesis().block.hash
        differs = "other forks" if wanted == found else f"genesis 0x{wanted.hex()}"
        raise DataFolderForeign(
            f"{options.data_dir} holds the chain with id {spec.chain_id} and genesis 0x{found.hex()}; the genesis file "
            f"describes one with {differs}",
            hint="drop --genesis, or name another --data-dir",
        )
    return spec, evm


def _index(index: Index, event: Event) -> None:
    if isinstance(event, Head):
        index.notify(event)
