"""Executing transactions: the one room that knows py-evm, behind our own records.

    Evm     decode · admit · build · verify · call · estimate · state · genesis
    State   accounts at one block, read only

Two engines execute, to the same results: `reference` (`vm.py`, py-evm with its faults mended) and `fast` (`fast/`).

A block is made by `build` and checked by `verify` through the same execution (`execution.py`), on an overlay over the
trie nodes it was handed; what must be written is returned, nothing is stored here. When to make a block, which
transactions to offer and where the result is kept is decided elsewhere.

Importing this package takes about a second (py-evm), so only whoever executes imports it.
"""

from __future__ import annotations

import os

# eth_hash picks a slower pure backend unless it is told, and it is told before anything hashes for the first time.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

# And py-evm, which everything below imports, has to find the stand-ins there.
# ruff: noqa: E402
from chain.evm import curves

curves.postpone()

# isort: split
from chain.evm.ancestors import HeaderSource
from chain.evm.calls import CallLimits
from chain.evm.engine import DEFAULT_ENGINE, EngineName, Evm
from chain.evm.fast.translation import HOT_RUNS
from chain.evm.outcome import revert_message
from chain.evm.state import State

__all__ = ["DEFAULT_ENGINE", "HOT_RUNS", "CallLimits", "EngineName", "Evm", "HeaderSource", "State", "revert_message"]
