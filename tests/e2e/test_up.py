"""`mz up`: what a newcomer sees, what stays between starts, and how it answers when the surroundings are wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from web3 import HTTPProvider, Web3

from tests.contracts.stage import ROOT
from tests.e2e.commands import Ended, mz
from tests.e2e.offline import head_of
from tests.e2e.serving import MZ, Served, environment, free_port, served

FIRST_DEV_ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
CONTRACTS = (
    "genesis",
    "mz",
    "vestings",
    "sale",
    "feed",
    "eth_cny",
    "templates",
    "till",
    "buyback",
    "vault",
    "fund_use",
    "splits",
    "shares",
    "notary",
    "works",
)
DEV_MZ = 1_000_000 * 10**18  # of each local account: a tenth of the private placement
TEMPLATES = sorted(path.parent.name for path in ROOT.glob("templates/*/template.toml"))
# Of processor time, which is what a start takes on a machine that has nothing else to do: other tests run beside this.
SECOND_START_SECONDS = 3


def processor_seconds(pid: int) -> float:
    """What a process has used so far; without /proc nobody knows."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("inf")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def refused(folder: Path, *words: str) -> Ended:
    """`mz up` that must not come up."""
    done = mz("up", "--port", "0", "--data-dir", str(folder), *words, cwd=folder.parent)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done


@dataclass(frozen=True)
class Again:
    """A second start: hashes of the newest block before and after, seconds until the first answer, what it said."""

    node: Served
    first: bytes
    second: bytes
    waited: float
    worked: float
    printed: str


@pytest.fixture(scope="module")
def again(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Again]:
    """One that goes on serving: for whoever disturbs nobody."""
    folder = tmp_path_factory.mktemp("again") / "mz"
    shutil.copytree(platform_folder, folder)
    first = head_of(folder)
    with served(folder) as node:
        waited = node.wait_for_answer()
        worked = processor_seconds(node.process.pid)
        printed = node.wait_for_table()
        yield Again(node, first, bytes(node.web3.eth.get_block("latest")["hash"]), waited, worked, printed)


@dataclass(frozen=True)
class Told:
    """A start whose port and folder came from its environment, in a folder of its own: its JSON, and what it said."""

    document: Any
    said: str
    port: int
    folder: Path
    place: Path


