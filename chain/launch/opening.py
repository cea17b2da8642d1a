"""From a data folder to the chain in it: created or recognised, locked, mended, readable. Nothing is executed here.

What executes comes with `chain.launch.connecting`; importing it takes longer than all that is done here.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from chain.blobs import BlobStore, KuboStore
from chain.consensus import Consensus, consensus_of
from chain.errors import DataFolderCorrupt, DataFolderForeign
from chain.events import Event, Events, Head
from chain.evm.choices import DEFAULT_ENGINE, CallLimits, EngineName
from chain.evm.genesis import build_genesis
from chain.model import Record
from chain.pool import PoolLimits
from chain.primitives import Address, Wei
from chain.producer import Acting, Mining
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


class Held(Record):
    """The chain of a data folder, or of memory, that this process holds; `store` has to be closed in the end."""

    options: NodeOptions
    spec: Spec
    store: Store
    index: Index
    consensus: Consensus
    events: Events
    accounts: tuple[Account, ...]  # unlocked: development accounts, funded in genesis, and further ones
    blobs: BlobStore | KuboStore
    created: bool  # the chain was made just now

    def close(self) -> None:
        """Let go of it; a second call does nothing."""
        self.index.stop()
        self.store.close()


def hold(options: NodeOptions) -> Held:
    """Open or create the chain in `options.data_dir`.

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
        spec = _create(store, options, accounts) if created else recognise(store, options)
        consensus = consensus_of(spec, options.coinbase, work=store.work, may_rewind=options.dev)
        index = Index(store, chain_folder / "index.sqlite" if chain_folder is not None else None)
        index.start()
    except BaseException:
        store.close()
        raise
    events = Events()
    events.subscribe(lambda event: _index(index, event))
    return Held(
        options=options,
        spec=spec,
        store=store,
        index=index,
        consensus=consensus,
        events=events,
        accounts=(*(accounts if options.unlocked else ()), *options.keys),
        blobs=blobs,
        created=created,
    )


def _files(options: NodeOptions) -> BlobStore | KuboStore:
    if options.kubo is None:
        return BlobStore(options.data_dir / "blobs" if options.data_dir is not None else None)
    kubo = KuboStore(options.kubo)
    kubo.version()  # now, rather than when somebody publishes
    return kubo


def _create(store: Store, options: NodeOptions, accounts: tuple[Account, ...]) -> Spec:
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
    store.initialise(spec.encode(), build_genesis(spec))
    return spec


def recognise(store: Store, options: NodeOptions) -> Spec:
    """What chain a store holds. Raises DataFolderCorrupt, or DataFolderForeign when it is not the one that was asked
    for."""
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
    expected, found = build_genesis(spec).block.hash, store.header(0).hash
    if expected != found:
        raise DataFolderCorrupt(
            f"{options.data_dir}: genesis is block 0x{found.hex()}, but its description gives 0x{expected.hex()}",
            hint="restore the folder from a backup, or start a new chain with another --data-dir",
        )
    if options.genesis is not None and options.genesis != spec:
        wanted = build_genesis(options.genesis).block.hash
        differs = "other forks" if wanted == found else f"genesis 0x{wanted.hex()}"
        raise DataFolderForeign(
            f"{options.data_dir} holds the chain with id {spec.chain_id} and genesis 0x{found.hex()}; the genesis file "
            f"describes one with {differs}",
            hint="drop --genesis, or name another --data-dir",
        )
    return spec


def _index(index: Index, event: Event) -> None:
    if isinstance(event, Head):
        index.notify(event)
