"""JSON-RPC into the calling process: the node's own `handle` as a web3.py provider, without sockets or threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

Handle: TypeAlias = Callable[[bytes], "bytes | Future[bytes]"]
"""One JSON-RPC body in, one out; a Future when the answer waits for a block."""


class HandleProvider(JSONBaseProvider):
    """Calls `handle` and waits for its answer at most `timeout` seconds."""

    def __init__(self, handle: Handle, *, timeout: float) -> None:
        super().__init__()
        self._handle = handle
        self._timeout = timeout

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One request; raises TimeoutError when the node does not answer in time."""
        return self.decode_rpc_response(self._ask(self.encode_rpc_request(method, params)))

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        """Several at once, answered in their order as web3.py expects it."""
        # web3 types one response; a batch decodes to a list of them, and the node keeps the order of the requests.
        return self.decode_rpc_response(self._ask(self.encode_batch_rpc_request(requests)))

    def _ask(self, body: bytes) -> bytes:
        answer = self._handle(body)
        return answer if isinstance(answer, bytes) else answer.result(self._timeout)

    def __str__(self) -> str:
        return "the node in this process"
