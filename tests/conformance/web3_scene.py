"""The chain on which web3.py's own integration suite runs, and what it expects to find there.

The suite was written against a geth with prepared data: chain id 131277322940537, a few contracts, a block with a
transaction, one with a log, one without anything.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from web3 import HTTPProvider, Web3
from web3._utils.contract_sources.contract_data.emitter_contract import EMITTER_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.math_contract import MATH_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.offchain_lookup import OFFCHAIN_LOOKUP_DATA
from web3._utils.contract_sources.contract_data.panic_errors_contract import PANIC_ERRORS_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.revert_contract import REVERT_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.storage_contract import STORAGE_CONTRACT_DATA

from chain.launch import NodeOptions, Running, start
from chain.producer import Mining

T = TypeVar("T")

CHAIN_ID = 131277322940537
GAS_LIMIT = 30_000_000  # of its geth
LOG_DOUBLE_WITH_INDEX = 9  # of the emitter's enum
BLOCK_SECONDS = 0.25
CONTRACTS = {
    "math": MATH_CONTRACT_DATA,
    "emitter": EMITTER_CONTRACT_DATA,
    "revert": REVERT_CONTRACT_DATA,
    "offchain_lookup": OFFCHAIN_LOOKUP_DATA,
    "panic_errors": PANIC_ERRORS_CONTRACT_DATA,
    "storage": STORAGE_CONTRACT_DATA,
}


@dataclass(frozen=True)
class Scene:
    """A served node and where things are on its chain."""

    running: Running
    addresses: dict[str, Any]
    deployed_math: Any  # transaction hashes
    mined: Any
    logged: Any
    empty_block: Any  # block hashes
    block_with_transaction: Any
    block_with_log: Any

    @property
    def keyfile_key(self) -> str:
        """Private key of the account that the suite also signs with by itself."""
        return "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"  # the second development account's

    def settle(self, test: str) -> None:
        """Nothing that an earlier test has sent waits any more, and what is to be replaced stays in the pool."""
        replaces = ("replace_transaction" in test or "modify_transaction" in test) and "already_mined" not in test
        producer = self.running.node._producer
        mining = Mining(automine=False, interval=None if replaces else BLOCK_SECONDS)
        producer.command(lambda: producer.set_mining(mining)).result(10)
        content = self.running.node.pool_content().result(10)
        if content.ready:
            self.running.node.mine().result(10)

    @property
    def ws_url(self) -> str:
        return self.running.url.replace("http://", "ws://")


def set_up() -> Iterator[Scene]:
    """Serve a chain with everything on it, for one module of tests."""
    running = start(
        NodeOptions(chain_id=CHAIN_ID, gas_limit=GAS_LIMIT, mining=Mining(automine=False, interval=BLOCK_SECONDS)),
        port=0,
    )
    try:
        yield _prepared(running)
    finally:
        running.stop()


def _prepared(running: Running) -> Scene:
    w3 = Web3(HTTPProvider(running.url))
    me = w3.eth.accounts[0]
    for _ in range(8):  # the suite asks for blocks up to number 7
        running.node.mine().result(10)
    hashes = {name: w3.eth.contract(**data).constructor().transact({"from": me}) for name, data in CONTRACTS.items()}
    receipts = {name: w3.eth.wait_for_transaction_receipt(tx) for name, tx in hashes.items()}
    addresses = {name: receipt["contractAddress"] for name, receipt in receipts.items()}
    emitter = w3.eth.contract(addresses["emitter"], abi=EMITTER_CONTRACT_DATA["abi"])
    logged = emitter.functions.logDouble(LOG_DOUBLE_WITH_INDEX, 12345, 54321).transact({"from": me})
    block_with_log = w3.eth.wait_for_transaction_receipt(logged)["blockHash"]
    mined = w3.eth.send_transaction({"from": me, "to": me, "value": 1, "gas": 21000, "gasPrice": w3.eth.gas_price})
    receipt = w3.eth.wait_for_transaction_receipt(mined)
    w3.eth.send_transaction({"from": me, "to": "0x" + "00" * 20, "value": 1})  # the genesis block's miner earns
    running.node.mine().result(10)
    empty = running.node.mine().result(10)
    return Scene(
        running=running,
        addresses=addresses,
        deployed_math=hashes["math"].to_0x_hex(),
        mined=mined.to_0x_hex(),
        logged=logged.to_0x_hex(),
        empty_block=empty.hash,
        block_with_transaction=receipt["blockHash"],
        block_with_log=block_with_log,
    )


def explain(request: pytest.FixtureRequest, reasons: dict[str, str]) -> None:
    """Expect the failures that are listed, strictly: one that passes has to leave the list."""
    name = request.node.name
    reason = reasons.get(name, reasons.get(name.partition("[")[0]))
    if reason is not None:
        request.node.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def awaited(suite: type[T]) -> type[T]:
    """The suite with plain functions in place of its coroutines; each runs on the loop in the instance's `loop`."""
    plain = {
        name: _plain(member)
        for name, member in inspect.getmembers(suite, inspect.iscoroutinefunction)
        if name.startswith("test")
    }
    return type(suite.__name__, (suite,), plain | {"__module__": suite.__module__})


def _plain(coroutine: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @functools.wraps(coroutine)  # takes the signature along, from which fixtures are found, and the marks
    def test(self: Any, *args: Any, **kwargs: Any) -> None:
        self.loop.run_until_complete(coroutine(self, *args, **kwargs))

    return test
