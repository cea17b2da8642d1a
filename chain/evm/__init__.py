"""Executing transactions: the one room that knows py-evm, behind our own records.

    Evm     decode · admit · build · verify · call · estimate · state · genesis
    State   accounts at one block, read only

Two engines execute, to the same results: `reference` (`vm.py`, py-evm with its faults mended) and `fast` (`fast/`).

A block is made by `build` and checked by `verify` through the same execution (`execution.py`), on an overlay over the
trie nodes it was handed; what must be written is returned, nothing is stored here. When to make a block, which
transactions to offer and where the result is kept is decided elsewhere.

py-evm takes about a second to import, so whoever executes nothing goes without it: the names below are imported on
first use, and `choices`, `forks`, `genesis`, `roots` and `rules` do not need it.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from chain.evm import curves

if TYPE_CHECKING:
    from chain.evm.ancestors import HeaderSource
    from chain.evm.choices import DEFAULT_ENGINE, HOT_RUNS, CallLimits, EngineName
    from chain.evm.engine import Evm
    from chain.evm.outcome import revert_message
    from chain.evm.state import State

__all__ = ["DEFAULT_ENGINE", "HOT_RUNS", "CallLimits", "EngineName", "Evm", "HeaderSource", "State", "revert_message"]

# eth_hash picks a slower pure backend unless it is told, and it is told before anything hashes for the first time.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
# And py-evm, whoever in this room imports it first, has to find the stand-ins there.
curves.postpone()

_HOMES = {
    "CallLimits": "choices",
    "DEFAULT_ENGINE": "choices",
    "EngineName": "choices",
    "Evm": "engine",
    "HOT_RUNS": "choices",
    "HeaderSource": "ancestors",
    "State": "state",
    "revert_message": "outcome",
}


def __getattr__(name: str) -> Any:
    """PEP 562: import what the name stands for and keep it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'chain.evm' has no attribute {name!r}")
    value = getattr(import_module(f"chain.evm.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
