"""Names of opcodes as geth's traces write them; nothing else about them."""

from __future__ import annotations

STOP = 0x00
SLOAD = 0x54
SSTORE = 0x55
LOG0, LOG4 = 0xA0, 0xA4
CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, STATICCALL = 0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFA
REVERT = 0xFD
SELFDESTRUCT = 0xFF

CREATES = frozenset((CREATE, CREATE2))
CALLS = frozenset((CALL, CALLCODE, DELEGATECALL, STATICCALL))
ENTERING = CREATES | CALLS
ASKS_ACCOUNT = frozenset((0x31, 0x3B, 0x3C, 0x3F, SELFDESTRUCT))  # BALANCE, EXTCODE*: the address is on top

_NAMES = {
    0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
    0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR",
    0x20: "KECCAK256",
    0x30: "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE "
    "EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH",
    # geth and anvil still call 0x44 what it was before the merge
    0x40: "BLOCKHASH COINBASE TIMESTAMP NUMBER DIFFICULTY GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE",
    0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY",
    0xF0: "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2",
    0xFA: "STATICCALL",
    0xFD: "REVERT INVALID SELFDESTRUCT",
}


def _names() -> tuple[str, ...]:
    names = [f"opcode {opcode:#x} not defined" for opcode in range(256)]
    for start, listed in _NAMES.items():
        for offset, name in enumerate(listed.split()):
            names[start + offset] = name
    for size in range(33):
        names[0x5F + size] = f"PUSH{size}"
    for depth in range(1, 17):
        names[0x7F + depth], names[0x8F + depth] = f"DUP{depth}", f"SWAP{depth}"
    for topics in range(5):
        names[LOG0 + topics] = f"LOG{topics}"
    return tuple(names)


NAMES = _names()
