"""The same transactions under Paris, Shanghai, Cancun and Prague, executed by anvil (revm) and by us.

The judge is not py-evm: base fee, gas, receipts root and bloom of every block must be anvil's, and the final state.
The state is compared account by account, because anvil's own roots count empty accounts (against EIP-161), its block 0
says an empty state whatever is in it, and block 1 has the base fee of block 0, which is put right before.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eth.vm.forks.prague.constants import HISTORY_STORAGE_ADDRESS

from chain.evm import Evm
from chain.evm.genesis import SYSTEM_CONTRACTS, state_trie
from chain.model import Header
from chain.primitives import Hash32, to_hex
from chain.rpc.statefile import decode_state
from chain.spec import Fork, read_genesis
from tests.optional import anvil as anvil_command
from tests.traffic import CHAIN_ID, START, Traffic, spec

FORKS = {
    "paris": Fork.PARIS,
    "shanghai": Fork.SHANGHAI,
    "cancun": Fork.CANCUN,
    "prague": Fork.PRAGUE,
}
BY_BLOCK = (
    "homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg",
    "istanbul", "berlin", "london",
)  # fmt: skip
TRANSACTIONS = 25


class OlderTraffic(Traffic):
    """Without what came with Prague."""

    def _one(self) -> bytes:
        signer = self._random.choice(self._signers)
        to, fields = self._deed(creates=True)
        return signer.sign(to, **{"type": self._random.choice((0, 1, 2)), **fields})


@contextmanager
def anvil(genesis: Path, fork: str) -> Iterator[Any]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--init", str(genesis), "--chain-id", str(CHAIN_ID), "--hardfork", fork, "--gas-limit", "30000000"]
    flags += ["--disable-default-create2-deployer"]
    process = subprocess.Popen([*anvil_command(), "--port", str(port), "--accounts", "1", "--quiet", *flags])

    def ask(method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "error" not in answer, answer
        return answer["result"]

    deadline = time.monotonic() + 60
    while True:
        try:
            ask("eth_chainId")
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    try:
        yield ask
    finally:
        process.kill()
        process.wait()


def genesis_file(folder: Path, fork: Fork) -> Path:
    config: dict[str, Any] = {f"{name}Block": 0 for name in BY_BLOCK}
    config |= {"chainId": CHAIN_ID, "terminalTotalDifficulty": 0}
    config |= {f"{later.label}Time": 0 for later in Fork if Fork.PARIS < later <= fork}
    alloc: dict[str, dict[str, str]] = {
        to_hex(address): {"balance": hex(account.balance), "nonce": hex(account.nonce), "code": to_hex(account.code)}
        for address, account in spec().genesis.alloc.items()
    }
    alloc["0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"] = {"balance": hex(10_000 * 10**18)}  # anvil's own account
    content = {
        "config": config,
        "alloc": alloc,
        "timestamp": hex(START),
        "gasLimit": hex(30_000_000),
        "difficulty": "0x0",
        "baseFeePerGas": hex(10**9),
    }
    if fork >= Fork.PRAGUE:  # anvil has that contract, without the nonce that a deployed one has
        history = bytes(HISTORY_STORAGE_ADDRESS)
        alloc[to_hex(history)] = {"balance": "0x0", "code": to_hex(SYSTEM_CONTRACTS[history].code)}
    path = folder / "genesis.json"
    path.write_text(json.dumps(content))
    return path


def header_of(shown: dict[str, Any]) -> Header:
    def octets(name: str) -> Any:
        return None if shown.get(name) is None else bytes.fromhex(shown[name][2:])

    def number(name: str) -> Any:
        return None if shown.get(name) is None else int(shown[name], 16)

    blobs = shown.get("parentBeaconBlockRoot") is not None  # anvil shows blob fields under older forks as well
    return Header(
        parent_hash=octets("parentHash"),
        uncles_hash=octets("sha3Uncles"),
        coinbase=octets("miner"),
        state_root=octets("stateRoot"),
        transactions_root=octets("transactionsRoot"),
        receipts_root=octets("receiptsRoot"),
        logs_bloom=octets("logsBloom"),
        difficulty=number("difficulty"),
        number=number("number"),
        gas_limit=number("gasLimit"),
        gas_used=number("gasUsed"),
        timestamp=number("timestamp"),
        extra_data=octets("extraData"),
        mix_hash=octets("mixHash"),
        nonce=octets("nonce"),
        base_fee=number("baseFeePerGas"),
        withdrawals_root=octets("withdrawalsRoot"),
        blob_gas_used=number("blobGasUsed") if blobs else None,
        excess_blob_gas=number("excessBlobGas") if blobs else None,
        parent_beacon_root=octets("parentBeaconBlockRoot"),
        requests_hash=octets("requestsHash"),
    )


@pytest.mark.parametrize("name", FORKS)
def test_anvil_comes_to_the_same_blocks_and_state(name: str, tmp_path: Path) -> None:
    fork = FORKS[name]
    file = genesis_file(tmp_path, fork)
    headers: dict[Hash32, Header] = {}

    class Chain:
        def header(self, key: Hash32) -> Header:
            return headers[key]

    nodes: dict[bytes, bytes] = {}
    evm = Evm(read_genesis(file.read_bytes(), "genesis.json"), nodes, Chain())
    genesis = evm.genesis()
    nodes.update(genesis.nodes)
    seed = random.Random(name).randrange(1_000)
    traffic = Traffic(seed) if fork >= Fork.PRAGUE else OlderTraffic(seed)
    receipts = []
    with anvil(file, name) as ask:
        ask("anvil_setBlockTimestampInterval", 12)
        first = ask("eth_getBlockByNumber", "0x0", False)
        parent = msgspec.structs.replace(
            header_of(first),
            hash=bytes.fromhex(first["hash"][2:]),
            state_root=genesis.block.header.state_root,
            base_fee=10**9,
            gas_used=15_000_000,  # the target, so that the base fee stays
        )
        headers[parent.hash] = parent
        for raw in traffic.take(TRANSACTIONS):
            sent = ask("eth_sendRawTransaction", to_hex(raw))
            deadline = time.monotonic() + 30
            while (receipt := ask("eth_getTransactionReceipt", sent)) is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            theirs = header_of(ask("eth_getBlockByNumber", receipt["blockNumber"], False))

            built = evm.build(
                parent,
                [evm.decode(raw)],
                timestamp=theirs.timestamp,
                coinbase=theirs.coinbase,
                prev_randao=theirs.mix_hash,
            )

            ours = built.block.header
            assert evm.fork(ours) is fork
            # Their hash, because BLOCKHASH and EIP-2935 must see the same one.
            assert msgspec.structs.replace(ours, state_root=theirs.state_root, hash=b"").hash == theirs.hash
            receipts.append(built.receipts[0])
            nodes.update(built.nodes)
            parent = msgspec.structs.replace(ours, hash=theirs.hash)
            headers[parent.hash] = parent
        dump = decode_state(bytes.fromhex(ask("anvil_dumpState")[2:]))
    assert {receipt.status for receipt in receipts} == {0, 1}
    there = {address: account for address, account in dump.items() if account.balance or account.nonce or account.code}
    assert state_trie(there, {}) == parent.state_root
