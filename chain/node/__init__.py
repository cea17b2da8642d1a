"""The node as everything above sees it: what the chain is, what it would do, and the one way to change it."""

from __future__ import annotations

from chain.node.node import Node, Tag

__all__ = ["Node", "Tag"]
