"""`make bench`: the whole comparison. `python -m bench --help` lists what can be asked of it."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from pathlib import Path

import msgspec

from bench import page
from bench.libraries import versions, workers
from bench.targets import outcomes
from chain.bench.contenders import Contender, anvil, ganache, hardhat, ours
from chain.bench.growth import Extent
from chain.bench.measures import QUICK, Scale
from chain.bench.report import Report, report, surroundings, table
from chain.bench.rounds import Sheet, grow, play
from chain.cli.screen import Screen

HERE = Path(__file__).resolve().parent
GROWN = ("mz", "anvil")  # the others would need hours for a million logs and accounts


def contenders() -> list[Contender]:
    """What is installed: ours always, the others where `make bench` or the user has put them."""
    found = [ours()]
    programs = HERE / "node_modules" / ".bin"
    foundry = shutil.which("anvil", path=f"{HERE.parent / 'node_modules' / '.bin'}") or shutil.which("anvil")
    if foundry:
        found.append(anvil(foundry))
    if (programs / "hardhat").exists():
        found.append(hardhat(str(programs / "hardhat"), HERE))
    if (programs / "ganache").exists():
        found.append(ganache(str(programs / "ganache")))
    return found


def measured(options: argparse.Namespace, screen: Screen) -> Report:
    """Run it all."""
    chosen = [one for one in contenders() if not options.only or one.name in options.only]
    scale = QUICK if options.quick else Scale(seconds=options.seconds)
    sheet = Sheet()
    rounds = 1 if options.quick else options.rounds
    libraries = {name: start for name, start in workers(scale).items() if not options.only or name in options.only}
    if not options.grow_only:
        play(chosen, rounds, scale, screen.say, sheet, libraries)
    if options.large or options.grow_only:
        grow([one for one in chosen if one.name in GROWN], Extent(), screen.say, sheet)
    others = {name: version for name, version in versions().items() if name in libraries}
    return report(sheet, chosen, rounds, others)


def main() -> int:
    """Exit status 0 when every chain that was chosen gave figures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measure (2)")
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it works")
    parser.add_argument("--large", action="store_true", help="also on large chains, ours and anvil: takes minutes")
    parser.add_argument("--grow-only", action="store_true", help="only on large chains")
    parser.add_argument("--only", action="append", metavar="NAME", help="measure only this chain; may be repeated")
    parser.add_argument("--json", action="store_true", help="everything as JSON on stdout")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/performance.md")
    parser.add_argument("--merge", type=Path, action="append", help="add the rows of a saved --json before showing")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the chains are ended with it
    screen = Screen(json=options.json)
    found = measured(options, screen)
    for saved in options.merge or ():
        earlier = msgspec.json.decode(saved.read_bytes(), type=Report)
        found = msgspec.structs.replace(
            found, rows=[*earlier.rows, *found.rows], notes=[*earlier.notes, *found.notes], rounds=earlier.rounds
        )
    if options.write:
        page.write(found)
    if screen.json:
        screen.data(found)
    else:
        screen.table(*table(found))
        lines = [(*line[:4], "met" if line[4] else "missed") for line in outcomes(found)]
        screen.table(("target", "against", "wanted", "reached", ""), lines)
        for line in [*surroundings(found), *(f"note: {note}" for note in found.notes)]:
            screen.say(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
