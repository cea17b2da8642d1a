"""A small template with every part of a manifest, and an artifact as a compiler would give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.artifacts import Artifact
from tests.unit.registry.sample import MANIFEST, artifact_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stall"
    folder.mkdir()
    (folder / "template.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "README.md").write_text("# Stall\n")
    (folder / "Stall.sol").write_text("contract Stall {}\n")
    return folder


@pytest.fixture
def artifact() -> Artifact:
    return artifact_of()
