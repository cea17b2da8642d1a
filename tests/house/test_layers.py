"""The layers are enforced: what breaks them in a copy of the package is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

LINT = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command(prog_name='lint-imports')"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "chain", tmp_path / "chain", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_the_package_keeps_its_layers() -> None:
    answer = lint(ROOT)

    assert answer.returncode == 0, answer.stdout + answer.stderr


# By the file to which it is added: a line, and what is said of it.
FORBIDDEN = {
    "chain/store/__init__.py": ("import chain.node", "chain.store is not allowed to import chain.node"),
    "chain/pool/__init__.py": ("import chain.consensus", "chain.pool is not allowed to import chain.consensus"),
    "chain/model.py": ("from chain import spec", "chain.model is not allowed to import chain.spec"),
    "chain/node/__init__.py": ("import eth", "protected package eth"),
    "chain/rpc/__init__.py": ("def late():\n    import web3.types", "protected package web3"),
    "chain/evm/__init__.py": ("import brownie", "chain is not allowed to import brownie"),
}
# By itself: what is on no floor ends the looking at floors.
UNLISTED = {"chain/utils.py": ("import chain.errors", "chain.utils")}


@pytest.mark.parametrize("broken", [FORBIDDEN, UNLISTED], ids=["forbidden", "unlisted"])
def test_a_forbidden_import_is_found(copy: Path, broken: dict[str, tuple[str, str]]) -> None:
    for file, (line, _) in broken.items():
        with (copy / file).open("a") as source:
            source.write(f"\n{line}\n")

    answer = lint(copy)

    assert answer.returncode == 1
    said = " ".join(answer.stdout.split())
    assert [sentence for _, sentence in broken.values() if sentence not in said] == []
