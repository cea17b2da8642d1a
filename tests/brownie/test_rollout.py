"""`brownie run rollout`: the same steps, bytecode and addresses as `mz deploy run`, through brownie."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from chain import artifacts
from chain.launch import NodeOptions, start
from tests.e2e.serving import MZ, environment
from tests.optional import ROOT, require

SECONDS = 500


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What brownie needs of the checkout: it writes beside what it reads, and reads only below its own folder."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("contracts", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("brownie-config.yaml", "brownie_hooks.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("chain", "node_modules", ".solcx"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("build", "tests"):  # brownie makes its own folders inside, not these
        (folder / name).mkdir()
    return folder


def brownie(checkout: Path, *words: str) -> str:
    program = require("make brownie: .venv-brownie", Path(".venv-brownie/bin/brownie"))
    inherited = {name: value for name, value in environment().items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [program, *words],
        cwd=checkout,
        env=inherited | {"HOME": str(checkout / "home"), "PATH": f"{MZ.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.timeout(600)
def test_brownie_rolls_the_platform_out_and_a_second_run_sends_nothing(checkout: Path) -> None:
    running = start(NodeOptions(dev=True), port=0)
    try:
        (checkout / "home" / ".brownie").mkdir(parents=True)
        networks = yaml.safe_load((ROOT / "deploy/networks.yaml").read_text())
        networks["live"][0]["networks"][0]["host"] = running.url
        (checkout / "home" / ".brownie" / "network-config.yaml").write_text(yaml.safe_dump(networks))

        first = brownie(checkout, "run", "rollout", "--network", "mz")
        second = brownie(checkout, "run", "rollout", "--network", "mz")

        assert "15 contracts, 18 transactions" in first
        assert "15 contracts, 0 transactions" in second
        manifests = checkout / "build" / "deployments"
        verified = subprocess.run(
            [str(MZ), "deploy", "verify", "--rpc", running.url, "--manifests", str(manifests)],
            env=environment(),
            cwd=checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        assert verified.returncode == 0, verified.stderr
    finally:
        running.stop()
    for name in ("Till", "Templates", "Vault", "MZ"):
        compiled = json.loads((checkout / "build/brownie/contracts" / f"{name}.json").read_text())
        assert bytes.fromhex(compiled["bytecode"]) == artifacts.load(name).bytecode
