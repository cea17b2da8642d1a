"""What users of other nodes complain about, where no other test shows it; docs/rpc.md lists all that is promised."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chain.launch import NodeOptions, Running, open_node
from tests.rpc.asking import Asking

RECEIVER = "0x" + "11" * 20


def signed(ask: Asking, nonce: int, sender: int = 0) -> str:
    fields = {"to": RECEIVER, "value": 1, "nonce": nonce, "gas": 21_000, "gasPrice": 10**11, "chainId": 20261}
    return "0x" + ask.keys[sender].sign_transaction(fields).hex()


def test_a_wallet_finds_its_nonce_its_transactions_and_its_blocks_after_a_restart(tmp_path: Path) -> None:
    opened = open_node(NodeOptions(data_dir=tmp_path))
    ask = Asking(opened)
    sent = [ask("eth_sendRawTransaction", signed(ask, nonce)) for nonce in range(3)]
    waiting = ask("eth_sendRawTransaction", signed(ask, 4))
    asked = [
        ("eth_chainId",),
        ("eth_getTransactionCount", ask.accounts[0], "latest"),
        ("eth_getBalance", RECEIVER, "0x2"),
    ]
    asked += [("eth_getTransactionReceipt", one) for one in sent] + [("eth_getBlockByNumber", "0x2", True)]
    before = [ask(*question) for question in asked]
    opened.node.close()

    opened = open_node(NodeOptions(data_dir=tmp_path))
    ask = Asking(opened)
    try:
        assert [ask(*question) for question in asked] == before
        assert ask.message("eth_getTransactionByHash", waiting)["result"]["blockHash"] is None, "the gap is still open"
        low = ask.error("eth_sendTransaction", {"from": ask.accounts[0], "to": RECEIVER, "nonce": "0x1"})
        assert (
            low["message"].startswith("nonce too low: next nonce 3, tx nonce 1") and "activity data" in low["message"]
        )
        assert ask("eth_sendRawTransaction", signed(ask, 3))
        assert ask("eth_getTransactionCount", ask.accounts[0], "latest") == "0x5", "the one that waited came after it"
    finally:
        opened.node.close()


def test_the_chain_id_stays_the_same_whatever_is_done_to_a_development_chain() -> None:
    opened = open_node(NodeOptions(dev=True, chain_id=31337))
    ask = Asking(opened)
    try:
        seen = [ask("eth_chainId")]
        snapshot = ask("evm_snapshot")
        ask.send(to=RECEIVER, value="0x1")
        seen.append(ask("eth_chainId"))
        ask("evm_revert", snapshot)
        seen.append(ask("eth_chainId"))
        ask("anvil_reset")
        seen.append(ask("eth_chainId"))

        assert seen == ["0x7a69"] * 4
    finally:
        opened.node.close()


def test_every_json_rpc_answer_is_http_200(served: Running) -> None:
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=20)

    def post(body: bytes) -> tuple[int, Any]:
        connection.request("POST", "/", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def ask(method: str, *params: Any) -> tuple[int, Any]:
        return post(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())

    answers = [
        ask("eth_call", {"data": "0x5f5ffd"}),
        ask("eth_estimateGas", {"data": "0xfe"}),
        ask("eth_noSuchMethod"),
        ask("eth_getBalance", "0x12"),
        ask("eth_getBalance", RECEIVER, "0xffff"),
        ask("eth_sendRawTransaction", "0x02c0"),
        ask("eth_subscribe", "newHeads"),
        post(b"{"),
        post(b"[]"),
        post(b"7"),
    ]
    connection.close()

    assert [status for status, _ in answers] == [200] * len(answers)
    assert [answer["error"]["code"] for _, answer in answers] == [
        3, -32000, -32601, -32602, -32001, -32000, -32601, -32700, -32600, -32600,
    ]  # fmt: skip


def test_no_transaction_is_lost_when_many_send_at_once(ask: Asking) -> None:
    hashes: list[str] = []

    def send(sender: int) -> None:
        for nonce in range(5):
            hashes.append(ask("eth_sendRawTransaction", signed(ask, nonce, sender)))

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(hashes)) == 40
    assert [ask.receipt(one)["status"] for one in hashes] == ["0x1"] * 40
    assert ask("eth_getBalance", RECEIVER, "latest") == hex(40)
