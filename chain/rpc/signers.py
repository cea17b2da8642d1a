"""The accounts this node signs for: unlocked development accounts, never keys of a public interface.

Fills in what a transaction object leaves open (fees, gas, nonce) the way geth does, hands out nonces in the order of
the calls also while earlier transactions are still on their way, and signs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import msgspec

from chain.errors import InvalidParams, UnknownAccount
from chain.gasprice import next_base_fee
from chain.primitives import Address, Hash32, Wei, checksum, to_hex
from chain.rpc.calls import Wish
from chain.rpc.encode import access_list_object

if TYPE_CHECKING:
    from chain.node import Node
    from chain.wallet import Account


class _Line:
    """What one sender has on its way to the pool."""

    def __init__(self) -> None:
        self.next_nonce = 0
        self.unsettled = 0


class Signers:
    """Unlocked accounts by address. Thread-safe."""

    def __init__(self, node: Node, accounts: Sequence[Account]) -> None:
        self._node = node
        self._accounts = {account.address: account for account in accounts}
        self._lines: dict[Address, _Line] = {}
        self._lock = threading.Lock()

    def addresses(self) -> list[Address]:
        """In the order they were given."""
        return list(self._accounts)

    def get(self, address: Address) -> Account:
        """Raises UnknownAccount."""
        account = self._accounts.get(address)
        if account is None:
            raise UnknownAccount(
                f"unknown account {checksum(address)}",
                hint="this node does not hold its key: sign with your wallet and use eth_sendRawTransaction",
            )
        return account

    def priced(self, wish: Wish) -> Wish:
        """With value, chain id, type and fees; gas and nonce stay as they are. Raises InvalidParams."""
        if wish.to is None and not wish.data:
            raise InvalidParams("contract creation without any data provided")
        if wish.blob_hashes:
            raise InvalidParams(
                "blob transactions are not signed by this node",
                hint="sign with your wallet and use eth_sendRawTransaction",
            )
        fees = self._fees(wish)
        return msgspec.structs.replace(
            wish, value=wish.value or 0, chain_id=self._node.spec.chain_id, access_list=wish.access_list or (), **fees
        )

    def _fees(self, wish: Wish) -> dict[str, int | None]:
        if wish.gas_price is not None or wish.type in (0, 1):
            if wish.max_fee_per_gas is not None or wish.max_priority_fee_per_gas is not None:
                raise InvalidParams(f"maxFeePerGas and maxPriorityFeePerGas do not go with type {wish.type}")
            kind = 1 if wish.access_list or wish.type == 1 else 0
            price = self._node.gas_price() if wish.gas_price is None else wish.gas_price
            return {"type": kind, "gas_price": price}
        tip: Wei = self._node.tip() if wish.max_priority_fee_per_gas is None else wish.max_priority_fee_per_gas
        cap = wish.max_fee_per_gas
        if cap is None:
            cap = tip + 2 * next_base_fee(self._node.upcoming()[0])  # geth's default: stays valid for six full blocks
        elif wish.max_priority_fee_per_gas is None:
            tip = min(tip, cap)
        kind = 4 if wish.authorizations else 2
        return {"type": kind, "max_fee_per_gas": cap, "max_priority_fee_per_gas": tip}

    def check(self, sender: Address) -> None:
        """Raises UnknownAccount unless transactions of this sender can be made here."""
        if not self._impersonates(sender):
            self.get(sender)

    def sign(self, wish: Wish) -> bytes:
        """Raw bytes of a complete transaction. Raises UnknownAccount, or WalletError when a field does not fit."""
        return self.get(wish.sender or bytes(20)).sign_transaction(fields(wish))

    def send(self, wish: Wish) -> Future[Hash32]:
        """Give a transaction with gas and fees its nonce, sign it and submit it."""
        sender = wish.sender or bytes(20)
        self.check(sender)
        with self._lock:
            line = self._lines.setdefault(sender, _Line())
            nonce = wish.nonce
            if nonce is None:
                nonce = max(self._node.pending_nonce(sender), line.next_nonce)
                line.next_nonce = nonce + 1
            line.unsettled += 1
            try:
                sent = self._submit(msgspec.structs.replace(wish, nonce=nonce))
            except Exception:
                self._settle(sender, line, failed=True)
                raise
        sent.add_done_callback(lambda done: self._settled(sender, line, done))
        return sent

    def _impersonates(self, sender: Address) -> bool:
        """An account whose key is here signs for itself."""
        dev = self._node.dev
        return dev is not None and sender not in self._accounts and dev.impersonates(sender)

    def _submit(self, wish: Wish) -> Future[Hash32]:
        sender, dev = wish.sender or bytes(20), self._node.dev
        if dev is None or not self._impersonates(sender):
            return self._node.send(self.sign(wish))
        # Imported only here: it brings py-evm, which a node that answers has loaded anyway.
        from chain.evm.impersonation import encode_impersonated

        price = wish.gas_price
        raw = encode_impersonated(
            sender,
            type=wish.type or 0,
            chain_id=wish.chain_id or 0,
            nonce=wish.nonce or 0,
            gas=wish.gas or 0,
            max_fee_per_gas=(wish.max_fee_per_gas if price is None else price) or 0,
            max_priority_fee_per_gas=(wish.max_priority_fee_per_gas if price is None else price) or 0,
            to=wish.to,
            value=wish.value or 0,
            data=wish.data,
            access_list=wish.access_list or (),
            authorizations=wish.authorizations or (),
        )
        return dev.send(raw)

    def _settled(self, sender: Address, line: _Line, done: Future[Hash32]) -> None:
        with self._lock:
            self._settle(sender, line, failed=done.cancelled() or done.exception() is not None)

    def _settle(self, sender: Address, line: _Line, *, failed: bool) -> None:
        line.unsettled -= 1
        if failed:
            line.next_nonce = 0  # the pool knows best which nonce is free now
        if line.unsettled == 0 and self._lines.get(sender) is line:
            del self._lines[sender]


def fields(wish: Wish) -> dict[str, Any]:
    """A complete wish in the names that signing libraries and JSON-RPC use; numbers stay numbers."""
    named: dict[str, Any] = {
        "chainId": wish.chain_id,
        "nonce": wish.nonce,
        "gas": wish.gas,
        "value": wish.value,
        "data": to_hex(wish.data),
    }
    if wish.to is not None:
        named["to"] = checksum(wish.to)
    if wish.gas_price is not None:
        named["gasPrice"] = wish.gas_price
    else:
        named["maxFeePerGas"] = wish.max_fee_per_gas
        named["maxPriorityFeePerGas"] = wish.max_priority_fee_per_gas
    if wish.type:
        named["type"] = wish.type
        named["accessList"] = access_list_object(wish.access_list or ())
    if wish.type == 4:
        named["authorizationList"] = [
            {
                "chainId": item.chain_id,
                "address": checksum(item.address),
                "nonce": item.nonce,
                "yParity": item.y_parity,
                "r": item.r,
                "s": item.s,
            }
            for item in wish.authorizations or ()
        ]
    return named
