"""The way in: signed transactions, and transactions that an unlocked account signs here."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

import msgspec

from chain.errors import ExecutionReverted, InvalidParams, NotMinedInTime
from chain.events import Event, Head
from chain.primitives import Hash32
from chain.rpc.calls import Wish, wish_from
from chain.rpc.encode import JsonObject, data
from chain.rpc.later import then
from chain.rpc.methods.execution import worded
from chain.rpc.methods.transactions import receipt_of
from chain.rpc.params import Params
from chain.rpc.service import Service

SYNC_TIMEOUT_MS = 20_000  # geth's
MAX_SYNC_TIMEOUT_MS = 60_000


def together(method: str, params: Any) -> bool:
    """Whether a batch may admit this entry together with its neighbours.

    A transaction with something left open is not: its estimate must see what those before it have done.
    """
    if method == "eth_sendRawTransaction":
        return True
    if method != "eth_sendTransaction" or not isinstance(params, list) or not params:
        return False
    named = {key for key, value in params[0].items() if value is not None} if isinstance(params[0], dict) else set()
    return "gas" in named and ("gasPrice" in named or {"maxFeePerGas", "maxPriorityFeePerGas"} <= named)


def send_raw(service: Service, params: Params) -> Future[str]:
    """Submit signed bytes; the hash."""
    return then(service.node.send(params.at_most(1).data(0)), data)


def send_raw_sync(service: Service, params: Params) -> Future[JsonObject]:
    """Submit signed bytes and wait for the receipt (EIP-7966); at most the given milliseconds."""
    raw = params.at_most(2).data(0)
    wanted = SYNC_TIMEOUT_MS if params.optional(1) is None else params.quantity(1)
    if wanted == 0:
        raise InvalidParams("invalid argument 1: the timeout must be above 0 ms")
    milliseconds = min(wanted, MAX_SYNC_TIMEOUT_MS)
    return then(service.node.send(raw), lambda tx_hash: _receipt(service, tx_hash, milliseconds))


def send_transaction(service: Service, params: Params) -> Future[str]:
    """Fill in, sign with an unlocked account, submit; the hash."""
    wish = wish_from(params.at_most(1).required(0), chain_id=service.node.spec.chain_id)
    service.signers.check(wish.sender or bytes(20))
    if wish.gas is not None and wish.has_fees():  # at once, so that neighbours of a batch get nonces in their order
        return then(service.signers.send(service.signers.priced(wish)), data)
    complete = service.node.run(lambda: filled_gas(service, service.signers.priced(wish)))
    return then(then(complete, service.signers.send), data)


def filled_gas(service: Service, wish: Wish) -> Wish:
    """With an estimated gas limit when none was given. Runs code."""
    if wish.gas is not None:
        return wish
    # Fees play no part in what gas is needed; a sender who cannot pay them is told so by the pool.
    bare = msgspec.structs.replace(wish, gas_price=None, max_fee_per_gas=None, max_priority_fee_per_gas=None)
    try:
        gas = service.node.estimate(bare.call(), "pending")
    except ExecutionReverted as problem:
        raise worded(problem) from problem
    return msgspec.structs.replace(wish, gas=gas)


def _receipt(service: Service, tx_hash: Hash32, milliseconds: int) -> JsonObject | Future[JsonObject]:
    """The receipt if it is there, otherwise its future: told by the next heads or by the clock."""
    told: Future[None] = Future()
    once = threading.Lock()

    def tell(problem: NotMinedInTime | None) -> None:
        with once:
            if told.done():
                return
            if problem is None:
                told.set_result(None)
            else:
                told.set_exception(problem)

    def hear(event: Event) -> None:
        if isinstance(event, Head) and any(tx.hash == tx_hash for block in event.added for tx in block.transactions):
            tell(None)

    unsubscribe = service.node.events.subscribe(hear)
    receipt = receipt_of(service, tx_hash)
    if receipt is not None:
        unsubscribe()
        return receipt
    late = NotMinedInTime(
        f"The transaction was added to the transaction pool but wasn't processed in {milliseconds / 1000:g}s",
        data=data(tx_hash),
    )
    timer = threading.Timer(milliseconds / 1000, tell, [late])
    timer.daemon = True
    timer.start()

    def clean_up(_: Future[None]) -> None:
        unsubscribe()
        timer.cancel()

    told.add_done_callback(clean_up)
    return then(told, lambda _: service.node.run(lambda: receipt_of(service, tx_hash)))


METHODS = {
    "eth_sendRawTransaction": send_raw,
    "eth_sendRawTransactionSync": send_raw_sync,
    "eth_sendTransaction": send_transaction,
}
