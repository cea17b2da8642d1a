"""What an execution looked at and what it left behind: geth's prestate tracer."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from eth.exceptions import InsufficientStack, OutOfGas, VMError
from eth_typing import Address as EvmAddress

from chain.evm.rules import DELEGATION_PREFIX, is_delegation
from chain.evm.tracing import mnemonics
from chain.evm.tracing.budget import Budget
from chain.evm.tracing.records import Accounts, AccountState
from chain.evm.tracing.tracer import Entry, Tracer, Watched
from chain.evm.transition import Order, Outcome
from chain.evm.vm import MendedState
from chain.primitives import Address, create_address

ACCOUNT_BYTES, SLOT_BYTES = 150, 140  # as JSON, about
NOWHERE = AccountState(balance=0, nonce=0, code=b"")


class AccountTracer(Tracer):
    """Reads each account and slot when it is first named, which is always before it is changed."""

    def __init__(self, budget: Budget, *, changes: bool = False) -> None:
        super().__init__(budget)
        self._changes = changes
        self._state: MendedState | None = None
        self._before: dict[Address, AccountState] = {}
        self._slots: dict[Address, dict[int, int]] = {}
        self._after: dict[Address, AccountState] = {}
        self._created: set[Address] = set()
        self._destroyed: set[Address] = set()
        self._new: list[tuple[Address, int | None]] = []  # what the current opcode named first

    def begin(self, state: MendedState, order: Order) -> None:
        """The accounts that every transaction touches."""
        self._state = state
        self._look(order.sender)
        if order.to is None:
            created = create_address(order.sender, state.get_nonce(EvmAddress(order.sender)))
            self._created.add(created)
            self._look(created)
        else:
            self._look_at_code(order.to)
        self._look(state.coinbase)
        for authorization in order.authorizations:
            if authorization.authority is not None:
                self._look(authorization.authority)

    def enter(self, entry: Entry) -> None:
        """A creation's address, and a delegation that the transaction itself made, are known only now."""
        if entry.kind.startswith("CREATE"):
            self._created.add(entry.to)
            self._look(entry.to)
        else:
            self._look_at_code(entry.to)

    def step(self, computation: Watched) -> None:
        """Look at what the opcode names."""
        super().step(computation)
        self._new.clear()
        opcode = computation.opcode
        if opcode in (mnemonics.SLOAD, mnemonics.SSTORE):
            if top := computation.top(1):
                self._look_at_slot(computation.msg.storage_address, top[0])
        elif opcode in mnemonics.ASKS_ACCOUNT:
            if top := computation.top(1):
                self._look(_address(top[0]))
                if opcode == mnemonics.SELFDESTRUCT and computation.msg.storage_address in self._created:
                    self._destroyed.add(computation.msg.storage_address)
        elif opcode in mnemonics.CALLS and len(top := computation.top(2)) == 2:
            self._look_at_code(_address(top[1]))

    def fault(self, computation: Watched, fault: VMError) -> None:
        """What an opcode named that could not be paid for was not looked at."""
        if isinstance(fault, (OutOfGas, InsufficientStack)):
            for address, slot in self._new:
                if slot is None:
                    del self._before[address]
                else:
                    del self._slots[address][slot]
        self._new.clear()

    def end(self, state: MendedState, outcome: Outcome) -> None:
        """What became of it all."""
        if self._changes:
            self._compare(state)

    def result(self) -> Accounts:
        """Before, and after where it was asked for."""
        before = {
            address: msgspec.structs.replace(account, storage=self._slots.get(address, {}))
            for address, account in self._before.items()
            if not (address in self._created and self._changes and account == NOWHERE)
        }
        return Accounts(before=before, after=self._after if self._changes else None)

    def _compare(self, state: MendedState) -> None:
        """Keep of `before` what was changed, and put into `after` what it was changed to."""
        for address in list(self._before):
            if address in self._destroyed:
                continue
            before, after = self._before[address], _read(state, address)
            was = self._slots.get(address, {})
            now = {slot: state.get_storage(EvmAddress(address), slot) for slot in was}
            changed = {slot for slot in was if was[slot] != now[slot]}
            if before == after and not changed:
                del self._before[address]
                continue
            self._slots[address] = {slot: was[slot] for slot in was if slot in changed and was[slot]}
            self._after[address] = AccountState(
                balance=after.balance if after.balance != before.balance else None,
                nonce=after.nonce if after.nonce != before.nonce else None,
                code=after.code if after.code != before.code else None,
                storage={slot: now[slot] for slot in now if slot in changed and now[slot]},
            )

    def _look(self, address: Address) -> AccountState:
        known = self._before.get(address)
        if known is None:
            assert self._state is not None
            known = self._before[address] = _read(self._state, address)
            self._new.append((address, None))
            self.budget.keep(ACCOUNT_BYTES + 2 * len(known.code or b""))
        return known

    def _look_at_code(self, address: Address) -> None:
        """Also at the account that it delegates to (EIP-7702)."""
        assert self._state is not None
        self._look(address)
        code = self._state.get_code(EvmAddress(address))
        if is_delegation(code):
            self._look(code[len(DELEGATION_PREFIX) :])

    def _look_at_slot(self, address: Address, slot: int) -> None:
        assert self._state is not None
        self._look(address)
        slots = self._slots.setdefault(address, {})
        if slot not in slots:
            self.budget.keep(SLOT_BYTES)
            self._new.append((address, slot))
            slots[slot] = self._state.get_storage(EvmAddress(address), slot)


class AccessTracer(Tracer):
    """Which addresses and slots an access list would have to name (EIP-2930)."""

    def __init__(self, budget: Budget, free: Iterable[Address]) -> None:
        """`free` are addresses that cost nothing to touch anyway."""
        super().__init__(budget)
        self._free = frozenset(free)
        self.touched: dict[Address, set[int]] = {}

    def step(self, computation: Watched) -> None:
        """Note what the opcode names."""
        super().step(computation)
        opcode = computation.opcode
        if opcode in (mnemonics.SLOAD, mnemonics.SSTORE):
            if top := computation.top(1):
                self.touched.setdefault(computation.msg.storage_address, set()).add(top[0])
        elif opcode in mnemonics.ASKS_ACCOUNT:
            self._note(computation.top(1))
        elif opcode in mnemonics.CALLS:
            self._note(computation.top(2)[1:])

    def _note(self, words: tuple[int, ...]) -> None:
        for word in words:
            address = _address(word)
            if address not in self._free:
                self.touched.setdefault(address, set())


def _read(state: MendedState, key: Address) -> AccountState:
    address = EvmAddress(key)
    return AccountState(
        balance=state.get_balance(address), nonce=state.get_nonce(address), code=state.get_code(address)
    )


def _address(word: int) -> Address:
    return word.to_bytes(32, "big")[12:]
