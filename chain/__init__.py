"""MZ Chain: an EVM chain in Python and everything a person or a program says to it.

    import chain

    with chain.dev() as dev:                                   # a chain in this process, with funded accounts
        alice, bob = dev.accounts[:2]
    client = chain.connect("http://127.0.0.1:8545", wallet=chain.Wallet.load("alice"))

These seven names are the public surface; they are imported on first use, because what lies behind them takes a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chain.client import Client, Contract, connect
    from chain.errors import ChainError
    from chain.launch.dev import dev
    from chain.registry import Template
    from chain.wallet import Wallet

__all__ = ["ChainError", "Client", "Contract", "Template", "Wallet", "connect", "dev"]


def __getattr__(name: str) -> Any:
    """PEP 562: import what the name stands for and keep it."""
    homes = {
        "ChainError": "chain.errors",
        "Client": "chain.client",
        "Contract": "chain.client",
        "Template": "chain.registry",
        "Wallet": "chain.wallet",
        "connect": "chain.client",
        "dev": "chain.launch.dev",
    }
    if name not in homes:
        raise AttributeError(f"module 'chain' has no attribute {name!r}")
    value = getattr(import_module(homes[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
