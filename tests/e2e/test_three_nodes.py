"""`mz template check --deployed` against three nodes of one chain: what passes, and every way in which one differs."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chain.cli import rollout
from chain.cli.hosting import Host
from chain.client import Client
from chain.errors import RegistryError
from chain.launch import NodeOptions
from chain.primitives import checksum
from chain.registry import Library, reports
from chain.registry.answering import answers_everywhere
from chain.wallet import Wallet
from tests.e2e.serving import MZ, environment

NAME = "star-time"  # payments, ERC-165 and ERC-721


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Host]]:
    """One chain with one used template, served by three nodes from folders of their own."""
    folders = [tmp_path_factory.mktemp("nodes") / "mz" for _ in range(3)]
    first = Host(NodeOptions(data_dir=folders[0]), 0)
    client = rollout.deploy(first, lambda _: None)
    ours = [bundle for bundle in rollout.shipped_bundles() if bundle.manifest.name == NAME]
    rollout.publish(first, client, ours, lambda _: None)
    Library(client).use(NAME, {"title": "Time of Ann"}, sender="dev1")
    first.stop()
    for other in folders[1:]:
        shutil.copytree(folders[0], other)
    served = [Host(NodeOptions(data_dir=folder), 0) for folder in folders]
    for host in served:
        host.platform = first.platform
    yield served
    for host in served:
        host.stop()


def outcomes(hosts: list[Host], version: int | None = None) -> list[tuple[str, str]]:
    """What each node's step came to, and what was found."""
    report = answers_everywhere([host.running.url for host in hosts], NAME, version)
    return [(step.outcome, step.detail) for step in report.steps]


def mz(*words: str) -> Any:
    command = [str(MZ), "template", *words, "--json", "--yes"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.deep
@pytest.mark.timeout(600)  # two commands and three nodes, on a busy machine
def test_a_version_is_asked_for_on_three_nodes_and_vouched_for(hosts: list[Host], tmp_path: Path) -> None:
    first, second, third = hosts
    nodes = [word for host in hosts for word in ("--deployed", host.running.url)]
    acting = ("--rpc", first.running.url, "--from", "dev4")

    told = mz("check", NAME, *nodes, "--out", str(tmp_path / "report.json"), "--attach", NAME, *acting)

    assert [step["outcome"] for step in told["steps"]] == ["passed"] * 3
    assert [step["name"] for step in told["steps"]] == [f"node {host.running.url}" for host in hosts]
    assert all("bundle verified, 1 contracts asked" in step["detail"] for step in told["steps"])
    [badge] = mz("show", NAME, "--rpc", first.running.url)["badges"]
    assert badge["signer"] == checksum(Wallet.dev()["dev4"].address)
    assert badge["passed"] and badge["problem"] is None and len(badge["steps"]) == 3

    library = Library(Client(third.running.url, Wallet.dev()))
    bundle = library.bundle(library.show(NAME))
    assert json.loads((tmp_path / "report.json").read_bytes())["report"]["bundle"] == bundle.cid
    library.publish(bundle, sender="dev0", price=1)  # the next version, on this node alone
    (_, _), (_, _), odd = outcomes(hosts)
    assert odd == ("failed", "it has another chain, registry or version")
    assert [outcome for outcome, _ in outcomes(hosts, 1)] == ["passed"] * 3

    assert second.folder is not None
    [kept] = second.folder.glob(f"blobs/*/*/{bundle.cid}")
    kept.write_bytes(b"?" + kept.read_bytes()[1:])
    assert [outcome for outcome, _ in outcomes(hosts, 1)] == ["passed", "failed", "passed"]
    kept.unlink()
    assert "nobody here has the bundle" in outcomes(hosts, 1)[1][1]
    second.running.server.stop()
    assert [outcome for outcome, _ in outcomes(hosts, 1)] == ["passed", "failed", "passed"]
    assert "no node answers" in outcomes(hosts, 1)[1][1]
    nobody = answers_everywhere([second.running.url], NAME, 1)
    with pytest.raises(RegistryError, match="is another one"):
        reports.attach(library, library.show(NAME, 1), reports.sign(nobody, Wallet.dev()["dev4"]), sender="dev4")
