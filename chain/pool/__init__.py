"""Transactions that wait to get into a block: typed checks, then ready or queued by sender and nonce.

    add ──► checks against the state ──► same nonce waiting? ──► replace (+10 % of both fees) or refuse
                                     └─► nonce follows?      ──► ready, and promotes what queued behind it
                                     └─► gap?                ──► queued, up to a limit ahead

The pool holds no state of the chain: it is handed a `StateReader` with every call. It is used by the writer thread
only; other threads get copies through `content` and `pending_nonce`.
"""

from __future__ import annotations

from chain.pool.limits import PoolLimits
from chain.pool.pool import Admission, Content, Pool, StateReader

__all__ = ["Admission", "Content", "Pool", "PoolLimits", "StateReader"]
