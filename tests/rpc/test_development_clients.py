"""Development commands from clients we did not write: cast, web3.py, ethers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3

from chain.launch import NodeOptions, Running, start
from tests.optional import ROOT, require

NOBODY = "0x00000000000000000000000000000000000A11cE"
SECONDS = 60


@pytest.fixture
def served() -> Iterator[Running]:
    running = start(NodeOptions(dev=True), port=0)
    yield running
    running.stop()


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=ROOT)
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr + done.stdout
    return done.stdout.strip()


def test_cast_edits_acts_and_goes_back(served: Running) -> None:
    cast = require("cast", Path("node_modules/.bin/cast"))

    def rpc(*words: str) -> object:
        return json.loads(run(cast, "rpc", "--rpc-url", served.url, *words))

    taken = rpc("evm_snapshot")
    assert rpc("anvil_setBalance", NOBODY, "0xde0b6b3a7640000") is True
    assert rpc("anvil_impersonateAccount", NOBODY) is True
    to = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    sent = json.loads(
        run(cast, "send", "--rpc-url", served.url, "--unlocked", "--from", NOBODY, "--json", "--value", "5", to)
    )
    assert sent["status"] == "0x1" and sent["from"] == NOBODY.lower()
    assert rpc("evm_increaseTime", "100") == 100
    assert rpc("anvil_mine", "2", "10") is True
    assert run(cast, "block-number", "--rpc-url", served.url) == "3"
    assert rpc("evm_revert", str(taken)) is True
    assert run(cast, "balance", "--rpc-url", served.url, NOBODY) == "0"


def test_web3_py_uses_an_account_it_has_no_key_of(served: Running) -> None:
    w3 = Web3(HTTPProvider(served.url))

    def rpc(method: str, *parameters: object) -> object:
        return w3.provider.make_request(method, list(parameters))["result"]  # type: ignore[arg-type]

    rpc("hardhat_setBalance", NOBODY, hex(10**18))
    rpc("hardhat_impersonateAccount", NOBODY)
    receipt = w3.eth.wait_for_transaction_receipt(
        w3.eth.send_transaction({"from": NOBODY, "to": w3.eth.accounts[0], "value": 1})
    )
    assert receipt["from"] == NOBODY and receipt["status"] == 1
    transaction = w3.eth.get_transaction(receipt["transactionHash"])
    assert transaction["hash"] == receipt["transactionHash"] and transaction["from"] == NOBODY
    rpc("evm_setNextBlockTimestamp", 4_000_000_000)
    rpc("evm_mine")
    assert w3.eth.get_block("latest")["timestamp"] == 4_000_000_000


ETHERS = """
const { ethers } = require("ethers");
const [url, nobody] = process.argv.slice(1);
(async () => {
  const provider = new ethers.JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1 });
  const send = (method, ...params) => provider.send(method, params);
  // What hardhat's network helpers send: mine, time.increase, setBalance, impersonateAccount, takeSnapshot, restore.
  const taken = await send("evm_snapshot");
  await send("hardhat_mine", "0x3", "0x1");
  const mined = await provider.getBlockNumber();
  const before = (await provider.getBlock("latest")).timestamp;
  await send("evm_increaseTime", "0xe10");
  await send("evm_mine");
  const moved = (await provider.getBlock("latest")).timestamp - before;
  await send("hardhat_setBalance", nobody, ethers.toQuantity(ethers.parseEther("1")));
  await send("hardhat_impersonateAccount", nobody);
  const signer = await provider.getSigner(nobody).catch(() => new ethers.JsonRpcSigner(provider, nobody));
  const receipt = await (await signer.sendTransaction({ to: nobody, value: 1n })).wait();
  await send("hardhat_stopImpersonatingAccount", nobody);
  await send("hardhat_setNextBlockBaseFeePerGas", "0x7");
  await send("hardhat_setStorageAt", nobody, "0x0", ethers.zeroPadValue("0x05", 32));
  const slot = await provider.getStorage(nobody, 0);
  const reverted = await send("evm_revert", taken);
  console.log(JSON.stringify({
    mined, moved: moved >= 3600 && moved < 3700, from: receipt.from, status: receipt.status, slot: Number(slot),
    reverted, number: await provider.getBlockNumber(), left: String(await provider.getBalance(nobody)),
  }));
  provider.destroy();
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_ethers_sends_what_hardhats_helpers_send(served: Running) -> None:
    node = require("node")
    require("ethers", Path("node_modules/ethers"))

    told = json.loads(run(node, "--input-type=commonjs", "-e", ETHERS, served.url, NOBODY))

    assert told == {
        "mined": 3,
        "moved": True,
        "from": NOBODY,
        "status": 1,
        "slot": 5,
        "reverted": True,
        "number": 0,
        "left": "0",
    }
