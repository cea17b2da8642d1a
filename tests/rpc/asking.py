"""Asking a dispatcher, with every result checked against the Ethereum JSON-RPC specification."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from chain.launch import Opened
from chain.rpc import Dispatcher, build_dispatcher

WAIT_SECONDS = 20
SPECIFICATION = Path(__file__).parent / "openrpc" / "results.json"


@cache
def _validator(method: str) -> jsonschema.Draft202012Validator | None:
    specification = json.loads(SPECIFICATION.read_text())
    schema = specification["results"].get(method)
    if schema is None:
        return None
    return jsonschema.Draft202012Validator(schema | {"components": specification["components"]})


def conforms(method: str, result: Any) -> None:
    """Fail when a result is not what the specification says."""
    validator = _validator(method)
    if validator is not None:
        validator.validate(result)


class Asking:
    """One node's dispatcher as a test speaks to it."""

    def __init__(self, opened: Opened, dispatcher: Dispatcher | None = None) -> None:
        self.node = opened.node
        self.accounts = ["0x" + account.address.hex() for account in opened.accounts]
        self.keys = opened.accounts
        self.dispatcher = dispatcher or build_dispatcher(opened.node, opened.accounts)

    def raw(self, body: bytes | str) -> bytes:
        """Bytes to bytes, waiting for what takes time."""
        answer = self.dispatcher.handle(body if isinstance(body, bytes) else body.encode())
        return answer.result(WAIT_SECONDS) if isinstance(answer, Future) else answer

    def message(self, method: str, *params: Any) -> dict[str, Any]:
        """The whole response object."""
        request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}
        answer = json.loads(self.raw(json.dumps(request)))
        assert answer["id"] == 7 and answer["jsonrpc"] == "2.0"
        return answer

    def __call__(self, method: str, *params: Any) -> Any:
        """The result, which must conform to the specification."""
        answer = self.message(method, *params)
        assert "error" not in answer, answer
        conforms(method, answer["result"])
        return answer["result"]

    def error(self, method: str, *params: Any) -> dict[str, Any]:
        """The error object."""
        answer = self.message(method, *params)
        assert "result" not in answer, answer
        return answer["error"]

    def batch(self, *calls: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Answers in their order."""
        requests = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": list(params)}
            for index, (method, *params) in enumerate(calls)
        ]
        answers = json.loads(self.raw(json.dumps(requests)))
        assert [answer["id"] for answer in answers] == list(range(len(calls)))
        return answers

    def send(self, sender: int = 0, **fields: Any) -> str:
        """Send from an unlocked account; the hash."""
        return self("eth_sendTransaction", {"from": self.accounts[sender], **fields})

    def receipt(self, tx_hash: str) -> dict[str, Any]:
        """The receipt of a mined transaction."""
        found = self("eth_getTransactionReceipt", tx_hash)
        assert found is not None
        return found


Ask = Callable[..., Any]
