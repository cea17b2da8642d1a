"""An HTTP answer as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chain.model import Record

# Our own page: nothing from elsewhere, no inline code, no frames.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html mz-worker"
)
PAGE_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Answer(Record):
    """Status, header lines and body; the server adds length and connection handling."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


def json_answer(value: Any, status: int = 200) -> Answer:
    """A JSON document that is never cached."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return Answer(status=status, headers=headers, body=msgspec.json.encode(value))


def text_answer(text: str, status: int) -> Answer:
    """One line for people."""
    return Answer(status=status, headers={"content-type": "text/plain; charset=utf-8"}, body=text.encode() + b"\n")


def not_allowed(*methods: str) -> Answer:
    """405 with the methods that would be."""
    listed = ", ".join(methods)
    headers = {"content-type": "text/plain; charset=utf-8", "allow": listed}
    return Answer(status=405, headers=headers, body=f"method not allowed here; use {listed}\n".encode())
