"""What only a development chain can do: go back, move time, edit accounts, act for others.

Everything here runs in the writer thread (`Producer.command`), so it sees and leaves whole blocks. A snapshot is a note
of where the chain stood; nothing is copied but the waiting transactions. Edits are written down beside the block after
which they were made (`chain.evm.edits`), survive a restart, and mark the chain for good. Snapshots, the clock, the
accounts that may be impersonated and the mining mode belong to the process and end with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from chain.errors import InvalidParams, LimitExceeded
from chain.events import Dropped, Events, Head
from chain.model import Block, Edit, Edits, Record, Transaction
from chain.pool import Pool
from chain.primitives import Address, Hash32, Wei, checksum
from chain.producer.clock import Clock, Reading
from chain.producer.producer import Producer
from chain.producer.wishes import Acting, Choices, Mining
from chain.spec import GenesisAccount
from chain.store import Store

if TYPE_CHECKING:
    from chain.evm import Evm

MOST_BLOCKS = 10_000  # of one command: nobody else is served meanwhile
MOST_SNAPSHOTS = 100_000  # brownie takes one after each transaction; the oldest are forgotten
MOST_SECONDS = 2**63 - 1  # timestamps beyond that break every client
REVERTED = "the chain was taken back to a snapshot"


class _Snapshot(Record):
    head: Hash32
    edits: Edits | None
    waiting: tuple[Transaction, ...]
    clock: Reading
    mining: Mining
    choices: Choices
    acting: Acting


class Development:
    """The commands, to be run in the writer thread; `acting` may be read from any."""

    def __init__(
        self, producer: Producer, evm: Evm, store: Store, pool: Pool, events: Events, clock: Clock, acting: Acting
    ) -> None:
        self.acting = acting
        self._producer = producer
        self._evm = evm
        self._store = store
        self._pool = pool
        self._events = events
        self._clock = clock
        self._snapshots: dict[int, _Snapshot] = {}
        self._last_snapshot = 0
        self._beginning = self._note()

    # --- back and forth -----------------------------------------------------------------------------------------------

    def snapshot(self) -> int:
        """Remember everything as it is; the number to revert to, counting from 1."""
        self._last_snapshot += 1
        self._snapshots[self._last_snapshot] = self._note()
        if len(self._snapshots) > MOST_SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]
        return self._last_snapshot

    def revert(self, number: int) -> bool:
        """Make everything as it was at that snapshot, which is used up with all later ones; False: there is none."""
        snapshot = self._snapshots.get(number)
        if snapshot is None:
            return False
        self._restore(snapshot)
        self._snapshots = {key: kept for key, kept in self._snapshots.items() if key < number}
        return True

    def reset(self) -> None:
        """Go back to genesis and to the modes that the process was started with; all snapshots are used up."""
        genesis = self._store.canonical_hash(0)
        self._restore(msgspec.structs.replace(self._beginning, head=genesis, edits=None, waiting=()))
        self._snapshots = {}

    def _note(self) -> _Snapshot:
        head = self._store.head.hash
        return _Snapshot(
            head=head,
            edits=self._store.edits.get(head),
            waiting=self._pool.waiting(),
            clock=self._clock.reading,
            mining=self._producer.mining,
            choices=self._producer.choices,
            acting=self.acting,
        )

    def _restore(self, snapshot: _Snapshot) -> None:
        kept = {tx.hash for tx in snapshot.waiting}
        for tx in self._pool.waiting():
            self._pool.remove(tx)  # all of them, because what returns keeps its place in the order of arrival
            if tx.hash not in kept:
                self._forget(tx, REVERTED)
        removed, added = self._store.adopt(snapshot.head, edits=snapshot.edits)
        self._producer.state_changed()
        self._producer.restore(snapshot.waiting)
        for tx in snapshot.waiting:
            self._store.journal_add(tx.hash, tx.raw)
        self._clock.reading = snapshot.clock
        self._producer.choices = snapshot.choices
        self._producer.set_mining(snapshot.mining)
        self.acting = snapshot.acting
        if removed or added:
            self._events.publish(Head(removed=removed, added=added))

    # --- blocks and time ----------------------------------------------------------------------------------------------

    def mine(self, count: int = 1, *, interval: int | None = None, timestamp: int | None = None) -> list[Block]:
        """Make blocks now, `interval` seconds apart; the first one at `timestamp`, or as near to it as time allows."""
        if count > MOST_BLOCKS:
            raise LimitExceeded(f"{count} blocks at once, at most {MOST_BLOCKS} are made", hint="ask several times")
        blocks: list[Block] = []
        for number in range(count):
            parent = self._store.head.timestamp
            if number == 0 and timestamp is not None:
                self._stamp_next(max(timestamp, parent + 1))
            elif number > 0 and interval is not None:
                self._stamp_next(parent + max(interval, 1))
            blocks.append(self._producer.mine())
        return blocks

    def increase_time(self, seconds: int) -> int:
        """Move the clock on; its whole distance from the machine's."""
        reading = self._clock.reading
        self._check_time(self._clock.now() + seconds)
        self._clock.reading = msgspec.structs.replace(reading, offset=reading.offset + seconds)
        return self._clock.offset

    def set_time(self, timestamp: int) -> int:
        """Set the clock; its whole distance from the machine's. Blocks still come after their parents."""
        self._check_time(timestamp)
        self._clock.set(timestamp)
        return self._clock.offset

    def set_next_timestamp(self, timestamp: int) -> None:
        """The next block's exact time; what follows goes on from there."""
        head = self._store.head
        if timestamp <= head.timestamp:
            raise InvalidParams(
                f"timestamp {timestamp} is not after that of block {head.number}, {head.timestamp}",
                hint=f"give {head.timestamp + 1} or more",
            )
        self._stamp_next(timestamp)

    def set_step(self, seconds: int | None) -> None:
        """Stamp blocks at that distance from each other, whatever the clock says; None: by the clock again."""
        if seconds is not None and seconds < 1:
            raise InvalidParams(f"{seconds} seconds from block to block, at least 1 is needed")
        self._clock.reading = msgspec.structs.replace(self._clock.reading, step=seconds)

    def now(self) -> int:
        """What the clock says, Unix seconds."""
        return self._clock.now()

    def set_automine(self, on: bool) -> None:
        """Make a block as soon as a transaction is there, or not."""
        self._producer.set_mining(msgspec.structs.replace(self.mining(), automine=on))

    def set_interval(self, seconds: float) -> None:
        """Make a block every so many seconds; 0: no longer."""
        self._producer.set_mining(msgspec.structs.replace(self.mining(), interval=seconds or None))

    def mining(self) -> Mining:
        """When blocks are made now."""
        return self._producer.mining

    def choose(self, *, coinbase: Address | None = None, prev_randao: Hash32 | None = None) -> None:
        """Who is paid from now on; the next block's randomness."""
        before = self._producer.choices
        self._producer.choices = Choices(
            coinbase=coinbase or before.coinbase, prev_randao=prev_randao or before.prev_randao
        )

    def _stamp_next(self, timestamp: int) -> None:
        self._check_time(timestamp)
        self._clock.reading = msgspec.structs.replace(self._clock.reading, next=timestamp)

    def _check_time(self, timestamp: int) -> None:
        if not 0 <= timestamp <= MOST_SECONDS:
            raise InvalidParams(f"the time would be {timestamp} seconds, which is not between 0 and {MOST_SECONDS}")

    # --- accounts -----------------------------------------------------------------------------------------------------

    def edit(self, edit: Edit) -> None:
        """Change an account after the head, without a block. A nonce never falls: a hash would stand for two things."""
        self._check_nonce(edit)
        self._edit([edit])

    def _check_nonce(self, edit: Edit) -> None:
        if edit.nonce is None:
            return
        nonce = self._evm.state(self._store.head).nonce(edit.address)
        if edit.nonce < nonce:
            raise InvalidParams(
                f"nonce {edit.nonce} is below the account's, which is {nonce}",
                hint=f"take {checksum(edit.address)} back with evm_revert instead",
            )

    def dump(self) -> dict[Address, GenesisAccount]:
        """Every account at the head, by executing the chain again. Raises InternalError when that finds too little."""
        from chain.evm.dump import dump_state

        head = self._store.head
        return dump_state(self._evm, self._store.blocks(0, head.number), self._store.edits.get, head)

    def load(self, accounts: Mapping[Address, GenesisAccount]) -> None:
        """Take accounts over from another chain, on top of what is there. A sender's nonce never falls, as in `edit`;
        a contract keeps its own if that is higher (system contracts have one here, and none in anvil).
        """
        state = self._evm.state(self._store.head)
        edits: list[Edit] = []
        for address, account in accounts.items():
            nonce = max(account.nonce, state.nonce(address)) if account.code else account.nonce
            edit = Edit(
                address=address, balance=account.balance, nonce=nonce, code=account.code, storage=account.storage
            )
            self._check_nonce(edit)
            edits.append(edit)
        self._edit(edits)

    def add_balance(self, address: Address, value: Wei) -> None:
        """Give an account ether out of nothing."""
        balance = self._evm.state(self._store.head).balance(address) + value
        if balance >= 2**256:
            raise InvalidParams(f"a balance of {balance} wei does not fit into 256 bits")
        self._edit([Edit(address=address, balance=balance)])

    def set_next_base_fee(self, base_fee: Wei) -> None:
        """Of the next block; those after it follow by the rule."""
        self._edit([], base_fee=base_fee)

    def set_gas_limit(self, gas_limit: int) -> None:
        """Of the next block and all after it."""
        if not 5_000 <= gas_limit < 2**63:
            raise InvalidParams(f"a gas limit of {gas_limit}: at least 5000 and less than 2^63 are possible")
        self._edit([], gas_limit=gas_limit)

    def _edit(self, accounts: Iterable[Edit], *, base_fee: Wei | None = None, gas_limit: int | None = None) -> None:
        from chain.evm.edits import merged

        head = self._store.head
        before = self._store.edits.get(head.hash) or Edits(state_root=head.state_root)
        changed = merged(before.accounts, accounts)
        state_root, nodes = self._evm.edited(head, changed)
        edits = Edits(
            state_root=state_root,
            accounts=changed,
            base_fee=before.base_fee if base_fee is None else base_fee,
            gas_limit=before.gas_limit if gas_limit is None else gas_limit,
        )
        self._store.edit(edits, nodes)
        self._state_changed()

    def _state_changed(self) -> None:
        self._producer.state_changed()
        for tx in self._pool.refresh(self._evm.state(self._store.head)):
            self._forget(tx, f"nonce {tx.nonce} is below the account's")

    # --- acting for others, and the pool ------------------------------------------------------------------------------

    def impersonate(self, address: Address, on: bool = True) -> None:
        """Make transactions for this account without its key, or no longer."""
        accounts = self.acting.accounts | {address} if on else self.acting.accounts - {address}
        self.acting = msgspec.structs.replace(self.acting, accounts=accounts)

    def impersonate_everyone(self, on: bool) -> None:
        """Make transactions for whoever is named as sender."""
        self.acting = msgspec.structs.replace(self.acting, everyone=on)

    def drop(self, tx_hash: Hash32) -> bool:
        """Take a waiting transaction out of the pool; False: it does not wait."""
        tx = self._pool.get(tx_hash)
        if tx is not None:
            self._drop([tx])
        return tx is not None

    def drop_all(self, sender: Address | None = None) -> None:
        """Take every waiting transaction out of the pool, or those of one sender."""
        self._drop(tx for tx in self._pool.waiting() if sender in (None, tx.sender))

    def _drop(self, transactions: Iterable[Transaction]) -> None:
        for tx in transactions:
            self._pool.remove(tx)
            self._forget(tx, "dropped by a development command")

    def _forget(self, tx: Transaction, reason: str) -> None:
        self._store.journal_remove([tx.hash])
        self._events.publish(Dropped(hash=tx.hash, reason=reason))
