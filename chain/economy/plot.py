"""What eight quarters came to, as a picture: bars for terminals, and lines as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from chain.economy.simulation import Outcome, Quarter
from chain.model import Record

BLOCKS = " ▁▂▃▄▅▆▇█"
WIDTH, PANEL, LEFT, GAP = 760, 130, 90, 44  # of the SVG, in its own units


class Series(Record):
    """One figure over the quarters, in the unit of its title."""

    title: str
    values: tuple[float, ...]
    colour: str


class Panel(Record):
    """Figures that share an axis."""

    title: str
    series: tuple[Series, ...]


def panels(outcome: Outcome) -> list[Panel]:
    """Supply, burn, revenue and price bands."""
    quarters = outcome.quarters

    def line(title: str, colour: str, values: Sequence[float]) -> Series:
        return Series(title=title, values=tuple(values), colour=colour)

    def price(name: str) -> list[float]:
        return [getattr(quarter, name) / 10**27 * quarter.yuan_per_ether / 10**18 for quarter in quarters]

    return [
        Panel(
            title="supply, million MZ", series=(line("supply", "#1f6feb", [q.supply_end / 10**24 for q in quarters]),)
        ),
        Panel(
            title="burned in the quarter, MZ",
            series=(
                line("bought back", "#c2410c", [q.burned_buyback / 10**18 for q in quarters]),
                line("fees", "#b45309", [q.burned_fees / 10**18 for q in quarters]),
            ),
        ),
        Panel(title="revenue, ETH", series=(line("revenue", "#15803d", [q.revenue / 10**18 for q in quarters]),)),
        Panel(
            title="price of one MZ in the auction, yuan",
            series=(
                line("ends at", "#a1a1aa", price("band_high")),
                line("highest paid", "#7c3aed", price("price_high")),
                line("lowest paid", "#a78bfa", price("price_low")),
                line("begins at", "#a1a1aa", price("band_low")),
            ),
        ),
    ]


def bars(values: Sequence[float]) -> str:
    """One character for each value, from the lowest to the highest; equal values are full."""
    low, high = min(values), max(values)
    if high == low:
        return BLOCKS[-1] * len(values)
    return "".join(BLOCKS[1 + round((value - low) / (high - low) * (len(BLOCKS) - 2))] for value in values)


def text(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """(figure, lowest, picture, highest) of every series."""
    return [
        (
            panel.title if len(panel.series) == 1 else f"{panel.title}: {one.title}",
            f"{min(one.values):,.6g}",
            bars(one.values),
            f"{max(one.values):,.6g}",
        )
        for panel in panels(outcome)
        for one in panel.series
    ]


def svg(outcome: Outcome) -> str:
    """The same as a drawing that stands alone."""
    drawn = panels(outcome)
    height = len(drawn) * (PANEL + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="Economy over {len(outcome.quarters)} quarters">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for place, panel in enumerate(drawn):
        parts += _panel(panel, GAP + place * (PANEL + GAP), outcome.quarters)
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, top: int, quarters: Sequence[Quarter]) -> list[str]:
    values = [value for one in panel.series for value in one.values]
    low, high = min(values), max(values)
    spread = high - low or abs(high) or 1.0
    step = (WIDTH - LEFT - 20) / max(1, len(quarters) - 1)

    def x(place: int) -> float:
        return round(LEFT + place * step, 1)

    def y(value: float) -> float:
        return round(top + PANEL - (value - low) / spread * PANEL, 1)

    parts = [
        f'<text x="{LEFT}" y="{top - 10}" font-weight="bold">{escape(panel.title)}</text>',
        f'<path d="M{LEFT} {top}V{top + PANEL}H{WIDTH - 20}" fill="none" stroke="#a1a1aa"/>',
        f'<text x="{LEFT - 6}" y="{y(high) + 4}" text-anchor="end">{high:,.4g}</text>',
        f'<text x="{LEFT - 6}" y="{y(low) + 4}" text-anchor="end">{low:,.4g}</text>',
    ]
    for place, quarter in enumerate(quarters):
        parts.append(f'<text x="{x(place)}" y="{top + PANEL + 15}" text-anchor="middle">Q{quarter.quarter}</text>')
    for place, one in enumerate(panel.series):
        points = " ".join(f"{x(number)},{y(value)}" for number, value in enumerate(one.values))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{one.colour}" stroke-width="2"/>')
        parts.append(
            f'<text x="{WIDTH - 20}" y="{top - 10}" dx="{-110 * place}" text-anchor="end" fill="{one.colour}">'
            f"{escape(one.title)}</text>"
        )
    return parts
