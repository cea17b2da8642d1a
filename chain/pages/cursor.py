"""Cursors: where a page of a list begins, as text that only this door reads.

A cursor names the last row that was seen, so new blocks neither shift nor repeat rows. It also carries a piece of the
hash of that row's block: when the block has been removed since, the cursor says so instead of skipping rows silently.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

import msgspec

from chain.errors import InvalidParams
from chain.model import Record
from chain.store import Window

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
_SEEN = 6  # bytes of a block's hash


class Cursor(Record, array_like=True):
    """Rows before or after a key; integers and hex inside."""

    direction: Literal["before", "after"]
    key: list[int | str]
    block: int | None = None  # whose hash begins with `seen`
    seen: str = ""

    def window(self, limit: int) -> Window:
        """As the index is asked."""
        key = tuple([part if isinstance(part, int) else bytes.fromhex(part) for part in self.key])
        return Window(limit=limit, key=key, direction=self.direction)


def encode_cursor(
    direction: Literal["before", "after"], key: tuple[Any, ...], block: tuple[int, bytes] | None = None
) -> str:
    """The text; `block`: number and hash of the row's block, for rows that belong to one."""
    parts = [part.hex() if isinstance(part, bytes) else part for part in key]
    number, seen = (None, "") if block is None else (block[0], block[1][:_SEEN].hex())
    cursor = Cursor(direction=direction, key=parts, block=number, seen=seen)
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


def decode_cursor(text: str) -> Cursor:
    """Inverse of `encode_cursor`; raises InvalidParams."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
        cursor.window(1)
    except (UnicodeEncodeError, binascii.Error, ValueError, msgspec.MsgspecError) as problem:
        raise InvalidParams(
            f"{text[:80]!r} is no cursor of this list",
            hint="take it from `next` or `prev` of an answer, or leave it out",
        ) from problem
    if any(isinstance(part, int) and not 0 <= part < 2**63 for part in cursor.key):
        raise InvalidParams(f"{text[:80]!r} is no cursor of this list", hint="leave it out to begin anew")
    return cursor
