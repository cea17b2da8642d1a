"""`mz contract` against a served platform: a source file compiled, deployed, used, watched and checked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import commands
from tests.e2e.commands import Ended
from tests.e2e.serving import Served, served

DEV1 = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SOURCE = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract Counter is Ownable {
  uint256 public immutable step;
  uint256 public count;

  error CounterTooMuch(uint256 count, uint256 most);

  event Counted(address indexed who, uint256 count);

  constructor(address owner, uint256 step_) Ownable(owner) {
    step = step_;
  }

  function add(uint256[] calldata times) external payable onlyOwner {
    for (uint256 i = 0; i < times.length; ++i) count += times[i] * step;
    if (count > 100) revert CounterTooMuch(count, 100);
    emit Counted(msg.sender, count);
  }
}
"""


@pytest.fixture(scope="module")
def node(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("commands") / "mz"
    shutil.copytree(platform_folder, folder)
    with served(folder) as running:
        running.wait_for_table()
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    (folder / "Counter.sol").write_text(SOURCE)
    return folder


@pytest.fixture(scope="module")
def counter(node: Served, place: Path) -> str:
    """Where a user's contract was deployed."""
    compiled = mz(node, place, "contract", "compile", "Counter.sol", "--out", "out", "--json")
    assert [one["name"] for one in json.loads(compiled.stdout)] == ["Counter"]
    made = mz(node, place, "contract", "deploy", "out/Counter.json", "dev1", "3", "--from", "dev1", "--yes")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def mz(node: Served, place: Path, *words: str) -> Ended:
    return commands.mz(*words, "--rpc", node.url, cwd=place)


def test_a_users_contract_from_source_to_events(node, place, counter):
    sent = mz(
        node,
        place,
        "contract",
        "send",
        "out/Counter.json",
        counter,
        "add",
        "[2, 5]",
        "--from",
        "dev1",
        "--yes",
        "--json",
    )
    asked = mz(node, place, "contract", "call", "out/Counter.json", counter, "count")
    listed = mz(node, place, "contract", "logs", "out/Counter.json", counter, "OwnershipTransferred", "--json")

    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["events"] == [{"name": "Counted", "arguments": {"who": DEV1, "count": "21"}}]
    assert asked.stdout == "21\n"
    assert [one["arguments"] for one in json.loads(listed.stdout)] == [
        {"previousOwner": "0x" + "0" * 40, "newOwner": DEV1}
    ]


def test_code_is_compared_with_its_source_whatever_its_immutables(node, place, counter):
    same = mz(node, place, "contract", "verify", "Counter.sol", counter)
    other = mz(node, place, "contract", "verify", "Till", "till")
    neither = mz(node, place, "contract", "verify", "Till", counter)

    assert (same.returncode, same.stdout) == (0, "the same code\n")
    assert (other.returncode, other.stdout) == (0, "the same code\n")
    assert neither.returncode == 1
    assert neither.stdout.startswith("other code")


def test_a_refusal_names_the_custom_error_before_anything_is_sent(node, place, counter):
    before = node.web3.eth.block_number

    refused = mz(node, place, "contract", "send", "out/Counter.json", counter, "add", "[40]", "--from", "dev1", "--yes")

    assert refused.returncode == 1
    assert "CounterTooMuch" in refused.stderr
    assert node.web3.eth.block_number == before
