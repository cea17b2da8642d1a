"""kill -9 during a stream of transactions: nothing whose receipt was given is lost (N15)."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
from eth_account import Account
from requests.exceptions import RequestException

from tests.e2e.offline import verified
from tests.e2e.serving import Served, served

SENDER = Account.from_key("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
RECEIVER = "0x000000000000000000000000000000000000bEEF"


def stream(node: Served, receipts: dict[str, tuple[int, str]]) -> None:
    """Send one transfer after the other until the node is gone, noting every receipt that was handed out."""
    try:
        nonce = node.web3.eth.get_transaction_count(SENDER.address)
        chain_id = node.web3.eth.chain_id
        while True:
            signed = SENDER.sign_transaction(
                {
                    "to": RECEIVER,
                    "value": 1,
                    "nonce": nonce,
                    "gas": 21_000,
                    "maxFeePerGas": 10**11,
                    "maxPriorityFeePerGas": 10**9,
                    "chainId": chain_id,
                }
            )
            sent = node.web3.eth.send_raw_transaction(signed.raw_transaction)
            receipt = node.web3.eth.get_transaction_receipt(sent)
            receipts[sent.hex()] = (receipt["blockNumber"], receipt["blockHash"].hex())
            nonce += 1
    except (RequestException, ConnectionError, OSError):
        return


@pytest.mark.parametrize("seed", [0, 1])  # many and few receipts; test_kill_deep kills more often
def test_no_transaction_whose_receipt_was_given_is_lost(seed: int, rolled_out: Path) -> None:
    folder = rolled_out
    receipts: dict[str, tuple[int, str]] = {}
    with served(folder) as node:
        node.wait_for_answer()
        before = node.web3.eth.get_balance(RECEIVER)
        sender = threading.Thread(target=stream, args=(node, receipts))
        sender.start()
        enough = random.Random(seed).randint(5, 60)
        deadline = time.monotonic() + 60
        while len(receipts) < enough and time.monotonic() < deadline:
            time.sleep(0.001)
        node.kill()
        sender.join()
    assert len(receipts) >= enough

    with served(folder) as again:
        again.wait_for_answer()
        for tx_hash, (number, block_hash) in receipts.items():
            receipt = again.web3.eth.get_transaction_receipt(tx_hash)
            assert (receipt["blockNumber"], receipt["blockHash"].hex()) == (number, block_hash)
            assert receipt["status"] == 1
        # Every transfer moved one wei: neither a lost nor a doubled one would add up.
        kept = again.web3.eth.get_balance(RECEIVER) - before
        assert kept in (len(receipts), len(receipts) + 1)
        assert again.web3.eth.get_transaction_count(SENDER.address) >= len(receipts)
        assert again.stop() == 0
    sound = verified(folder)
    assert sound.transactions >= len(receipts) and sound.rows
