"""py-evm's precompiled contracts over elliptic curves, imported when one of them is called first.

py_ecc, which they compute with, works out tables while it is imported, for contracts that hardly any chain ever calls
(docs/performance.md says what a start saves). What stands in for their modules until then has to be there before py-evm
is imported; where something else has imported them already, nothing is done.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

ROOM = "eth.precompiles"
PRECOMPILES = {
    "ecadd": ("ecadd",),
    "ecmul": ("ecmul",),
    "ecpairing": ("ecpairing",),
    "bls12_381": (
        "bls12_g1_add",
        "bls12_g1_msm",
        "bls12_map_fp_to_g1",
        "bls12_g2_add",
        "bls12_g2_msm",
        "bls12_map_fp2_to_g2",
        "bls12_pairing_check",
    ),
}

_lock = threading.RLock()


class Late:
    """Stands for a precompile. Given settings alone it keeps them, as py-evm's do (`ecadd(gas_cost=150)`)."""

    def __init__(self, module: str, name: str, settings: Mapping[str, Any]) -> None:
        self._module = module
        self._name = name
        self._settings = settings

    def __call__(self, *computation: Any, **settings: Any) -> Any:
        """What the precompile does."""
        settings = {**self._settings, **settings}
        if not computation:
            return Late(self._module, self._name, settings)
        return getattr(_imported(self._module), self._name)(*computation, **settings)


class _StandIn(ModuleType):
    """Has the names that py-evm takes from a module that is not imported yet; another one imports it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what those look at who go through all modules
            raise AttributeError(name)
        return getattr(_imported(self.__name__.rpartition(".")[2]), name)


def postpone() -> None:
    """Put stand-ins where py-evm is going to look for these modules."""
    found = find_spec("eth")
    if ROOM in sys.modules or found is None or not found.submodule_search_locations:
        return
    room = Path(found.submodule_search_locations[0], "precompiles")
    for module, names in PRECOMPILES.items():
        stand_in = _StandIn(f"{ROOM}.{module}")
        if (room / module).is_dir():
            stand_in.__path__ = [str(room / module)]  # so that what lies inside can be imported
        for name in names:
            setattr(stand_in, name, Late(module, name, {}))
        sys.modules[stand_in.__name__] = stand_in


def load() -> None:
    """Import now what was postponed, so that it does not count as the time that a contract takes."""
    for module in PRECOMPILES:
        _imported(module)


def _imported(module: str) -> ModuleType:
    path = f"{ROOM}.{module}"
    found = sys.modules[path]
    if not isinstance(found, _StandIn):
        return found
    with _lock:
        if isinstance(sys.modules.get(path), _StandIn):
            room = sys.modules[ROOM]
            known = getattr(room, module, None)
            del sys.modules[path]
            found = import_module(path)
            if known is not None:  # a function of the module's name, in whose place the import put the module
                setattr(room, module, known)
        return sys.modules[path]
