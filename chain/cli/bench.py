"""`mz bench`: how fast this installation is, beside the other chains that are on the PATH."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from chain.cli.session import Session
from chain.cli.tree import Leaf

if TYPE_CHECKING:
    from chain.bench.report import Report


@click.command(cls=Leaf)
@click.option("--rounds", type=click.IntRange(1, 100), default=3, help="How often everything is measured (3).")
@click.option("--quick", is_flag=True, help="One short round: shows that it works, the figures say little.")
@click.option("--large", is_flag=True, help="Also with 100,000 transfers, a million logs, a million accounts: minutes.")
@click.option("--only", metavar="NAME", multiple=True, help="Measure only these chains (mz, anvil, ganache).")
@click.pass_obj
def bench(session: Session, rounds: int, quick: bool, large: bool, only: tuple[str, ...]) -> int:
    """Measure this installation, and anvil and ganache where they are on the PATH, in turns.

    Each runs on a free port, with a chain and a home folder of its own that are removed afterwards. Ours keeps its data
    durably, as it always does. Every transfer is counted by its receipt.
    """
    from chain.bench.contenders import on_path
    from chain.bench.growth import Extent
    from chain.bench.measures import Scale
    from chain.bench.report import report
    from chain.bench.rounds import Sheet, grow, play
    from chain.errors import UsageError

    contenders = on_path()
    unknown = set(only) - {one.name for one in contenders}
    if unknown:
        raise UsageError(
            f"{', '.join(sorted(unknown))}: not installed here",
            hint=f"there are: {', '.join(one.name for one in contenders)}",
        )
    contenders = [one for one in contenders if not only or one.name in only]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the chains are ended with it
    sheet = Sheet()
    rounds = 1 if quick else rounds
    play(
        contenders,
        rounds,
        Scale(seconds=0.1, latencies=20, turns=0.01) if quick else Scale(),
        session.screen.say,
        sheet,
    )
    if large:
        grow(contenders, Extent(), session.screen.say, sheet)
    show(session, report(sheet, contenders, rounds))
    return 0 if all(sheet.figures.get(one.name) for one in contenders) else 1


def show(session: Session, found: Report) -> None:
    """The table on the terminal, or everything as JSON."""
    from chain.bench.report import surroundings, table

    if session.json:
        session.screen.data(found)
        return
    session.screen.table(*table(found))
    for line in surroundings(found):
        session.screen.say(line)
    for note in found.notes:
        session.screen.say(f"note: {note}")
