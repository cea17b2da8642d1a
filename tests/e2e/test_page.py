"""The first page in a real browser: what it shows is what the chain says (N4)."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain import artifacts
from chain.abi import topic
from tests.e2e.serving import Served, served
from tests.optional import ROOT, require

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=8000",
)


@pytest.fixture(scope="module")
def node(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("shown") / "mz"
    shutil.copytree(platform_folder, folder)
    with served(folder) as running:
        running.wait_for_table()
        yield running


def shown(node: Served, profile: Path) -> str:
    """The document as it stands once its scripts have run."""
    chromium = require("chromium")
    page = subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", node.url],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return page.stdout


def test_a_browser_shows_supply_templates_blocks_and_contracts(node: Served, tmp_path: Path) -> None:
    document = shown(node, tmp_path / "profile")

    text = re.sub(r"<[^>]+>", " ", document)
    assert "chain 20261" in text
    assert "100,000,000 MZ" in text
    assert re.search(r"copyright-licence\s+0xf39f…2266\s+1\s+5 MZ\s+2 %", text)
    assert node.web3.to_checksum_address(node.web3.provider.make_request("mz_platform", [])["result"]["till"]) in text  # type: ignore[arg-type]
    assert node.web3.eth.get_block("latest")["hash"].to_0x_hex()[:6] in text
    assert "Lost the node" not in text


def test_the_events_that_the_page_looks_for_are_the_registrys() -> None:
    source = (ROOT / "web/src/registry.ts").read_text()
    events = {item["name"]: item for item in artifacts.load("ITemplates").abi if item["type"] == "event"}

    for name in ("Published", "Retired"):
        [constant] = re.findall(rf'const {name.upper()} = "0x([0-9a-f]{{64}})"', source)
        assert bytes.fromhex(constant) == topic(events[name])
