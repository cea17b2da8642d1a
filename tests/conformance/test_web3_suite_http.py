"""web3.py's own integration suite, as it ships in its wheel, against a started node over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from web3 import HTTPProvider, Web3
from web3._utils import module_testing
from web3._utils.module_testing.utils import RequestMocker
from web3._utils.module_testing.web3_module import Web3ModuleTest

from tests.conformance.web3_scene import CONTRACTS, Scene, explain, set_up

# What fails, and why that is right or not ours. A test that is not listed has to pass, one that is listed has to fail.
FAILS = {
    "test_invalid_eth_sign_typed_data": "expects a Web3ValueError; what a node refuses is a Web3RPCError",
}


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    yield from set_up()


@pytest.fixture(scope="module")
def w3(scene: Scene) -> Web3:
    return Web3(HTTPProvider(scene.running.url, request_kwargs={"timeout": 10}))


@pytest.fixture(autouse=True)
def explained(request: pytest.FixtureRequest, scene: Scene) -> None:
    scene.settle(request.node.name)
    explain(request, FAILS)


def contract(name: str) -> Any:
    @pytest.fixture(scope="module", name=f"{name}_contract")
    def deployed(w3: Web3, scene: Scene) -> Any:
        return w3.eth.contract(scene.addresses[name], **CONTRACTS[name])

    return deployed


math_contract = contract("math")
emitter_contract = contract("emitter")
revert_contract = contract("revert")
offchain_lookup_contract = contract("offchain_lookup")
panic_errors_contract = contract("panic_errors")
storage_contract = contract("storage")


@pytest.fixture(scope="module")
def math_contract_address(scene: Scene) -> Any:
    return scene.addresses["math"]


@pytest.fixture(scope="module")
def emitter_contract_address(scene: Scene) -> Any:
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


@pytest.fixture(scope="module")
def empty_block(w3: Web3, scene: Scene) -> Any:
    return w3.eth.get_block(scene.empty_block)


@pytest.fixture(scope="module")
def block_with_txn(w3: Web3, scene: Scene) -> Any:
    return w3.eth.get_block(scene.block_with_transaction)


@pytest.fixture(scope="module")
def block_with_txn_with_log(w3: Web3, scene: Scene) -> Any:
    return w3.eth.get_block(scene.block_with_log)


@pytest.fixture(scope="module")
def keyfile_account_pkey(scene: Scene) -> Any:
    return scene.keyfile_key


@pytest.fixture(scope="module")
def keyfile_account_address(w3: Web3, scene: Scene) -> Any:
    return w3.eth.account.from_key(scene.keyfile_key).address


@pytest.fixture(scope="module")
def keyfile_account_address_dual_type(keyfile_account_address: Any) -> Any:
    return keyfile_account_address


@pytest.fixture
def request_mocker() -> Any:
    return RequestMocker


@pytest.fixture
def skip_if_testrpc() -> Any:
    return lambda w3: None


class TestEth(module_testing.EthModuleTest):
    pass


class TestNet(module_testing.NetModuleTest):
    pass


class TestTxPool(module_testing.GoEthereumTxPoolModuleTest):
    pass


class TestDebug(module_testing.GoEthereumDebugModuleTest):
    pass


class TestWeb3(Web3ModuleTest):
    def _check_web3_client_version(self, client_version: str) -> None:
        assert client_version.startswith("mz/v")
