"""Fragments of the changelog: named after an issue, one line of prose each."""

from __future__ import annotations

import re

from tests.house.tree import ROOT, texts

NAME = re.compile(r"changes/[0-9]+\.(?:added|changed|fixed|removed)(?:\.[0-9]+)?\.md")


def test_a_fragment_is_named_after_its_issue_and_kind() -> None:
    assert [name for name in texts() if name.startswith("changes/") and not NAME.fullmatch(name)] == []


def test_a_fragment_says_something_in_one_paragraph() -> None:
    fragments = {name: text for name, text in texts(".md").items() if name.startswith("changes/")}

    assert [name for name, text in fragments.items() if not text.strip() or "\n\n" in text.strip()] == []


def test_the_changelog_has_the_place_where_releases_go() -> None:
    assert "<!-- releases -->\n" in (ROOT / "CHANGELOG.md").read_text()
