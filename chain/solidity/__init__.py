"""The Solidity compiler: getting it, and turning source into artifacts with fixed settings.

Responsible for solc 0.8.37 (native or WebAssembly behind one command line), deterministic bytes, and the build of
`contracts/` and `templates/`. Not responsible for bundles and publishing (`chain.registry`) or for where artifacts
are found (`chain.artifacts`). The one room that imports py-solc-x.
"""

from __future__ import annotations

from chain.solidity.compiler import EVM_VERSION, OPTIMIZER_RUNS, REMAPPINGS, SOLC_VERSION, Compilation, Compiler
from chain.solidity.install import ensure_solc

__all__ = [
    "EVM_VERSION",
    "OPTIMIZER_RUNS",
    "REMAPPINGS",
    "SOLC_VERSION",
    "Compilation",
    "Compiler",
    "ensure_solc",
]
