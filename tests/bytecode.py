"""Random contracts that mostly do something: statements over expressions that leave the stack as they found it.

Every opcode occurs. What would end an execution early (underflow, invalid opcodes, reverts, wrong jumps) is rare, so
that most programs run to their end and what they compute ends up in storage, logs and memory.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from chain.primitives import Address
from tests.traffic import deploy

UNARY = (0x15, 0x19)  # ISZERO, NOT
BINARY = (*range(0x01, 0x08), 0x0A, 0x0B, *range(0x10, 0x15), *range(0x16, 0x19), *range(0x1A, 0x1E))
TERNARY = (0x08, 0x09)  # ADDMOD, MULMOD
# What can be asked of message, transaction and block; GAS makes every price show up in the result.
ENVIRONMENT = (0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3A, 0x3D, *range(0x41, 0x49), 0x4A, 0x58, 0x59, 0x5A, 0x5A, 0x5F)
OF_ACCOUNT = (0x31, 0x3B, 0x3F)  # BALANCE, EXTCODESIZE, EXTCODEHASH
EDGES = (0, 1, 2, 31, 32, 33, 255, 256, 2**128, 2**255 - 1, 2**255, 2**256 - 2, 2**256 - 1)
PRECOMPILES = tuple(range(1, 11))
# Makes nothing of a number, in a way that only an execution finds out: what is known beforehand may be worked out then.
HIDE = (0x64, 1, 0, 0, 0, 0, 0x35, 0x17)
DESTROYED = deploy(b"\x33\xff")  # its runtime sends what it has to its caller and is gone
DESTROYED_WITH_STORAGE = b"\x60\x07\x60\x01\x55\x5a\x60\x02\x55\x33\xff"  # while it is being created


class Writer:
    """Writes one program. `others` are the addresses it may turn to."""

    def __init__(self, source: random.Random, others: Sequence[Address], faults: float = 0.02) -> None:
        self._pick = source
        self._others = others
        self._faults = faults
        self._code = bytearray()
        self._depth = 0

    def program(self, statements: int) -> bytes:
        """Runtime code of about that many statements."""
        for _ in range(statements):
            self._statement()
        pick = self._pick.random()
        if pick < 0.4:
            self._push(self._size())
            self._push(self._place())
            self._op(0xF3)
        elif pick < 0.45:
            self._push(self._size())
            self._push(self._place())
            self._op(0xFD)
        elif pick < 0.52:
            self._account()
            self._op(0xFF)
        return bytes(self._code)

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _op(self, *opcodes: int) -> None:
        self._code += bytes(opcodes)

    def _push(self, value: int, width: int | None = None) -> None:
        size = max(1, (value.bit_length() + 7) // 8) if width is None else width
        self._code += bytes((0x5F + size,)) + value.to_bytes(size, "big")

    def _place(self) -> int:
        return self._pick.choice((0, 0, 1, 31, 32, 64, 95, 200, self._pick.randrange(400)))

    def _size(self) -> int:
        return self._pick.choice((0, 1, 20, 32, 32, 33, 64, self._pick.randrange(150)))

    def _constant(self) -> None:
        pick = self._pick
        self._push(pick.choice((pick.randrange(6), pick.choice(EDGES), pick.getrandbits(pick.randrange(1, 257)))))
        if pick.random() < 0.5:
            self._op(*HIDE)

    def _account(self) -> None:
        pick = self._pick
        kind = pick.random()
        if kind < 0.7:
            self._push(int.from_bytes(pick.choice(self._others), "big"))
        elif kind < 0.85:
            self._push(pick.choice(PRECOMPILES))
        elif kind < 0.95:
            self._op(pick.choice((0x30, 0x32, 0x33, 0x41)))
        else:
            self._push(pick.getrandbits(160))

    def _expression(self, depth: int = 0) -> None:
        pick = self._pick
        kind = pick.random()
        if depth > 3 or kind < 0.25:
            self._constant()
        elif kind < 0.4:
            self._op(pick.choice(ENVIRONMENT))
        elif kind < 0.62:
            self._expression(depth + 1)
            self._expression(depth + 1)
            self._op(pick.choice(BINARY))
        elif kind < 0.67:
            self._expression(depth + 1)
            self._op(pick.choice(UNARY))
        elif kind < 0.71:
            for _ in range(3):
                self._expression(depth + 1)
            self._op(pick.choice(TERNARY))
        elif kind < 0.76:
            self._push(self._place())
            self._op(0x51)
        elif kind < 0.82:
            self._push(pick.randrange(6))
            self._op(0x54)
        elif kind < 0.85:
            self._push(pick.randrange(3))
            self._op(0x5C)
        elif kind < 0.88:
            self._constant()
            self._op(0x35)
        elif kind < 0.91:
            self._push(self._size())
            self._push(self._place())
            self._op(0x20)
        elif kind < 0.94:
            self._account()
            self._op(pick.choice(OF_ACCOUNT))
        elif kind < 0.96:  # one more than is there: the last blocks, and none
            self._push(pick.choice((0, 1, 2, 300)))
            self._op(0x43, 0x03, 0x40)
        elif kind < 0.97:
            self._push(pick.randrange(3))
            self._op(0x49)
        else:  # through the stack
            count = pick.randrange(1, 17)
            for _ in range(count):
                self._push(pick.randrange(256))
            for _ in range(pick.randrange(4)):
                self._op(0x80 + pick.randrange(count), 0x90 + pick.randrange(count), 0x50)
            self._op(*([0x01] * (count - 1)))

    def _statement(self) -> None:
        if self._pick.random() < self._faults:
            self._fault()
            return
        self._depth += 1
        kinds: list[tuple[int, Callable[[], None]]] = [
            (4, self._write_storage),
            (2, self._write_transient),
            (4, self._write_memory),
            (3, self._copy),
            (2, self._emit),
            (2, self._branch),
            (1, self._loop),
            (1, self._subroutine),
            (2, self._hold),
            (4, self._call),
            (1, self._create),
            (2, self._discard),
        ]
        if self._depth > 3:
            kinds = kinds[:4]
        self._pick.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]()
        self._depth -= 1

    def _fault(self) -> None:
        pick = self._pick
        kind = pick.randrange(7)
        if kind == 0:
            self._op(pick.choice((0x0C, 0x1E, 0x21, 0x4B, 0xB0, 0xEF, 0xFE)))
        elif kind == 1:
            self._op(*([0x50] * pick.randrange(1, 40)))
        elif kind == 2:
            self._push(pick.choice((0, 3, 2**40)))  # most often not a JUMPDEST
            self._op(0x56)
        elif kind == 3:
            self._push(pick.choice((2**20, 2**64, 2**255)))
            self._op(pick.choice((0x51, 0x52, 0x53)))
        elif kind == 4:
            self._op(0x60, 0x5B, 0x60, len(self._code) % 256, 0x56)
        elif kind == 5:
            start = len(self._code)
            self._op(0x5B, 0x5F, 0x61, start >> 8, start & 255, 0x56)  # fills the stack
        else:
            self._op(*(pick.randrange(256) for _ in range(pick.randrange(1, 20))))

    # --- statements ---------------------------------------------------------------------------------------------------

    def _discard(self) -> None:
        self._expression()
        self._op(0x50)

    def _write_storage(self) -> None:
        if self._pick.random() < 0.3:
            self._push(0)
        else:
            self._expression()
        self._push(self._pick.choice((0, 1, 2, 3, 4, 5, 2**200)))
        self._op(0x55)

    def _write_transient(self) -> None:
        self._expression()
        self._push(self._pick.randrange(3))
        self._op(0x5D)

    def _write_memory(self) -> None:
        self._expression()
        self._push(self._place())
        self._op(self._pick.choice((0x52, 0x52, 0x53)))

    def _copy(self) -> None:
        pick = self._pick
        opcode = pick.choice((0x37, 0x39, 0x3C, 0x3E, 0x5E))
        size, start = self._size(), pick.choice((self._place(), self._place(), 2**70))
        if opcode == 0x3E:  # no further than there is, most of the time
            if pick.random() < 0.1:
                self._push(1)
            else:
                self._op(0x3D)
            start = 0
        else:
            self._push(size)
        self._push(self._place() if opcode == 0x5E else start)
        self._push(self._place())
        if opcode == 0x3C:
            self._account()
        self._op(opcode)

    def _emit(self) -> None:
        topics = self._pick.randrange(5)
        for _ in range(topics):
            self._expression(2)
        self._push(self._size())
        self._push(self._place())
        self._op(0xA0 + topics)

    def _branch(self) -> None:
        self._expression()
        self._op(0x61, 0, 0)
        hole = len(self._code)
        self._op(0x57)
        for _ in range(self._pick.randrange(1, 3)):
            self._statement()
        self._code[hole - 2 : hole] = len(self._code).to_bytes(2, "big")
        self._op(0x5B)

    def _loop(self) -> None:
        self._push(self._pick.randrange(1, 6))
        start = len(self._code)
        self._op(0x5B)
        self._statement()
        self._push(1)
        self._op(0x90, 0x03, 0x80, 0x61, *start.to_bytes(2, "big"), 0x57, 0x50)

    def _hold(self) -> None:
        """Something lies on the stack meanwhile."""
        pick = self._pick
        count = pick.randrange(1, 5)
        for _ in range(count):
            self._expression(2)
        self._statement()
        if count > 1:
            self._op(0x8F + pick.randrange(1, count))
        self._op(*([0x03] * (count - 1)))
        self._push(pick.randrange(6))
        self._op(0x55)

    def _subroutine(self) -> None:
        """Called from two places, as compilers do: where it returns to is on the stack."""
        calls = []
        for _ in range(2):
            calls.append(len(self._code))
            self._op(0x61, 0, 0, 0x61, 0, 0, 0x56, 0x5B)  # return address, target, JUMP, JUMPDEST
        skip = len(self._code)
        self._op(0x61, 0, 0, 0x56)
        target = len(self._code)
        self._op(0x5B)
        self._statement()
        self._op(0x56)
        end = len(self._code)
        self._op(0x5B)
        self._code[skip + 1 : skip + 3] = end.to_bytes(2, "big")
        for call in calls:
            self._code[call + 1 : call + 3] = (call + 7).to_bytes(2, "big")
            self._code[call + 4 : call + 6] = target.to_bytes(2, "big")

    def _call(self) -> None:
        pick = self._pick
        opcode = pick.choice((0xF1, 0xF1, 0xF2, 0xF4, 0xFA))
        for number in (self._size(), self._place(), self._size(), self._place()):
            self._push(number)
        if opcode in (0xF1, 0xF2):
            self._push(pick.choice((0, 0, 0, 1, 3, 2**90)))
        self._account()
        if pick.random() < 0.3:
            self._op(0x5A)
        else:
            self._push(pick.choice((0, 700, 2_300, 9_000, 40_000, 60_000)))
        self._op(opcode)
        if pick.random() < 0.5:
            self._push(pick.randrange(6))
            self._op(0x55)
        else:
            self._op(0x50)

    def _create(self) -> None:
        pick = self._pick
        initcode = pick.choice(
            (
                DESTROYED,
                DESTROYED_WITH_STORAGE,
                deploy(bytes(self._code[-40:])),
                bytes((0x5F, 0x5F, 0xFD)),
                deploy(b"\xef\x00"),
                bytes(pick.randrange(256) for _ in range(pick.randrange(30))),
            )
        )
        for at in range(0, len(initcode), 32):
            self._push(int.from_bytes(initcode[at : at + 32].ljust(32, b"\x00"), "big"), 32)
            self._push(at)
            self._op(0x52)
        twice = pick.random() < 0.6
        if twice:
            self._push(pick.randrange(2))
        self._push(len(initcode))
        self._push(0)
        self._push(pick.choice((0, 0, 1)))
        self._op(0xF5 if twice else 0xF0)
        if pick.random() < 0.6:  # call what was created
            self._op(0x5F, 0x5F, 0x5F, 0x5F, 0x5F, 0x85, 0x62, 0, 0x80, 0, 0xF1, 0x50)
        self._push(pick.randrange(6))
        self._op(0x55)
