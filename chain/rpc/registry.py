"""All methods, by name, put together from the dict of each subject; and the dispatcher of a node that answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from chain.rpc.filters import FilterLimits, Filters
from chain.rpc.jsonrpc import Dispatcher, Limits
from chain.rpc.methods import (
    blocks,
    debug,
    dev_accounts,
    dev_chain,
    dev_state,
    execution,
    fees,
    identity,
    logs,
    otterscan,
    proof,
    sending,
    signing,
    simulate,
    state,
    subscribing,
    trace,
    transactions,
    txpool,
)
from chain.rpc.params import Params
from chain.rpc.service import Service, client_version
from chain.rpc.signers import Signers

if TYPE_CHECKING:
    from chain.node import Node
    from chain.wallet import Account

Handler: TypeAlias = Callable[[Service, Params], Any]

_SUBJECTS = (
    identity,
    blocks,
    transactions,
    state,
    execution,
    fees,
    logs,
    subscribing,
    sending,
    signing,
    txpool,
    debug,
    trace,
    proof,
    simulate,
    otterscan,
)


def handlers() -> dict[str, Handler]:
    """Every method this node answers."""
    return {name: handler for subject in _SUBJECTS for name, handler in subject.METHODS.items()}


def dev_handlers() -> dict[str, Handler]:
    """What a development chain answers besides."""
    return {**dev_chain.METHODS, **dev_accounts.METHODS, **dev_state.METHODS}


def build_dispatcher(
    node: Node,
    accounts: Sequence[Account] = (),
    *,
    version: str | None = None,
    limits: Limits | None = None,
    filter_limits: FilterLimits | None = None,
    more: Mapping[str, Handler] | None = None,
    observe: Callable[[str, int, float], None] = lambda method, code, seconds: None,
) -> Dispatcher:
    """The dispatcher of a node. `accounts` are signed for whoever asks; `more` adds methods,
    `version` is what `web3_clientVersion` answers instead of our own name.

    `observe` is told of every answer, as `Dispatcher` says.
    """
    service = Service(
        chain=node,
        version=version or client_version(),
        node=node,
        signers=Signers(node, accounts),
        filters=Filters(node, filter_limits),
    )
    known = handlers() | (dev_handlers() if node.dev is not None else {}) | dict(more or {})
    namespaces = sorted({name.partition("_")[0] for name in known} | {"rpc"})
    methods: dict[str, Callable[[Params], Any]] = {name: partial(handler, service) for name, handler in known.items()}
    methods["rpc_modules"] = lambda params: dict.fromkeys(namespaces, "1.0")
    return Dispatcher(methods, limits=limits, together=sending.together, resume=node.run, observe=observe)
