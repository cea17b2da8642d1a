"""Making a block out of transactions that somebody offers, in the order they are offered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from chain.errors import NonceGapTooLarge, TransactionRejected
from chain.evm import rules
from chain.evm.ancestors import HeaderSource
from chain.evm.execution import BlockExecution, NoRoom, open_header
from chain.evm.forks import Forks
from chain.evm.vm import Engine
from chain.model import Built, Header, Rejected, Transaction
from chain.primitives import Address, Hash32


def build_block(
    forks: Forks,
    nodes: Mapping[bytes, bytes],
    headers: HeaderSource,
    engine: Engine,
    parent: Header,
    transactions: Iterable[Transaction],
    *,
    timestamp: int,
    coinbase: Address,
    gas_limit: int | None,
    prev_randao: Hash32,
    extra_data: bytes,
    deadline: float | None,
) -> Built:
    """A child of `parent` with those of `transactions` that may stand in it.

    One that breaks a rule lands in `skipped`. One that only has no room left is neither in the block nor in `skipped`:
    it may stand in a later block, and so may the sender's following ones.
    """
    if timestamp <= parent.timestamp:
        raise ValueError(f"timestamp {timestamp} is not after the parent's {parent.timestamp}")
    if len(extra_data) > rules.MAX_EXTRA_DATA:
        raise ValueError(f"extra data of {len(extra_data)} bytes, a header holds {rules.MAX_EXTRA_DATA}")
    opened = open_header(
        forks,
        parent,
        timestamp=timestamp,
        coinbase=coinbase,
        gas_limit=rules.gas_limit_towards(parent.gas_limit, gas_limit),
        prev_randao=prev_randao,
        extra_data=extra_data,
    )
    execution = BlockExecution(forks, nodes, headers, opened, engine)
    skipped: list[Rejected] = []
    interrupted: set[Address] = set()  # senders whose next nonce did not make it
    for tx in transactions:
        if execution.gas_left < rules.TRANSACTION_GAS or (deadline is not None and time.monotonic() >= deadline):
            break
        try:
            execution.apply(tx)
        except NoRoom:
            interrupted.add(tx.sender)
        except NonceGapTooLarge as refusal:
            if tx.sender not in interrupted:
                skipped.append(Rejected(transaction=tx, reason=refusal.message))
        except TransactionRejected as refusal:
            interrupted.add(tx.sender)
            skipped.append(Rejected(transaction=tx, reason=refusal.message))
    return execution.seal(skipped)
