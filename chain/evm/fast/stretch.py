"""One stretch of code as Python: which way it goes, and what each opcode becomes.

What it may assume, and what it must leave to others, says `translation`.
"""

from __future__ import annotations

from chain.evm.fast.arithmetic import exponent_gas
from chain.evm.fast.draft import BAIL, DONE, FOREIGN, Draft, Word, constant
from chain.evm.fast.operations import NAMES
from chain.evm.fast.program import (
    COLD_SLOT_GAS,
    COST,
    INLINE,
    KECCAK_WORD_GAS,
    LOG_BYTE_GAS,
    LOG_TOPIC_GAS,
    SSTORE_SENTRY,
    WARM_READ_GAS,
    Program,
)
from chain.evm.vm import MendedComputation

LONGEST = 300  # opcodes of one stretch
LOOK_AHEAD = 40  # opcodes within which a way that ends in REVERT is recognised


_COMPARED = {
    0x10: "{a} < {b}",
    0x11: "{a} > {b}",
    0x12: "({a} ^ S) < ({b} ^ S)",
    0x13: "({a} ^ S) > ({b} ^ S)",
    0x14: "{a} == {b}",
}
_COMPUTED = {
    0x03: "({a} - {b}) & M",
    0x05: "sdiv({a}, {b})",
    0x07: "smod({a}, {b})",
    0x0B: "sign_extend({a}, {b})",
    0x1A: "byte_of({a}, {b})",
    0x1D: "sar({a}, {b})",
}
_ASKED = {
    0x30: ("from_bytes(a, 'big')", 160),
    0x33: ("from_bytes(c.msg.sender, 'big')", 160),
    0x34: ("c.msg.value", 256),
    0x36: ("len(d)", 64),
    0x38: ("len(c.msg.code)", 64),
    0x3D: ("len(c.return_data)", 64),
    0x59: ("len(m)", 64),
}


