"""Blocks that this platform produced, judged by code we did not write: stock py-evm and foundry's cast (N1)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import rlp
from eth.chains.base import Chain, MiningChain
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_NONCE
from eth.db.atomic import AtomicDB
from eth.vm.forks.cancun.constants import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CONTRACT_CODE
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.blocks import PragueBlock
from eth.vm.forks.prague.constants import HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CONTRACT_CODE
from eth_account import Account
from eth_utils import keccak
from web3 import Web3

from chain.spec import CREATE2_FACTORY, CREATE2_FACTORY_CODE
from tests.e2e.serving import Served, served
from tests.optional import require

Account.enable_unaudited_hdwallet_features()
MNEMONIC = "test test test test test test test test test test test junk"


@pytest.fixture(scope="module")
def node(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("judged") / "mz"
    shutil.copytree(platform_folder, folder)
    with served(folder) as running:
        running.wait_for_answer()
        yield running


def raw_block(web3: Web3, number: int) -> bytes:
    answer = web3.provider.make_request("debug_getRawBlock", [hex(number)])  # type: ignore[arg-type]
    return bytes.fromhex(answer["result"][2:])


def stock_chain(web3: Web3) -> Chain:
    """Stock py-evm on our documented genesis: funded accounts, two system contracts, the CREATE2 factory."""
    genesis = web3.eth.get_block(0)
    state = {
        Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}").address: 10_000 * 10**18 for i in range(10)
    }
    alloc = {
        bytes.fromhex(address[2:]): {"balance": balance, "nonce": 0, "code": b"", "storage": {}}
        for address, balance in state.items()
    }
    for address, code in (
        (BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CONTRACT_CODE),
        (HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CONTRACT_CODE),
        (CREATE2_FACTORY, CREATE2_FACTORY_CODE),
    ):
        alloc[address] = {"balance": 0, "nonce": 1, "code": code, "storage": {}}
    stock = MiningChain.configure(vm_configuration=((0, PragueVM),), chain_id=web3.eth.chain_id)
    chain = stock.from_genesis(
        AtomicDB(),
        {
            "difficulty": POST_MERGE_DIFFICULTY,
            "nonce": POST_MERGE_NONCE,
            "gas_limit": genesis["gasLimit"],
            "base_fee_per_gas": genesis["baseFeePerGas"],
            "timestamp": genesis["timestamp"],
            "extra_data": bytes(genesis["extraData"]),
            "mix_hash": bytes(genesis["mixHash"]),
            "parent_beacon_block_root": bytes(genesis["parentBeaconBlockRoot"]),
        },
        alloc,
    )
    assert chain.get_canonical_head().hash == bytes(genesis["hash"])
    return chain


def test_a_stock_py_evm_chain_imports_every_block_of_the_roll_out(node: Served) -> None:
    web3 = node.web3
    chain = stock_chain(web3)
    newest = web3.eth.block_number
    assert newest > 5

    for number in range(1, newest + 1):
        block = rlp.decode(raw_block(web3, number), sedes=PragueBlock)
        chain.import_block(block)
        assert chain.get_canonical_head().hash == bytes(web3.eth.get_block(number)["hash"])


def test_casts_raw_block_hashes_to_the_blocks_hash(node: Served) -> None:
    cast = require("cast", Path("node_modules/.bin/cast"))
    url = f"http://127.0.0.1:{node.port}"

    header = subprocess.run(
        [cast, "block", "latest", "--raw", "--rpc-url", url], capture_output=True, text=True, check=True
    )

    encoded = bytes.fromhex(header.stdout.strip().removeprefix("0x"))
    assert keccak(encoded) == bytes(node.web3.eth.get_block("latest")["hash"])
