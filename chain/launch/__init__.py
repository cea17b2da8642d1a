"""Wiring: a node opened on a data folder, a node served over HTTP, and a chain inside the calling process.

This is the only room that knows all others of the node; nothing below imports it. The chain inside the calling process
is `chain.launch.dev`, a module of its own because its client costs half a second to import.
"""

from __future__ import annotations

from chain.launch.opening import NodeOptions, Opened, open_node
from chain.launch.serving import Running, start

__all__ = ["NodeOptions", "Opened", "Running", "open_node", "start"]
