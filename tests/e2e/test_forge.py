"""`forge test` and `forge script --broadcast` in a checkout: foundry.toml is right, and the code is ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3

from chain import artifacts
from chain.launch import NodeOptions, start
from chain.solidity import ensure_solc
from tests.optional import ROOT, require

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # the first development account's
SECONDS = 240


def checkout(folder: Path, *contracts: str) -> Path:
    """What forge needs of a checkout, with some of the contracts or all: it writes beside what it reads."""
    ensure_solc()
    shutil.copy(ROOT / "foundry.toml", folder)
    for name in ("node_modules", ".solcx"):
        (folder / name).symlink_to(ROOT / name)
    for name in contracts or ("",):
        shutil.copytree(ROOT / "contracts" / name, folder / "contracts" / name)
    for name in ("tests/forge", "deploy/forge"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def forge(folder: Path, *words: str) -> str:
    program = require("forge", Path("node_modules/.bin/forge"))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("FOUNDRY_", "DAPP_"))}
    done = subprocess.run(
        [program, *words], cwd=folder, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def code(creation: bytes) -> bytes:
    """Without the digests of metadata, in which forge writes slashes at the ends of the remapping."""
    return re.sub(rb"\xa2\x64ipfs\x58\x22\x12\x20.{32}", b"", creation, flags=re.DOTALL)


def differing(folder: Path) -> list[str]:
    """The contracts that forge has compiled to other code than `make build`."""
    compiled = {path.stem: json.loads(path.read_text()) for path in folder.glob("out/*.sol/*.json")}
    ours = {name: artifacts.load(name).bytecode for name in artifacts.names() if name in compiled}
    theirs = {name: bytes.fromhex(compiled[name]["bytecode"]["object"].removeprefix("0x")) for name in ours}
    assert {"Notary", "Works"} <= {name for name, creation in theirs.items() if len(creation) > 300}
    return [name for name, creation in theirs.items() if code(creation) != code(ours[name])]


def test_forge_tests_and_broadcasts_what_we_compile(tmp_path: Path) -> None:
    folder = checkout(tmp_path, "notary", "works")

    told = forge(folder, "test")

    assert "2 passed; 0 failed" in told and differing(folder) == []
    running = start(NodeOptions(dev=True), port=0)
    try:
        script = "deploy/forge/Works.s.sol:DeployWorks"
        forge(folder, "script", script, "--rpc-url", running.url, "--private-key", KEY, "--broadcast")
        (record,) = folder.glob("out/broadcast/*/*/run-latest.json")
        notary, works = (one["contractAddress"] for one in json.loads(record.read_text())["transactions"])
        web3 = Web3(HTTPProvider(running.url))
        contract = web3.eth.contract(Web3.to_checksum_address(works), abi=artifacts.load("Works").abi)
        assert contract.functions.notary().call().lower() == notary.lower()
    finally:
        running.stop()


@pytest.mark.deep
def test_forge_builds_every_contract_to_our_code(tmp_path: Path) -> None:
    folder = checkout(tmp_path)

    forge(folder, "build")

    assert differing(folder) == []
    assert len(list((ROOT / "contracts").rglob("*.sol"))) <= len(list(folder.glob("out/*.sol")))
