"""What gas costs."""

from __future__ import annotations

from concurrent.futures import Future
from itertools import pairwise
from typing import Any

from chain.errors import ChainError, InvalidParams
from chain.gasprice import blob_base_fee, next_base_fee
from chain.rpc.encode import JsonObject, quantity
from chain.rpc.params import Params, sequence
from chain.rpc.service import Service

MAX_PERCENTILES = 100
MAX_BLOCKS = 1024


def gas_price(service: Service, params: Params) -> Future[str]:
    """For both fee fields of a wallet: with room for the base fee to rise."""
    return service.node.run(lambda: quantity(service.node.gas_price()))


def max_priority_fee(service: Service, params: Params) -> Future[str]:
    """A tip that gets in."""
    return service.node.run(lambda: quantity(service.node.tip()))


def base_fee(service: Service, params: Params) -> str:
    """Of the next block."""
    return quantity(next_base_fee(service.node.upcoming()[0]))


def blob_fee(service: Service, params: Params) -> str:
    """Per blob gas, at the head."""
    return quantity(blob_base_fee(service.node.head().excess_blob_gas or 0))


def fee_history(service: Service, params: Params) -> Future[JsonObject]:
    """Base fees (one more than blocks), how full blocks were, and tips at percentiles when asked for."""
    count = min(params.at_most(3).quantity(0), MAX_BLOCKS)
    newest = service.block(params, 1, default=None)
    percentiles = _percentiles(params.optional(2))
    head = service.node.head().number
    if isinstance(newest, int) and newest > head:
        raise ChainError(f"request beyond head block: requested {newest}, head {head}")

    def read() -> JsonObject:
        if count == 0:
            return {"oldestBlock": "0x0", "baseFeePerGas": [], "gasUsedRatio": []}
        history = service.node.fee_history(count, newest, percentiles)
        answer: JsonObject = {"oldestBlock": quantity(history.oldest)}
        if history.rewards is not None:
            answer["reward"] = [[quantity(tip) for tip in block] for block in history.rewards]
        return answer | {
            "baseFeePerGas": [quantity(fee) for fee in history.base_fees],
            "gasUsedRatio": list(history.gas_used_ratios),
            "baseFeePerBlobGas": [quantity(fee) for fee in history.blob_base_fees],
            "blobGasUsedRatio": list(history.blob_gas_used_ratios),
        }

    return service.node.run(read)


def _percentiles(value: Any) -> list[float]:
    if value is None:
        return []
    listed = list(sequence(value, name="2"))
    if len(listed) > MAX_PERCENTILES:
        raise InvalidParams(f"over the query limit {MAX_PERCENTILES}: {len(listed)} reward percentiles")
    for index, item in enumerate(listed):
        if not isinstance(item, int | float) or isinstance(item, bool) or not 0 <= item <= 100:
            raise InvalidParams(f"invalid reward percentile: {item!r} at {index} is not a number from 0 to 100")
    for before, after in pairwise(listed):
        if before > after:
            raise InvalidParams(f"invalid reward percentile: {after} comes after {before}, they must rise")
    return [float(item) for item in listed]


METHODS = {
    "eth_gasPrice": gas_price,
    "eth_maxPriorityFeePerGas": max_priority_fee,
    "eth_baseFee": base_fee,
    "eth_blobBaseFee": blob_fee,
    "eth_feeHistory": fee_history,
}
