"""docs/performance.md: its prose is written by hand, its figures between two marks by a run."""

from __future__ import annotations

import re
from pathlib import Path

from bench.plot import svg
from bench.targets import outcomes
from chain.bench.report import Report, surroundings, table

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- figures: make bench writes from here -->", "<!-- to here -->"


def write(found: Report, docs: Path = DOCS) -> None:
    """Put the figures into the page and the picture beside it."""
    page = docs / "performance.md"
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{page} has lost the marks between which figures stand")
    before, rest = text.split(BEGIN, 1)
    page.write_text(f"{before}{BEGIN}\n\n{figures(found)}\n{END}{rest.split(END, 1)[1]}", encoding="utf-8")
    (docs / "performance.svg").write_text(svg(found), encoding="utf-8")


def figures(found: Report) -> str:
    """Tables in Markdown."""
    headings, rows = table(found)
    lines = [f"Taken {found.taken}. " + " ".join(f"{line[0].upper()}{line[1:]}." for line in surroundings(found)), ""]
    lines += _table(headings, rows, right=2)
    lines += ["", "![How many times better mz is, by measure and chain](performance.svg)", "", "### Targets", ""]
    wanted = [(title, peer, least, got, "met" if met else "missed") for title, peer, least, got, met in outcomes(found)]
    lines += _table(["measure", "against", "wanted", "reached", ""], [list(line) for line in wanted])
    if found.notes:
        lines += ["", "### Noted during the run", "", *(f"- {_safe(note)}" for note in found.notes)]
    return "\n".join(lines) + "\n"


def _table(headings: list[str], rows: list[list[str]], right: int = 99) -> list[str]:
    rule = ["---:" if index >= right else "---" for index in range(len(headings))]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows)]


def _safe(note: str) -> str:
    """On one line, without what Markdown or a reader of paths would stumble over."""
    words = re.sub(r"0x[0-9a-f]{16,}", "0x…", " ".join(note.split()))
    return words.replace("|", "/").replace("`", "'")[:240]
