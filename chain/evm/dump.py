"""The whole state in plain addresses and slots, as other development chains exchange it.

A trie knows only hashes of addresses and slots, so they are found by executing the chain again and noting what it looks
at. What was found must lead to the very root of the state, otherwise something is missing and nothing is given out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from eth.vm.forks.cancun.constants import BEACON_ROOTS_ADDRESS, HISTORY_BUFFER_LENGTH
from eth.vm.forks.prague.constants import (
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    HISTORY_SERVE_WINDOW,
    HISTORY_STORAGE_ADDRESS,
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
)

from chain.errors import InternalError
from chain.evm.engine import Evm
from chain.evm.genesis import genesis_accounts, state_trie
from chain.evm.tracing import Accounts, TraceOptions
from chain.model import Account, Block, Edits, Header
from chain.primitives import Address, Hash32
from chain.spec import GenesisAccount

SECONDS = 600.0  # for one block


def dump_state(
    evm: Evm, blocks: Iterable[Block], edits: Callable[[Hash32], Edits | None], header: Header
) -> dict[Address, GenesisAccount]:
    """Every account after `header`'s block and the edits after it. `blocks`: the chain up to it, from genesis.

    Raises InternalError when an account or slot could not be found.
    """
    touched = _touched(evm, blocks, edits)
    state = evm.state(header)
    found: dict[Address, GenesisAccount] = {}
    for address, slots in sorted(touched.items()):
        account = state.account(address)
        storage = {slot: value for slot in sorted(slots) if (value := state.storage(address, slot))}
        if account != Account():
            found[address] = GenesisAccount(
                balance=account.balance, nonce=account.nonce, code=state.code(address), storage=storage
            )
    root, expected = state_trie(found, {}), evm.parent(header).state_root
    if root != expected:
        raise InternalError(
            f"the state of block {header.number} cannot be dumped: what was found leads to 0x{root.hex()}, "
            f"not to 0x{expected.hex()}"
        )
    return found


def _touched(evm: Evm, blocks: Iterable[Block], edits: Callable[[Hash32], Edits | None]) -> dict[Address, set[int]]:
    """Addresses and slots that the chain ever looked at."""
    touched: defaultdict[Address, set[int]] = defaultdict(set)
    for address, account in genesis_accounts(evm.spec):
        touched[address].update(account.storage)
    for request_queue in (WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS):
        touched[bytes(request_queue)].update(range(4))  # what their system calls write
    for block in blocks:
        header = block.header
        touched[header.coinbase]
        place = header.timestamp % HISTORY_BUFFER_LENGTH
        touched[bytes(BEACON_ROOTS_ADDRESS)].update((place, place + HISTORY_BUFFER_LENGTH))
        touched[bytes(HISTORY_STORAGE_ADDRESS)].add((header.number - 1) % HISTORY_SERVE_WINDOW)
        for uncle in block.uncles:
            touched[uncle.coinbase]
        for withdrawal in block.withdrawals or ():
            touched[withdrawal.address]
        if block.transactions:
            for trace in evm.inspector.traces(block, TraceOptions(kind="accounts", seconds=SECONDS)):
                assert isinstance(trace, Accounts)
                for address, before in trace.before.items():
                    touched[address].update(before.storage)
        after = edits(block.hash)
        for edit in after.accounts if after is not None else ():
            touched[edit.address].update(edit.storage)
    return touched
