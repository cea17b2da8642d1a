"""Sending on a chain whose blocks may be slow, full or taken back: one account's transactions, one after the other.

One that finds no block in time is signed again under the same nonce with higher fees: at most one of them can ever
happen. It counts when it is `confirmations` blocks deep and still there. For a local chain `Client.send` is enough.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from chain.client.transactions import Mined, Wish, failure, fields_of, mined
from chain.errors import AlreadyKnown, NonceTooLow, ReplacementUnderpriced, TransactionPending
from chain.model import Record
from chain.primitives import Hash32, Wei, checksum, keccak, to_hex

if TYPE_CHECKING:
    from chain.client.client import Client
    from chain.wallet import Signer

_LEAST_RAISE = 110  # percent of both fees, below which nodes refuse a replacement
_POLL_SECONDS = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)  # between looks for a receipt; the last one repeats


class Patience(Record):
    """How long to wait for what."""

    confirmations: int = 1  # blocks, its own counted
    replace_seconds: float = 60.0  # without a block, until fees are raised
    give_up_seconds: float = 1800.0  # in all, for one transaction
    most_fee: Wei | None = None  # per gas; never offered more

    def __post_init__(self) -> None:
        if self.confirmations < 1:
            raise ValueError("a transaction has at least its own block")


class Outbox:
    """One account's way out. `tell` hears of replacements and of blocks that were taken back."""

    def __init__(
        self,
        client: Client,
        sender: Signer,
        patience: Patience | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._client = client
        self._sender = sender
        self._patience = patience or Patience()
        self._tell = tell or (lambda _: None)

    def nonce(self, block: str = "pending") -> int:
        """Of the account's next transaction; at `latest` those that wait are not counted."""
        return int(self._client.rpc("eth_getTransactionCount", checksum(self._sender.address), block), 16)

    def settle(self) -> None:
        """Wait until nothing of this account waits any more; TransactionPending when something stays."""
        end = time.monotonic() + self._patience.give_up_seconds
        looks = 0
        while (done := self.nonce("latest")) < (sent := self.nonce()):
            if time.monotonic() >= end:
                raise TransactionPending(
                    f"{sent - done} transactions of {checksum(self._sender.address)} still wait, from nonce {done} on",
                    hint="replace them with higher fees from the wallet that sent them, or wait for cheaper blocks",
                )
            _pause(looks)
            looks += 1

    def send(self, what: Wish, value: Wei = 0) -> Mined:
        """Sign, send, and wait until it is deep enough; replaced with higher fees where it finds no block.

        Raises ContractReverted before sending, TransactionFailed when its block says so, NonceTooLow when another
        program used the account meanwhile, TransactionPending when it is in no block after all the patience.
        """
        fields = fields_of(self._client, what, self._sender.address, value)
        fields["nonce"] = self.nonce()
        self._cap(fields)
        hashes = [self._submit(fields)]
        begin = time.monotonic()
        raised = begin
        looks = 0
        while True:
            receipt = self._deep_enough(hashes)
            if receipt is not None:
                if int(receipt["status"], 16) == 0:
                    raise failure(self._client, receipt)
                return mined(receipt)
            now = time.monotonic()
            if now - begin >= self._patience.give_up_seconds:
                raise TransactionPending(
                    f"transaction {to_hex(hashes[-1])}, nonce {fields['nonce']}, is not deep enough after "
                    f"{self._patience.give_up_seconds:g} s",
                    hint="it may still be included: run the command again, which goes on where it stopped",
                )
            if now - raised >= self._patience.replace_seconds and self._is_waiting(hashes):
                raised = now
                if self._raise_fees(fields):
                    hashes.append(self._replace(fields, hashes))
            _pause(looks)
            looks += 1

    def _submit(self, fields: dict[str, object]) -> Hash32:
        raw = self._sender.sign_transaction(fields)
        with contextlib.suppress(AlreadyKnown):  # a node may have kept it although its answer was lost
            self._client.rpc("eth_sendRawTransaction", to_hex(raw))
        return keccak(raw)

    def _replace(self, fields: dict[str, object], hashes: list[Hash32]) -> Hash32:
        try:
            made = self._submit(fields)
        except NonceTooLow:
            return hashes[-1]  # one of them was included in this very moment
        except ReplacementUnderpriced:
            return hashes[-1]  # the node wants a larger step: the next raise starts from these fees
        self._tell(f"nonce {fields['nonce']} found no block: sent again for {_gwei(fields['maxFeePerGas'])} gwei a gas")
        return made

    def _raise_fees(self, fields: dict[str, object]) -> bool:
        """Whether a higher offer was possible."""
        base_fee = int(self._client.rpc("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
        tip = int(self._client.rpc("eth_maxPriorityFeePerGas"), 16)
        old_fee, old_tip = _number(fields["maxFeePerGas"]), _number(fields["maxPriorityFeePerGas"])
        fields["maxPriorityFeePerGas"] = max(_raised(old_tip), tip)
        fields["maxFeePerGas"] = max(_raised(old_fee), 2 * base_fee + tip)
        self._cap(fields)
        if _number(fields["maxFeePerGas"]) >= _raised(old_fee):
            return True
        fields["maxFeePerGas"], fields["maxPriorityFeePerGas"] = old_fee, old_tip
        return False

    def _cap(self, fields: dict[str, object]) -> None:
        most = self._patience.most_fee
        if most is not None:
            for name in ("maxFeePerGas", "maxPriorityFeePerGas"):
                fields[name] = min(_number(fields[name]), most)

    def _is_waiting(self, hashes: list[Hash32]) -> bool:
        return not any(self._receipt(one) for one in hashes)

    def _deep_enough(self, hashes: list[Hash32]) -> dict[str, str] | None:
        """The receipt of whichever of them was included, once enough blocks stand on it."""
        for one in hashes:
            receipt = self._receipt(one)
            if receipt is None:
                continue
            head = int(self._client.rpc("eth_blockNumber"), 16)
            number = int(receipt["blockNumber"], 16)
            if head - number + 1 < self._patience.confirmations:
                return None
            block = self._client.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
            if block is not None and block["hash"] == receipt["blockHash"]:
                return receipt
            self._tell(f"block {number} was taken back: waiting for {to_hex(one)} again")
        return None

    def _receipt(self, transaction_hash: Hash32) -> dict[str, str] | None:
        found: dict[str, str] | None = self._client.rpc("eth_getTransactionReceipt", to_hex(transaction_hash))
        return found


def _raised(fee: Wei) -> Wei:
    return -(-fee * _LEAST_RAISE // 100) + 1


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _gwei(value: object) -> str:
    return f"{_number(value) / 10**9:g}"


def _pause(looks: int) -> None:
    time.sleep(_POLL_SECONDS[min(looks, len(_POLL_SECONDS) - 1)])
