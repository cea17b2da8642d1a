"""web3.py's own asynchronous integration suite, as it ships in its wheel, over one WebSocket of a started node."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from web3 import AsyncWeb3, HTTPProvider, Web3, WebSocketProvider
from web3._utils import module_testing
from web3._utils.module_testing.persistent_connection_provider import PersistentConnectionProviderTest
from web3._utils.module_testing.utils import RequestMocker
from web3._utils.module_testing.web3_module import AsyncWeb3ModuleTest

from tests.conformance.web3_scene import CONTRACTS, Scene, awaited, explain, set_up

# What fails, and why that is right or not ours. A test that is not listed has to pass, one that is listed has to fail.
FAILS = {
    "test_invalid_eth_sign_typed_data": "expects a Web3ValueError; what a node refuses is a Web3RPCError",
    "test_eth_sign_typed_data": "web3.py's async_map_if_collection unpacks the values of a mapping as items",
}


# The suite's stand-in for ENS and its cancelled batches leave coroutines behind.
FORGOTTEN = "coroutine '(AsyncStaticENS.address|AsyncEth.get_block|AsyncContractFunction.call)' was never awaited"
pytestmark = pytest.mark.filterwarnings(f"ignore:{FORGOTTEN}:RuntimeWarning")


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    yield from set_up()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", FORGOTTEN, RuntimeWarning)
        gc.collect()


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.fixture(scope="module")
def async_w3(scene: Scene, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    w3 = AsyncWeb3(WebSocketProvider(scene.ws_url))
    loop.run_until_complete(w3.provider.connect())
    yield w3
    loop.run_until_complete(w3.provider.disconnect())


@pytest.fixture(scope="module")
def w3(scene: Scene) -> Web3:
    """For what a suite shares with its synchronous sister."""
    return Web3(HTTPProvider(scene.running.url))


@pytest.fixture(autouse=True)
def explained(request: pytest.FixtureRequest, scene: Scene, loop: asyncio.AbstractEventLoop) -> None:
    request.instance.loop = loop
    scene.settle(request.node.name)
    explain(request, FAILS)


def contract(name: str) -> Any:
    @pytest.fixture(scope="module", name=f"async_{name}_contract")
    def deployed(async_w3: Any, scene: Scene) -> Any:
        return async_w3.eth.contract(scene.addresses[name], **CONTRACTS[name])

    return deployed


async_math_contract = contract("math")
async_emitter_contract = contract("emitter")
async_revert_contract = contract("revert")
async_offchain_lookup_contract = contract("offchain_lookup")
async_panic_errors_contract = contract("panic_errors")
async_storage_contract = contract("storage")


@pytest.fixture(scope="module")
def async_math_contract_address(scene: Scene) -> Any:
    return scene.addresses["math"]


@pytest.fixture(scope="module")
def async_emitter_contract_address(scene: Scene) -> Any:
    return scene.addresses["emitter"]


@pytest.fixture(scope="module")
def math_contract_deploy_txn_hash(scene: Scene) -> Any:
    return scene.deployed_math


@pytest.fixture(scope="module")
def mined_txn_hash(scene: Scene) -> Any:
    return scene.mined


@pytest.fixture(scope="module")
def txn_hash_with_log(scene: Scene) -> Any:
    return scene.logged


def block(name: str, key: str) -> Any:
    @pytest.fixture(scope="module", name=name)
    def found(async_w3: Any, scene: Scene, loop: asyncio.AbstractEventLoop) -> Any:
        return loop.run_until_complete(async_w3.eth.get_block(getattr(scene, key)))

    return found


async_empty_block = block("async_empty_block", "empty_block")
async_block_with_txn = block("async_block_with_txn", "block_with_transaction")
async_block_with_txn_with_log = block("async_block_with_txn_with_log", "block_with_log")


@pytest.fixture(scope="module")
def keyfile_account_pkey(scene: Scene) -> Any:
    return scene.keyfile_key


@pytest.fixture(scope="module")
def async_keyfile_account_address(async_w3: Any, scene: Scene) -> Any:
    return async_w3.eth.account.from_key(scene.keyfile_key).address


@pytest.fixture(scope="module")
def async_keyfile_account_address_dual_type(async_keyfile_account_address: Any) -> Any:
    return async_keyfile_account_address


@pytest.fixture
def request_mocker() -> Any:
    return RequestMocker


@pytest.fixture
def async_skip_if_testrpc() -> Any:
    return lambda w3: None


@awaited
class TestEth(module_testing.AsyncEthModuleTest):
    pass


@awaited
class TestNet(module_testing.AsyncNetModuleTest):
    pass


@awaited
class TestTxPool(module_testing.GoEthereumAsyncTxPoolModuleTest):
    pass


@awaited
class TestDebug(module_testing.GoEthereumAsyncDebugModuleTest):
    pass


@awaited
class TestWeb3(AsyncWeb3ModuleTest):
    def _check_web3_client_version(self, client_version: str) -> None:
        assert client_version.startswith("mz/v")


@awaited
class TestSubscriptions(PersistentConnectionProviderTest):
    pass
