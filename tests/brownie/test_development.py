"""brownie's own test runner on a small project, against a node that it starts and one that it finds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from chain.launch import NodeOptions, start
from chain.producer import Mining
from tests.e2e.serving import MZ, free_port
from tests.optional import ROOT, require

PROJECT = Path(__file__).parent / "project"
PASSED = 10
SECONDS = 200


@pytest.fixture(scope="module")
def brownie() -> Path:
    """The environment that `make brownie` builds."""
    return Path(require("make brownie: .venv-brownie", Path(".venv-brownie/bin/brownie")))


@pytest.fixture(scope="module")
def project(brownie: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with our hooks, compiled by whichever comes first; brownie writes into it."""
    folder = tmp_path_factory.mktemp("brownie") / "project"
    shutil.copytree(PROJECT, folder)
    shutil.copy(ROOT / "brownie_hooks.py", folder)
    return folder


def run(brownie: Path, project: Path, port: int, *words: str) -> str:
    home = project.parent / f"home-{port}"
    (home / ".brownie").mkdir(parents=True, exist_ok=True)
    network = {
        "name": "MZ",
        "id": "mz",
        "cmd": "mz node start --memory --one-tx-per-block",
        "host": "http://127.0.0.1",
        "timeout": 60,
        "cmd_settings": {"port": port, "gas_limit": 30_000_000, "accounts": 5, "mnemonic": "brownie", "chain_id": 1337},
    }
    networks = {"live": [], "development": [network]}
    (home / ".brownie" / "network-config.yaml").write_text(yaml.safe_dump(networks))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MZ_", "PYTEST_"))}
    environ = {
        **inherited,
        "HOME": str(home),
        "PATH": f"{MZ.parent}{os.pathsep}{os.environ['PATH']}",
        "SOLCX_BINARY_PATH": str(ROOT / ".solcx"),
    }
    done = subprocess.run(
        [str(brownie), *words],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


@contextmanager
def listening(port: int) -> Iterator[None]:
    options = NodeOptions(dev=True, accounts=5, mining=Mining(one_transaction_per_block=True))
    running = start(options, port=port)
    try:
        yield
    finally:
        running.stop()


def test_brownie_starts_nodes_for_two_workers_and_says_what_was_covered(brownie: Path, project: Path) -> None:
    told = run(brownie, project, free_port(), "test", "--network", "mz", "-n", "2", "-C")

    assert f"{PASSED} passed" in told and "2 workers" in told
    report = json.loads((project / "reports/coverage.json").read_text())["coverage"]
    # Vault has immutables: without the hooks there would be no coverage at all.
    assert report["Vault"]["statements"]["Vault.keep"] == [3, 3]


def test_brownie_finds_a_node_and_its_tests_pass(brownie: Path, project: Path) -> None:
    port = free_port()
    with listening(port):
        told = run(brownie, project, port, "test", "--network", "mz")

    assert "Attached to local RPC client" in told
    assert f"{PASSED} passed" in told
