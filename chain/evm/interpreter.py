"""The parts of py-evm's interpreter that run for every opcode, without what they do for debugging only.

Results are the same to the last unit of gas. The fast engine has a loop of its own (`fast/loop.py`).
"""

from __future__ import annotations

from functools import lru_cache

from eth.exceptions import OutOfGas
from eth.vm.code_stream import CodeStream
from eth.vm.gas_meter import GasMeter, allow_negative_refund_strategy

JUMPDEST = 0x5B
PUSH1 = 0x60
PUSH32 = 0x7F


class GasCounter(GasMeter):
    """Gas of one message: no reasons spelled out, no log texts."""

    def __init__(self, gas: int) -> None:
        super().__init__(gas, allow_negative_refund_strategy)

    def consume_gas(self, amount: int, reason: str) -> None:
        """Take `amount`; raises OutOfGas."""
        remaining = self.gas_remaining - amount
        if remaining < 0:
            raise OutOfGas(reason)
        self.gas_remaining = remaining

    def return_gas(self, amount: int) -> None:
        """Give back what a child did not use."""
        self.gas_remaining += amount

    def refund_gas(self, amount: int) -> None:
        """Count towards the refund at the end; may be negative (EIP-2200)."""
        self.gas_refunded += amount


class Code(CodeStream):
    """Code with a program counter; where jumps may land is worked out once for each code."""

    def is_valid_opcode(self, position: int) -> bool:
        """Whether a jump may land on `position`."""
        return position in jump_destinations(self._raw_code_bytes)


@lru_cache(maxsize=1_024)
def jump_destinations(code: bytes) -> frozenset[int]:
    """Positions of JUMPDEST bytes that are not the operand of a PUSH."""
    destinations = []
    position, size = 0, len(code)
    while position < size:
        opcode = code[position]
        if opcode == JUMPDEST:
            destinations.append(position)
        elif PUSH1 <= opcode <= PUSH32:
            position += opcode - PUSH1 + 1
        position += 1
    return frozenset(destinations)
