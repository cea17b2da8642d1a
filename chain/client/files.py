"""Files by content at a node: the Kubo-compatible upload and the gateway, over HTTP.

A CID is computed here as well as there, so that neither a wrong upload nor a wrong download goes unnoticed.
"""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from chain.blobs import MAX_BLOB, cid_of, digest_of
from chain.errors import BlobCorrupt, BlobTooLarge, BlobUnknown, NodeUnreachable

_TIMEOUT_SECONDS = 60


def index_answer(url: str, name: str, query: Mapping[str, str]) -> Any:
    """What the index door of the node at `url` answers; None where there is none. Raises NodeUnreachable."""
    try:
        place = f"{url.rstrip('/')}/data/v1/{name}?{urlencode(query)}"
        with urllib.request.urlopen(place, timeout=_TIMEOUT_SECONDS) as answer:
            return json.loads(answer.read(MAX_BLOB))
    except urllib.error.HTTPError:
        return None
    except (OSError, ValueError) as problem:
        raise NodeUnreachable(
            f"cannot reach {url}: {problem}", hint="is the node running? start it with `mz up`"
        ) from problem


class Files(Protocol):
    """What keeps files by content; a `BlobStore` is one, and so is a node."""

    def put(self, data: bytes) -> str:
        """Keep the file; its CID."""

    def get(self, cid: str) -> bytes:
        """The file of a CID; raises BlobUnknown or BlobCorrupt."""


class NodeFiles:
    """The files of the node at `url` (its JSON-RPC URL)."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def put(self, data: bytes) -> str:
        """Upload and pin; raises NodeUnreachable, BlobTooLarge, or BlobCorrupt when the node answers another CID."""
        if len(data) > MAX_BLOB:
            raise BlobTooLarge(f"the file has {len(data)} bytes, a node keeps at most {MAX_BLOB}")
        cid = cid_of(data)
        boundary = secrets.token_hex(16)
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{cid}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        request = urllib.request.Request(
            f"{self._url}/api/v0/add?cid-version=1&raw-leaves=true&pin=true",
            data=body + data + f"\r\n--{boundary}--\r\n".encode(),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
            method="POST",
        )
        answer = self._open(request, cid)
        try:
            stored = json.loads(answer.splitlines()[-1])["Hash"]
        except (ValueError, KeyError, TypeError, IndexError) as problem:
            raise NodeUnreachable(f"{self._url} did not say what it stored: {answer[:200]!r}") from problem
        if stored != cid:
            raise BlobCorrupt(
                f"{self._url} stored {stored}, the file is {cid}",
                hint="the node cuts files differently; use one whose add makes CIDv1, raw leaves, 256 KiB chunks",
            )
        return cid

    def get(self, cid: str) -> bytes:
        """Download and verify; raises BlobUnknown, BlobCorrupt or NodeUnreachable."""
        digest_of(cid)
        data = self._open(urllib.request.Request(f"{self._url}/ipfs/{cid}"), cid)
        if cid_of(data) != cid:
            raise BlobCorrupt(
                f"{self._url} answered {cid} with {len(data)} bytes that hash to {cid_of(data)}",
                hint="ask another node for the file",
            )
        return data

    def _open(self, request: urllib.request.Request, cid: str) -> bytes:
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                data: bytes = answer.read(MAX_BLOB + 1)
        except urllib.error.HTTPError as problem:
            with problem:
                if problem.code == 404:
                    raise BlobUnknown(
                        f"{self._url} has no file {cid}", hint="ask its author for the file, or another node"
                    ) from problem
                raise NodeUnreachable(f"{self._url} answered HTTP {problem.code} about {cid}") from problem
        except OSError as problem:
            raise NodeUnreachable(
                f"cannot reach {self._url}: {problem}", hint="is the node running? start it with `mz up`"
            ) from problem
        if len(data) > MAX_BLOB:
            raise BlobTooLarge(f"{self._url} answered {cid} with more than {MAX_BLOB} bytes")
        return data
