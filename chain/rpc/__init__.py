"""JSON-RPC: what programs say to the node, and how it answers.

jsonrpc.py   the protocol, without transport: batches, limits, errors
params.py    plain parameters       calls.py    transaction objects and overrides     logfilter.py  log filters
encode.py    blocks, transactions, receipts and logs as geth words them
session.py   one connection that stays open     subscriptions.py   who hears what
filters.py   what was installed with eth_new…Filter     signers.py  the unlocked dev accounts
methods/     one file per subject, each with a dict of its methods     registry.py   all of them together
reception.py who answers while the node is still being put together

The names below are imported on first use: the reception does without most of what stands behind them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chain.rpc.jsonrpc import Dispatcher, Limits
    from chain.rpc.registry import build_dispatcher
    from chain.rpc.session import Peer, Session, SessionLimits
    from chain.rpc.subscriptions import Subscriptions

__all__ = ["Dispatcher", "Limits", "Peer", "Session", "SessionLimits", "Subscriptions", "build_dispatcher"]

_HOMES = {
    "Dispatcher": "jsonrpc",
    "Limits": "jsonrpc",
    "Peer": "session",
    "Session": "session",
    "SessionLimits": "session",
    "Subscriptions": "subscriptions",
    "build_dispatcher": "registry",
}


def __getattr__(name: str) -> Any:
    """PEP 562: import what the name stands for and keep it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'chain.rpc' has no attribute {name!r}")
    value = getattr(import_module(f"chain.rpc.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
