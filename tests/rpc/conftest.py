"""The real node, in memory, behind the real dispatcher; and a contract in which everything can be met."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chain.abi import encode_call, encode_constructor
from chain.launch import NodeOptions, Running, open_node, start
from chain.primitives import to_hex
from tests.rpc.asking import Asking

# Made from Sample.sol, so that these tests need no compiler; test_sample.py compiles it again.
ARTIFACT = Path(__file__).parent / "contracts" / "Sample.json"


class Sample:
    """The compiled contract."""

    def __init__(self, artifact: dict[str, Any]) -> None:
        self.abi = artifact["abi"]
        self.bytecode = bytes.fromhex(artifact["bytecode"][2:])

    def creation(self, value: int = 5) -> str:
        return to_hex(self.bytecode + encode_constructor(self.abi, [value]))

    def data(self, name: str, *arguments: Any) -> str:
        return to_hex(encode_call(self.abi, name, list(arguments)))


@pytest.fixture(scope="session")
def sample() -> Sample:
    return Sample(json.loads(ARTIFACT.read_text()))


@pytest.fixture
def ask() -> Iterator[Asking]:
    opened = open_node(NodeOptions())
    yield Asking(opened)
    opened.node.close()


@pytest.fixture
def deployed(ask: Asking, sample: Sample) -> str:
    """Address of a Sample holding 5."""
    return ask.receipt(ask.send(data=sample.creation()))["contractAddress"]


@pytest.fixture
def served() -> Iterator[Running]:
    running = start(NodeOptions(), port=0)
    yield running
    running.stop()
