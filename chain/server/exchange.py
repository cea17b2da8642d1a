"""A request as it was read, and the lines of its answer. Values only; `connection` moves them over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from chain.server.access import EVERYTHING, Grant

METHODS_ALLOWED = "GET, HEAD, POST, OPTIONS"
INVALID_REQUEST = -32600


class Request(msgspec.Struct):
    """One request; header names are lower case, its host and origin are admitted."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    keep_alive: bool
    grant: Grant = EVERYTHING

    @property
    def is_rpc(self) -> bool:
        """JSON-RPC is answered on POST / and nowhere else."""
        return self.method == "POST" and self.target.partition("?")[0] == "/"


class Refusal(msgspec.Struct):
    """A request that is not read any further."""

    status: int
    message: str


def encode_head(status: int, headers: Mapping[str, str], length: int, request: Request | None, *, last: bool) -> bytes:
    """Status line and headers of an answer; `request` None: refused unread. `last`: the connection ends with it."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["x-content-type-options: nosniff", "vary: Origin"]
    if request is not None and "origin" in request.headers:
        lines.append(f"access-control-allow-origin: {request.headers['origin']}")
    if status == 401:
        lines.append('www-authenticate: Bearer realm="JSON-RPC"')
    if status not in (204, 304):
        lines.append(f"content-length: {length}")
    if last:
        lines.append("connection: close")
    elif request is not None and request.headers.get("connection", "").lower() == "keep-alive":
        lines.append("connection: keep-alive")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", errors="replace")


def preflight(request: Request) -> dict[str, str]:
    """CORS: what an admitted origin may send; others never get here."""
    headers = {"allow": METHODS_ALLOWED}
    if "origin" in request.headers:
        headers["access-control-allow-methods"] = METHODS_ALLOWED
        headers["access-control-allow-headers"] = request.headers.get("access-control-request-headers", "content-type")
        headers["access-control-max-age"] = "600"
        if request.headers.get("access-control-request-private-network", "").lower() == "true":
            headers["access-control-allow-private-network"] = "true"
    return headers


def error_body(message: str) -> bytes:
    """What the transport refuses, as a JSON-RPC error: clients print that."""
    error = {"code": INVALID_REQUEST, "message": message}
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
