"""A node that answers from a script: methods → what they answer, with everything asked written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

USUAL: dict[str, Any] = {
    "eth_chainId": hex(20261),
    "eth_blockNumber": "0x1",
    "eth_getBlockByNumber": {"baseFeePerGas": hex(10**9), "timestamp": "0x1", "hash": "0x" + "11" * 32},
    "eth_maxPriorityFeePerGas": "0x1",
    "eth_getTransactionCount": "0x0",
    "eth_estimateGas": hex(21_000),
    "eth_sendRawTransaction": "0x" + "ab" * 32,
}


class Refusal(Exception):
    """Answered as a JSON-RPC error object."""

    def __init__(self, message: str, code: int = -32000, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({} if data is None else {"data": data})


class Script:
    """`handle` of a node in this process. An answer may be a value, a list (one after the other) or a function."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        self.answers: dict[str, Any] = {**USUAL, **(answers or {})}
        self.asked: list[tuple[str, list[Any]]] = []

    def __call__(self, body: bytes) -> bytes:
        request = json.loads(body)
        method, parameters = request["method"], request["params"]
        self.asked.append((method, parameters))
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            if method not in self.answers:
                raise Refusal(f"the method {method} does not exist/is not available", -32601)
            reply["result"] = self._answer(method, parameters)
        except Refusal as refusal:
            reply["error"] = refusal.error
        return json.dumps(reply).encode()

    def _answer(self, method: str, parameters: list[Any]) -> Any:
        answer = self.answers[method]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Refusal):
            raise answer
        return answer(*parameters) if isinstance(answer, Callable) else answer

    def times(self, method: str) -> int:
        """How often a method was asked."""
        return sum(1 for asked, _ in self.asked if asked == method)
