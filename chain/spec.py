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

    def encode(self) -> bytes:
        """JSON that a data folder keeps as the identity of its chain; `decode_spec` reads it back."""
        genesis = self.genesis
        alloc = {
            address.hex(): {
                "balance": hex(account.balance),
                "nonce": hex(account.nonce),
                "code": account.code.hex(),
                "storage": {hex(slot): hex(value) for slot, value in sorted(account.storage.items())},
            }
            for address, account in sorted(genesis.alloc.items())
        }
        written = {
            "chain_id": self.chain_id,
            "fork": self.fork,
            "consensus": self.consensus,
            "clock_drift_limit": self.clock_drift_limit,
            "genesis": {
                "timestamp": genesis.timestamp,
                "gas_limit": genesis.gas_limit,
                "base_fee": hex(genesis.base_fee),
                "coinbase": genesis.coinbase.hex(),
                "extra_data": genesis.extra_data.hex(),
                "mix_hash": genesis.mix_hash.hex(),
                "alloc": alloc,
            },
        }
        return msgspec.json.encode(written)


def decode_spec(encoded: bytes) -> Spec:
    """Inverse of `Spec.encode`. Raises ValueError when it is not one."""
    try:
        written = msgspec.json.decode(encoded)
        genesis = written["genesis"]
        alloc = {
            bytes.fromhex(address): GenesisAccount(
                balance=int(account["balance"], 16),
                nonce=int(account["nonce"], 16),
                code=bytes.fromhex(account["code"]),
                storage={int(slot, 16): int(value, 16) for slot, value in account["storage"].items()},
            )
            for address, account in genesis["alloc"].items()
        }
        return Spec(
            chain_id=written["chain_id"],
            fork=written["fork"],
            consensus=written["consensus"],
            clock_drift_limit=written["clock_drift_limit"],
            genesis=Genesis(
                timestamp=genesis["timestamp"],
                gas_limit=genesis["gas_limit"],
                base_fee=int(genesis["base_fee"], 16),
                coinbase=bytes.fromhex(genesis["coinbase"]),
                extra_data=bytes.fromhex(genesis["extra_data"]),
                mix_hash=bytes.fromhex(genesis["mix_hash"]),
                alloc=alloc,
            ),
        )
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"not a chain spec: {problem!r}") from problem
