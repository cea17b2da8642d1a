"""Prices of gas: the next base fee, the blob base fee, a tip to suggest, and the fee history.

Pure functions over headers and receipts; whoever holds those hands them in. All prices are wei per gas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chain.model import Block, Header, Receipt, Record
from chain.primitives import Wei

ELASTICITY = 2  # EIP-1559: a block may be twice its gas target
BASE_FEE_CHANGE_DENOMINATOR = 8  # EIP-1559: at most 12.5 % a block
MIN_BLOB_BASE_FEE: Wei = 1  # EIP-4844
BLOB_BASE_FEE_UPDATE_FRACTION = 5_007_716  # EIP-7691, Prague
MAX_BLOB_GAS = 9 * 131_072  # EIP-7691
TARGET_BLOB_GAS = 6 * 131_072
# A chain with empty blocks gives no market to read a tip from; wallets need a figure that is neither 0 nor absurd.
DEFAULT_TIP: Wei = 1_000_000_000
TIP_BLOCKS = 20
MAX_HISTORY = 1024


class FeeHistory(Record):
    """What `eth_feeHistory` answers. Both fee lists have one entry more than there are blocks: the next block's."""

    oldest: int
    base_fees: tuple[Wei, ...]
    gas_used_ratios: tuple[float, ...]
    blob_base_fees: tuple[Wei, ...]
    blob_gas_used_ratios: tuple[float, ...]
    rewards: tuple[tuple[Wei, ...], ...] | None  # per block, the tip at each percentile; None when none was asked


def next_base_fee(parent: Header) -> Wei:
    """Base fee of the block after `parent` (EIP-1559)."""
    if parent.base_fee is None:
        return 1_000_000_000
    target = parent.gas_limit // ELASTICITY
    if parent.gas_used == target:
        return parent.base_fee
    change = parent.base_fee * abs(parent.gas_used - target) // target // BASE_FEE_CHANGE_DENOMINATOR
    if parent.gas_used > target:
        return parent.base_fee + max(change, 1)
    return parent.base_fee - change


def gas_price_with_headroom(head: Header, tip: Wei) -> Wei:
    """A legacy gas price that still gets in if the next block is full.

    MetaMask uses `eth_gasPrice` for both fee fields, so one possible rise of 12.5 % has to fit below it. Where the base
    fee falls, the head's own still counts: tools try their calls there with this very price.
    """
    base_fee = max(next_base_fee(head), head.base_fee or 0)
    return base_fee + base_fee // BASE_FEE_CHANGE_DENOMINATOR + 1 + tip


def blob_base_fee(excess_blob_gas: int, update_fraction: int = BLOB_BASE_FEE_UPDATE_FRACTION) -> Wei:
    """Price of blob gas (EIP-4844 `fake_exponential`)."""
    result, term, step = 0, MIN_BLOB_BASE_FEE * update_fraction, 1
    while term > 0:
        result += term
        term = term * excess_blob_gas // (update_fraction * step)
        step += 1
    return result // update_fraction


def next_excess_blob_gas(parent: Header, target: int = TARGET_BLOB_GAS) -> int:
    """Excess blob gas of the block after `parent` (EIP-4844)."""
    return max((parent.excess_blob_gas or 0) + (parent.blob_gas_used or 0) - target, 0)


def suggested_tip(recent: Sequence[Block]) -> Wei:
    """The median of the tips paid in the given blocks, or a default where nobody paid any."""
    tips = sorted(
        tx.tip(block.header.base_fee or 0)
        for block in recent
        for tx in block.transactions
        if tx.tip(block.header.base_fee or 0) > 0
    )
    return tips[len(tips) // 2] if tips else DEFAULT_TIP


def fee_history(
    newest: int,
    count: int,
    percentiles: Sequence[float],
    header: Callable[[int], Header],
    body: Callable[[int], tuple[Block, Sequence[Receipt]]],
) -> FeeHistory:
    """Fees of the `count` blocks that end with `newest`, fewer when the chain is shorter.

    `percentiles` are 0…100 and rising; bodies are only read when some are asked for.
    """
    count = max(0, min(count, MAX_HISTORY, newest + 1))
    oldest = newest - count + 1
    headers = [header(number) for number in range(oldest, newest + 1)]
    last = headers[-1] if headers else header(newest)
    return FeeHistory(
        oldest=oldest,
        base_fees=(*(h.base_fee or 0 for h in headers), next_base_fee(last)),
        gas_used_ratios=tuple(h.gas_used / h.gas_limit for h in headers),
        blob_base_fees=(
            *(blob_base_fee(h.excess_blob_gas or 0) for h in headers),
            blob_base_fee(next_excess_blob_gas(last)),
        ),
        blob_gas_used_ratios=tuple((h.blob_gas_used or 0) / MAX_BLOB_GAS for h in headers),
        rewards=tuple(_rewards(*body(h.number), percentiles) for h in headers) if percentiles else None,
    )


def _rewards(block: Block, receipts: Sequence[Receipt], percentiles: Sequence[float]) -> tuple[Wei, ...]:
    """Tips at percentiles of the block's gas, transactions sorted by tip (geth's definition); zeros when empty."""
    if not receipts:
        return (0,) * len(percentiles)
    base_fee = block.header.base_fee or 0
    paid = sorted(
        (tx.tip(base_fee), receipt.gas_used) for tx, receipt in zip(block.transactions, receipts, strict=True)
    )
    rewards: list[Wei] = []
    position, gas = 0, paid[0][1]
    for percentile in percentiles:
        threshold = int(block.header.gas_used * percentile / 100)
        while gas < threshold and position < len(paid) - 1:
            position += 1
            gas += paid[position][1]
        rewards.append(paid[position][0])
    return tuple(rewards)
