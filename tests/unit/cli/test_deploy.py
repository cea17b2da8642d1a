"""`mz deploy` in the hands of somebody who mistypes; what it does when all is right is in tests/e2e."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.deployment import DEFAULT_FILE, read_parameters
from chain.launch import NodeOptions, start
from chain.wallet import dev_accounts

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def url():
    running = start(NodeOptions(chain_id=31337), port=0)
    yield running.url
    running.stop()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("run",), 2, "add --yes"),
        (("plan", "--params", "none.toml"), 1, "none.toml"),
        (("plan", "--network", "nowhere"), 1, "nowhere.toml"),
        (("plan", "--network", "a", "--params", "b"), 2, "give one of them"),
        (("plan", "--signer", "no-such-program"), 1, "cannot be started"),
        (("verify",), 1, "mz deploy run"),
        (("run", "--confirmations", "0", "--yes"), 2, "confirmations"),
    ],
)
def test_a_mistake_is_told_with_the_next_step(mz, url, words, status, said):
    ended = mz("deploy", *words, "--rpc", url)

    assert ended.status == status, ended.err
    assert said in ended.err


def test_nothing_was_rolled_out_yet(mz, url):
    ended = mz("deploy", "status", "--rpc", url)

    assert ended.status == 0
    assert "mz deploy plan" in ended.err


@pytest.mark.parametrize("file", [DEFAULT_FILE, *sorted((REPOSITORY / "deploy/params").glob("*.toml"))], ids=str)
def test_every_file_of_parameters_is_one(file):
    names = {account.name: account.address for account in dev_accounts()}

    assert read_parameters(file, names | {"deployer": bytes(20)}, 1_800_000_000).templates_fee_bps <= 100
