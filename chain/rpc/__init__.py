"""JSON-RPC: what programs say to the node, and how it answers.

jsonrpc.py   the protocol, without transport: batches, limits, errors
params.py    plain parameters       calls.py    transaction objects and overrides     logfilter.py  log filters
encode.py    blocks, transactions, receipts and logs as geth words them
session.py   one connection that stays open     subscriptions.py   who hears what
filters.py   what was installed with eth_new…Filter     signers.py  the unlocked dev accounts
methods/     one file per subject, each with a dict of its methods
"""

from chain.rpc.jsonrpc import Dispatcher, Limits
from chain.rpc.methods import build_dispatcher
from chain.rpc.session import Peer, Session, SessionLimits
from chain.rpc.subscriptions import Subscriptions

__all__ = ["Dispatcher", "Limits", "Peer", "Session", "SessionLimits", "Subscriptions", "build_dispatcher"]
