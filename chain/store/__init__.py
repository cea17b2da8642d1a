"""Durable truth and the SQL index derived from it (SYSTEMS N15, S2).

`Store` is the truth: every block, receipt, trie node and lookup in an embedded ordered key-value store, one atomic and
fsynced batch per change of the chain. `Index` is derived from it and can be thrown away: SQLite tables for log queries
and address histories. This room is the one door to the databases; it knows nothing of execution, pools or wires.
"""

from chain.store.auditing import wrong_rows
from chain.store.index import Index
from chain.store.lists import WHOLE, Lists, Rows, Window
from chain.store.pruning import Pruned, prune
from chain.store.store import Store
from chain.store.tables import IndexedTransaction

__all__ = [
    "WHOLE",
    "Index",
    "IndexedTransaction",
    "Lists",
    "Pruned",
    "Rows",
    "Store",
    "Window",
    "prune",
    "wrong_rows",
]
