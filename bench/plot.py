"""The ratios of a run as an SVG: one bar for each measure and peer, on a logarithmic scale, to the right where ours is
better."""

from __future__ import annotations

import math
from html import escape

from chain.bench.report import Report, written

WIDTH, LEFT, RIGHT, ROW, GAP, TOP = 960, 330, 90, 15, 10, 56
COLOURS = ("#1f6feb", "#d1742f", "#2da44e", "#8250df", "#bf3989")
DECADES = 2.5  # shown to each side; longer bars are cut


def svg(found: Report) -> str:
    """The whole picture."""
    peers = [name for name in found.versions if name != "mz"]
    colours = dict(zip(peers, COLOURS, strict=False))
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    scale = (WIDTH - LEFT - RIGHT) / 2 / DECADES
    parts: list[str] = []
    y = TOP
    for row in found.rows:
        if not row.ratios:
            continue
        height = ROW * len(row.ratios)
        parts.append(_text(LEFT - 10, y + height / 2 + 4, row.measure.title, anchor="end"))
        for peer, ratio in row.ratios.items():
            length = max(-DECADES, min(DECADES, math.log10(ratio))) * scale
            start = min(middle, middle + length)
            parts.append(_bar(start, y + 2, abs(length), ROW - 4, colours[peer]))
            end, anchor = (middle + length + 4, "start") if length >= 0 else (middle + length - 4, "end")
            parts.append(_text(end, y + ROW - 4, f"{written(ratio)}×", anchor=anchor, size=10))
            y += ROW
        y += GAP
    legend = []
    x = LEFT
    for peer in peers:
        legend.append(_bar(x, 14, 12, 12, colours[peer]))
        legend.append(_text(x + 17, 24, f"{peer} {found.versions[peer]}"))
        x += 125
    axis = f'<line x1="{middle}" y1="{TOP - 14}" x2="{middle}" y2="{y}" stroke="#57606a"/>'
    sides = _text(middle - 8, TOP - 6, "they are better", anchor="end", size=11) + _text(
        middle + 8, TOP - 6, "mz is better", size=11
    )
    body = "\n".join([*legend, axis, sides, *parts])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" viewBox="0 0 {WIDTH} {y + 10}" '
        f'font-family="sans-serif" font-size="12" role="img">\n<title>How many times better mz is, by measure</title>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 12) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}" fill="#1f2328">{escape(words)}</text>'
