"""Block 0: the accounts of the spec and the system contracts, with every header field given and none guessed."""

from __future__ import annotations

from collections.abc import Iterator

from eth.db.account import AccountDB
from eth.vm.forks.cancun.constants import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CONTRACT_CODE
from eth.vm.forks.prague.constants import HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CONTRACT_CODE
from eth_typing import Address as EvmAddress

from chain.evm.overlay import Overlay
from chain.evm.rules import EMPTY_REQUESTS_HASH
from chain.model import Block, Built, Header
from chain.primitives import EMPTY_TRIE_ROOT, ZERO_HASH, Address
from chain.spec import GenesisAccount, Spec

# py-evm means to install these when a state is opened and never does (its condition is inverted), so every block after
# genesis would differ from other clients'. A nonce of 1 is what a deployed contract has.
SYSTEM_CONTRACTS: dict[Address, GenesisAccount] = {
    bytes(BEACON_ROOTS_ADDRESS): GenesisAccount(nonce=1, code=BEACON_ROOTS_CONTRACT_CODE),  # EIP-4788
    bytes(HISTORY_STORAGE_ADDRESS): GenesisAccount(nonce=1, code=HISTORY_STORAGE_CONTRACT_CODE),  # EIP-2935
}


def genesis_accounts(spec: Spec) -> Iterator[tuple[Address, GenesisAccount]]:
    """What the state holds before the first transaction; an account that the spec lists is taken as it is there."""
    yield from spec.genesis.alloc.items()
    for address, account in SYSTEM_CONTRACTS.items():
        if address not in spec.genesis.alloc:
            yield address, account


def build_genesis(spec: Spec) -> Built:
    """Block 0 of the chain and every trie node of its state."""
    overlay = Overlay({})
    accounts = AccountDB(overlay)
    for key, account in genesis_accounts(spec):
        address = EvmAddress(key)
        accounts.set_balance(address, account.balance)
        accounts.set_nonce(address, account.nonce)
        if account.code:
            accounts.set_code(address, account.code)
        for slot, value in account.storage.items():
            accounts.set_storage(address, slot, value)
    accounts.persist()
    genesis = spec.genesis
    header = Header(
        parent_hash=ZERO_HASH,
        coinbase=genesis.coinbase,
        state_root=accounts.state_root,
        transactions_root=EMPTY_TRIE_ROOT,
        receipts_root=EMPTY_TRIE_ROOT,
        logs_bloom=bytes(256),
        number=0,
        gas_limit=genesis.gas_limit,
        gas_used=0,
        timestamp=genesis.timestamp,
        extra_data=genesis.extra_data,
        mix_hash=genesis.mix_hash,
        base_fee=genesis.base_fee,
        withdrawals_root=EMPTY_TRIE_ROOT,
        blob_gas_used=0,
        excess_blob_gas=0,
        parent_beacon_root=ZERO_HASH,
        requests_hash=EMPTY_REQUESTS_HASH,
    )
    return Built(block=Block(header=header), receipts=(), nodes=overlay.written)
