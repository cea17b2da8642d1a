"""`mz node`: started as people and as brownie start it, asked, told to make blocks, and stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from web3 import HTTPProvider, Web3

from tests.e2e.commands import mz
from tests.e2e.serving import MZ, free_port

SECONDS = 90
# As brownie's network settings become flags; with a node of version 6 and lower it writes ganache's.
BROWNIE = {
    "--gasLimit": "12000000",
    "--accounts": "3",
    "--mnemonic": "brownie",
    "--chainId": "1337",
    "--hardfork": "istanbul",
    "--networkId": "1337",
    "--defaultBalanceEther": "1000",
    "--time": "2040-01-01T00:00:00",
    "--unlock": "0x00000000000000000000000000000000000A11cE",
}


def environment(password_file: str = "") -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MZ_")}
    return {**inherited, "NO_COLOR": "1"} | ({"MZ_PASSWORD_FILE": password_file} if password_file else {})


@contextmanager
def started(
    folder: Path, *words: str, password_file: str = ""
) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """What it said about itself, and its process; nobody reads its stderr, as with brownie."""
    process = subprocess.Popen(
        [str(MZ), "node", "start", "--json", *words],
        cwd=folder,
        env=environment(password_file),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        line, lines = "", []
        while line != "}\n" and process.poll() is None:
            line = process.stdout.readline()
            lines.append(line)
        assert process.poll() is None, process.stderr.read()
        yield json.loads("".join(lines)), process
    finally:
        process.kill()
        process.wait(SECONDS)
        process.stdout.close()
        process.stderr.close()


def rpc(url: str, method: str, *parameters: object) -> Any:
    return Web3(HTTPProvider(url)).provider.make_request(method, list(parameters))  # type: ignore[arg-type]


def test_a_node_started_as_brownie_does_it_is_as_brownie_wants_it(tmp_path: Path) -> None:
    port = free_port()
    flags = [word for pair in BROWNIE.items() for word in pair]
    words = ("--memory", "--one-tx-per-block", "--port", str(port), *flags, "--allowUnlimitedContractSize")
    words += ("--client-version", "HardhatNetwork/mz")  # without it hardhat's network helpers refuse to work
    with started(tmp_path, *words) as (facts, process):
        w3 = Web3(HTTPProvider(facts["rpc"]))

        assert facts["rpc"] == f"http://127.0.0.1:{port}" and facts["development"] is True
        assert w3.eth.chain_id == 1337 and w3.eth.get_block("latest")["gasLimit"] == 12_000_000
        assert w3.eth.accounts[0] == "0x66aB6D9362d4F35596279692F0251Db635165871", "ganache's of the same word"
        assert w3.client_version == "HardhatNetwork/mz"
        assert len(w3.eth.accounts) == 3 and w3.eth.get_balance(w3.eth.accounts[2]) == 1000 * 10**18
        stranger = "0x00000000000000000000000000000000000A11cE"
        rpc(facts["rpc"], "anvil_setBalance", stranger, hex(10**18))
        sent = w3.eth.send_transaction({"from": stranger, "to": w3.eth.accounts[0], "value": 1})
        assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 1
        assert w3.eth.get_block("latest")["timestamp"] > 2_208_900_000
        assert not (tmp_path / ".mz").exists(), "--memory leaves nothing"
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_status_and_mine_speak_to_the_node(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "0", "--data-dir", "d", "--block-time", "0") as (facts, _):
        made = mz("node", "mine", "3", "--rpc", facts["rpc"], cwd=tmp_path)
        status = mz("node", "status", "--json", "--rpc", facts["rpc"], cwd=tmp_path)

    assert (made.returncode, made.stdout) == (0, "3\n")
    told = json.loads(status.stdout)
    assert (told["block"], told["chain_id"], told["development"]) == (3, 20261, True)
    assert (told["pending"], told["queued"]) == (0, 0) and told["version"].startswith("mz/v")
    assert -60 < told["clock_drift"] < 60


@pytest.mark.parametrize("words", [("--no-dev",), ("--host", "0.0.0.0")], ids=["no-dev", "public"])
def test_without_development_methods_they_do_not_exist(tmp_path: Path, words: tuple[str, ...]) -> None:
    port = free_port()
    with started(tmp_path, "--memory", "--port", str(port), *words) as (facts, _):
        url = f"http://127.0.0.1:{port}"
        codes = [rpc(url, name)["error"]["code"] for name in ("evm_snapshot", "anvil_mine", "hardhat_reset")]
        accounts = rpc(url, "eth_accounts")["result"]
        refused = mz("node", "mine", "--rpc", url, cwd=tmp_path)

    assert codes == [-32601] * 3 and facts["development"] is False
    assert len(accounts) == (0 if "--host" in words else 10), "nobody's keys are used on a public address"
    assert refused.returncode == 1 and "does not make blocks on command" in refused.stderr


def test_init_makes_a_folder_that_start_serves(tmp_path: Path) -> None:
    made = mz("node", "init", "--json", "--data-dir", "d", "--chain-id", "99", "--accounts", "2", cwd=tmp_path)
    again = mz("node", "init", "--json", "--data-dir", "d", cwd=tmp_path)
    other = mz("node", "init", "--data-dir", "d", "--chain-id", "5", cwd=tmp_path)
    told = json.loads(made.stdout)
    with started(tmp_path, "--port", "0", "--data-dir", "d") as (facts, _):
        genesis = rpc(facts["rpc"], "eth_getBlockByNumber", "0x0", False)["result"]["hash"]

    assert (made.returncode, again.returncode, other.returncode) == (0, 0, 2)
    assert told["chain_id"] == facts["chain_id"] == 99 and len(told["accounts"]) == 2
    assert told["genesis"] == json.loads(again.stdout)["genesis"] == genesis
    assert "holds a chain already" in again.stderr


def test_the_state_goes_into_a_file_at_the_end_and_comes_back_at_the_start(tmp_path: Path) -> None:
    nobody = "0x" + "ab" * 20
    with started(tmp_path, "--memory", "--port", "0", "--state", "state.json") as (facts, process):
        rpc(facts["rpc"], "anvil_setBalance", nobody, "0x64")
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    with started(tmp_path, "--memory", "--port", "0", "--load-state", "state.json") as (facts, _):
        balance = rpc(facts["rpc"], "eth_getBalance", nobody, "latest")["result"]
    missing = mz("node", "start", "--memory", "--load-state", "nothing.json", cwd=tmp_path)

    assert balance == "0x64"
    assert missing.returncode == 2 and "cannot read nothing.json" in missing.stderr
