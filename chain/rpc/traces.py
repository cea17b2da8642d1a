"""Traces as JSON-RPC objects: geth's shapes, and Parity's flat one.

What callers write (`TraceConfig`) is read here too; which trace of `chain.evm.tracing` a named tracer is made of is
decided here, because the selector and flat tracers are only other ways to write down frames.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chain.errors import InvalidParams
from chain.evm.tracing import Accounts, AccountState, Frame, FrameTree, Step, Steps, Trace, TraceOptions
from chain.evm.tracing.mnemonics import NAMES
from chain.model import Record
from chain.rpc.encode import JsonObject, data, quantity, word
from chain.rpc.params import mapping, shown
from chain.rpc.reverts import reason

KINDS = {
    "": "steps",
    "structLog": "steps",
    "callTracer": "frames",
    "flatCallTracer": "frames",
    "4byteTracer": "frames",
    "prestateTracer": "accounts",
    "noopTracer": "nothing",
}
MOST_SECONDS = 60.0
PRECOMPILES = frozenset(number.to_bytes(20, "big") for number in range(1, 0x12))

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}

_PARITY_WORDS = (
    ("execution reverted", "Reverted"),
    ("out of gas", "Out of gas"),
    ("invalid opcode", "Bad instruction"),
    ("invalid jump destination", "Bad jump destination"),
    ("stack underflow", "Stack underflow"),
    ("stack limit reached", "Out of stack"),
    ("return data out of bounds", "Out of bounds"),
    ("write protection", "Mutable Call In Static Context"),
)


class TraceWish(Record):
    """What a caller wants to see."""

    tracer: str
    options: TraceOptions
    parity_errors: bool = False
    precompiles: bool = False

    def encode(self, trace: Trace, place: JsonObject) -> Any:
        """As the tracer's name promises; `place` goes into each entry of a flat trace."""
        if isinstance(trace, Steps):
            return steps_object(trace)
        if isinstance(trace, Accounts):
            return accounts_object(trace)
        if not isinstance(trace, FrameTree):
            return {}
        if self.tracer == "4byteTracer":
            return selectors_object(trace.root)
        if self.tracer == "flatCallTracer":
            flat = flat_objects(trace.root, place, parity_errors=self.parity_errors, precompiles=self.precompiles)
            return whole(list(flat), trace)
        return call_object(trace.root) | {"gas": quantity(trace.gas), "gasUsed": quantity(trace.gas_used)}


def trace_wish(value: Any, *, name: str) -> TraceWish:
    """Read a TraceConfig; absent means opcode by opcode."""
    given = {} if value is None else mapping(value, name=name)
    tracer = given.get("tracer") or ""
    if tracer not in KINDS:
        raise InvalidParams(
            f"invalid argument {name}: unknown tracer {shown(tracer)}",
            hint=f"known: {', '.join(sorted(filter(None, KINDS)))}; JavaScript is not run",
        )
    config = given.get("tracerConfig")
    of_tracer: Mapping[str, Any] = {} if config is None else mapping(config, name=f"{name}.tracerConfig")
    limit = given.get("limit") or 0
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise InvalidParams(f"invalid argument {name}.limit: expected a number ≥ 0, got {shown(limit)}")
    options = TraceOptions(
        kind=KINDS[tracer],  # type: ignore[arg-type]  # one of the literals
        stack=not _flag(given, "disableStack", name),
        storage=not _flag(given, "disableStorage", name),
        memory=_flag(given, "enableMemory", name),
        return_data=_flag(given, "enableReturnData", name),
        most_steps=limit,
        logs=_flag(of_tracer, "withLog", name),
        top_only=_flag(of_tracer, "onlyTopCall", name),
        changes=_flag(of_tracer, "diffMode", name),
        seconds=_seconds(given.get("timeout"), f"{name}.timeout"),
    )
    return TraceWish(
        tracer=tracer,
        options=options,
        parity_errors=_flag(of_tracer, "convertParityErrors", name),
        precompiles=_flag(of_tracer, "includePrecompiles", name),
    )


def steps_object(trace: Steps) -> JsonObject:
    """geth's struct logger."""
    return {
        "gas": trace.gas_used,
        "failed": trace.failed,
        "returnValue": data(trace.output),
        "structLogs": [_step(step) for step in trace.steps],
    }


def call_object(frame: Frame) -> JsonObject:
    """geth's call tracer; members that say nothing are left out."""
    fields: JsonObject = {
        "from": data(frame.sender),
        "gas": quantity(frame.gas),
        "gasUsed": quantity(frame.gas_used),
    }
    if frame.to is not None:
        fields["to"] = data(frame.to)
    fields["input"] = data(frame.input)
    if frame.output:
        fields["output"] = data(frame.output)
    if frame.error is not None:
        fields["error"] = frame.error
        if frame.reverted and (words := reason(frame.output)) is not None:
            fields["revertReason"] = words
    if frame.calls:
        fields["calls"] = [call_object(call) for call in frame.calls]
    if frame.logs:
        fields["logs"] = [
            {
                "address": data(entry.log.address),
                "topics": [data(topic) for topic in entry.log.topics],
                "data": data(entry.log.data),
                "position": quantity(entry.position),
                "index": quantity(entry.index),
            }
            for entry in frame.logs
        ]
    if frame.value is not None:
        fields["value"] = quantity(frame.value)
    return fields | {"type": frame.kind}


