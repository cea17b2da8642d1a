"""One rolled-out data folder for all tests of this kind, copied for each that changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.serving import served


@pytest.fixture(scope="session")
def platform_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `mz up` has deployed and published everything, stopped cleanly."""
    folder = tmp_path_factory.mktemp("platform") / "mz"
    with served(folder) as node:
        node.wait_for_table()
        assert node.stop() == 0, node.printed()
    return folder


@pytest.fixture
def rolled_out(platform_folder: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    copy = tmp_path / "mz"
    shutil.copytree(platform_folder, copy)
    return copy
