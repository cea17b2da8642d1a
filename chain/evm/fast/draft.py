"""A Python function in the making, of the opcodes of one stretch of code: its stack, its gas and its exits.

The stack is followed symbolically: operands become local variables or constants, and only what is on it at an exit is
put back. Words carry an upper bound of their width, so that results that cannot overflow are not masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chain.evm.fast.operations import NAMES
from chain.evm.fast.program import STACK_LIMIT, Program

# What a translated function returns: a position to go on at, or one of these. Positions are below 2**24.
DONE = -1
FOREIGN = 1 << 24  # added to the position of an opcode that py-evm carries out
BAIL = 1 << 25  # added to the position from which on the interpreter has to take over


class Word(NamedTuple):
    """An operand as it stands in the source: a variable, or a constant."""

    text: str
    bits: int = 256  # it is below 2**bits
    constant: int | None = None
    truth: bool = False  # a Python bool

    @property
    def number(self) -> str:
        """As an int: what leaves the stretch must not be a bool."""
        return f"+{self.text}" if self.truth else self.text


def constant(value: int) -> Word:
    """A known word."""
    return Word(hex(value) if value > 9 else str(value), value.bit_length(), value)


class Draft:
    """The function `stretch` for what begins at `at`. Opcodes are written into it by `chain.evm.fast.stretch`."""

    def __init__(self, program: Program, at: int) -> None:
        self._program = program
        self._at = at
        self._lines: list[str] = []
        self._indent = " "
        self._words: list[Word] = []  # what lies above the entry's stack, of which `_taken` words were taken
        self._taken = 0
        self._highest = 0  # above the entry's height
        self._names = 0
        self._gas = 0  # of the open segment
        self._segment = 0  # line where it is taken
        self._segment_exit = ""
        self._memory = 0  # bytes that it is known to have
        self._loops = False
        self.opcodes = 0

    @property
    def source(self) -> str:
        """The function `stretch`."""
        taken = self._taken
        head = ["def stretch(c, s, m, d, j, a, meter):"]
        if taken or self._highest > 0:
            doubts = [f"len(s) < {taken}"] if taken else []
            doubts += [f"len(s) > {STACK_LIMIT - self._highest}"] if self._highest > 0 else []
            head.append(f" if {' or '.join(doubts)}: return {BAIL + self._at}")
        head.append(" g = meter.gas_remaining")
        if taken:
            head.append(f" {self._inputs()} = s[-{taken}:]")
            head.append(f" del s[-{taken}:]")
        body = self._lines
        if self._loops:
            head.append(" while True:")
            body = [" " + line for line in body]
        return "\n".join(line for line in [*head, *body] if line.strip())

    def compiled(self) -> Callable[..., Any]:
        """The function itself."""
        names = {**NAMES, "jumps": self._program.jumps}
        exec(compile(self.source, f"<code at {self._at}>", "exec"), names)  # what we wrote ourselves, of numbers only
        function: Callable[..., Any] = names["stretch"]
        return function

    # --- the stack ----------------------------------------------------------------------------------------------------

    def _inputs(self) -> str:
        """The words that were taken from the entry's stack, deepest first."""
        return "".join(f"i{index}, " for index in reversed(range(self._taken))).rstrip()

    def _pop(self) -> Word:
        if self._words:
            return self._words.pop()
        self._taken += 1
        return Word(f"i{self._taken - 1}")

    def _push(self, word: Word) -> None:
        self._words.append(word)
        self._highest = max(self._highest, len(self._words) - self._taken)

    def _reach(self, depth: int) -> None:
        """Have at least so many words at hand."""
        while len(self._words) < depth:
            self._words.insert(0, Word(f"i{self._taken}"))
            self._taken += 1

    def _assign(self, expression: str, bits: int = 256, *, truth: bool = False) -> None:
        self._names += 1
        name = f"v{self._names}"
        self._line(f"{name} = {expression}")
        self._push(Word(name, bits, truth=truth))

    def _line(self, text: str) -> None:
        self._lines.append(self._indent + text)

    # --- gas and exits ------------------------------------------------------------------------------------------------

    def _open(self, pc: int) -> None:
        """A new segment begins: its gas is known when it is closed."""
        self._gas = 0
        self._segment = len(self._lines)
        self._lines += ["", ""]
        self._segment_exit = self._exit(BAIL + pc)

    def _close(self) -> None:
        if self._gas:
            self._lines[self._segment] = f"{self._indent}if g < {self._gas}: {self._segment_exit}"
            self._lines[self._segment + 1] = f"{self._indent}g -= {self._gas}"

    def _restart(self, pc: int) -> None:
        """What fails for another reason than gas is the last of its segment."""
        self._close()
        self._open(pc)

    def _exit(self, where: int | str, *, gas: str = "g") -> str:
        """The stack put back, the gas written down: statements of one line."""
        # Inputs that a later opcode takes are taken at the entrance already: they go back below. How many those are is
        # known at the end only, so their place is held by a mark.
        words = "".join(f"{word.number}, " for word in self._words).rstrip()
        return f"\x00{self._taken}\x01{words}\x02meter.gas_remaining = {gas}; return {where}"

    def _finish(self) -> None:
        """Fill in what exits put back."""
        for index, line in enumerate(self._lines):
            while "\x00" in line:
                before, _, rest = line.partition("\x00")
                taken, _, rest = rest.partition("\x01")
                words, _, after = rest.partition("\x02")
                below = "".join(f"i{number}, " for number in reversed(range(int(taken), self._taken)))
                back = (below + words).strip()
                line = f"{before}s += ({back}); {after}" if back else before + after
            self._lines[index] = line

    def _loops_at(self, target: int | None) -> bool:
        """Whether going to `target` with this stack is doing the same again."""
        return target == self._at and len(self._words) == self._taken

    def _loop_back(self) -> None:
        """The words become the inputs of the next turn. Inputs that are taken further below stay what they are."""
        self._loops = True
        if self._taken:
            values = "".join(f"{word.number}, " for word in self._words).rstrip()
            self._line(f"{self._inputs()} = {values}")
        self._line("continue")
