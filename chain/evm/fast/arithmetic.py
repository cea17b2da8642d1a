"""The 256-bit operations that take more than one expression. Words are integers of 0 to 2**256 - 1."""

from __future__ import annotations

WORD = 2**256 - 1  # also the mask that keeps a result within a word
EXPONENT_BYTE_GAS = 50  # EIP-160


def signed(word: int) -> int:
    """Two's complement of a word."""
    return word - WORD - 1 if word >> 255 else word


def sdiv(left: int, right: int) -> int:
    """SDIV: towards zero; 0 for a division by zero."""
    if right == 0:
        return 0
    dividend, divisor = signed(left), signed(right)
    quotient = abs(dividend) // abs(divisor)
    return (quotient if (dividend < 0) == (divisor < 0) else -quotient) & WORD


def smod(left: int, right: int) -> int:
    """SMOD: with the sign of `left`; 0 for a division by zero."""
    if right == 0:
        return 0
    dividend = signed(left)
    remainder = abs(dividend) % abs(signed(right))
    return (-remainder if dividend < 0 else remainder) & WORD


def sar(shift: int, value: int) -> int:
    """SAR: the sign comes in from the left."""
    return (signed(value) >> min(shift, 256)) & WORD


def sign_extend(index: int, value: int) -> int:
    """SIGNEXTEND: byte `index`, counted from the lowest, holds the sign."""
    if index > 31:
        return value
    sign = 1 << (8 * index + 7)
    return value | (WORD + 1 - sign) if value & sign else value & (sign - 1)


def exponent_gas(exponent: int) -> int:
    """What EXP costs above its base."""
    return EXPONENT_BYTE_GAS * ((exponent.bit_length() + 7) // 8)