@pytest.fixture(scope="module")
def told(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """With a block every fifth of a second."""
    place, port = tmp_path_factory.mktemp("told"), free_port()
    folder = tmp_path_factory.mktemp("elsewhere") / "mz"
    shutil.copytree(platform_folder, folder)
    with (place / "said").open("wb") as said:
        process = subprocess.Popen(
            [str(MZ), "up", "--json", "--block-time", "0.2"],
            cwd=place,
            env=environment() | {"MZ_NODE_PORT": str(port), "MZ_DATA_DIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    assert process.stdout is not None
    try:
        text = ""
        while not text.endswith("\n}\n"):
            line = process.stdout.readline()
            assert line, (place / "said").read_text()
            text += line
        deadline = time.monotonic() + 30
        while "Ctrl-C" not in (place / "said").read_text():
            assert process.poll() is None and time.monotonic() < deadline, (place / "said").read_text()
            time.sleep(0.01)
        yield Told(json.loads(text), (place / "said").read_text(), port, folder, place)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0, (place / "said").read_text()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_first_start_prints_one_table_with_everything_in_it(tmp_path):
    with served(tmp_path / "mz") as node:
        printed = node.wait_for_table()

        assert f"http://127.0.0.1:{node.port}" in printed
        assert "20261" in printed
        assert FIRST_DEV_ACCOUNT in printed
        for name in (*CONTRACTS, *TEMPLATES):
            assert name in printed
        assert node.web3.eth.get_balance(FIRST_DEV_ACCOUNT) > 0
        assert node.stop() == 0
        assert "Traceback" not in node.printed()


def test_a_second_start_answers_within_three_seconds_and_changes_nothing(again):
    assert again.second == again.first
    assert "deployed" not in again.printed
    assert "published" not in again.printed
    assert min(again.waited, again.worked) < SECOND_START_SECONDS


def test_sigterm_stops_it_as_cleanly_as_ctrl_c(rolled_out):
    with served(rolled_out) as node:
        node.wait_for_table()

        node.process.send_signal(signal.SIGTERM)

        assert node.process.wait(timeout=30) == 0
        assert node.printed().rstrip().endswith("stopped")


def test_ctrl_c_during_the_roll_out_loses_nothing_and_the_next_start_goes_on(tmp_path):
    folder = tmp_path / "mz"
    with served(folder) as node:
        deadline = time.monotonic() + 60
        while "deployed mz" not in node.printed() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert node.stop() == 0
        assert "Traceback" not in node.printed()

    with served(folder) as node:
        printed = node.wait_for_table()

    assert "deployed mz" not in printed
    for name in (*CONTRACTS, *TEMPLATES):
        assert name in printed


def test_json_is_one_document_for_programs(told):
    document = told.document

    assert document["chain_id"] == 20261
    assert set(document["contracts"]) == set(CONTRACTS)
    assert {template["name"] for template in document["templates"]} == set(TEMPLATES)
    assert [int(account["mz"]) for account in document["accounts"]] == [DEV_MZ] * 10


def test_templates_are_listed_shown_and_used_from_another_terminal(again, tmp_path):
    node = again.node
    at = ("--rpc", node.url, "--data-dir", str(node.folder))

    listed = mz("template", "list", "--json", *at, cwd=tmp_path)
    shown = mz("template", "show", "tip-jar", "--json", *at, cwd=tmp_path)
    used = mz("template", "use", "tip-jar", "--from", "dev1", "--yes", "--json", *at, cwd=tmp_path)
    after = mz("template", "show", "tip-jar", "--json", *at, cwd=tmp_path)

    assert [one["name"] for one in json.loads(listed.stdout)] == TEMPLATES
    assert json.loads(shown.stdout)["uses"] == 0
    paid = json.loads(used.stdout)
    assert int(paid["paid"]) == int(paid["author_paid"]) + int(paid["burned"]) == 10**18
    assert len(node.web3.eth.get_code(paid["instance"])) > 0
    assert json.loads(after.stdout)["uses"] == 1
    assert json.loads(after.stdout)["earned_on_uses"] == paid["author_paid"]


def test_an_account_of_the_keystore_is_told_that_it_has_no_mz(again, tmp_path):
    secret = {"MZ_PASSWORD": "secret"}
    at = ("--rpc", again.node.url, "--data-dir", str(again.node.folder))
    assert mz("account", "new", "alice", *at, cwd=tmp_path, environ=secret).returncode == 0

    poor = mz("template", "use", "tip-jar", "--from", "alice", "--yes", *at, cwd=tmp_path, environ=secret)
    locked = mz("template", "use", "tip-jar", "--from", "alice", "--yes", *at, cwd=tmp_path)
    wrong = {"MZ_PASSWORD": "wrong"}
    mistaken = mz("template", "use", "tip-jar", "--from", "alice", "--yes", *at, cwd=tmp_path, environ=wrong)
    unknown = mz("template", "use", "no-such", "--yes", *at, cwd=tmp_path)

    assert poor.returncode == 1
    assert "insufficient" in poor.stderr.lower()
    assert locked.returncode == 2
    assert "MZ_PASSWORD_FILE" in locked.stderr
    assert mistaken.returncode == 1
    assert "wrong password" in mistaken.stderr
    assert unknown.returncode == 1
    assert "mz template list" in unknown.stderr


def test_a_taken_port_is_said_with_another_way_and_status_2(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = subprocess.run(
            [str(MZ), "up", "--port", str(port), "--data-dir", str(tmp_path / "mz")],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_process_on_the_folder_is_told_who_holds_it(again):
    done = refused(again.node.folder)

    assert done.returncode == 1
    assert str(again.node.process.pid) in done.stderr
    assert again.node.web3.is_connected()


def test_another_chains_data_is_refused_with_status_2_and_left_alone(rolled_out):
    before = head_of(rolled_out)

    done = refused(rolled_out, "--chain-id", "5")

    assert done.returncode == 2
    assert "20261" in done.stderr
    assert head_of(rolled_out) == before


def test_a_chain_that_keeps_to_the_clock_does_not_become_one_for_tests(rolled_out):
    done = refused(rolled_out, "--dev")

    assert done.returncode == 2
    assert "made without --dev" in done.stderr and "--data-dir" in done.stderr


def test_a_deployment_manifest_of_another_chain_is_refused(rolled_out, tmp_path):
    other = tmp_path / "other"
    (other / "deployments").mkdir(parents=True)
    manifest = rolled_out / "deployments" / "20261.json"
    (other / "deployments" / "20261.json").write_bytes(
        manifest.read_bytes().replace(b'"genesis": "0x', b'"genesis": "0xff')
    )

    done = refused(other)

    assert done.returncode == 1
    assert "genesis" in done.stderr


@pytest.mark.parametrize("spoil", [b"", b"garbage"], ids=["emptied", "overwritten"])
def test_a_corrupt_data_folder_is_named_and_nothing_in_it_is_changed(rolled_out, spoil):
    for manifest in (rolled_out / "chain" / "truth").glob("MANIFEST-*"):
        manifest.write_bytes(spoil)
    before = contents(rolled_out / "chain" / "truth")

    done = refused(rolled_out)

    assert done.returncode == 1
    assert str(rolled_out) in done.stderr
    after = contents(rolled_out / "chain" / "truth")
    assert {name: after.get(name) for name in before if not name.startswith("LOG")} == {
        name: data for name, data in before.items() if not name.startswith("LOG")
    }


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    folder = tmp_path / "mz"
    (folder / "chain").mkdir(parents=True)
    (folder / "chain" / "thesis.txt").write_text("mine")

    done = refused(folder)

    assert done.returncode == 1
    assert (folder / "chain" / "thesis.txt").read_text() == "mine"


def test_a_mistake_in_the_settings_is_status_2_before_anything_starts(tmp_path):
    (tmp_path / "mz.toml").write_text("[node]\nprot = 1\n")

    done = mz("up", cwd=tmp_path)

    assert done.returncode == 2
    assert "did you mean node.port?" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mz.toml"]


def test_port_and_folder_come_from_the_environment_too(told):
    assert told.document["rpc"] == f"http://127.0.0.1:{told.port}"
    assert f"serving {told.document['rpc']} with its data in {told.folder};" in told.said
    assert list(told.place.glob(".mz")) == []


def test_blocks_come_at_their_interval_when_asked_for(told):
    web3 = Web3(HTTPProvider(told.document["rpc"]))

    begin = web3.eth.block_number
    deadline = time.monotonic() + 30
    while web3.eth.block_number < begin + 3 and time.monotonic() < deadline:
        time.sleep(0.05)

    assert web3.eth.block_number >= begin + 3
