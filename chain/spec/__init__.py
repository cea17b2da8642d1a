"""What a chain is: its number, forks, genesis, fee rule and consensus.

Two nodes that agree on the spec agree on every block. How one process runs (ports, folders, limits) is `settings`.
`forks` is the schedule of rules, `geth` reads a genesis file, `spec` ties everything together and writes it down.
"""

from __future__ import annotations

from chain.spec.forks import ALWAYS_PRAGUE, BlobLimits, Fork, Schedule
from chain.spec.geth import read_genesis
from chain.spec.spec import (
    CREATE2_FACTORY,
    CREATE2_FACTORY_CODE,
    GENESIS_GAS_LIMIT,
    INITIAL_BASE_FEE,
    LOCAL_CHAIN_ID,
    Genesis,
    GenesisAccount,
    Spec,
    decode_spec,
)

__all__ = [
    "ALWAYS_PRAGUE",
    "CREATE2_FACTORY",
    "CREATE2_FACTORY_CODE",
    "GENESIS_GAS_LIMIT",
    "INITIAL_BASE_FEE",
    "LOCAL_CHAIN_ID",
    "BlobLimits",
    "Fork",
    "Genesis",
    "GenesisAccount",
    "Schedule",
    "Spec",
    "decode_spec",
    "read_genesis",
]
