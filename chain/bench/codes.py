"""What is executed while the clock runs. The loops are what a compiler makes of an unchecked `for`."""

from __future__ import annotations

from chain.artifacts import load
from chain.primitives import keccak

TRANSFER = keccak(b"transfer(address,uint256)")[:4]
BALANCE_OF = keccak(b"balanceOf(address)")[:4]

_OPCODES = {
    "STOP": 0x00, "ADD": 0x01, "MUL": 0x02, "LT": 0x10, "ISZERO": 0x15, "AND": 0x16, "XOR": 0x18, "SHR": 0x1C,
    "KECCAK256": 0x20, "CALLDATALOAD": 0x35, "CODECOPY": 0x39, "POP": 0x50, "MLOAD": 0x51, "MSTORE": 0x52,
    "JUMP": 0x56, "JUMPI": 0x57, "JUMPDEST": 0x5B, "PUSH0": 0x5F, "DUP1": 0x80, "DUP2": 0x81, "DUP3": 0x82,
    "DUP6": 0x85, "SWAP1": 0x90, "LOG2": 0xA2, "CALL": 0xF1, "RETURN": 0xF3,
}  # fmt: skip

# The first word of calldata is how often to go around, the second where to begin. Stack below the body: end, counter.
_LOOP = """
    PUSH0 CALLDATALOAD 0x20 CALLDATALOAD SWAP1 DUP2 ADD SWAP1
    JUMPDEST DUP2 DUP2 LT ISZERO {end} JUMPI
    {body}
    0x01 ADD {start} JUMP
    JUMPDEST STOP
"""

_KECCAK = "DUP1 0x20 MSTORE 0x40 PUSH0 KECCAK256 PUSH0 MSTORE"
_ARITHMETIC = "PUSH0 MLOAD DUP1 0x07 MUL DUP3 ADD SWAP1 0x03 SHR XOR PUSH0 MSTORE"
_EMIT = "0x03ff DUP2 AND 0x77 PUSH0 PUSH0 LOG2"
_SPREAD = "PUSH0 PUSH0 PUSH0 PUSH0 0x01 DUP6 {factor} MUL PUSH0 CALL POP"

SPREAD_FACTOR = 0x9E3779B97F4A7C15F39CC0605CEDC8341082276B


def keccak_loop() -> bytes:
    """Runtime code: each turn hashes the last hash with the counter."""
    return _loop(_KECCAK)


def arithmetic_loop() -> bytes:
    """Runtime code: each turn makes of x, in memory, x times 7 plus the counter, mixed with x shifted by 3."""
    return _loop(_ARITHMETIC)


def emitter() -> bytes:
    """Runtime code: each turn emits a log whose second topic is the counter modulo 1,024."""
    return _loop(_EMIT)


def spreader() -> bytes:
    """Runtime code: each turn sends 1 wei to `spread_address(counter)`."""
    return _loop(_SPREAD.format(factor=hex(SPREAD_FACTOR)))


def spread_address(counter: int) -> bytes:
    """Whom the spreader pays at that turn."""
    return (counter * SPREAD_FACTOR % 2**160).to_bytes(20, "big")


def large() -> bytes:
    """Runtime code of 20,000 bytes that does nothing."""
    return b"\x00" + bytes(range(1, 201)) * 99 + bytes(199)


def deployment(runtime: bytes) -> bytes:
    """Creation code that returns `runtime`."""
    size = f"0x{len(runtime):04x}"
    return assembled(f"{size} 0x0d PUSH0 CODECOPY {size} PUSH0 RETURN").ljust(13, b"\x00") + runtime


def token() -> bytes:
    """Creation code of the platform's ERC-20 (OpenZeppelin's); the deployer gets the supply. Raises NotBuilt."""
    return load("MZ").bytecode


def transfer(receiver: bytes, amount: int) -> bytes:
    """Calldata."""
    return TRANSFER + receiver.rjust(32, b"\x00") + amount.to_bytes(32, "big")


def balance_of(holder: bytes) -> bytes:
    """Calldata."""
    return BALANCE_OF + holder.rjust(32, b"\x00")


def turns(count: int, start: int = 0) -> bytes:
    """Calldata of the loops."""
    return count.to_bytes(32, "big") + start.to_bytes(32, "big")


def assembled(source: str) -> bytes:
    """Mnemonics and 0x literals (each pushed as wide as it is written) to code."""
    code = bytearray()
    for word in source.split():
        if word.startswith("0x"):
            literal = bytes.fromhex(word[2:])
            code += bytes((0x5F + len(literal),)) + literal
        else:
            code.append(_OPCODES[word])
    return bytes(code)


def _loop(body: str) -> bytes:
    def code(start: int, end: int) -> bytes:
        return assembled(_LOOP.format(body=body, start=f"0x{start:02x}", end=f"0x{end:02x}"))

    draft = code(0, 0)
    return code(len(assembled(_LOOP[: _LOOP.index("JUMPDEST")])), len(draft) - 2)
