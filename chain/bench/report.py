"""From a sheet of figures to what is read: medians, ratios, and what they were taken on."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from chain.bench.contenders import OURS, Contender
from chain.bench.growth import GROWTH_MEASURES
from chain.bench.measures import MEASURES, Measure
from chain.bench.rounds import Sheet
from chain.model import Record
from chain.version import VERSION

ALL_MEASURES = (*MEASURES, *GROWTH_MEASURES)


class Row(Record):
    """One measure: medians by chain, and how many times better ours is than each other one."""

    measure: Measure
    medians: dict[str, float]
    ratios: dict[str, float]  # above 1: ours is better
    figures: dict[str, list[float]]  # of every round


class Machine(Record):
    """What the figures were taken on."""

    system: str
    processor: str
    cores: int
    memory_gb: float
    python: str
    load: tuple[float, float]  # least and most of the one-minute load average while measuring


class Report(Record):
    """Everything that a reader of the figures needs."""

    taken: str  # UTC, ISO 8601
    versions: dict[str, str]
    machine: Machine
    rounds: int
    generator_share: float  # of one processor, at most: below 1 the generator was not what was measured
    rows: list[Row]
    notes: list[str]


def report(sheet: Sheet, contenders: Sequence[Contender], rounds: int, others: dict[str, str] | None = None) -> Report:
    """`others`: versions of chains that were measured in their own process."""
    versions = {one.name: one.version for one in contenders} | (others or {})
    return Report(
        taken=time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()),
        versions={**versions, OURS: VERSION},
        machine=_machine(sheet.loads),
        rounds=rounds,
        generator_share=round(sheet.generator, 3),
        rows=[row for measure in ALL_MEASURES if (row := _row(measure, sheet)).medians],
        notes=sheet.notes,
    )


def table(found: Report) -> tuple[list[str], list[list[str]]]:
    """Headings and rows: every chain's median, and in brackets how many times better ours is."""
    names = list(found.versions)
    rows = []
    for row in found.rows:
        cells = []
        for name in names:
            median, ratio = row.medians.get(name), row.ratios.get(name)
            shown = "" if median is None else written(median)
            cells.append(shown if ratio is None else f"{shown} ({written(ratio)}×)")
        rows.append([row.measure.title, row.measure.unit, *cells])
    return ["measure", "unit", *(f"{name} {found.versions[name]}" for name in names)], rows


def surroundings(found: Report) -> list[str]:
    """How the figures came about, and on what."""
    on = found.machine
    return [
        f"medians of {found.rounds} rounds; in brackets how many times better ours is, as the median of the rounds",
        f"{on.processor}, {on.cores} cores, {on.memory_gb:g} GB, {on.system}, Python {on.python}; "
        f"load {on.load[0]:g} to {on.load[1]:g}; generator: at most {100 * found.generator_share:.0f} % of a core",
    ]


def written(value: float) -> str:
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _row(measure: Measure, sheet: Sheet) -> Row:
    figures = {
        name: by_measure[measure.key] for name, by_measure in sheet.figures.items() if by_measure.get(measure.key)
    }
    own = figures.get(OURS, {})
    ratios = {}
    for name, theirs in figures.items():
        pairs = [(own[round_], theirs[round_]) for round_ in theirs if round_ in own]
        if name != OURS and pairs:
            # Of each round by itself: both were measured within seconds there.
            ratios[name] = statistics.median(a / b if measure.better == "higher" else b / a for a, b in pairs)
    return Row(
        measure=measure,
        medians={name: statistics.median(values.values()) for name, values in figures.items()},
        ratios=ratios,
        figures={name: list(values.values()) for name, values in figures.items()},
    )


def _machine(loads: Sequence[float]) -> Machine:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_gb=round(pages / 2**30, 1),
        python=platform.python_version(),
        load=(round(min(loads, default=0.0), 1), round(max(loads, default=0.0), 1)),
    )


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
