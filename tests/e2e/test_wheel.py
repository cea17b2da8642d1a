"""The wheel by itself: an empty environment, away from the checkout, no compiler and no Node.js."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.serving import Served
from tests.optional import ROOT

UV = Path(sys.executable).with_name("uv")
TEMPLATES_OF_OURS = {path.parent.name for path in (ROOT / "templates").glob("*/template.toml")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `make wheel` builds it."""
    dist = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", dist, ROOT],
        check=True,
        capture_output=True,
    )
    [built] = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`mz` of a new virtual environment into which only the wheel and its locked dependencies went."""
    env = tmp_path_factory.mktemp("locked")
    install = environment(env)
    subprocess.run([*install, "--require-hashes", "--requirements", ROOT / "requirements/run.lock"], check=True)
    subprocess.run([*install, "--no-deps", wheel], check=True)
    return env / "bin" / "mz"


def environment(place: Path) -> list[str | Path]:
    """Makes a virtual environment; the command that installs into it."""
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, place], check=True)
    return [UV, "pip", "install", "--quiet", "--python", place / "bin" / "python"]


def bare(home: Path) -> dict[str, str]:
    """An environment in which neither Node.js, npm nor solc can be found."""
    tools = home / "tools"
    tools.mkdir()
    for name in ("sh", "env"):
        (tools / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    kept = {name: value for name, value in os.environ.items() if name in ("LANG", "LC_ALL", "TMPDIR")}
    return {**kept, "PATH": str(tools), "HOME": str(home), "NO_COLOR": "1"}


def test_an_installed_wheel_serves_the_whole_platform(installed: Path, tmp_path: Path) -> None:
    node = Served(tmp_path / "mz", command=[str(installed)], env=bare(tmp_path), cwd=tmp_path)
    try:
        table = node.wait_for_table()
        published = subprocess.run(
            [installed, "template", "list", "--json", "--rpc", node.url],
            env={"PATH": ""},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        page = node.get("/")

        assert all(name in table and name in published for name in TEMPLATES_OF_OURS)
        assert "MZ Chain" in page
        assert node.get(page.split(' src="')[1].split('"')[0]).strip()
    finally:
        assert node.stop() == 0


def test_the_wheel_tells_the_demos_story_with_the_older_web3_that_brownie_pins(wheel: Path, tmp_path: Path) -> None:
    env = tmp_path / "env"
    subprocess.run([*environment(env), wheel, "web3==7.16.0"], check=True)

    story = subprocess.run(
        [env / "bin" / "mz", "demo", "--json"],
        env=bare(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert story.returncode == 0, story.stderr
    assert '"refused"' in story.stdout
