"""Block 0: the accounts of the spec and the system contracts, with every header field given and none guessed.

A genesis file of another client is taken verbatim: no system contracts but those that it lists, and the header fields
of the forks that hold from the beginning, as geth has them. A folder's chain is recognised by it before anything is
executed, so nothing here needs py-evm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chain.evm.forks import Forks
from chain.evm.roots import trie_of
from chain.evm.rules import EMPTY_REQUESTS_HASH
from chain.model import Block, Built, Header
from chain.primitives import EMPTY_TRIE_ROOT, ZERO_HASH, Address, Hash32, int_to_bytes, keccak, rlp_encode
from chain.spec import Fork, GenesisAccount, Spec

BEACON_ROOTS: Address = bytes.fromhex("000f3df6d732807ef1319fb7b8bb8522d0beac02")  # EIP-4788
BEACON_ROOTS_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff8106"
    "90815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500"
)
HISTORY: Address = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")  # EIP-2935
HISTORY_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff814303"
    "11604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)

# py-evm means to install these when a state is opened and never does (its condition is inverted), so every block after
# genesis would differ from other clients'. A nonce of 1 is what a deployed contract has.
SYSTEM_CONTRACTS: dict[Address, GenesisAccount] = {
    BEACON_ROOTS: GenesisAccount(nonce=1, code=BEACON_ROOTS_CODE),
    HISTORY: GenesisAccount(nonce=1, code=HISTORY_CODE),
}


def genesis_accounts(spec: Spec) -> Iterator[tuple[Address, GenesisAccount]]:
    """What the state holds before the first transaction; an account that the spec lists is taken as it is there."""
    yield from spec.genesis.alloc.items()
    if spec.genesis.verbatim:
        return
    for address, account in SYSTEM_CONTRACTS.items():
        if address not in spec.genesis.alloc:
            yield address, account


def build_genesis(spec: Spec) -> Built:
    """Block 0 of the chain and every trie node of its state."""
    nodes: dict[bytes, bytes] = {}
    state_root = state_trie(dict(genesis_accounts(spec)), nodes)
    genesis = spec.genesis
    forks = Forks(spec)
    fork = forks.at(0, genesis.timestamp, genesis.difficulty)
    header = Header(
        parent_hash=genesis.parent_hash,
        coinbase=genesis.coinbase,
        state_root=state_root,
        transactions_root=EMPTY_TRIE_ROOT,
        receipts_root=EMPTY_TRIE_ROOT,
        logs_bloom=bytes(256),
        number=0,
        gas_limit=genesis.gas_limit,
        gas_used=genesis.gas_used,
        timestamp=genesis.timestamp,
        extra_data=genesis.extra_data,
        mix_hash=genesis.mix_hash,
        difficulty=genesis.difficulty,
        nonce=genesis.nonce,
        base_fee=genesis.base_fee if fork >= Fork.LONDON else None,
        withdrawals_root=EMPTY_TRIE_ROOT if fork >= Fork.SHANGHAI else None,
        blob_gas_used=genesis.blob_gas_used if fork >= Fork.CANCUN else None,
        excess_blob_gas=genesis.excess_blob_gas if fork >= Fork.CANCUN else None,
        parent_beacon_root=ZERO_HASH if fork >= Fork.CANCUN else None,
        requests_hash=EMPTY_REQUESTS_HASH if fork >= Fork.PRAGUE else None,
    )
    block = Block(header=header, withdrawals=() if fork >= Fork.SHANGHAI else None)
    return Built(block=block, receipts=(), nodes=nodes)


def state_trie(accounts: Mapping[Address, GenesisAccount], nodes: dict[bytes, bytes]) -> Hash32:
    """Root of the state that holds these accounts; its nodes and codes go into `nodes`."""
    return trie_of({keccak(address): _leaf(account, nodes) for address, account in accounts.items()}, nodes)


def _leaf(account: GenesisAccount, nodes: dict[bytes, bytes]) -> bytes:
    """The account as the state trie holds it; its storage and code go into `nodes`. Empty ones stay, as in geth."""
    slots = {
        keccak(slot.to_bytes(32, "big")): rlp_encode(int_to_bytes(value))
        for slot, value in account.storage.items()
        if value
    }
    code_hash = keccak(account.code)
    if account.code:
        nodes[code_hash] = account.code
    return rlp_encode([int_to_bytes(account.nonce), int_to_bytes(account.balance), trie_of(slots, nodes), code_hash])
