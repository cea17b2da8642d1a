"""JSON texts in a row, as geth reads its IPC: with or without line ends between them; one line for each answer.

A text ends where its outermost bracket closes. What is no JSON ends with its line and is passed on, to be refused in
words; so one broken text does not spoil the next.
"""

from __future__ import annotations

import re

from chain.server.exchange import error_body

_OUTSIDE = re.compile(rb'["{}\[\]\n]')  # what matters outside a string
_INSIDE = re.compile(rb'["\\\n]')  # and inside one


class JsonStream:
    """A `Wire`."""

    def __init__(self, limit: int) -> None:
        """`limit`: bytes of a text; a larger one ends the connection."""
        self._limit = limit
        self._buffer = bytearray()
        self._seen = 0  # up to where the buffer was looked at
        self._depth = 0
        self._quoted = False
        self._ended = False
        self._last = b""

    @property
    def ended(self) -> bool:
        """Whether a text was too large."""
        return self._ended

    def receive(self, data: bytes) -> list[bytes]:
        """Complete texts."""
        self._buffer += data
        texts = []
        while (end := self._end()) is not None:
            text = bytes(self._buffer[:end]).strip()
            if text:
                texts.append(text)
            del self._buffer[:end]
            self._seen = self._depth = 0
            self._quoted = False
        if len(self._buffer) > self._limit:
            said = f"request too large: more than {self._limit} bytes; send it in several requests"
            self._last = error_body(said) + b"\n"
            self._ended = True
            self._buffer.clear()
        return texts

    def encode(self, payload: bytes) -> bytes:
        """One line."""
        return payload + b"\n"

    def pending(self) -> bytes:
        """Why it has ended."""
        last, self._last = self._last, b""
        return last

    def ping(self) -> bool:
        """The system knows when the other process is gone."""
        return False

    def close(self, code: int, reason: str) -> None:
        """There is no word for goodbye."""
        self._ended = True

    def _end(self) -> int | None:
        """Where the first text in the buffer ends, exclusively."""
        while (found := (_INSIDE if self._quoted else _OUTSIDE).search(self._buffer, self._seen)) is not None:
            self._seen = found.end()
            match found.group():
                case b"\\":
                    if self._seen == len(self._buffer):
                        self._seen -= 1  # what it escapes is still to come
                        return None
                    self._seen += 1
                case b'"':
                    self._quoted = not self._quoted
                case b"\n":
                    if self._quoted or self._depth == 0:
                        return self._seen
                case b"{" | b"[":
                    self._depth += 1
                case _:
                    self._depth -= 1
                    if self._depth <= 0:
                        return self._seen
        self._seen = len(self._buffer)
        return None
