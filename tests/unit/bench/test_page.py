"""What a run leaves behind: the page's figures, the picture, and whether targets were met."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bench import page
from bench.plot import svg
from bench.targets import TARGETS, outcomes
from chain.bench.report import ALL_MEASURES, Report, report
from chain.bench.rounds import Sheet


@pytest.fixture
def found() -> Report:
    sheet = Sheet()
    for chain, key, value in (
        ("mz", "transfers_one", 900.0),
        ("anvil", "transfers_one", 1_000.0),
        ("mz", "latency_p50", 1.0),
        ("anvil", "latency_p50", 1.4),
        ("mz", "accounts_small", 100.0),
        ("mz", "accounts_large", 60.0),
    ):
        sheet.add(chain, 0, {key: value})
    sheet.note("anvil | left `things` at 0x" + "ab" * 32)
    return report(sheet, [], 1, {"mz": "", "anvil": "1.7.1"})


def test_figures_come_between_the_marks_and_the_prose_stays(found, tmp_path: Path) -> None:
    before = (page.DOCS / "performance.md").read_text()
    (tmp_path / "performance.md").write_text(before)

    page.write(found, tmp_path)
    page.write(found, tmp_path)

    after = (tmp_path / "performance.md").read_text()
    assert after.split(page.BEGIN)[0] == before.split(page.BEGIN)[0]
    assert after.split(page.END)[1] == before.split(page.END)[1]
    assert after.count("| ERC-20 transfers, 1 connection | tx/s | 900 | 1,000 (0.9×) |") == 1
    assert "- anvil / left 'things' at 0x…" in after


def test_a_page_without_its_marks_is_left_alone(found, tmp_path: Path) -> None:
    (tmp_path / "performance.md").write_text("prose")

    with pytest.raises(ValueError, match="lost the marks"):
        page.write(found, tmp_path)
    assert (tmp_path / "performance.md").read_text() == "prose"


def test_the_picture_is_sound_and_names_every_ratio(found) -> None:
    texts = [element.text for element in ElementTree.fromstring(svg(found)).iter("{http://www.w3.org/2000/svg}text")]

    assert {"0.9×", "1.4×", "ERC-20 transfers, 1 connection", "send to receipt, median"} <= set(texts)


def test_targets_are_met_or_missed_by_the_ratio_that_was_reached(found) -> None:
    said = {(title, peer): (reached, met) for title, peer, _, reached, met in outcomes(found)}

    assert said == {
        ("ERC-20 transfers, 1 connection", "anvil"): ("0.90×", False),
        ("send to receipt, median", "anvil"): ("1.40×", True),
        ("transfers among 1,000,000 accounts against 10,000", ""): ("0.60×", False),
    }


def test_every_target_is_about_something_that_is_measured() -> None:
    assert {target.measure for target in TARGETS} <= {measure.key for measure in ALL_MEASURES}
