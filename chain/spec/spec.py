"""The description of one chain: written into its data folder, read back, and told apart by its digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chain.model import Record
from chain.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Hash32, Wei, keccak
from chain.spec.forks import ALWAYS_PRAGUE, BlobLimits, Fork, Schedule

LOCAL_CHAIN_ID = 20261
GENESIS_GAS_LIMIT = 60_000_000
INITIAL_BASE_FEE: Wei = 1_000_000_000

CREATE2_FACTORY: Address = bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c")
"""Where most chains have the factory that gives a contract the same address on each of them: calldata is a salt of 32
bytes and creation code. Chains that we create have it from genesis."""
CREATE2_FACTORY_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b"
    "8082525050506014600cf3"
)


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
    # Only genesis files of other clients have anything in these.
    difficulty: int = 0
    nonce: bytes = bytes(8)
    gas_used: int = 0
    parent_hash: Hash32 = ZERO_HASH
    blob_gas_used: int = 0
    excess_blob_gas: int = 0
    verbatim: bool = False  # the state is `alloc` and nothing else: no system contracts are added


class Spec(Record):
    """The rules of one chain. Forks: a chain that we create runs Prague from genesis.

    `consensus`: `instant` is ours; `ethereum` takes blocks that follow the forks' own rules, whoever made them.
    """

    chain_id: int
    genesis: Genesis
    schedule: Schedule = ALWAYS_PRAGUE
    consensus: str = "instant"
    clock_drift_limit: int | None = None  # seconds a block may run ahead of the clock; None: without limit (dev)

    @property
    def fork(self) -> str:
        """The newest rules of the schedule."""
        return self.schedule.newest.label

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
        if self.schedule != ALWAYS_PRAGUE:
            rules.append(_written_schedule(self.schedule))
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
            "schedule": _written_schedule(self.schedule),
            "consensus": self.consensus,
            "clock_drift_limit": self.clock_drift_limit,
            "genesis": {
                "timestamp": genesis.timestamp,
                "gas_limit": genesis.gas_limit,
                "base_fee": hex(genesis.base_fee),
                "coinbase": genesis.coinbase.hex(),
                "extra_data": genesis.extra_data.hex(),
                "mix_hash": genesis.mix_hash.hex(),
                "difficulty": hex(genesis.difficulty),
                "nonce": genesis.nonce.hex(),
                "gas_used": genesis.gas_used,
                "parent_hash": genesis.parent_hash.hex(),
                "blob_gas_used": genesis.blob_gas_used,
                "excess_blob_gas": genesis.excess_blob_gas,
                "verbatim": genesis.verbatim,
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
            schedule=_read_schedule(written["schedule"]),
            consensus=written["consensus"],
            clock_drift_limit=written["clock_drift_limit"],
            genesis=Genesis(
                timestamp=genesis["timestamp"],
                gas_limit=genesis["gas_limit"],
                base_fee=int(genesis["base_fee"], 16),
                coinbase=bytes.fromhex(genesis["coinbase"]),
                extra_data=bytes.fromhex(genesis["extra_data"]),
                mix_hash=bytes.fromhex(genesis["mix_hash"]),
                difficulty=int(genesis["difficulty"], 16),
                nonce=bytes.fromhex(genesis["nonce"]),
                gas_used=genesis["gas_used"],
                parent_hash=bytes.fromhex(genesis["parent_hash"]),
                blob_gas_used=genesis["blob_gas_used"],
                excess_blob_gas=genesis["excess_blob_gas"],
                verbatim=genesis["verbatim"],
                alloc=alloc,
            ),
        )
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"not a chain spec: {problem!r}") from problem


def _written_schedule(schedule: Schedule) -> dict[str, Any]:
    total = schedule.terminal_total_difficulty
    return {
        "blocks": [[fork.label, first] for fork, first in schedule.blocks],
        "times": [[fork.label, first] for fork, first in schedule.times],
        "terminal_total_difficulty": None if total is None else hex(total),
        "dao_block": schedule.dao_block,
        "dao_supported": schedule.dao_supported,
        "blobs": {fork.label: [limits.target, limits.most, limits.update_fraction] for fork, limits in schedule.blobs},
        "deposit_contract": schedule.deposit_contract.hex(),
        "disregarded": list(schedule.disregarded),
    }


def _read_schedule(written: dict[str, Any]) -> Schedule:
    labels = {fork.label: fork for fork in Fork}
    total = written["terminal_total_difficulty"]
    return Schedule(
        blocks=tuple((labels[label], first) for label, first in written["blocks"]),
        times=tuple((labels[label], first) for label, first in written["times"]),
        terminal_total_difficulty=None if total is None else int(total, 16),
        dao_block=written["dao_block"],
        dao_supported=written["dao_supported"],
        blobs=tuple(
            (labels[label], BlobLimits(target=target, most=most, update_fraction=fraction))
            for label, (target, most, fraction) in written["blobs"].items()
        ),
        deposit_contract=bytes.fromhex(written["deposit_contract"]),
        disregarded=tuple(written["disregarded"]),
    )
