"""Wiring: a node opened on a data folder, a node served over HTTP, and a chain inside the calling process.

This is the only room that knows all others of the node; nothing below imports it. The names below are imported on first
use, so that a node can answer before all of it is there (`serving`). The chain inside the calling process is
`chain.launch.dev`, a module of its own because its client costs half a second to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chain.launch.chainfile import Exported, Imported, export_chain, import_chain
    from chain.launch.connecting import Offline, Opened, open_node, open_offline
    from chain.launch.opening import NodeOptions
    from chain.launch.serving import Running, start
    from chain.launch.verifying import Verified, verify_chain

__all__ = [
    "Exported",
    "Imported",
    "NodeOptions",
    "Offline",
    "Opened",
    "Running",
    "Verified",
    "export_chain",
    "import_chain",
    "open_node",
    "open_offline",
    "start",
    "verify_chain",
]

_HOMES = {
    "Exported": "chainfile",
    "Imported": "chainfile",
    "NodeOptions": "opening",
    "Offline": "connecting",
    "Opened": "connecting",
    "Running": "serving",
    "Verified": "verifying",
    "export_chain": "chainfile",
    "import_chain": "chainfile",
    "open_node": "connecting",
    "open_offline": "connecting",
    "start": "serving",
    "verify_chain": "verifying",
}


def __getattr__(name: str) -> Any:
    """PEP 562: import what the name stands for and keep it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'chain.launch' has no attribute {name!r}")
    value = getattr(import_module(f"chain.launch.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
