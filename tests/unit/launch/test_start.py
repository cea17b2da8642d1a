"""What a node's start does without, at all or before its first answer, and that it is there when a contract needs it.

Each in a process of its own, because in this one some test has imported everything before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from chain.errors import StoreError
from chain.launch import NodeOptions, connecting, start
from chain.server import listen

IMPORTED = """
import json, sys
from chain.launch import open_node, start
from chain.launch.connecting import connect
print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))
"""

FIRST = """
import json, sys
from chain.cli.main import main
import chain.launch.serving as serving

def ask(server, method, *params):
    import urllib.request
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(server.url, question, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["result"]

def complete(held, server, *rest, **named):
    # The port answers, and nothing else was imported yet.
    there = [name for name in sys.argv[2:] if name in sys.modules]
    said = [ask(server, "eth_chainId"), ask(server, "eth_getBlockByNumber", "latest", False)["number"]]
    sys.__stdout__.write(json.dumps({"said": said, "there": there}))
    raise KeyboardInterrupt

serving.complete = complete
main(["node", "start", "--port", "0", "--data-dir", sys.argv[1], "--chain-id", "4711"])
"""

CALLED = """
import json, sys, threading
from types import SimpleNamespace
from chain.evm.stock import computation_of
from chain.spec import Fork

stock = {fork: computation_of(fork)._precompiles for fork in (Fork.BYZANTIUM, Fork.CANCUN)}
late = "eth._utils.bn128" not in sys.modules


class Computation:
    def __init__(self, data):
        self.msg = SimpleNamespace(data=data, data_as_bytes=data)
        self.state = SimpleNamespace(check_time=lambda _: None, check_allowance=lambda _: None, slow_seconds=0.0)
        self.output, self.gas = b"", 0
    def consume_gas(self, gas, reason):
        self.gas += gas
    def get_gas_remaining(self):
        return 10**9


def called(fork, number, data):
    computation = Computation(bytes.fromhex(data))
    stock[fork][bytes(19) + bytes([number])](computation)
    return computation.gas, computation.output.hex()


word = "{:064x}".format
answers = {}
threads = [
    threading.Thread(target=lambda n=n: answers.update({n: called(Fork.CANCUN, 8, "")})) for n in range(4)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
json.dump({
    "late": late,
    "pairings": [answers[n] for n in range(4)],
    "add": [called(fork, 6, word(1) + word(2) + word(1) + word(2)) for fork in stock],
    "multiply": [called(fork, 7, word(1) + word(2) + word(2)) for fork in stock],
}, sys.stdout)
"""

# Twice the generator of bn128, from EIP-196's reference implementations.
TWICE = (
    "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
    "15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4"
)


def run(program: str, *words: str) -> object:
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_node_starts_without_what_only_few_ever_need() -> None:
    """They would add half as much again to the time that importing the node takes."""
    assert run(IMPORTED, "py_ecc", "eth_account", "eth_abi", "regex", "web3", "click", "rich") == []


def test_a_node_answers_before_what_executes_is_imported(tmp_path) -> None:
    """It is by far the most of what a start takes, and so are web3.py and what only pages and tables need."""
    heavy = ("eth", "eth_utils", "pydantic", "rlp", "trie", "ckzg", "chain.evm.engine", "chain.rpc.registry")
    others = ("web3", "eth_account", "eth_abi", "rich", "chain.client", "chain.pages", "urllib.error", "http.client")

    for _ in ("the chain is made", "it is there"):
        said = run(FIRST, str(tmp_path / "data"), *heavy, *others)

        assert said == {"said": [hex(4711), "0x0"], "there": []}


def test_what_goes_wrong_behind_the_first_answer_is_raised_and_leaves_nothing_open(tmp_path, monkeypatch) -> None:
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def ask(method: str) -> dict[str, object]:
        question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": []}).encode()
        with urllib.request.urlopen(urllib.request.Request(url, question), timeout=20) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    with ThreadPoolExecutor(1) as others:
        waiting = []

        def fail(held: object) -> None:
            waiting.append(others.submit(ask, "eth_gasPrice"))
            assert ask("eth_chainId")["result"] == hex(4711)
            raise StoreError("the disk is gone")

        with monkeypatch.context() as patched:
            patched.setattr(connecting, "connect", fail)
            with pytest.raises(StoreError, match="the disk is gone"):
                start(NodeOptions(data_dir=tmp_path, chain_id=4711), listener=listener)
        with suppress(OSError):  # it may have come when the server was closing already
            assert "could not be started" in str(waiting[0].result(20))

    running = start(NodeOptions(data_dir=tmp_path), port=0)
    assert running.chain_id == 4711
    running.stop()


INSIDE = """
import json, sys
import chain.evm
from eth.precompiles.bls12_381.bls12_381_g1 import bytes_to_g1_optimized_point3D
from eth.precompiles.ecpairing import _extract_point
import eth.precompiles
names = bytes_to_g1_optimized_point3D.__module__, _extract_point.__name__, type(eth.precompiles.ecpairing).__name__
print(json.dumps(names))
"""


def test_others_import_what_lies_inside_as_ever() -> None:
    assert run(INSIDE) == ["eth.precompiles.bls12_381.bls12_381_g1", "_extract_point", "Late"]


def test_a_curve_is_there_when_a_contract_calls_it_first_from_several_threads_at_once() -> None:
    said = run(CALLED)

    assert said == {
        "late": True,
        "pairings": [[45_000, "0" * 63 + "1"]] * 4,
        "add": [[500, TWICE], [150, TWICE]],
        "multiply": [[40_000, TWICE], [6_000, TWICE]],
    }
