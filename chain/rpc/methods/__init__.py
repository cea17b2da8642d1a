"""All methods, by name: a registry put together from the dict of each subject.

A method is a plain function of the service and its parameters: decode, ask the node, encode. What executes code or
scans goes through `node.run` and answers with a future; everything else answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from chain.rpc.filters import FilterLimits, Filters
from chain.rpc.jsonrpc import Dispatcher, Limits
from chain.rpc.methods import (
    blocks,
    debug,
    execution,
    fees,
    identity,
    logs,
    sending,
    signing,
    state,
    transactions,
    txpool,
)
from chain.rpc.params import Params
from chain.rpc.service import Service
from chain.rpc.signers import Signers

if TYPE_CHECKING:
    from chain.node import Node
    from chain.wallet import Account

Handler: TypeAlias = Callable[[Service, Params], Any]

_SUBJECTS = (identity, blocks, transactions, state, execution, fees, logs, sending, signing, txpool, debug)


def handlers() -> dict[str, Handler]:
    """Every method this node answers."""
    return {name: handler for subject in _SUBJECTS for name, handler in subject.METHODS.items()}


def build_dispatcher(
    node: Node,
    accounts: Sequence[Account] = (),
    *,
    limits: Limits | None = None,
    filter_limits: FilterLimits | None = None,
    more: Mapping[str, Handler] | None = None,
) -> Dispatcher:
    """The dispatcher of a node. `accounts` are signed for whoever asks; `more` adds methods (development commands)."""
    service = Service(node=node, signers=Signers(node, accounts), filters=Filters(node, filter_limits))
    known = handlers() | dict(more or {})
    namespaces = sorted({name.partition("_")[0] for name in known} | {"rpc"})
    methods: dict[str, Callable[[Params], Any]] = {name: partial(handler, service) for name, handler in known.items()}
    methods["rpc_modules"] = lambda params: dict.fromkeys(namespaces, "1.0")
    return Dispatcher(methods, limits=limits, together=sending.together, resume=node.run)
