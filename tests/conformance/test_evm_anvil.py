"""anvil (revm, another implementation in another language) executes the same signed bytes on the same genesis."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chain.evm.genesis import genesis_accounts
from chain.model import Call, Header
from chain.primitives import to_hex
from chain.spec import GenesisAccount, Spec
from tests.optional import anvil as anvil_command
from tests.traffic import CHAIN_ID, MemoryChain, Signer, Traffic, clearing, code, contract, spec, word

ROOT = Path(__file__).resolve().parents[2]


CLEARER = b"\xb1" * 20
CREATOR = b"\xb2" * 20
SPEC = spec(
    extra={
        CLEARER: GenesisAccount(code=clearing(10), storage=dict.fromkeys(range(10), 1)),
        CREATOR: GenesisAccount(code=code("0x2580 PUSH0 PUSH0 CREATE STOP")),
    }
)


class Anvil:
    """One anvil process with our genesis."""

    def __init__(self, chain_spec: Spec, folder: Path, *flags: str) -> None:
        genesis = chain_spec.genesis
        alloc = {
            to_hex(address): {
                "balance": hex(account.balance),
                "nonce": hex(account.nonce),
                "code": to_hex(account.code),
                "storage": {to_hex(word(slot)): to_hex(word(value)) for slot, value in account.storage.items()},
            }
            for address, account in genesis_accounts(chain_spec)
        }
        written = {
            "config": {"chainId": chain_spec.chain_id},
            "nonce": "0x0",
            "timestamp": hex(genesis.timestamp),
            "extraData": to_hex(genesis.extra_data),
            "gasLimit": hex(genesis.gas_limit),
            "difficulty": "0x0",
            "mixHash": to_hex(genesis.mix_hash),
            "coinbase": to_hex(genesis.coinbase),
            "baseFeePerGas": hex(genesis.base_fee),
            "alloc": alloc,
        }
        path = folder / "genesis.json"
        path.write_text(json.dumps(written))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *anvil_command(), "--port", str(self._port), "--init", str(path), "--chain-id", str(CHAIN_ID),
                "--hardfork", "prague", "--accounts", "1", "--quiet", "--gas-limit", str(genesis.gas_limit), *flags,
            ],
        )  # fmt: skip
        self._until(lambda: self._answers())
        self.ask("anvil_setBlockTimestampInterval", 12)

    def ask(self, method: str, *params: Any) -> Any:
        answer = self._post(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def send(self, raw: bytes) -> dict[str, Any]:
        """Receipt of the transaction; anvil shows it some time after it gave out the hash."""
        tx_hash = self.ask("eth_sendRawTransaction", to_hex(raw))
        return self._until(lambda: self.ask("eth_getTransactionReceipt", tx_hash))

    def _post(self, method: str, params: tuple[Any, ...]) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.load(response)

    def _answers(self) -> bool:
        try:
            self._post("eth_chainId", ())
        except OSError:
            return False
        return True

    def _until(self, probe: Any) -> Any:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if found := probe():
                return found
            time.sleep(0.005)
        raise AssertionError("anvil did not answer in 20 s")


@pytest.fixture(scope="module")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anvil]:
    node = Anvil(SPEC, tmp_path_factory.mktemp("anvil"))
    yield node
    node.process.terminate()
    node.process.wait(timeout=10)


@pytest.fixture(scope="module")
def chain() -> MemoryChain:
    return MemoryChain(SPEC)


def raws() -> list[bytes]:
    """Mixed traffic, then what stock py-evm gets wrong, from accounts of its own."""
    owner = Signer(7)
    authorization = owner.authorize(CREATOR, nonce=2)
    special = [
        owner.sign(CLEARER, data=b"\x01" * 2_500),
        owner.sign(owner.address, type=4, authorizationList=[authorization]),
    ]
    owner.nonce += 2  # the authorization took one, the account's own CREATE another
    special += [
        owner.sign(contract("caller"), data=word(5) + word(0) + word(0) + word(1) + b"\x05"),
        owner.sign(b"\xaa" * 20, data=b"\x01" * 500, gas=41_000),
    ]
    return Traffic(21, accounts=7).take(100) + special


def test_status_gas_and_logs_of_every_transaction_agree(anvil: Anvil, chain: MemoryChain) -> None:
    for raw in raws():
        built = chain.produce([raw])
        assert built.skipped == (), built.skipped[0].reason
        [ours] = built.receipts
        theirs = anvil.send(raw)

        assert int(theirs["status"], 16) == ours.status
        assert int(theirs["gasUsed"], 16) == ours.gas_used, chain.evm.decode(raw)
        assert [(log["address"], log["topics"], log["data"]) for log in theirs["logs"]] == [
            (to_hex(log.address), [to_hex(topic) for topic in log.topics], to_hex(log.data)) for log in ours.logs
        ]
        assert theirs["logsBloom"] == to_hex(ours.logs_bloom)
        if ours.contract_address:
            assert theirs["contractAddress"].lower() == to_hex(ours.contract_address)


@pytest.mark.parametrize(
    "data",
    [
        word(0) + word(0) + word(1) + b"\x05",
        word(0) + word(1) + word(1) + b"\x00\x05",
        word(0) + word(1) + word(1) + b"\x07\x05",
        word(1) + word(1) + word(2) + b"\x02\x03\x05",
        word(1) + word(1) + word(1) + b"\x02\x03\x00",
        word(0) + word(2**200) + word(0),
        word(40) + word(33) + word(40) + bytes(range(113)),
        b"",
    ],
)
def test_modexp_agrees(anvil: Anvil, chain: MemoryChain, data: bytes) -> None:
    address = (5).to_bytes(20, "big")

    ours = chain.evm.call(chain.head, Call(to=address, data=data))

    assert to_hex(ours.output) == anvil.ask("eth_call", {"to": to_hex(address), "data": to_hex(data)}, "latest")


def test_estimates_agree_to_within_anvil_s_tolerance_and_are_never_higher(anvil: Anvil, chain: MemoryChain) -> None:
    sender = Signer(0).address
    for to, data in (
        (b"\xaa" * 20, b""),
        (b"\xaa" * 20, b"\x01" * 300),
        (contract("store"), word(77) + word(2)),
        (contract("logger"), b"abc"),
        (CREATOR, b""),
    ):
        ours = chain.evm.estimate(chain.head, Call(sender=sender, to=to, data=data))
        theirs = int(anvil.ask("eth_estimateGas", {"from": to_hex(sender), "to": to_hex(to), "data": to_hex(data)}), 16)
        assert ours <= theirs <= ours * 1.02 + 1


def test_headers_that_anvil_made_hash_to_what_anvil_says(anvil: Anvil, chain: MemoryChain) -> None:
    newest = int(anvil.ask("eth_blockNumber"), 16)
    if newest == 0:
        anvil.ask("evm_mine")
        newest = 1
    for number in range(1, newest + 1):
        block = anvil.ask("eth_getBlockByNumber", hex(number), False)
        header = Header(
            parent_hash=bytes.fromhex(block["parentHash"][2:]),
            uncles_hash=bytes.fromhex(block["sha3Uncles"][2:]),
            coinbase=bytes.fromhex(block["miner"][2:]),
            state_root=bytes.fromhex(block["stateRoot"][2:]),
            transactions_root=bytes.fromhex(block["transactionsRoot"][2:]),
            receipts_root=bytes.fromhex(block["receiptsRoot"][2:]),
            logs_bloom=bytes.fromhex(block["logsBloom"][2:]),
            difficulty=int(block["difficulty"], 16),
            number=int(block["number"], 16),
            gas_limit=int(block["gasLimit"], 16),
            gas_used=int(block["gasUsed"], 16),
            timestamp=int(block["timestamp"], 16),
            extra_data=bytes.fromhex(block["extraData"][2:]),
            mix_hash=bytes.fromhex(block["mixHash"][2:]),
            nonce=bytes.fromhex(block["nonce"][2:]),
            base_fee=int(block["baseFeePerGas"], 16),
            withdrawals_root=bytes.fromhex(block["withdrawalsRoot"][2:]),
            blob_gas_used=int(block["blobGasUsed"], 16),
            excess_blob_gas=int(block["excessBlobGas"], 16),
            parent_beacon_root=bytes.fromhex(block["parentBeaconBlockRoot"][2:]),
            requests_hash=bytes.fromhex(block["requestsHash"][2:]),
        )
        assert to_hex(header.hash) == block["hash"]
