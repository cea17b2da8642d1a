"""The words geth adds to `execution reverted`: the text of `Error(string)` and the meaning of `Panic(uint256)`.

Only these two; custom errors need an ABI, which the caller has and the node has not. The payload itself always goes
out as `data`, so the message never needs to carry raw bytes.
"""

from __future__ import annotations

from chain.errors import ExecutionError, ExecutionHalted, ExecutionReverted
from chain.model import CallResult
from chain.primitives import to_hex

_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
# geth's words (accounts/abi); clients show and match them.
_PANICS = {
    0x00: "generic panic",
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x22: "invalid encoded storage byte array accessed",
    0x31: "out-of-bounds array access; popping on an empty array",
    0x32: "out-of-bounds access of an array or bytesN",
    0x41: "out of memory",
    0x51: "uninitialized function",
}


def reason(payload: bytes) -> str | None:
    """What the payload says in words; None for custom errors, empty and malformed payloads."""
    kind, body = payload[:4], payload[4:]
    if kind == _PANIC and len(body) == 32:
        code = int.from_bytes(body, "big")
        return _PANICS.get(code, f"unknown panic code: {code:#x}")
    if kind != _ERROR or len(body) < 64 or int.from_bytes(body[:32], "big") != 32:
        return None
    length = int.from_bytes(body[32:64], "big")
    if length > len(body) - 64:
        return None
    return body[64 : 64 + length].decode("utf-8", errors="replace")


def reverted(payload: bytes) -> ExecutionReverted:
    """The error of a call that ended in REVERT: code 3, reason in the message, payload in `data`."""
    words = reason(payload)
    message = "execution reverted" if words is None else f"execution reverted: {words}"
    return ExecutionReverted(message, data=to_hex(payload))


def failure(result: CallResult) -> ExecutionError:
    """The error of a call that did not succeed."""
    return reverted(result.output) if result.reverted else ExecutionHalted(result.error or "execution failed")
