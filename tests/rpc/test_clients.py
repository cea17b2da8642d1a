"""Clients we did not write, over real HTTP: web3.py, cast, ethers. Each deploys, sends, reads and meets a revert."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError, ContractLogicError, ContractPanicError, TransactionNotFound

from chain.launch import Running
from tests.optional import ROOT, require

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # the first development account's
WAIT_SECONDS = 60


def test_web3_py_deploys_sends_reads_and_decodes(served: Running, sample):
    w3 = Web3(HTTPProvider(served.url))
    me, other = w3.eth.accounts[:2]
    factory = w3.eth.contract(abi=sample.abi, bytecode=sample.bytecode)

    deployed = w3.eth.wait_for_transaction_receipt(factory.constructor(5).transact({"from": me}))
    contract = w3.eth.contract(deployed["contractAddress"], abi=sample.abi)
    assert contract.functions.value().call() == 5

    local = w3.eth.account.from_key(KEY)
    wish = contract.functions.store(7, "mine").build_transaction(
        {"from": local.address, "nonce": w3.eth.get_transaction_count(local.address, "pending"), "value": 3}
    )
    tx_hash = w3.eth.send_raw_transaction(local.sign_transaction(wish).raw_transaction)
    receipt = w3.eth.wait_for_transaction_receipt(tx_hash)
    assert receipt["status"] == 1 and receipt["effectiveGasPrice"] == w3.eth.get_transaction(tx_hash)["gasPrice"]
    [event] = contract.events.Stored().process_receipt(receipt)
    assert (event["args"]["value"], event["args"]["note"]) == (7, "mine")
    assert contract.events.Stored().get_logs(from_block=0)[0]["args"] == event["args"]
    assert contract.functions.given(me).call(block_identifier=receipt["blockNumber"] - 1) == 0

    with pytest.raises(ContractLogicError, match="execution reverted: these words"):
        contract.functions.failWords().call()
    with pytest.raises(ContractPanicError, match="Division by zero"):
        contract.functions.failPanic(0).call()
    with pytest.raises(ContractCustomError) as custom:
        contract.functions.failCustom(3).estimate_gas({"from": other})
    assert custom.value.data.endswith(f"{3:064x}{10:064x}")
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction("0x" + "00" * 32)

    assert w3.client_version.startswith("mz/v") and w3.net.version == "20261" and w3.eth.chain_id == 20261
    assert w3.eth.fee_history(2, "latest", [50])["reward"] and w3.eth.max_priority_fee > 0 and w3.eth.gas_price > 0
    assert w3.eth.get_block("pending")["number"] == w3.eth.block_number + 1
    new_blocks = w3.eth.filter("latest")
    w3.eth.wait_for_transaction_receipt(w3.eth.send_transaction({"from": me, "to": other, "value": 1}))
    assert new_blocks.get_new_entries() == [w3.eth.get_block("latest")["hash"]]
    assert w3.eth.get_block_receipts("latest")[0]["gasUsed"] == 21000
    assert w3.eth.call(
        {"to": contract.address, "data": sample.data("value")}, "latest", {contract.address: {"state": {}}}
    )


def test_web3_py_batches_over_one_connection(served: Running):
    w3 = Web3(HTTPProvider(served.url))

    accounts = w3.eth.accounts
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_block("latest"))
        for account in accounts:
            batch.add(w3.eth.get_balance(account))
        answers = batch.execute()

    assert answers[0]["number"] == 0 and answers[1:] == [10_000 * 10**18] * 10


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False, cwd=ROOT)
    # The npm package of cast ends with status 0 whatever happened.
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr + done.stdout
    return done.stdout.strip()


def test_cast_deploys_sends_calls_and_reads(served: Running, sample):
    cast = require("cast", Path("node_modules/.bin/cast"))
    rpc = ("--rpc-url", served.url)

    created = json.loads(run(cast, "send", *rpc, "--private-key", KEY, "--json", "--create", sample.creation()))
    address = created["contractAddress"]
    assert created["status"] == "0x1"
    assert run(cast, "call", *rpc, address, "value()(uint256)") == "5"
    sent = json.loads(
        run(cast, "send", *rpc, "--private-key", KEY, "--json", address, "store(uint256,string)", "8", "by cast")
    )
    assert sent["status"] == "0x1" and len(sent["logs"]) == 1
    legacy = run(cast, "send", *rpc, "--private-key", KEY, "--json", "--legacy", "--value", "1", address)
    assert json.loads(legacy)["type"] == "0x0"
    assert run(cast, "call", *rpc, address, "value()(uint256)") == "8"
    assert run(cast, "chain-id", *rpc) == "20261"
    assert run(cast, "block-number", *rpc) == "3"
    assert json.loads(run(cast, "block", *rpc, "latest", "--json"))["hash"] == json.loads(legacy)["blockHash"]
    assert json.loads(run(cast, "receipt", *rpc, "--json", sent["transactionHash"])) == sent
    assert int(run(cast, "storage", *rpc, address, "0"), 16) == 8
    assert int(run(cast, "estimate", *rpc, address, "storeTwice(uint256)", "1")) > 21000
    logs = run(cast, "logs", *rpc, "--from-block", "0", "--json", "Stored(address indexed,uint256 indexed,string)")
    assert len(json.loads(logs)) == 1
    refused = subprocess.run(
        [cast, "call", *rpc, address, "failWords()"], capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
    )
    assert "these words" in refused.stderr
    nonce = run(cast, "nonce", *rpc, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
    assert nonce == "3"


ETHERS = """
const { ethers } = require("ethers");
const [url, key, abi, bytecode] = process.argv.slice(1);
(async () => {
  const provider = new ethers.JsonRpcProvider(url, undefined, { polling: true, pollingInterval: 50 });
  const wallet = new ethers.NonceManager(new ethers.Wallet(key, provider));
  const contract = await new ethers.ContractFactory(JSON.parse(abi), bytecode, wallet).deploy(5);
  await contract.waitForDeployment();
  const before = await contract.value();
  const receipt = await (await contract.store(9, "ethers", { value: 2n })).wait();
  const failed = await contract.failCustom(4).catch((error) => error);
  const words = await contract.failWords().catch((error) => error);
  const poor = new ethers.Wallet("0x" + "11".repeat(32), provider);
  const refused = await poor.sendTransaction({ to: poor.address, value: 1n, gasLimit: 21000n }).catch((error) => error);
  const unlocked = await provider.getSigner(1);
  const sent = await (await unlocked.sendTransaction({ to: wallet.getAddress(), value: 1n })).wait();
  const events = await contract.queryFilter("Stored", 0, "latest");
  const many = await Promise.all([0, 1, 2].map((n) => provider.getBlock(n)));
  console.log(JSON.stringify({
    before: String(before), after: String(await contract.value()), status: receipt.status,
    logged: receipt.logs[0].args.note, failed: [failed.revert.name, String(failed.revert.args.given)],
    words: words.reason, refused: refused.code, sent: sent.status, events: events.length,
    signed: ethers.verifyMessage("hi", await unlocked.signMessage("hi")) === unlocked.address,
    linked: many[2].parentHash === many[1].hash, fees: (await provider.getFeeData()).maxFeePerGas > 0n,
    none: await provider.getTransactionReceipt("0x" + "00".repeat(32)),
  }));
  provider.destroy();
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_ethers_deploys_sends_reads_and_decodes(served: Running, sample):
    node = require("node")
    if not (ROOT / "node_modules" / "ethers").exists():
        pytest.skip("ethers is not installed")

    told = json.loads(
        run(
            node,
            "--input-type=commonjs",
            "-e",
            ETHERS,
            served.url,
            KEY,
            json.dumps(sample.abi),
            "0x" + sample.bytecode.hex(),
        )
    )

    assert told == {
        "before": "5",
        "after": "9",
        "status": 1,
        "logged": "ethers",
        "failed": ["TooSmall", "4"],
        "words": "these words",
        "refused": "INSUFFICIENT_FUNDS",
        "sent": 1,
        "events": 1,
        "signed": True,
        "linked": True,
        "fees": True,
        "none": None,
    }


def test_files_are_added_and_read_over_http(served: Running, tmp_path):
    curl = require("curl")
    (tmp_path / "note.txt").write_text("kept by its content")

    added = json.loads(run(curl, "-sS", "-F", f"file=@{tmp_path}/note.txt", f"{served.url}/api/v0/add"))

    assert added["Name"] == "note.txt" and added["Size"] == "19"
    shown = run(curl, "-sSi", f"{served.url}/ipfs/{added['Hash']}")
    assert shown.startswith("HTTP/1.1 200 OK") and "content-security-policy: sandbox" in shown
    assert shown.endswith("kept by its content")
    large = run(
        curl, "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", f"@{ROOT}/package-lock.json", served.url
    )
    assert large == "200", "an answer that is an error is HTTP 200 too"
