"""A node on another client's genesis: it makes blocks by the fork of their time, or says why it makes none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chain.errors import NotProducing
from chain.launch import NodeOptions, open_node
from chain.model import Call
from chain.node import Node
from chain.producer import Mining
from chain.spec import Fork, Spec, read_genesis
from tests.traffic import CHAIN_ID, START, Signer, code, contract, spec, word

TIMEOUT = 60
BY_BLOCK = (
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "berlin",
)


def described(*, difficulty: int = 0, total: int | None = 0, **config: Any) -> Spec:
    alloc = {
        "0x" + address.hex(): {
            "balance": hex(account.balance),
            "nonce": account.nonce,
            "code": "0x" + account.code.hex(),
        }
        for address, account in spec().genesis.alloc.items()
    }
    alloc["0x" + "fe" * 20] = {"balance": "0x0", "code": "0x" + code("BASEFEE PUSH0 MSTORE 0x20 PUSH0 RETURN").hex()}
    content = {
        "config": {
            **{f"{name}Block": 0 for name in BY_BLOCK},
            "chainId": CHAIN_ID,
            "terminalTotalDifficulty": total,
            **config,
        },
        "alloc": alloc,
        "timestamp": hex(START),
        "gasLimit": hex(30_000_000),
        "difficulty": hex(difficulty),
    }
    return read_genesis(json.dumps(content).encode(), "genesis.json")


@contextmanager
def opened(genesis: Spec, *, dev: bool = True) -> Iterator[Node]:
    node = open_node(NodeOptions(genesis=genesis, dev=dev, mining=Mining(automine=False))).node
    try:
        yield node
    finally:
        node.close()


def test_blocks_are_made_under_the_rules_of_their_time_and_another_node_agrees() -> None:
    genesis = described(londonBlock=0, shanghaiTime=START + 100, cancunTime=START + 200, pragueTime=START + 300)
    signer = Signer(0)
    with opened(genesis) as node, opened(genesis, dev=False) as other:
        assert node.dev is not None
        for seconds in (50, 150, 250, 350):
            node.send(signer.sign(contract("store"), data=word(seconds) + word(1))).result(TIMEOUT)
            node.dev.do(lambda dev, at=START + seconds: dev.mine(1, timestamp=at)).result(TIMEOUT)
            other.import_block(node.block("latest").encode()).result(TIMEOUT)

        headers = [node.header(number) for number in range(5)]
        assert [header.withdrawals_root is not None for header in headers] == [False, False, True, True, True]
        assert [header.excess_blob_gas is not None for header in headers] == [False, False, False, True, True]
        assert [header.requests_hash is not None for header in headers] == [False, False, False, False, True]
        assert [node._evm.fork(header) for header in headers[1:]] == [
            Fork.PARIS,
            Fork.SHANGHAI,
            Fork.CANCUN,
            Fork.PRAGUE,
        ]
        assert other.head() == node.head()
        statuses = [node.receipts(header.hash)[0].status for header in headers[1:]]
        assert statuses == [0, 1, 1, 1], "the contract's PUSH0 came with Shanghai"


def test_a_chain_that_proves_work_answers_by_its_rules_and_makes_no_blocks() -> None:
    with opened(described(difficulty=131_072, total=None)) as node:
        with pytest.raises(NotProducing, match="block 1 would have to prove work") as refused:
            node.mine().result(TIMEOUT)
        result = node.call(Call(to=b"\xfe" * 20, gas=100_000), "latest")

        assert "mz db import" in (refused.value.hint or "")
        assert node.head().difficulty == 131_072 and node.head().base_fee is None
        assert result.error is not None and "opcode" in result.error.lower(), "BASEFEE came with London"


def test_the_same_call_works_once_its_opcodes_are_there() -> None:
    with opened(described(londonBlock=0, shanghaiTime=0)) as node:
        assert node.call(Call(to=b"\xfe" * 20, gas=100_000), "latest").error is None
