"""The commands in README and the guides do what they say, word for word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import in_shells
from tests.e2e.serving import MZ, Served, served
from tests.optional import ROOT

_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What set the test itself up, and what other tests run.
_ELSEWHERE = ("make ", ". .venv/bin/activate", "node_modules/.bin/")


@pytest.fixture(scope="module")
def node(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One platform for all guides: each looks at what it has made itself."""
    folder = tmp_path_factory.mktemp("guides") / "mz"
    shutil.copytree(platform_folder, folder)
    with served(folder) as running:
        running.wait_for_table()
        yield running


def blocks(guide: str, language: str) -> str:
    text = (ROOT / guide).read_text(encoding="utf-8")
    return "\n".join(body for found, body in _BLOCK.findall(text) if found == language)


def shell(script: str, node: Served, cwd: Path, seconds: int = 240) -> subprocess.CompletedProcess[str]:
    kept = [line for line in script.splitlines() if not line.startswith(_ELSEWHERE)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MZ_")}
    environ |= {"MZ_RPC": node.url, "MZ_DATA_DIR": str(node.folder), "MZ_PASSWORD": "secret"}
    with in_shells() as mz:
        environ["PATH"] = f"{mz}:{MZ.parent}:{environ['PATH']}"
        return subprocess.run(
            ["sh", "-e"], input="\n".join(kept), cwd=cwd, env=environ, capture_output=True, text=True, timeout=seconds
        )


def test_readmes_quick_start_works_word_for_word(node, tmp_path):
    done = shell(blocks("README.md", "sh"), node, tmp_path)

    assert done.returncode == 0, done.stderr
    assert "copyright-licence" in done.stdout
    assert "paid 1 MZ: 0.99 MZ to the author, 0.01 MZ burned" in done.stderr


def test_the_quick_start_guide_publishes_a_template_and_pays_its_author(node, tmp_path):
    here = str(tmp_path / "mz-quickstart")

    script = blocks("docs/quickstart.md", "sh").replace("/tmp/mz-quickstart", here)
    done = shell(script, node, tmp_path)
    assert done.returncode == 0, done.stderr
    program = blocks("docs/quickstart.md", "python").replace("http://127.0.0.1:8545", node.url)
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert "once, 1.98 MZ earned" in done.stdout
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "It says: Hello from Python"


@pytest.mark.deep
@pytest.mark.timeout(900)  # four compilations and a dozen commands
def test_the_upgrade_guide_moves_data_and_refuses_what_it_says(node, tmp_path):
    guide = "docs/upgrades.md"

    script = blocks(guide, "sh").replace("/tmp/mz-upgrades", str(tmp_path / "mz-upgrades"))
    done = shell(script, node, tmp_path, seconds=800)

    assert done.returncode == 0, done.stderr
    promised = (ROOT / guide).read_text(encoding="utf-8").rpartition("```\nfirst.card")[2].partition("```")[0]
    assert done.stdout.rstrip().endswith("first.card" + promised.rstrip())
    assert "`address keeper` is now `uint256 season`" in done.stderr
    assert done.stderr.count("belongs to 0x") == 2 and "there is nothing later than 2" in done.stderr
    assert "version 1 → 2, paid 2 MZ" in done.stderr and "version 1 → 3, paid 1 MZ" in done.stderr


def test_the_python_guide_is_one_program_that_holds():
    exec(compile(blocks("docs/python.md", "python"), "docs/python.md", "exec"), {})
