"""The tests that our template folders bring along, as `mz template test` runs them. See templates.tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.registry.trial import try_folder
from tests.contracts.stage import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "templates").glob("*/tests"))


def test_every_template_brings_tests_of_its_own() -> None:
    templates = {path.parent for path in (ROOT / "templates").glob("*/template.toml")}

    assert templates - set(FOLDERS) == set()
    assert all(list((folder / "tests").glob("test_*.py")) for folder in FOLDERS)


@pytest.mark.deep
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folders_own_tests_pass_in_the_sandbox(folder: Path) -> None:
    bundle = ROOT / "build" / "bundles" / f"{folder.name}.bundle"

    trial = try_folder(folder, bundle.read_bytes())

    assert trial is not None and trial.passed, trial and trial.output
