"""How an execution ended, in the words that geth uses and clients match on."""

from __future__ import annotations

from eth import exceptions as halts
from eth.abc import ComputationAPI

from chain.primitives import bytes_to_int

ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string)
PANIC_CODE = bytes.fromhex("4e487b71")  # Panic(uint256)

PANICS = {
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

_WORDS: tuple[tuple[type[halts.VMError], str], ...] = (
    (halts.Revert, "execution reverted"),
    (halts.OutOfGas, "out of gas"),
    (halts.InvalidInstruction, "invalid opcode"),
    (halts.InvalidJumpDestination, "invalid jump destination"),
    (halts.InsufficientStack, "stack underflow"),
    (halts.FullStack, "stack limit reached 1024 (1023)"),
    (halts.WriteProtection, "write protection"),
    (halts.ContractCreationCollision, "contract address collision"),
    (halts.OutOfBoundsRead, "return data out of bounds"),
    (halts.ReservedBytesInCode, "invalid code: must not begin with 0xef"),
    (halts.InsufficientFunds, "insufficient balance for transfer"),
    (halts.StackDepthLimit, "max call depth exceeded"),
)


def error_of(computation: ComputationAPI) -> str | None:
    """None on success, otherwise what stopped the execution."""
    return words_of(computation.error) if computation.is_error else None


def words_of(error: halts.VMError) -> str:
    """What an exception of the interpreter means."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    return str(error)


def reverted(computation: ComputationAPI) -> bool:
    """REVERT, as opposed to the exceptional halts that consume all gas."""
    return computation.is_error and isinstance(computation.error, halts.Revert)


def revert_message(output: bytes) -> str:
    """`execution reverted`, followed by the reason where the payload is Error(string) or Panic(uint256)."""
    reason = _reason(output)
    return "execution reverted" if reason is None else f"execution reverted: {reason}"


def _reason(output: bytes) -> str | None:
    selector, body = output[:4], output[4:]
    if selector == PANIC_CODE and len(body) == 32:
        code = bytes_to_int(body)
        return PANICS.get(code, f"unknown panic code: {code:#x}")
    if selector == ERROR_STRING and len(body) >= 64:
        start = bytes_to_int(body[:32])
        if start > len(body) - 32:
            return None
        size = bytes_to_int(body[start : start + 32])
        text = body[start + 32 : start + 32 + size]
        return text.decode("utf-8", "replace") if len(text) == size else None
    return None
