"""What a chain is: its number, forks, genesis, fee rule and consensus.

Two nodes that agree on the spec agree on every block. How one process runs (ports, folders, limits) is `settings`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chain.model import Record
from chain.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Hash32, Wei, keccak

LOCAL_CHAIN_ID = 20261
GENESIS_GAS_LIMIT = 60_000_000
INITIAL_BASE_FEE: Wei = 1_000_000_000


class GenesisAccount(Record):
    """One account of the genesis state."""

    balance: Wei = 0
    nonce: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = {}


class Genesis(Record):
    """Block 0: header fields that are not derived, and the state before the first transaction."""

    timestamp: int
    alloc: Mapping[Address, GenesisAccount]
    gas_limit: int = GENESIS_GAS_LIMIT
    base_fee: Wei = INITIAL_BASE_FEE
    coinbase: Address = ZERO_ADDRESS
    extra_data: bytes = b""
    mix_hash: Hash32 = ZERO_HASH


class Spec(Record):
    """The rules of one chain. Forks: a chain that we create runs Prague from genesis."""

    chain_id: int
    genesis: Genesis
    fork: str = "prague"
    consensus: str = "instant"
    clock_drift_limit: int | None = None  # seconds a block may run ahead of the clock; None: without limit (dev)

    def digest(self) -> Hash32:
        """Hash over every rule; a chain we create carries it in its genesis `extraData`."""
        genesis = self.genesis
        alloc = [
            [
                address.hex(),
                hex(account.balance),
                hex(account.nonce),
                account.code.hex(),
                [[hex(slot), hex(value)] for slot, value in sorted(account.storage.items())],
            ]
            for address, account in sorted(genesis.alloc.items())
        ]
        rules = [
            self.chain_id,
            self.fork,
            self.consensus,
            self.clock_drift_limit,
            [genesis.timestamp, genesis.gas_limit, hex(genesis.base_fee)],
            [genesis.coinbase.hex(), genesis.mix_hash.hex()],
            alloc,
        ]
        return keccak(msgspec.json.encode(rules))

    def sealed(self) -> Spec:
        """This spec with its own digest written into genesis `extraData`."""
        return msgspec.structs.replace(self, genesis=msgspec.structs.replace(self.genesis, extra_data=self.digest()))
