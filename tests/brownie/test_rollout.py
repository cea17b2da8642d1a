"""brownie in a checkout: roll-out, scripts, tests, console and accounts, on every kind of network."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import chain
from chain import artifacts
from chain.cli.main import main
from chain.client import Platform
from chain.launch import NodeOptions, Running, start
from chain.launch.platform import publish, shipped_bundles
from chain.primitives import checksum
from chain.wallet import Account
from tests.e2e.serving import MZ, environment, free_port
from tests.optional import ROOT, require

SECONDS = 500
DAY = 86_400

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Path]:
    """What brownie needs of the checkout: it writes beside what it reads, and reads only below its own folder. What it
    has compiled is kept for the next run, in which it finds nothing changed."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("contracts", "deploy", "tests/brownie/checkout"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("brownie-config.yaml", "brownie_hooks.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("chain", "node_modules", ".solcx"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "build").mkdir()  # brownie makes its own folders inside, not this
    (folder / "home" / ".brownie").mkdir(parents=True)
    kept = pytestconfig.cache.mkdir("brownie") / digest(folder) if pytestconfig.cache else folder / "kept"
    compiled = folder / "build" / "brownie" / "contracts"
    if kept.is_dir():
        shutil.copytree(kept, compiled)
    yield folder
    if compiled.is_dir() and not kept.is_dir():
        shutil.rmtree(kept.parent)  # what was kept of older contracts
        fresh = kept.with_name(f"{os.getpid()}")
        shutil.copytree(compiled, fresh)
        fresh.rename(kept)


def digest(checkout: Path) -> str:
    """Names what brownie compiles, and all that it compiles it with."""
    told = hashlib.sha256()
    files = [*sorted((checkout / "contracts").rglob("*.sol")), *sorted(checkout.glob("brownie*"))]
    for path in [*files, ROOT / "package-lock.json", ROOT / "requirements" / "brownie.lock"]:
        told.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return told.hexdigest()


@pytest.fixture(scope="module")
def node() -> Iterator[Running]:
    """A bare chain, which the network `mz` finds live and `mz-dev` attaches to."""
    running = start(NodeOptions(dev=True), port=0)
    yield running
    running.stop()


def brownie(checkout: Path, port: int, *words: str, typed: str | None = None) -> str:
    """One run of brownie's program, with what is typed into it."""
    program = require("make brownie: .venv-brownie", Path(".venv-brownie/bin/brownie"))
    networks: dict[str, Any] = yaml.safe_load((ROOT / "deploy/networks.yaml").read_text())
    networks["live"][0]["networks"][0]["host"] = f"http://127.0.0.1:{port}"
    networks["development"][0]["cmd_settings"]["port"] = port
    (checkout / "home" / ".brownie" / "network-config.yaml").write_text(yaml.safe_dump(networks))
    inherited = {name: value for name, value in environment().items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [program, *words],
        cwd=checkout,
        env=inherited | {"HOME": str(checkout / "home"), "PATH": f"{MZ.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        input=typed or "",
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


SESSION = f"""
run("rollout")
run("buyback_round")
network.web3.provider.make_request("evm_increaseTime", [{91 * DAY}])
network.web3.provider.make_request("evm_mine", [])
run("buyback_round")
run("licence")
accounts.add("0x{7:064x}").save("mine", password="secret")
accounts.clear()
print("unlocked", accounts.load("mine", password="secret").address)
"""


def test_the_platform_is_rolled_out_and_used_on_a_live_network(checkout: Path, node: Running, monkeypatch, capsys):
    manifests = checkout / "build" / "deployments"

    first = brownie(checkout, node.server.port, "run", "rollout", "--network", "mz")

    assert "15 contracts, 18 transactions" in first
    monkeypatch.chdir(checkout)
    verified = main(["deploy", "verify", "--rpc", node.url, "--manifests", str(manifests)])
    assert verified == 0, capsys.readouterr().err
    ours = {name: artifacts.load(name).bytecode for name in artifacts.names() if "/" not in name}
    files = {name: checkout / "build/brownie/contracts" / f"{name}.json" for name in ours}
    assert {name: bytes.fromhex(json.loads(path.read_text())["bytecode"]) for name, path in files.items()} == ours

    entries = json.loads((manifests / f"{node.chain_id}.json").read_text())["contracts"]
    platform = Platform.from_json({name: entry["address"] for name, entry in entries.items()})
    client = chain.connect(node.url, wallet=chain.Wallet.dev(), platform=platform)
    publish(client, node.accounts, [one for one in shipped_bundles() if one.manifest.name == "copyright-licence"])
    told = brownie(checkout, node.server.port, "console", "--network", "mz", typed=SESSION)

    assert "15 contracts, 0 transactions" in told
    assert told.index("the next round may be opened on") < told.index("MZ burned for")
    assert "two uses for 6 MZ, of which 0.06 burned" in told
    assert f"unlocked {checksum(Account(bytes(31) + bytes([7])).address)}" in told


# test_development starts a node, too, in a project that is compiled faster.
@pytest.mark.parametrize("network", ["attached", pytest.param("launched", marks=pytest.mark.deep)])
def test_brownies_tests_pass_on_a_development_network(checkout: Path, node: Running, network: str) -> None:
    told = brownie(checkout, node.server.port if network == "attached" else free_port(), "test", "--network", "mz-dev")

    assert ("Attached to local RPC client" if network == "attached" else "Launching 'mz node start") in told
    assert "2 passed" in told
