"""`eth_simulateV1`: messages in blocks that could follow, each on what the ones before it left."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from chain.errors import InvalidParams
from chain.evm.simulation import MOST_BLOCKS, SimulatedBlock, SimulationBlock, SimulationCall
from chain.model import BlockOverride, CallResult, LogEntry, TransactionType
from chain.rpc.calls import Wish, block_override, state_overrides, wish_from
from chain.rpc.encode import JsonObject, block_object, data, log_object, placed_logs, quantity
from chain.rpc.params import Params, mapping, sequence, shown
from chain.rpc.reverts import reverted
from chain.rpc.service import Service

MOST_CALLS = 1000  # of one request
SECONDS = 10.0
HALTED = -32015


def simulate(service: Service, params: Params) -> Future[list[JsonObject]]:
    """Blocks with the results of their calls."""
    payload = mapping(params.at_most(2).required(0), name="0")
    tag = service.block(params, 1)
    listed = sequence(payload.get("blockStateCalls"), name="0.blockStateCalls", limit=MOST_BLOCKS)
    if not listed:
        raise InvalidParams("empty input: 0.blockStateCalls has no block")
    blocks = [_block(service, item, f"0.blockStateCalls[{index}]") for index, item in enumerate(listed)]
    count = sum(len(block.calls) for block in blocks)
    if count > MOST_CALLS:
        raise InvalidParams(f"too many calls: {count}, at most {MOST_CALLS} are taken")
    validate, transfers, full = (
        _flag(payload, key) for key in ("validation", "traceTransfers", "returnFullTransactions")
    )

    def run() -> list[JsonObject]:
        header = service.node.header(tag)
        made = service.node.inspect.simulate(header, blocks, SECONDS, validate=validate, transfers=transfers)
        return [_block_object(block, full=full) for block in made]

    return service.node.run_long(run)


def _block(service: Service, value: Any, name: str) -> SimulationBlock:
    fields = mapping(value, name=name)
    calls = sequence(fields.get("calls") or [], name=f"{name}.calls", limit=MOST_CALLS)
    overrides, accounts = fields.get("blockOverrides"), fields.get("stateOverrides")
    if isinstance(overrides, dict) and overrides.get("withdrawals"):
        raise InvalidParams(f"invalid argument {name}.blockOverrides: blocks of this chain have no withdrawals")
    if isinstance(accounts, dict):
        for address, account in accounts.items():
            if isinstance(account, dict) and account.get("movePrecompileToAddress") is not None:
                raise InvalidParams(
                    f"invalid argument {name}.stateOverrides.{address[:42]}: precompiles cannot be moved here"
                )
    return SimulationBlock(
        calls=tuple(
            _call(wish_from(call, chain_id=service.node.spec.chain_id, name=f"{name}.calls[{index}]"))
            for index, call in enumerate(calls)
        ),
        block=block_override(overrides, name=f"{name}.blockOverrides") or BlockOverride(),
        accounts=state_overrides(accounts, name=f"{name}.stateOverrides") or {},
    )


def _call(wish: Wish) -> SimulationCall:
    kind = wish.type
    if kind is None:
        kind = TransactionType.DYNAMIC_FEE
        if wish.authorizations:
            kind = TransactionType.SET_CODE
        elif wish.blob_hashes:
            kind = TransactionType.BLOB
        elif wish.gas_price is not None:
            kind = TransactionType.ACCESS_LIST if wish.access_list else TransactionType.LEGACY
    if kind not in tuple(TransactionType):
        raise InvalidParams(f"transaction type not supported: {kind}")
    return SimulationCall(call=wish.call(), nonce=wish.nonce, type=kind)


def _block_object(made: SimulatedBlock, *, full: bool) -> JsonObject:
    placed = placed_logs(made.block.header, made.receipts)
    calls = [_result(result, logs) for result, logs in zip(made.results, placed, strict=True)]
    return block_object(made.block, full=full) | {"calls": calls}


def _result(result: CallResult, logs: list[LogEntry]) -> JsonObject:
    fields: JsonObject = {
        "returnData": data(result.output),
        "logs": [log_object(entry) for entry in logs],
        "gasUsed": quantity(result.gas_used),
        "maxUsedGas": quantity(max(result.gas_spent, result.gas_used)),
        "status": quantity(int(result.error is None)),
    }
    if result.reverted:
        problem = reverted(result.output)
        fields["error"] = {"code": problem.code, "message": problem.message, "data": problem.data}
    elif result.error is not None:
        fields["error"] = {"code": HALTED, "message": f"vm execution error: {result.error}"}
    return fields


def _flag(fields: Mapping[str, Any], key: str) -> bool:
    value = fields.get(key)
    if value is not None and not isinstance(value, bool):
        raise InvalidParams(f"invalid argument 0.{key}: expected true or false, got {shown(value)}")
    return bool(value)


METHODS = {"eth_simulateV1": simulate}
