"""The scripts of docs/examples.md, run as the guide says, on one node; and the guide prints what the files are."""

from __future__ import annotations

import csv
import json
import os
import re
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import chain
from chain.launch import NodeOptions, start
from chain.launch.platform import deploy, publish, shipped_bundles
from tests.e2e.serving import MZ, Served, environment
from tests.optional import ROOT

GUIDE = (ROOT / "docs/examples.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|sh|)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECTIONS = {
    title: BLOCK.findall(text) for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", GUIDE, re.M | re.S)
}
WATCHING = "Watch burns live"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`mz up --dev`, as the guide starts it."""
    running = Served(tmp_path_factory.mktemp("node") / "mz", flags=("--dev",))
    running.wait_for_table()
    yield running
    assert running.stop() == 0, running.printed()


def surroundings(node: Served) -> dict[str, str]:
    return environment() | {"MZ_RPC": node.url, "PATH": f"{MZ.parent}{os.pathsep}{os.environ['PATH']}"}


def run_here(script: str, *words: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, where everything is imported already."""
    monkeypatch.setenv("MZ_RPC", url)
    monkeypatch.setattr(sys, "argv", [script, *words])
    runpy.run_path(str(ROOT / "examples" / script), run_name="__main__")


def agrees(promised: str, told: str) -> bool:
    """Whether every line that the guide shows was told, in this order; `…` stands for anything."""
    lines = (re.escape(line).replace("…", ".+") for line in promised.strip().splitlines())
    return re.search(r"\n(?:.*\n)*?".join(lines), told) is not None


@contextmanager
def watching(folder: Path, node: Served) -> Iterator[Path]:
    """The terminal in which the burns are watched, until Ctrl-C; what it printed."""
    printed = folder / "watching.txt"
    (command,) = (body for language, body in SECTIONS[WATCHING] if language == "sh")
    with printed.open("wb") as out:
        process = subprocess.Popen(command.split(), cwd=folder, env=surroundings(node), stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 60
        while "listening" not in printed.read_text():
            assert process.poll() is None and time.monotonic() < deadline, printed.read_text()
            time.sleep(0.05)
        yield printed
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0, printed.read_text()
    finally:
        process.kill()


def test_the_guide_prints_the_files_and_all_of_them() -> None:
    printed = {title: [body for language, body in blocks if language == "python"] for title, blocks in SECTIONS.items()}
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py")}

    assert sorted(body for bodies in printed.values() for body in bodies) == sorted(files.values())
    for title, blocks in SECTIONS.items():
        (command,) = (body for language, body in blocks if language == "sh")
        assert files[Path(command.split()[1]).name] == printed[title][0]


def test_each_does_what_the_guide_says_and_the_year_adds_up(node: Served, tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    begin = node.web3.eth.block_number
    with watching(tmp_path, node) as seen:
        for title, blocks in SECTIONS.items():
            if title == WATCHING:
                continue
            (_, (_, command), (_, promised)) = blocks
            (_, script, *words) = subprocess.check_output(["sh", "-c", f"echo {command}"], text=True).split()
            try:
                run_here(Path(script).name, *words, url=node.url, monkeypatch=monkeypatch)
            except SystemExit as ended:
                assert ended.code is None, f"{title}: {ended.code}"
            told = capsys.readouterr().out
            assert agrees(promised, told), f"{title}: {told}"
        run_here("publish.py", str(tmp_path / "examples/guest-book"), url=node.url, monkeypatch=monkeypatch)
    assert "published already, as version 1" in capsys.readouterr().out

    (_, _, (_, promised)) = SECTIONS[WATCHING]
    assert agrees(promised, seen.read_text())
    summary = json.loads((tmp_path / "audit/summary.json").read_text())
    live = [
        (float(amount), transaction)
        for amount, block, transaction in re.findall(r"([\d.]+) MZ burned in block (\d+), (0x\w+)", seen.read_text())
        if int(block) <= summary["blocks"][1]
    ]
    with (tmp_path / "audit/burns.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["block"]) > begin]
    # The guest book and the campaign cost 2 and 10 MZ, the campaign's 120 MZ left escrow: one per cent of each burned.
    assert [(int(row["value"]) / 10**18, row["transaction"]) for row in rows] == live
    assert [amount for amount, _ in live] == [0.02, 0.1, 0.48, 0.72]
    before, after = (int(amount) for amount in summary["supply"])
    assert int(summary["minted"]) + before - after == int(summary["burned"]["burns"]) >= 132 * 10**16
    assert summary["contradictions"] == []


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_without_a_node_it_says_so_in_a_sentence(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"(?s)127\.0\.0\.1:1.*mz up") as ended:
        run_here(script, "2026", "audit", url="http://127.0.0.1:1", monkeypatch=monkeypatch)

    assert isinstance(ended.value.code, str)  # which Python prints, and ends with 1


def test_a_campaign_waits_where_nobody_moves_the_clock(monkeypatch, capsys) -> None:
    known: dict[str, str] = {}
    running = start(NodeOptions(), port=0, more={"mz_platform": lambda _service, _params: known})
    try:
        client = chain.connect(running.url, wallet=chain.Wallet.dev())
        known |= deploy(client, running.accounts, None).to_json()
        publish(client, running.accounts, [one for one in shipped_bundles() if one.manifest.name == "crowdfunding"])
        run_here("crowdfunding.py", url=running.url, monkeypatch=monkeypatch)
    finally:
        running.stop()

    assert agrees("contributions end …\nnothing to do before … UTC: go on then", capsys.readouterr().out)


def test_a_campaign_that_missed_its_goal_gives_everything_back(node: Served, monkeypatch, capsys) -> None:
    client = chain.connect(node.url, wallet=chain.Wallet.dev())
    campaign = chain.Template("crowdfunding").use(client, sender="dev1", goal="1000 MZ", deadline="+1 day")
    mz = client.contract("MZ", client.platform.mz)
    before = [mz.call("balanceOf", client.address_of(backer)) for backer in ("dev2", "dev3")]
    for backer in ("dev2", "dev3"):
        campaign.do("back", {"amount": "7 MZ"}, sender=backer)

    run_here("crowdfunding.py", f"0x{campaign.address.hex()}", url=node.url, monkeypatch=monkeypatch)

    assert "The campaign is failed: money goes back." in capsys.readouterr().out
    assert [mz.call("balanceOf", client.address_of(backer)) for backer in ("dev2", "dev3")] == before
