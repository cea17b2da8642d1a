"""What waits in the pool: `pending` can go into the next block, `queued` stands behind a nonce gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from chain.model import Transaction
from chain.primitives import checksum
from chain.rpc.encode import JsonObject, quantity, transaction_object
from chain.rpc.later import then
from chain.rpc.params import Params
from chain.rpc.service import Service


def status(service: Service, params: Params) -> Future[JsonObject]:
    """How many."""
    return then(
        service.node.pool_content(),
        lambda content: {
            "pending": quantity(sum(len(by_nonce) for by_nonce in content.ready.values())),
            "queued": quantity(sum(len(by_nonce) for by_nonce in content.queued.values())),
        },
    )


def content(service: Service, params: Params) -> Future[JsonObject]:
    """Everything, by sender and nonce."""
    return _all(service, transaction_object)


def inspect(service: Service, params: Params) -> Future[JsonObject]:
    """Everything, one line each, for people."""
    return _all(service, _line)


def content_from(service: Service, params: Params) -> Future[JsonObject]:
    """What one sender has waiting, by nonce."""
    address = params.at_most(1).address(0)
    return then(
        service.node.pool_content(),
        lambda found: {
            "pending": _by_nonce(found.ready.get(address, {}), transaction_object),
            "queued": _by_nonce(found.queued.get(address, {}), transaction_object),
        },
    )


def _all(service: Service, show: Callable[[Transaction], Any]) -> Future[JsonObject]:
    return then(
        service.node.pool_content(),
        # Written out by a reader: a full pool is large, and the writer has blocks to make.
        lambda found: service.node.run(
            lambda: {"pending": _by_sender(found.ready, show), "queued": _by_sender(found.queued, show)}
        ),
    )


def _by_sender(senders: Mapping[bytes, Mapping[int, Transaction]], show: Callable[[Transaction], Any]) -> JsonObject:
    return {checksum(sender): _by_nonce(by_nonce, show) for sender, by_nonce in senders.items()}


def _by_nonce(by_nonce: Mapping[int, Transaction], show: Callable[[Transaction], Any]) -> JsonObject:
    return {str(nonce): show(by_nonce[nonce]) for nonce in sorted(by_nonce)}


def _line(tx: Transaction) -> str:
    target = "contract creation" if tx.to is None else checksum(tx.to)
    return f"{target}: {tx.value} wei + {tx.gas} gas × {tx.max_fee_per_gas} wei"


METHODS = {
    "txpool_status": status,
    "txpool_content": content,
    "txpool_contentFrom": content_from,
    "txpool_inspect": inspect,
}