class Stretch(Draft):
    """The opcodes from `at` on, as far as one function goes."""

    def __init__(self, program: Program, at: int) -> None:
        super().__init__(program, at)
        self._write()

    # --- the way ------------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        code, jumps = self._program.code, self._program.jumps
        pc = self._at
        visited: set[int] = set()
        self._open(pc)
        while True:
            op = code[pc]
            if self.opcodes and (pc in visited or self.opcodes >= LONGEST):
                self._close()
                if self._loops_at(pc):
                    self._loop_back()
                else:
                    self._line(self._exit(pc))
                break
            if op == 0x5B:
                visited.add(pc)
            self.opcodes += 1
            following = self._one(op, pc, code, jumps, visited)
            if following is None:
                break
            pc = following
        self._finish()

    def _one(self, op: int, pc: int, code: bytes, jumps: frozenset[int], visited: set[int]) -> int | None:
        """Write one opcode; where the next one is, None when the stretch ends with this one."""
        if op not in INLINE:
            self._close()
            self._line(self._exit((FOREIGN if op in MendedComputation.opcodes else BAIL) + pc))
            return None
        if op == 0x55:  # looks at the exact gas: what came before is paid by itself
            self._restart(pc)
        self._gas += COST[op]
        if 0x5F <= op < 0x80:
            size = op - 0x5F
            self._push(constant(int.from_bytes(code[pc + 1 : pc + 1 + size], "big")))
            return pc + 1 + size
        if 0x80 <= op < 0x90:
            self._reach(op - 0x7F)
            self._push(self._words[0x7F - op])
        elif 0x90 <= op < 0xA0:
            self._reach(op - 0x8E)
            words, depth = self._words, 0x8E - op
            words[-1], words[depth] = words[depth], words[-1]
        elif op in (0x56, 0x57):
            return self._jump(op, pc, code, jumps, visited)
        elif op in (0x00, 0xF3, 0xFD):
            self._end(op)
            return None
        elif 0xA0 <= op < 0xA5:
            self._log(op - 0xA0)
            self._restart(pc + 1)
        elif op == 0x55:
            self._line("if c.msg.is_static: raise WriteProtection('SSTORE in a static call')")
            self._line(f"if g <= {SSTORE_SENTRY}: raise OutOfGas('SSTORE')")
            slot, value = self._pop(), self._pop()
            self._line(f"g = c.store({slot.number}, {value.number}, g)")
            self._restart(pc + 1)
        elif op == 0x5D:
            self._line("if c.msg.is_static: raise WriteProtection('TSTORE in a static call')")
            slot, value = self._pop(), self._pop()
            self._line(f"j.write_transient(a, {slot.number}, {value.number})")
            self._restart(pc + 1)
        elif op == 0x5A:
            self._close()
            self._assign("g", 64)
            self._open(pc + 1)
        elif op == 0x3E:
            self._copy("copy_returned", "c.return_data")
            self._restart(pc + 1)
        elif op < 0x20:
            self._compute(op)
        else:
            self._ask(op, pc)
        return pc + 1

    def _end(self, op: int) -> None:
        if op == 0x00:
            self._close()
        else:
            start, size = self._pop(), self._pop()
            self._cover(start, size)
            self._close()
            self._line(f"c._output = bytes(m[{start.text} : {start.text} + {size.text}])")
        self._line("meter.gas_remaining = g")
        self._line("raise Revert(c._output)" if op == 0xFD else f"return {DONE}")

    def _jump(self, op: int, pc: int, code: bytes, jumps: frozenset[int], visited: set[int]) -> int | None:
        """Follow it where its target is known."""
        before = list(self._words), self._taken
        target = self._pop()
        condition = self._pop() if op == 0x57 else constant(1)
        known = target.constant in jumps
        if condition.constant == 0:
            return pc + 1
        if condition.constant is not None and known:
            return target.constant
        cost = COST[op]
        # As it was before the jump, should the interpreter have to say why it is refused.
        after, self._words = self._words, [*before[0]]
        if self._taken > before[1]:
            self._words = [
                *(Word(f"i{index}") for index in reversed(range(before[1], self._taken))),
                *before[0],
            ]
        refused = self._exit(BAIL + pc, gas=f"g + {cost}")
        self._words = after
        self._close()
        indent = self._indent
        ahead = pc + 1
        if condition.constant is None and known and self._reverts(ahead, code) and target.constant not in visited:
            self._line(f"if not {condition.text}: {self._exit(ahead)}")
            ahead = target.constant or 0
            condition = constant(0)
        elif condition.constant is None:
            self._line(f"if {condition.text}:")
            self._indent = indent + " "
        if condition.constant != 0:
            if self._loops_at(target.constant):
                self._loop_back()
            elif target.constant is None:
                self._line(f"if {target.number} not in jumps: {refused}")
                self._line(self._exit(target.number))
            else:
                self._line(self._exit(target.constant) if known else refused)
            self._indent = indent
            if condition.constant is not None:
                return None
        self._open(ahead)
        return ahead

    def _reverts(self, pc: int, code: bytes) -> bool:
        """Whether the way from here ends in REVERT or INVALID without another choice."""
        for _ in range(LOOK_AHEAD):
            op = code[pc]
            if op in (0xFD, 0xFE):
                return True
            if op in (0x00, 0x56, 0x57, 0x5B, 0xF3, 0xFF):
                return False
            pc += op - 0x5E if 0x60 <= op < 0x80 else 1
        return False

    def _log(self, count: int) -> None:
        start, size = self._pop(), self._pop()
        topics = [self._pop().number for _ in range(count)]
        self._line("if c.msg.is_static: raise WriteProtection('LOG in a static call')")
        self._gas += LOG_TOPIC_GAS * count
        self._pay(size, LOG_BYTE_GAS, per=1)
        self._cover(start, size)
        listed = "".join(f"{topic}, " for topic in topics).rstrip()
        self._line(f"c.log(a, ({listed}), bytes(m[{start.text} : {start.text} + {size.text}]))")

    def _copy(self, name: str, source: str) -> None:
        to, start, size = self._pop(), self._pop(), self._pop()
        self._line(f"g = {name}(m, {source}, {to.number}, {start.number}, {size.number}, g)")

    def _pay(self, size: Word, price: int, *, per: int) -> None:
        """For each `per` bytes."""
        if size.constant is not None:
            self._gas += price * ((size.constant + per - 1) // per)
            return
        units = size.number if per == 1 else f"(({size.text} + {per - 1}) // {per})"
        self._line(f"g -= {price} * {units}")
        self._line("if g < 0: raise OutOfGas('size')")

    def _cover(self, start: Word, size: Word) -> None:
        """Memory reaches over these bytes."""
        if size.constant == 0:
            return
        if start.constant is not None and size.constant is not None:
            end = start.constant + size.constant
            if end > self._memory:
                self._line(f"if len(m) < {end}: g = grow(m, {end}, g)")
                self._memory = end
            return
        doubt = "" if size.constant is not None else f"{size.text} and "
        end_text = f"{start.text} + {size.text}"
        self._line(f"if {doubt}len(m) < {end_text}: g = grow(m, {end_text}, g)")

    def _ask(self, op: int, pc: int) -> None:
        """Memory, storage, message."""
        if op == 0x5B:
            return
        if op == 0x50:
            self._pop()
        elif op == 0x51:
            start = self._pop()
            self._cover(start, constant(32))
            self._assign(f"from_bytes(m[{self._span(start)}], 'big')")
        elif op == 0x52:
            start, value = self._pop(), self._pop()
            self._cover(start, constant(32))
            fixed = value.constant
            encoded = repr(fixed.to_bytes(32, "big")) if fixed is not None else f"({value.text}).to_bytes(32, 'big')"
            self._line(f"m[{self._span(start)}] = {encoded}")
        elif op == 0x53:
            start, value = self._pop(), self._pop()
            self._cover(start, constant(1))
            self._line(f"m[{start.number}] = {value.text} & 255")
        elif op == 0x54:
            slot = self._pop()
            self._line(f"g -= {COLD_SLOT_GAS} if j.warm_slot(a, {slot.number}) else {WARM_READ_GAS}")
            self._line("if g < 0: raise OutOfGas('SLOAD')")
            self._assign(f"j.read_slot(a, {slot.number})")
        elif op == 0x5C:
            self._assign(f"j.read_transient(a, {self._pop().number})")
        elif op == 0x5E:
            to, start, size = self._pop(), self._pop(), self._pop()
            self._line(f"g = move(m, {to.number}, {start.number}, {size.number}, g)")
        elif op == 0x20:
            start, size = self._pop(), self._pop()
            self._cover(start, size)
            self._pay(size, KECCAK_WORD_GAS, per=32)
            self._assign(f"from_bytes(keccak(m[{start.text} : {start.text} + {size.text}]), 'big')")
        elif op == 0x35:
            self._assign(f"word_at(d, {self._pop().number})")
        elif op in (0x37, 0x39):
            self._copy("copy", "d" if op == 0x37 else "c.msg.code")
        elif op == 0x58:
            self._push(constant(pc))
        else:
            expression, bits = _ASKED[op]
            self._assign(expression, bits)

    def _span(self, start: Word) -> str:
        if start.constant is not None:
            return f"{start.constant}:{start.constant + 32}"
        return f"{start.text} : {start.text} + 32"

    def _compute(self, op: int) -> None:
        """Arithmetic and comparison."""
        first = self._pop()
        if op == 0x15:
            self._result(f"not {first.text}", 1, [first], truth=True)
            return
        if op == 0x19:
            self._result(f"{first.text} ^ M", 256, [first])
            return
        second = self._pop()
        a, b = first.text, second.text
        given = [first, second]
        if op in (0x08, 0x09):
            third = self._pop()
            sign = "+" if op == 0x08 else "*"
            self._result(f"({a} {sign} {b}) % {third.text} if {third.text} else 0", 256, [*given, third])
        elif op == 0x01:
            bits = max(first.bits, second.bits) + 1
            self._result(f"{a} + {b}" if bits <= 256 else f"({a} + {b}) & M", min(bits, 256), given)
        elif op == 0x02:
            bits = first.bits + second.bits
            self._result(f"{a} * {b}" if bits <= 256 else f"({a} * {b}) & M", min(bits, 256), given)
        elif op in (0x04, 0x06):
            sign = "//" if op == 0x04 else "%"
            divided = f"{a} {sign} {b}"
            self._result(divided if second.constant else f"{divided} if {b} else 0", first.bits, given)
        elif op == 0x0A:
            if second.constant is not None:
                self._gas += exponent_gas(second.constant)
            else:
                self._line(f"g -= exponent_gas({second.number})")
                self._line("if g < 0: raise OutOfGas('EXP')")
            self._result(f"pow({first.number}, {second.number}, M + 1)", 256, given)
        elif op in _COMPARED:
            self._result(_COMPARED[op].format(a=a, b=b), 1, given, truth=True)
        elif op in (0x16, 0x17, 0x18):
            sign = {0x16: "&", 0x17: "|", 0x18: "^"}[op]
            bits = min(first.bits, second.bits) if op == 0x16 else max(first.bits, second.bits)
            self._result(f"{a} {sign} {b}", bits, given, truth=first.truth and second.truth)
        elif op in (0x1B, 0x1C):
            self._shift(op, first, second)
        else:
            self._result(_COMPUTED[op].format(a=first.number, b=second.number), 256, given)

    def _shift(self, op: int, by: Word, value: Word) -> None:
        given = [by, value]
        if by.constant is not None and by.constant >= 256:
            self._push(constant(0))
        elif op == 0x1C:
            bits = max(0, value.bits - by.constant) if by.constant is not None else value.bits
            shifted = f"{value.text} >> {by.text}"
            self._result(shifted if by.constant is not None else f"{shifted} if {by.text} < 256 else 0", bits, given)
        else:
            bits = value.bits + by.constant if by.constant is not None else 512
            shifted = f"({value.text} << {by.text})" + ("" if bits <= 256 else " & M")
            guarded = shifted if by.constant is not None else f"{shifted} if {by.text} < 256 else 0"
            self._result(guarded, min(bits, 256), given)

    def _result(self, expression: str, bits: int, given: list[Word], *, truth: bool = False) -> None:
        """A variable, or the number itself where everything is known."""
        if all(word.constant is not None for word in given):
            self._push(constant(int(eval(expression, dict(NAMES)))))  # what we wrote ourselves, of numbers only
        else:
            self._assign(expression, bits, truth=truth)
