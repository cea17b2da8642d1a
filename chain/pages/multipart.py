"""Files out of a `multipart/form-data` body (RFC 7578), as `ipfs add`, curl and browsers send them."""

from __future__ import annotations

import re

from chain.errors import InvalidRequest
from chain.model import Record

MAX_PARTS = 1000
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_FILENAME = re.compile(r'filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


class Upload(Record):
    """One file of a form."""

    name: str  # as the client called it; only ever shown, never used as a path
    data: bytes
    folder: bool = False  # nothing but a name for what stands in it


def uploads(content_type: str, body: bytes) -> list[Upload]:
    """The files in a form, in order; other fields are skipped. Raises InvalidRequest."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or found is None:
        raise InvalidRequest(
            f"expected a multipart/form-data body, got {content_type[:80] or 'no content type'!r}",
            hint="with curl: -F file=@NAME",
        )
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1", errors="replace")
    # The first delimiter has no line break of its own before it.
    parts = (b"\r\n" + body).split(delimiter)
    if len(parts) > MAX_PARTS:
        raise InvalidRequest(f"too many parts: {len(parts)}, at most {MAX_PARTS} are read")
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise InvalidRequest("the form body is cut off: its closing boundary is missing")
    return [upload for part in parts[1:-1] if (upload := _upload(part)) is not None]


def _upload(part: bytes) -> Upload | None:
    head, blank, data = part.partition(b"\r\n\r\n")
    if not blank:
        raise InvalidRequest("a part of the form has no header")
    disposition, kind = _header(head, b"content-disposition:"), _header(head, b"content-type:")
    named = _FILENAME.search(disposition)
    # Kubo's clients name a part by path or leave the name out; any part called "file" or "data" is one.
    if named is None and not re.search(r'name="(?:file|data|path)"', disposition):
        return None
    name = named[1].replace('\\"', '"') if named else ""
    return Upload(name=name, data=data, folder="application/x-directory" in kind.lower())


def _header(head: bytes, name: bytes) -> str:
    """The header's whole line, empty when there is none."""
    lines = (line.decode("utf-8", errors="replace") for line in head.split(b"\r\n") if line.lower().startswith(name))
    return next(lines, "")
