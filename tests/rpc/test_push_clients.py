"""Clients we did not write, over WebSocket and unix socket: web3.py, ethers, cast. Each subscribes where it can."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web3 import AsyncIPCProvider, AsyncWeb3, IPCProvider, Web3, WebSocketProvider

from chain.launch import NodeOptions, Running, start
from tests.optional import ROOT, require

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # the first development account's
WAIT_SECONDS = 60


@pytest.fixture
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """A node with a data folder, and its unix socket."""
    folder = tmp_path_factory.mktemp("n")
    running = start(NodeOptions(data_dir=folder), port=0)
    yield running, folder / "mz.ipc"
    running.stop()


def ws(running: Running) -> str:
    return running.url.replace("http://", "ws://")


@pytest.mark.parametrize("transport", ["websocket", "ipc"])
def test_web3_py_hears_blocks_transactions_and_logs(kept: tuple[Running, Path], transport: str, sample):
    running, path = kept

    async def story() -> list[Any]:
        provider = WebSocketProvider(ws(running)) if transport == "websocket" else AsyncIPCProvider(path)
        async with AsyncWeb3(provider) as w3:
            me = (await w3.eth.accounts)[0]
            made = await w3.eth.contract(abi=sample.abi, bytecode=sample.bytecode).constructor(5).transact({"from": me})
            address = (await w3.eth.wait_for_transaction_receipt(made))["contractAddress"]
            names = {
                await w3.eth.subscribe("newPendingTransactions"): "pending",
                await w3.eth.subscribe("newHeads"): "head",
                await w3.eth.subscribe("logs", {"address": address}): "log",
            }
            contract = w3.eth.contract(address, abi=sample.abi)
            sent = await contract.functions.store(7, "heard").transact({"from": me})
            heard: list[Any] = []
            async for message in w3.socket.process_subscriptions():
                heard.append((names[message["subscription"]], message["result"]))
                if len(heard) == 3:
                    break
            assert heard[0][1] == sent and heard[2][1]["transactionHash"] == sent
            assert heard[1][1]["hash"] == (await w3.eth.get_transaction_receipt(sent))["blockHash"]
            several = await asyncio.gather(*(w3.eth.get_balance(me, number) for number in range(3)))
            assert len(several) == 3
            for key in names:
                assert await w3.eth.unsubscribe(key)
            return [name for name, _ in heard]

    assert asyncio.run(story()) == ["pending", "head", "log"]


def test_web3_py_asks_over_the_unix_socket(kept: tuple[Running, Path]):
    w3 = Web3(IPCProvider(kept[1]))

    me, other = w3.eth.accounts[:2]
    receipt = w3.eth.wait_for_transaction_receipt(w3.eth.send_transaction({"from": me, "to": other, "value": 1}))
    with w3.batch_requests() as batch:
        for number in range(2):
            batch.add(w3.eth.get_block(number))
        blocks = batch.execute()

    assert receipt["status"] == 1 and blocks[1]["parentHash"] == blocks[0]["hash"]
    w3.provider._socket.sock.close()


ETHERS = """
const { ethers } = require("ethers");
const [url, abi, bytecode] = process.argv.slice(1);
(async () => {
  const provider = new ethers.WebSocketProvider(url);
  const signer = await provider.getSigner(0);
  const contract = await new ethers.ContractFactory(JSON.parse(abi), bytecode, signer).deploy(5);
  await contract.waitForDeployment();
  const heard = { block: [], pending: [], note: [] };
  let enough;
  const all = new Promise((resolve) => { enough = resolve; });
  const look = () => heard.block.length >= 3 && heard.pending.length >= 3 && heard.note.length >= 3 && enough();
  await provider.on("block", (number) => { heard.block.push(number); look(); });
  await provider.on("pending", (hash) => { heard.pending.push(hash); look(); });
  await contract.on("Stored", (who, value, note) => { heard.note.push(note); look(); });
  await provider.getBlockNumber();
  const sent = [];
  for (const note of ["a", "b", "c"]) sent.push((await (await contract.store(7, note)).wait()).hash);
  await all;
  const words = await contract.failWords().catch((error) => error);
  console.log(JSON.stringify({
    blocks: heard.block.every((number, at) => at === 0 || number === heard.block[at - 1] + 1),
    pending: JSON.stringify(heard.pending) === JSON.stringify(sent), notes: heard.note, words: words.reason,
  }));
  await provider.destroy();
})().catch((error) => { console.error(error); process.exit(1); });
"""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False, cwd=ROOT)
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr + done.stdout
    return done.stdout.strip()


def test_ethers_hears_blocks_transactions_and_events(kept: tuple[Running, Path], sample):
    node = require("node")
    if not (ROOT / "node_modules" / "ethers").exists():
        pytest.skip("ethers is not installed")

    abi, code = json.dumps(sample.abi), "0x" + sample.bytecode.hex()
    told = json.loads(run(node, "--input-type=commonjs", "-e", ETHERS, ws(kept[0]), abi, code))

    assert told == {"blocks": True, "pending": True, "notes": ["a", "b", "c"], "words": "these words"}


def test_cast_asks_over_websocket_and_unix_socket(kept: tuple[Running, Path]):
    cast = require("cast", Path("node_modules/.bin/cast"))
    running, path = kept
    for number, url in enumerate((ws(running), str(path)), start=1):
        sent = run(cast, "send", "--rpc-url", url, "--private-key", KEY, "--json", "--value", "1", "0x" + "11" * 20)
        assert json.loads(sent)["status"] == "0x1"
        assert run(cast, "block-number", "--rpc-url", url) == str(number)
