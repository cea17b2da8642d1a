"""Events as they happen, over connections that stay open. https://geth.ethereum.org/docs/interacting-with-geth/rpc/pubsub"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chain.errors import InvalidParams, MethodNotFound
from chain.primitives import from_hex
from chain.rpc.logfilter import log_filter_from
from chain.rpc.params import Params, mapping, sequence, shown
from chain.rpc.service import Service
from chain.rpc.session import Turn
from chain.rpc.subscriptions import Topic

if TYPE_CHECKING:
    from chain.node import Node

KINDS = ("newHeads", "logs", "newPendingTransactions", "transactionReceipts", "syncing")
MAX_RECEIPTS = 200  # transactions one subscription names, as in geth


def subscribe(service: Service, params: Params) -> str:
    """The id under which events come as `eth_subscription`."""
    turn = _turn(params)
    kind = params.at_most(2).required(0)
    return turn.session.subscribe(_topic(service.node, kind, params.optional(1)), turn)


def unsubscribe(service: Service, params: Params) -> bool:
    """True; an unknown id is an error."""
    turn = _turn(params)
    key = params.at_most(1).required(0)
    if not isinstance(key, str):
        raise InvalidParams(f"invalid argument 0: expected a subscription id, got {shown(key)}")
    turn.session.unsubscribe(key.lower())
    return True


def _turn(params: Params) -> Turn:
    if not isinstance(params.caller, Turn):
        raise MethodNotFound("notifications not supported", hint="connect by WebSocket or IPC, or poll eth_newFilter")
    return params.caller


def _topic(node: Node, kind: Any, details: Any) -> Topic:
    match kind:
        case "newHeads" | "syncing":
            return Topic(kind=kind)
        case "logs":
            criteria = log_filter_from({} if details is None else details, name="1")
            if criteria.block_hash is not None:
                raise InvalidParams("invalid argument 1: a subscription cannot name a block", hint="use eth_getLogs")
            first, last = criteria.bounds(node)
            return Topic(kind=kind, logs=criteria, first=first, last=last)
        case "newPendingTransactions":
            if details is not None and not isinstance(details, bool):
                raise InvalidParams(f"invalid argument 1: expected true or false, got {shown(details)}")
            return Topic(kind=kind, full=bool(details))
        case "transactionReceipts":
            named = {} if details is None else mapping(details, name="1")
            hashes = named.get("transactionHashes") or []
            chosen = sequence(hashes, name="1.transactionHashes", limit=MAX_RECEIPTS)
            return Topic(kind=kind, transactions=frozenset(from_hex(item, length=32, name="1") for item in chosen))
    raise MethodNotFound(f"no {shown(kind)} subscription in eth namespace", hint=f"there is {', '.join(KINDS)}")


METHODS = {
    "eth_subscribe": subscribe,
    "eth_unsubscribe": unsubscribe,
}