def selectors_object(root: Frame) -> dict[str, int]:
    """How often each function selector was called, with the size of its arguments; precompiles have none."""
    found: dict[str, int] = {}
    for frame in _all(root):
        if len(frame.input) >= 4 and frame.kind.endswith(("CALL", "CALLCODE")) and frame.to not in PRECOMPILES:
            key = f"{data(frame.input[:4])}-{len(frame.input) - 4}"
            found[key] = found.get(key, 0) + 1
    return found


def accounts_object(trace: Accounts) -> JsonObject:
    """geth's prestate tracer."""
    before = {data(address): _account(account) for address, account in trace.before.items()}
    if trace.after is None:
        return before
    after = {data(address): _account(account) for address, account in trace.after.items()}
    return {"pre": before, "post": after}


def flat_objects(
    frame: Frame,
    place: JsonObject,
    address: tuple[int, ...] = (),
    *,
    parity_errors: bool = True,
    precompiles: bool = True,
) -> Iterator[JsonObject]:
    """Parity's trace: every frame by itself, outermost first, with its path."""
    calls = [call for call in frame.calls if precompiles or call.to not in PRECOMPILES]
    fields = _flat(frame) | place | {"subtraces": len(calls), "traceAddress": list(address)}
    if frame.error is not None:
        fields["error"] = _parity_words(frame) if parity_errors else frame.error
        if not frame.reverted:
            fields["result"] = None
    yield fields
    for index, call in enumerate(calls):
        yield from flat_objects(call, place, (*address, index), parity_errors=parity_errors, precompiles=precompiles)


def whole(flat: list[JsonObject], trace: FrameTree) -> list[JsonObject]:
    """With the transaction's gas in the outermost entry, as geth has it; Parity has the execution's."""
    flat[0]["action"]["gas"] = quantity(trace.gas)
    if flat[0]["result"] is not None:
        flat[0]["result"]["gasUsed"] = quantity(trace.gas_used)
    return flat


def _step(step: Step) -> JsonObject:
    fields: JsonObject = {
        "pc": step.pc,
        "op": NAMES[step.op],
        "gas": step.gas,
        "gasCost": step.cost,
        "depth": step.depth,
        "refund": step.refund,
    }
    if step.error is not None:
        fields["error"] = step.error
    if step.stack is not None:
        fields["stack"] = [hex(item) for item in step.stack]
    if step.memory is not None:
        digits = step.memory.hex()
        fields["memory"] = [f"0x{digits[start : start + 64]}" for start in range(0, len(digits), 64)]
    if step.return_data is not None:
        fields["returnData"] = data(step.return_data)
    if step.storage is not None:
        fields["storage"] = {word(slot): word(value) for slot, value in step.storage.items()}
    return fields


def _flat(frame: Frame) -> JsonObject:
    to = None if frame.to is None else data(frame.to)
    value, gas = quantity(frame.value or 0), quantity(frame.gas)
    if frame.kind == "SELFDESTRUCT":
        action = {"address": data(frame.sender), "refundAddress": to, "balance": value}
        return {"action": action, "result": None, "type": "suicide"}
    result: JsonObject = {"gasUsed": quantity(frame.gas_used)}
    if frame.kind.startswith("CREATE"):
        action = {"from": data(frame.sender), "gas": gas, "init": data(frame.input), "value": value}
        action["creationMethod"] = frame.kind.lower()
        result["code"] = data(frame.output)
        if to is not None:
            result["address"] = to
        return {"action": action, "result": result, "type": "create"}
    action = {"from": data(frame.sender), "callType": frame.kind.lower(), "gas": gas, "input": data(frame.input)}
    return {
        "action": action | {"to": to, "value": value},
        "result": result | {"output": data(frame.output)},
        "type": "call",
    }


def _account(account: AccountState) -> JsonObject:
    fields: JsonObject = {}
    if account.balance is not None:
        fields["balance"] = quantity(account.balance)
    if account.code:
        fields["code"] = data(account.code)
    if account.nonce:
        fields["nonce"] = account.nonce
    if account.storage:
        fields["storage"] = {word(slot): word(value) for slot, value in account.storage.items()}
    return fields


def _all(frame: Frame) -> Iterator[Frame]:
    yield frame
    for call in frame.calls:
        yield from _all(call)


def _parity_words(frame: Frame) -> str:
    if frame.to in PRECOMPILES:
        return "Built-in failed"
    error = frame.error or ""
    return next((parity for start, parity in _PARITY_WORDS if error.startswith(start)), error)


def _flag(fields: Mapping[str, Any], key: str, name: str) -> bool:
    value = fields.get(key)
    if value is not None and not isinstance(value, bool):
        raise InvalidParams(f"invalid argument {name}.{key}: expected true or false, got {shown(value)}")
    return bool(value)


def _seconds(value: Any, name: str) -> float:
    """A duration as Go writes it: 300ms, 5s, 1m30s."""
    if value is None:
        return TraceOptions().seconds
    if not isinstance(value, str) or len(value) > 40 or not re.fullmatch(rf"(?:{_DURATION.pattern})+", value):
        raise InvalidParams(f"invalid argument {name}: expected a duration such as 5s or 300ms, got {shown(value)}")
    return min(sum(float(count) * _SECONDS[unit] for count, unit in _DURATION.findall(value)), MOST_SECONDS)
