"""Tool chains we did not write, on a development node over HTTP: viem, forge's broadcast, titanoboa's network mode."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.launch import NodeOptions, Running, start
from tests.optional import ROOT, require

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
SECONDS = 120


@pytest.fixture
def dev_node() -> Iterator[Running]:
    running = start(NodeOptions(dev=True), port=0)
    yield running
    running.stop()


def run(*command: str, cwd: Path | None = None) -> str:
    ours = ("ETH_HASH_BACKEND", "PYTHONPATH")  # set in this process, and not for another one's environment
    environ = {name: value for name, value in os.environ.items() if name not in ours} | {"NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=cwd, env=environ)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout.strip()


VIEM = """
const { createPublicClient, createTestClient, createWalletClient, http,
  ContractFunctionRevertedError } = await import("viem");
const { privateKeyToAccount } = await import("viem/accounts");
const [url, key, text, bytecode] = process.argv.slice(1);
const abi = JSON.parse(text), account = privateKeyToAccount(key), transport = http(url);
const reader = createPublicClient({ transport, pollingInterval: 50 });
const chain = { id: await reader.getChainId(), name: "mz", nativeCurrency: { name: "E", symbol: "E", decimals: 18 },
  rpcUrls: { default: { http: [url] } } };
const writer = createWalletClient({ account, chain, transport });
const test = createTestClient({ mode: "anvil", chain, transport });
const receiptOf = async (hash) => reader.waitForTransactionReceipt({ hash: await hash });
const deployed = await receiptOf(writer.deployContract({ abi, bytecode, args: [5n] }));
const address = deployed.contractAddress;
const { request } = await reader.simulateContract({ account, address, abi, functionName: "store", args: [9n, "viem"] });
const receipt = await receiptOf(writer.writeContract(request));
const failed = await reader.readContract({ address, abi, functionName: "failCustom", args: [4n] })
  .catch((error) => error);
const revert = failed.walk((error) => error instanceof ContractFunctionRevertedError);
const authorization = await writer.signAuthorization({ contractAddress: address, executor: "self" });
const delegated = await receiptOf(writer.sendTransaction({ to: account.address, authorizationList: [authorization] }));
const stranger = "0x00000000000000000000000000000000000A11cE";
const kept = await test.snapshot();
await test.setBalance({ address: stranger, value: 10n ** 18n });
await test.impersonateAccount({ address: stranger });
const actor = createWalletClient({ account: stranger, chain, transport });
const acted = await receiptOf(actor.sendTransaction({ to: account.address, value: 1n }));
await test.increaseTime({ seconds: 1000 });
await test.mine({ blocks: 2 });
const before = (await reader.getBlock()).number;
await test.revert({ id: kept });
const fees = await reader.estimateFeesPerGas();
const calls = [{ to: address, abi, functionName: "value" }];
const simulated = await reader.simulateCalls({ account: account.address, calls });
const code = await reader.getCode({ address: account.address });
console.log(JSON.stringify({
  value: String(await reader.readContract({ address, abi, functionName: "value" })), status: receipt.status,
  event: (await reader.getContractEvents({ address, abi, eventName: "Stored", fromBlock: 0n })).map((e) => e.args.note),
  failed: [revert.data.errorName, String(revert.data.args[0])], type: delegated.type,
  code: code.toLowerCase() === "0xef0100" + address.slice(2).toLowerCase(),
  acted: acted.from.toLowerCase() === stranger.toLowerCase(), back: before - (await reader.getBlock()).number > 2n,
  gone: String(await reader.getBalance({ address: stranger })), fees: fees.maxFeePerGas > fees.maxPriorityFeePerGas,
  simulated: String(simulated.results[0].result),
  proof: (await reader.getProof({ address, storageKeys: ["0x" + "00".repeat(32)] })).storageProof[0].value > 0n,
}));
"""


def test_viem_deploys_simulates_delegates_and_edits(dev_node, sample):
    node = require("node")
    require("viem", Path("node_modules/viem"))

    arguments = (dev_node.url, KEY, json.dumps(sample.abi), "0x" + sample.bytecode.hex())
    told = json.loads(run(node, "--input-type=module", "-e", VIEM, *arguments, cwd=ROOT))

    assert told == {
        "value": "9",
        "status": "success",
        "event": ["viem"],
        "failed": ["TooSmall", "4"],
        "type": "eip7702",
        "code": True,
        "acted": True,
        "back": True,
        "gone": "0",
        "fees": True,
        "simulated": "9",
        "proof": True,
    }


SCRIPT = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

contract Counter {
    uint256 public count;

    function add(uint256 by) external {
        count += by;
    }
}

contract Deploy {
    bool public constant IS_SCRIPT = true;
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function run() external {
        vm.startBroadcast();
        Counter counter = new Counter();
        counter.add(2);
        counter.add(3);
        require(counter.count() == 5);
        vm.stopBroadcast();
    }
}
"""


def test_forge_broadcasts_a_script(dev_node, tmp_path):
    from chain.solidity import ensure_solc

    forge, cast = (require(name, Path("node_modules/.bin") / name) for name in ("forge", "cast"))
    (tmp_path / "foundry.toml").write_text("[profile.default]\nevm_version = 'prague'\n")
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "Deploy.s.sol").write_text(SCRIPT)

    compiler = ("--use", str(ensure_solc().executable), "--offline")
    target = ("script/Deploy.s.sol:Deploy", "--rpc-url", dev_node.url, "--private-key", KEY)
    run(forge, "script", *target, *compiler, "--broadcast", "--slow", cwd=tmp_path)

    (record,) = (tmp_path / "broadcast").rglob("run-latest.json")
    kept = json.loads(record.read_text())
    assert [receipt["status"] for receipt in kept["receipts"]] == ["0x1"] * 3
    address = kept["transactions"][0]["contractAddress"]
    assert run(cast, "call", "--rpc-url", dev_node.url, address, "count()(uint256)") == "5"


BOA = """
import json, sys
import boa
from eth_account import Account
boa.set_network_env(sys.argv[1])
boa.env.add_account(Account.from_key(sys.argv[2]))
source = '''
# pragma version ~=0.4.0
count: public(uint256)
event Added:
    by: uint256
@deploy
def __init__(start: uint256):
    self.count = start
@external
def add(by: uint256):
    assert by > 0, "nothing to add"
    self.count += by
    log Added(by=by)
'''
contract = boa.loads(source, 5)
contract.add(3)
logs = [type(event).__name__ for event in contract.get_logs()]
with boa.env.anchor():
    contract.add(10)
    inside = contract.count()
refused = ""
try:
    contract.add(0)
except Exception as problem:
    refused = str(problem)
print(json.dumps({"count": contract.count(), "inside": inside, "refused": "nothing to add" in refused,
                  "at": contract.address, "logs": logs}))
"""


def test_titanoboa_deploys_and_anchors_in_network_mode(dev_node):
    python = require("make .venv-bench/.made: .venv-bench", Path(".venv-bench/bin/python"))

    told = json.loads(run(python, "-c", BOA, dev_node.url, KEY).splitlines()[-1])

    assert (told["count"], told["inside"], told["refused"], told["logs"]) == (8, 18, True, ["Added"])
