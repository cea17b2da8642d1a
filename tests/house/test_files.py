"""What every file of the repository keeps to."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, files, texts

MOST_LINES = 400
MOST_LINES_OF_TESTS = 500
# Longer ones, each with the reason why it is one thing.
LONGER = {
    "chain/errors.py": "the whole tree of errors, to be read as one",
}
REFUSED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc", "managers", "manager"}
# Written in two parts, so that this file does not find itself.
HOSTS = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "npmmirror" + ".com",
    "yarnpkg" + ".com",
]
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:root|work|home/\w+|Users/\w+)/")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


@pytest.mark.parametrize("suffix", [".py", ".sol", ".ts", ".js", ".css"])
def test_a_file_is_short_enough_to_be_read_at_once(suffix: str) -> None:
    lengths = {name: text.count("\n") for name, text in texts(suffix).items()}

    assert {name: count for name, count in lengths.items() if count > most(name) and name not in LONGER} == {}


def most(name: str) -> int:
    return MOST_LINES_OF_TESTS if name.startswith("tests/") else MOST_LINES


def test_the_list_of_longer_files_is_up_to_date() -> None:
    lengths = {name: text.count("\n") for name, text in texts(".py", ".sol", ".ts", ".js", ".css").items()}

    assert [name for name in LONGER if lengths.get(name, 0) <= most(name)] == []


def test_no_file_or_folder_is_a_heap() -> None:
    heaps = [
        path for path in files() if REFUSED_NAMES & {part.partition(".")[0] for part in path.relative_to(ROOT).parts}
    ]

    assert heaps == []


def test_nothing_is_unfinished() -> None:
    assert found(UNFINISHED) == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert found(MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert found(re.compile("|".join(map(re.escape, HOSTS)))) == []


def test_every_source_says_its_licence_or_is_covered_by_ours() -> None:
    assert "MZ Chain contributors" in (ROOT / "LICENSE").read_text()
    missing = [name for name, text in texts(".sol").items() if not text.startswith("// SPDX-License-Identifier: MIT\n")]

    assert missing == []


def test_every_python_module_of_the_package_says_what_it_is_for() -> None:
    bare = [name for name, text in texts(".py").items() if name.startswith("chain/") and not text.startswith('"""')]

    assert bare == []


def found(pattern: re.Pattern[str]) -> list[str]:
    """Places where the pattern occurs, as `file:line: text`."""
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
