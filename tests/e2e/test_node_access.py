"""`mz node start` with tokens, rates and unlocked keys; what its log tells, and what it never tells."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from chain.wallet import Account, Keystore
from tests.e2e.commands import mz
from tests.e2e.test_node import started

PASSWORD = "correct horse battery staple"


def post(url: str, body: Any, token: str | None = None) -> tuple[int, Any]:
    headers = {"content-type": "application/json"} | ({} if token is None else {"authorization": f"Bearer {token}"})
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def call(method: str, *params: Any, key: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": key, "method": method, "params": list(params)}


def test_tokens_rates_and_unlocked_keys_from_start_to_log(tmp_path: Path) -> None:
    key = Account.create("alice")
    keystore = Keystore(tmp_path / "d" / "keystore", scrypt_n=1 << 12)
    keystore.add(key.unsafe_private_key(), "alice", PASSWORD)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    made = json.loads(mz("node", "token", "bot", "--namespaces", "eth", "--rate", "2", "--json", cwd=tmp_path).stdout)
    (tmp_path / "access.toml").write_text("[anonymous]\nnamespaces = ['net']\n" + made["access"])
    words = ("--port", "0", "--data-dir", "d", "--access", "access.toml", "--unlock", "alice")
    logging = ("--log-file", "node.log", "--log-format", "json", "--log-level", "debug")
    with started(tmp_path, *words, *logging, password_file="password") as (facts, _):
        url = facts["rpc"]
        assert post(url, call("net_version")) == (200, {"jsonrpc": "2.0", "id": 1, "result": "20261"})
        status, answer = post(url, call("eth_blockNumber"))
        assert (status, answer["error"]["code"]) == (200, -32601) and "not available to this client" in str(answer)
        assert post(url, call("net_version"), "wrong")[0] == 401

        status, answers = post(url, [call("eth_blockNumber", key=index) for index in range(6)], made["token"])
        assert status == 200 and [answer["id"] for answer in answers] == list(range(6))
        assert [answer.get("error", {}).get("code") for answer in answers] == [None] * 4 + [-32005] * 2
        assert "2 calls per second" in answers[5]["error"]["message"]

        _, answer = post(url, call("eth_accounts"), made["token"])
        assert "error" in answer, "`eth` does not hold the accounts"
        ws = url.replace("http", "ws")
        with connect(ws) as socket:
            socket.send(json.dumps(call("eth_blockNumber")))
            assert json.loads(socket.recv())["error"]["code"] == -32601
        try:
            connect(ws, additional_headers={"authorization": "Bearer wrong"}).close()
        except InvalidStatus as refusal:
            assert refusal.response.status_code == 401
        else:
            raise AssertionError("a wrong token opened a WebSocket")
        assert any(key.address.hex() in account.lower() for account in facts["accounts"])

    log = (tmp_path / "node.log").read_text()
    assert all(json.loads(line)["level"] for line in log.splitlines())
    secrets = (PASSWORD, made["token"], key.unsafe_private_key().hex(), "test test test", "Bearer")
    assert [secret for secret in secrets if secret in log] == []
