"""`mz db verify`: everything a data folder says, found out again from genesis.

Each block is decoded from its bytes, verified as if it came from a stranger, executed on nodes that are checked
against their hashes, and its results compared with what is stored: receipts, trie nodes, look-ups, edits of development
commands, and the rows of the SQL index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chain.consensus import consensus_of
from chain.errors import ChainError, DataFolderCorrupt
from chain.evm import Evm
from chain.launch.connecting import Offline
from chain.model import Block, Built, Header, Location, Record
from chain.primitives import ZERO_ADDRESS, Hash32, keccak
from chain.store import Store, wrong_rows

HINT = "restore the folder from a copy made while the node was stopped, or import the blocks into a new one"


class Verified(Record):
    """What was found to be right."""

    first: int  # the oldest block that was executed
    head: int
    head_hash: Hash32
    transactions: int
    edits: int  # blocks after which development commands changed something
    rows: int | None  # of the index; None: not compared, because the folder cannot be written


class CheckedNodes(Mapping[bytes, bytes]):
    """Nodes of a store, each compared with its hash when it is read. DataFolderCorrupt names one that differs."""

    def __init__(self, nodes: Mapping[bytes, bytes]) -> None:
        self._nodes = nodes

    def __getitem__(self, key: bytes) -> bytes:
        value = self._nodes[key]
        if keccak(value) != key:
            raise DataFolderCorrupt(f"the trie node 0x{key.hex()} is not what its hash says", hint=HINT)
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._nodes

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


def verify_chain(offline: Offline, progress: Callable[[int, int], None]) -> Verified:
    """Verify all of it; `progress` hears blocks done of blocks in all. Raises DataFolderCorrupt at the first fault."""
    store, spec = offline.store, offline.spec
    evm = offline.evm_on(CheckedNodes(store.nodes))
    consensus = consensus_of(spec, ZERO_ADDRESS, work=store.work, may_rewind=True)
    head = store.head
    first = store.oldest_state
    transactions = edited = 0
    parent: Header | None = None
    for number in range(head.number + 1):
        block = store.block(number)
        try:
            if number == 0:
                _compare(store, evm.genesis(), block, states=first == 0)
            else:
                assert parent is not None
                if block.header.parent_hash != parent.hash:
                    raise DataFolderCorrupt(f"its parent is 0x{block.header.parent_hash.hex()}, not block {number - 1}")
                _check_decoding(evm, block)
                if number > first:
                    consensus.verify(block.header, evm.parent(parent))
                    _compare(store, evm.verify(block, parent), block, states=True)
            edited += _check_edits(store, evm, block.header)
            _check_places(store, block)
        except ChainError as problem:
            raise DataFolderCorrupt(f"block {number} is not right: {problem.message}", hint=HINT) from problem
        transactions += len(block.transactions)
        parent = block.header
        progress(number + 1, head.number + 1)
    rows = None if store.read_only else wrong_rows(offline.index, store, offline.index_file)
    return Verified(
        first=first, head=head.number, head_hash=head.hash, transactions=transactions, edits=edited, rows=rows
    )


def _check_decoding(evm: Evm, block: Block) -> None:
    """What is stored beside the bytes of a transaction (hash, sender, fields) is what they say."""
    for index, tx in enumerate(block.transactions):
        if evm.decode(tx.raw, impersonated=tx.impersonated, historical=block.header) != tx:
            raise DataFolderCorrupt(f"transaction {index} is not what its bytes say")


def _compare(store: Store, built: Built, block: Block, *, states: bool) -> None:
    if built.block != block:
        raise DataFolderCorrupt("it differs from what execution makes of it")
    if built.receipts != store.receipts(block.hash):
        raise DataFolderCorrupt("its receipts differ from what execution makes of it")
    if not states:
        return
    for key, value in built.nodes.items():
        if store.nodes.get(key) != value:
            raise DataFolderCorrupt(f"the node 0x{key.hex()} of its state is missing or wrong")


def _check_edits(store: Store, evm: Evm, header: Header) -> int:
    edits = store.edits.get(header.hash)
    if edits is None:
        return 0
    root, nodes = evm.edited(header, edits.accounts)
    if root != edits.state_root:
        raise DataFolderCorrupt(
            f"the edits after it lead to state 0x{root.hex()}, their record says 0x{edits.state_root.hex()}"
        )
    if any(store.nodes.get(key) != value for key, value in nodes.items()):
        raise DataFolderCorrupt("a node of the state that edits led to is missing or wrong")
    return 1


def _check_places(store: Store, block: Block) -> None:
    for index, tx in enumerate(block.transactions):
        found = store.transaction(tx.hash)
        place = Location(block_hash=block.hash, block_number=block.number, index=index)
        if found is None or found[1] != place:
            raise DataFolderCorrupt(f"transaction 0x{tx.hash.hex()} is looked up at another place")
