"""Wiring: a node opened on a data folder, a node served over HTTP, and a chain inside the calling process.

This is the only room that knows all others of the node; nothing below imports it. The chain inside the calling process
is `chain.launch.dev`, a module of its own because its client costs half a second to import.
"""

from __future__ import annotations

from chain.launch.chainfile import Exported, Imported, export_chain, import_chain
from chain.launch.opening import NodeOptions, Offline, Opened, open_node, open_offline
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
