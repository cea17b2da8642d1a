"""The order of things: every measure goes through all chains before the next one begins, and the order turns.

So whatever else the machine does meanwhile hits all chains alike, and ratios within a round can be trusted where the
figures themselves cannot.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from chain.bench import growth, measures
from chain.bench.contenders import Contender
from chain.bench.growth import Extent
from chain.bench.measures import GENERATOR, Figures, Scale
from chain.bench.seat import Book, Seat
from chain.bench.signing import signers
from chain.errors import BenchFault

T = TypeVar("T")

Say: TypeAlias = Callable[[str], None]
# Figures of a chain that is measured elsewhere, in its own process: by step of a round.
Elsewhere: TypeAlias = Callable[[str], Figures]


class Sheet:
    """Everything that was measured: by chain and measure, one figure per round."""

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, dict[int, float]]] = {}  # chain, measure, round
        self.notes: list[str] = []
        self.loads: list[float] = []
        self.generator = 0.0  # the largest share of a processor that the generator itself took

    def add(self, chain: str, round_: int, figures: Figures) -> None:
        """What one step gave."""
        for key, value in figures.items():
            if key == GENERATOR:
                self.generator = max(self.generator, value)
            else:
                self.figures.setdefault(chain, {}).setdefault(key, {})[round_] = value

    def look_around(self) -> None:
        """Note how busy the machine is."""
        self.loads.append(os.getloadavg()[0])

    def note_stalls(self, seat: Seat) -> None:
        """A chain that did not go on by itself."""
        if seat.stalls:
            self.note(f"{seat.contender.name} left transactions waiting until it was told to mine")

    def note(self, text: str) -> None:
        """Say once what has to be known beside the figures."""
        if text not in self.notes:
            self.notes.append(text)


def play(
    contenders: Sequence[Contender],
    rounds: int,
    scale: Scale,
    say: Say,
    sheet: Sheet,
    elsewhere: Mapping[str, Callable[[], Elsewhere]] | None = None,
) -> None:
    """Measure. What a chain fails at stays empty, and the sheet says why."""
    book = Book(signers())
    for round_ in range(rounds):
        where = f"round {round_ + 1} of {rounds}"
        seats: dict[str, Seat] = {}
        others = {name: start() for name, start in (elsewhere or {}).items()}
        try:
            for contender in turned(contenders, round_):
                say(f"{where}: start {contender.name}")
                try:
                    seat, figures = measures.take_seat(contender, book)
                except BenchFault as problem:
                    sheet.note(f"{contender.name}: {problem}")
                    continue
                seats[contender.name] = seat
                sheet.add(contender.name, round_, figures)
            for step in measures.STEPS:
                sheet.look_around()
                for name in turned(list(seats), round_):
                    say(f"{where}: {_words(step)}: {name}")
                    try:
                        sheet.add(name, round_, step(seats[name], scale))
                    except (BenchFault, OSError) as problem:
                        sheet.note(f"{name}, {_words(step)}: {problem}")
                        seats[name] = _fresh(seats[name])
                for name, ask in others.items():
                    say(f"{where}: {_words(step)}: {name}")
                    sheet.add(name, round_, ask(step.__name__))
        finally:
            for seat in seats.values():
                sheet.note_stalls(seat)
                seat.close()
            for ask in others.values():
                ask("end")


def grow(contenders: Sequence[Contender], extent: Extent, say: Say, sheet: Sheet) -> None:
    """What needs a large chain first; every step has a chain of its own."""
    book = Book(signers())
    for turn, step in enumerate(growth.STEPS):
        for contender in turned(contenders, turn):
            say(f"large chains: {_words(step)}: {contender.name}")
            sheet.look_around()
            try:
                seat = Seat(contender, book)
            except BenchFault as problem:
                sheet.note(f"{contender.name}: {problem}")
                continue
            try:
                for figures in step(seat, extent):
                    sheet.add(contender.name, 0, figures)
            except (BenchFault, OSError) as problem:
                sheet.note(f"{contender.name}, {_words(step)}: {problem}")
            finally:
                sheet.note_stalls(seat)
                seat.close()


def _fresh(seat: Seat) -> Seat:
    """The same chain anew: in what state it is after a failure, nobody knows."""
    seat.close()
    return Seat(seat.contender, seat.book)


def turned(items: Sequence[T], by: int) -> list[T]:
    """Another one begins each time."""
    by %= max(1, len(items))
    return [*items[by:], *items[:by]]


def _words(step: Callable[..., object]) -> str:
    return step.__name__.replace("_", " ")
