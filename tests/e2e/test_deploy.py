"""`mz deploy` as a person uses it: on anvil, a chain that we did not write, and on our own node."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3

from chain.launch import NodeOptions, start
from tests.e2e import commands
from tests.e2e.commands import Ended
from tests.e2e.serving import free_port
from tests.e2e.test_guides import blocks
from tests.optional import anvil

SHARED = {"vestings", "splits", "shares", "notary", "works"}
SIGNER = """
import json, sys
from chain.wallet import dev_accounts

account = dev_accounts()[0]
for line in sys.stdin:
    question = json.loads(line)
    if question["method"] == "accounts":
        result = ["0x" + account.address.hex()]
    else:
        result = "0x" + account.sign_transaction(question["params"]["transaction"]).hex()
    print(json.dumps({"id": question["id"], "result": result}), flush=True)
"""


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    """anvil, with blocks of its own making."""
    command = [*anvil(), "--hardfork", "prague", "--port", "0", "--chain-id", "31337"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("Listening on")), None)
        assert line is not None, "anvil did not start"
        threading.Thread(target=process.stdout.read, daemon=True).start()  # a full pipe would stop it
        yield f"http://{line.split()[-1]}"
        process.terminate()


@pytest.fixture(scope="module")
def ours() -> Iterator[str]:
    """A bare node of ours."""
    running = start(NodeOptions(dev=True, chain_id=31337), port=0)
    yield running.url
    running.stop()


def mz(folder: Path, *words: str, url: str) -> Ended:
    """`mz` against a chain, with files of its own."""
    manifests = ["--manifests", str(folder)] if words[0] == "deploy" else []
    return commands.mz(*words, *manifests, "--rpc", url, "--data-dir", str(folder / "data"), cwd=folder)


@pytest.fixture(scope="module")
def rolled_out(foreign: str, ours: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict]]:
    """The same roll-out on both chains, on ours with a key that another program holds."""
    found = {}
    for name, url in (("foreign", foreign), ("ours", ours)):
        folder = tmp_path_factory.mktemp(name)
        (folder / "signer.py").write_text(SIGNER)
        if name == "foreign":
            (folder / "plan.json").write_text(mz(folder, "deploy", "plan", "--json", url=url).stdout)
        signer = ["--signer", f"{sys.executable} signer.py"] if name == "ours" else []
        ran = mz(folder, "deploy", "run", "--yes", "--json", *signer, url=url)
        assert ran.returncode == 0, ran.stderr
        found[name] = (folder, json.loads(ran.stdout))
    return found


def test_both_chains_have_the_same_contracts_at_the_same_addresses(rolled_out, foreign, ours):
    (_, there), (_, here) = rolled_out["foreign"], rolled_out["ours"]
    anvils, own = Web3(HTTPProvider(foreign)).eth, Web3(HTTPProvider(ours)).eth

    timed = {"founders_tranche", "institutions_tranche"}  # their terms begin with the roll-out
    addresses = {one["name"]: one["address"] for one in there["contracts"] if one["name"] not in timed}
    assert addresses == {one["name"]: one["address"] for one in here["contracts"] if one["name"] not in timed}
    assert (there["transactions"], here["transactions"]) == (18, 18)
    for name in SHARED | {"mz", "vault", "feed"}:
        assert anvils.get_code(addresses[name]) == own.get_code(addresses[name]) != b""


def test_a_second_run_sends_no_transaction(rolled_out, foreign):
    folder, first = rolled_out["foreign"]
    nonce = Web3(HTTPProvider(foreign)).eth.get_transaction_count(first["deployer"])

    again = mz(folder, "deploy", "run", "--yes", "--json", url=foreign)

    told = json.loads(again.stdout)
    assert (told["transactions"], told["gas_used"]) == (0, 0)
    assert {one["status"] for one in told["contracts"]} == {"unchanged"}
    assert Web3(HTTPProvider(foreign)).eth.get_transaction_count(first["deployer"]) == nonce


def test_the_plan_said_before_what_it_would_cost(rolled_out):
    folder, done = rolled_out["foreign"]
    planned = json.loads((folder / "plan.json").read_text())

    assert abs(planned["gas"] - done["gas_used"]) < 0.001 * done["gas_used"]
    assert {one["status"] for one in planned["contracts"]} == {"to create"}
    timed = {"founders_tranche", "institutions_tranche"}
    assert {one["name"]: one["address"] for one in planned["contracts"] if one["name"] not in timed} == {
        one["name"]: one["address"] for one in done["contracts"] if one["name"] not in timed
    }


def test_status_and_verify_tell_what_is_there(rolled_out, ours):
    folder, _ = rolled_out["ours"]

    status = json.loads(mz(folder, "deploy", "status", "--json", url=ours).stdout)
    verified = mz(folder, "deploy", "verify", url=ours)

    assert {one["condition"] for one in status["contracts"]} == {"as compiled"}
    assert (verified.returncode, verified.stdout.split()[0]) == (0, "18")


def test_other_commands_find_the_platform_through_the_manifest(rolled_out, foreign):
    folder, done = rolled_out["foreign"]
    (folder / "data" / "deployments").mkdir(parents=True)
    (folder / "data" / "deployments" / "31337.json").write_bytes((folder / "31337.json").read_bytes())

    told = mz(folder, "contract", "call", "Till", "till", "mz", "--json", url=foreign)

    assert json.loads(told.stdout) == next(one["address"] for one in done["contracts"] if one["name"] == "mz")


def test_the_guides_lines_find_it_in_python(rolled_out, foreign, monkeypatch, capsys):
    folder, done = rolled_out["foreign"]
    (folder / "deployments").mkdir()
    (folder / "deployments" / "31337.json").write_bytes((folder / "31337.json").read_bytes())
    monkeypatch.chdir(folder)

    exec(blocks("docs/deployment.md", "python").replace("http://127.0.0.1:8545", foreign), {})

    assert capsys.readouterr().out.strip() == next(one["address"] for one in done["contracts"] if one["name"] == "till")


def test_verify_notices_code_that_was_changed(rolled_out, ours):
    folder, done = rolled_out["ours"]
    web3 = Web3(HTTPProvider(ours))
    till = next(one["address"] for one in done["contracts"] if one["name"] == "till")
    snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
    web3.provider.make_request("anvil_setCode", [till, "0x6001"])

    verified = mz(folder, "deploy", "verify", url=ours)

    web3.provider.make_request("evm_revert", [snapshot])
    assert verified.returncode == 1
    assert "till: other code than was deployed" in verified.stderr


def test_keys_that_everybody_has_get_no_treasury_on_a_real_chain(tmp_path):
    port = free_port()
    command = [*anvil(), "--hardfork", "prague", "--port", str(port), "--chain-id", "4242"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while not Web3(HTTPProvider(url)).is_connected():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        ended = mz(tmp_path, "deploy", "run", "--yes", url=url)
        process.terminate()

    assert ended.returncode == 1
    assert "whose key everybody knows" in ended.stderr
