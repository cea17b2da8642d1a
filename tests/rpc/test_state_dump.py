"""The state of a development chain dumped and loaded, between our nodes and to and from anvil."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chain.launch import NodeOptions, open_node
from tests.optional import anvil as anvil_command
from tests.rpc.asking import Asking

NOBODY = "0x" + "ab" * 20
KEEPER = "0x" + "cd" * 20
# Stores its calldata's first word under its second one, and the sender's address under 7.
KEEPING = "0x5f35602035553360075500"


@contextmanager
def development_chain() -> Iterator[Asking]:
    opened = open_node(NodeOptions(dev=True))
    try:
        yield Asking(opened)
    finally:
        opened.node.close()


@pytest.fixture
def ask() -> Iterator[Asking]:
    with development_chain() as asking:
        yield asking


class Anvil:
    """An anvil that answers."""

    def __init__(self, *flags: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.process = subprocess.Popen([*anvil_command(), "--port", str(self._port), "--quiet", *flags])
        deadline = time.monotonic() + 60
        while True:
            try:
                self("eth_chainId")
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def __call__(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "error" not in answer, answer
        return answer["result"]


@contextmanager
def anvil(*flags: str) -> Iterator[Anvil]:
    started = Anvil(*flags)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def furnish(ask: Any) -> None:
    """Edits and transactions: code, storage, a transfer, a contract that writes."""
    sender = ask("eth_accounts")[0]
    ask("anvil_setCode", KEEPER, KEEPING)
    ask("anvil_setStorageAt", KEEPER, hex(2**200), "0x" + "00" * 31 + "07")
    ask("anvil_setBalance", NOBODY, "0x64")
    data = "0x" + (5).to_bytes(32, "big").hex() + (9).to_bytes(32, "big").hex()
    for wish in ({"to": NOBODY, "value": "0x5"}, {"to": KEEPER, "data": data}):
        sent = ask("eth_sendTransaction", {"from": sender, "gas": "0x30d40", **wish})
        deadline = time.monotonic() + 30
        while ask("eth_getTransactionReceipt", sent) is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def look(ask: Any) -> list[str]:
    sender = ask("eth_accounts")[0]
    return [
        ask("eth_getBalance", NOBODY, "latest"),
        ask("eth_getCode", KEEPER, "latest"),
        *(ask("eth_getStorageAt", KEEPER, hex(slot), "latest") for slot in (9, 7, 2**200, 1)),
        ask("eth_getTransactionCount", sender, "latest"),
    ]


def test_a_dump_holds_everything_and_another_chain_takes_it(ask: Asking) -> None:
    furnish(ask)

    dumped = ask("anvil_dumpState")
    with development_chain() as other:
        assert other("hardhat_loadState", dumped) is True
        assert look(other) == look(ask)
        other("evm_mine")
        assert look(other) == look(ask)

    accounts = json.loads(gzip.decompress(bytes.fromhex(dumped[2:])))["accounts"]
    assert accounts[NOBODY] == {"nonce": 0, "balance": "0x69", "code": "0x", "storage": {}}
    assert len(accounts[KEEPER]["storage"]) == 3


def test_anvil_loads_what_we_dump(ask: Asking) -> None:
    furnish(ask)
    with anvil() as other:
        assert other("anvil_loadState", ask("anvil_dumpState")) is True
        assert look(other) == look(ask)
        sent = other("eth_sendTransaction", {"from": other("eth_accounts")[0], "to": NOBODY, "value": "0x1"})
        assert sent.startswith("0x")


def test_anvil_starts_with_a_file_of_ours(ask: Asking, tmp_path: Path) -> None:
    furnish(ask)
    file = tmp_path / "state.json"
    file.write_bytes(gzip.decompress(bytes.fromhex(ask("anvil_dumpState")[2:])))

    with anvil("--load-state", str(file)) as other:
        assert look(other) == look(ask)


def test_we_load_what_anvil_dumps(ask: Asking) -> None:
    with anvil() as other:
        furnish(other)
        assert ask("anvil_loadState", other("anvil_dumpState")) is True
        assert look(ask) == look(other)


@pytest.mark.parametrize(
    ("dump", "words"),
    [
        ("0x", "not a dump"),
        ("0x" + b"{}".hex(), "there are no accounts"),
        ("0x1f8b" + "00" * 8, "not a dump"),
        ("0x" + b'{"accounts": {"0x12": {}}}'.hex(), "no address"),
        ("0x" + json.dumps({"accounts": {NOBODY: {"balance": -1}}}).encode().hex(), "no number"),
    ],
)
def test_what_is_no_dump_is_refused(ask: Asking, dump: str, words: str) -> None:
    refused = ask.error("anvil_loadState", dump)

    assert refused["code"] == -32602 and words in refused["message"]


def test_a_dump_never_lowers_a_nonce(ask: Asking) -> None:
    empty = ask("anvil_dumpState")
    furnish(ask)

    assert "below the account's" in ask.error("anvil_loadState", empty)["message"]
