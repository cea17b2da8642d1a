"""What a person or a program gets to see: tables and JSON on stdout, prose and progress on stderr.

On a terminal tables are drawn; into a file or pipe they are plain columns that `grep` and `cut` can read.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click
import msgspec

from chain.primitives import Address, Wei, checksum

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

UNIT: Wei = 10**18
SECONDS_BETWEEN_LINES = 5.0


class Screen:
    """The two streams of one run."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    def say(self, text: str) -> None:
        """A line of prose."""
        click.echo(text, err=True)

    def line(self, text: str) -> None:
        """A line of the result."""
        click.echo(text)

    def data(self, value: Any) -> None:
        """The result as one JSON document: bytes as 0x hex, paths as text."""
        click.echo(msgspec.json.format(msgspec.json.encode(_plain(value)), indent=2).decode())

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "", aside: bool = False
    ) -> None:
        """Rows under their headings; `aside` what is no result, but shown before a question, say."""
        texts = [[str(cell) for cell in row] for row in rows]
        stream = sys.stderr if aside else sys.stdout
        if stream.isatty():
            _draw(columns, texts, title, stream)
            return
        if title:
            click.echo(title, err=aside)
        widths = [max(len(row[index]) for row in [list(columns), *texts]) for index in range(len(columns))]
        for row in [[column.upper() for column in columns], *texts]:
            click.echo(
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), err=aside
            )

    def flush(self) -> None:
        """Let whoever reads along see what was written so far."""
        sys.stdout.flush()

    @contextmanager
    def progress(self, total: int) -> Iterator[Steps]:
        """Steps towards an end: a bar on a terminal, one line per step elsewhere."""
        if not sys.stderr.isatty():
            yield Steps(self)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        bar = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
        )
        with bar:
            yield Steps(self, bar, bar.add_task("", total=total))

    @contextmanager
    def count(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Call with (done, in all): a bar on a terminal, a line every few seconds elsewhere."""
        if not sys.stderr.isatty():
            said = time.monotonic()

            def tell(done: int, total: int) -> None:
                nonlocal said
                if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
                    said = time.monotonic()
                    self.say(f"{what}: {done:,} of {total:,} ({100 * done // max(total, 1)} %)")

            yield tell
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        with bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


class Steps:
    """How far a piece of work has come."""

    def __init__(self, screen: Screen, bar: Progress | None = None, task: TaskID | None = None) -> None:
        self._screen, self._bar, self._task = screen, bar, task
        self._begun = False

    def next(self, what: str) -> None:
        """The step before is done and `what` begins."""
        if self._bar is None or self._task is None:
            self._screen.say(what)
            return
        self._bar.update(self._task, description=what, advance=1 if self._begun else 0)
        self._begun = True


def amount(value: Wei, unit: str = "MZ") -> str:
    """Wei as a decimal number without loss: `12.5 MZ`."""
    whole, part = divmod(abs(value), UNIT)
    digits = f"{part:018d}".rstrip("0")
    return f"{'-' if value < 0 else ''}{whole:,}{'.' + digits if digits else ''} {unit}".rstrip()


def percent(basis_points: int) -> str:
    """Basis points as people read them: `2.5 %`."""
    return f"{basis_points / 100:g} %"


def shown(address: Address) -> str:
    """An address as people read it."""
    return checksum(address)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str, stream: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=stream).print(table)
