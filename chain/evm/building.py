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

# Of precompiles in pure Python: a transaction that needs more would hold up everybody else's.
PRECOMPILE_SECONDS = 2.0


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
    it may stand in a later block, and so may the sender's following ones. After `deadline` nothing more is begun, but
    one transaction is always tried: on a machine too busy to open a block in time the chain must still go on.
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
    execution = BlockExecution(forks, nodes, headers, opened, engine, allowance=PRECOMPILE_SECONDS)
    skipped: list[Rejected] = []
    interrupted: set[Address] = set()  # senders whose next nonce did not make it
    for number, tx in enumerate(transactions):
        late = number > 0 and deadline is not None and time.monotonic() >= deadline
        if late or execution.gas_left < rules.TRANSACTION_GAS:
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
