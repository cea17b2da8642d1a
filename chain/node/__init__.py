"""The node as everything above sees it: what the chain is, what it would do, and the one way to change it."""

from __future__ import annotations

from chain.node.chain import Chain, Tag
from chain.node.node import Node

__all__ = ["Chain", "Node", "Tag"]
