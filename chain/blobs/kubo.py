"""`KuboStore`: the same files kept by an IPFS node, through Kubo's RPC (https://docs.ipfs.tech/reference/kubo/rpc/).

The profile goes along with every file, so that its CID is the one computed here whatever that node's own defaults are.
Reads ask for what the node holds and never send it searching in the network: whoever reads `/ipfs/…` could make it
fetch anything. What comes back is hashed again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from chain.blobs.cid import DEFAULT_PROFILE, PROFILES, Profile, cid_of, digest_of, is_node
from chain.blobs.directory import Link, links_of
from chain.blobs.store import MAX_BLOB
from chain.errors import BlobCorrupt, BlobError, BlobTooLarge, BlobUnknown, BlobUnreachable

_TIMEOUT_SECONDS = 60


class KuboStore:
    """Files at the Kubo node whose RPC is at `url`, such as `http://127.0.0.1:5001`. Usable from several threads.

    What is put there is pinned there: its garbage collection would take it otherwise.
    """

    def __init__(self, url: str, *, limit: int = MAX_BLOB) -> None:
        self._url = url.rstrip("/").removesuffix("/api/v0")
        self._limit = limit

    def version(self) -> str:
        """Of that node, in its own words; raises BlobUnreachable when there is none."""
        return str(self._json("version").get("Version", "unknown"))

    def put(self, data: bytes, profile: Profile = DEFAULT_PROFILE) -> str:
        """Keep and pin `data` there and return its CID.

        Raises BlobTooLarge above the limit, BlobCorrupt when the node says another CID, BlobUnreachable.
        """
        if len(data) > self._limit:
            raise BlobTooLarge(f"the file has {len(data)} bytes, this store takes at most {self._limit}")
        cid = cid_of(data, profile)
        boundary = secrets.token_hex(16)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{cid}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        settings = {
            "cid-version": "1",
            "raw-leaves": "true",
            "chunker": f"size-{profile.chunk}",
            "max-file-links": str(profile.links),
            "pin": "true",
        }
        answer = self._ask(
            "add",
            settings,
            body=head.encode() + data + f"\r\n--{boundary}--\r\n".encode(),
            content_type=f"multipart/form-data; boundary={boundary}",
        )
        try:
            stored = json.loads(answer.splitlines()[-1])["Hash"]
        except (ValueError, KeyError, TypeError, IndexError):
            raise self._unreachable(f"did not say what it stored: {answer[:200]!r}") from None
        if stored != cid:
            raise BlobCorrupt(
                f"{self._url} stored {stored}, the file is {cid}",
                hint="that node ignores how files are to be cut; Kubo understands max-file-links since 0.35",
            )
        return cid

    def get(self, cid: str) -> bytes:
        """The file of a CID. Raises BlobUnknown, BlobCorrupt, BlobTooLarge or BlobUnreachable."""
        digest_of(cid)
        data = self._ask("cat", {"arg": cid, "offline": "true"})
        if all(cid_of(data, profile) != cid for profile in PROFILES.values()):
            raise BlobCorrupt(
                f"{self._url} answered {cid} with {len(data)} bytes that hash to {cid_of(data)}",
                hint=f"the file is damaged there, or was not cut as {' or '.join(PROFILES)} says; add it again",
            )
        return data

    def directory(self, cid: str) -> tuple[Link, ...]:
        """What stands in a directory that this node holds. Raises BlobUnknown, also for a file, or as `block`."""
        links = links_of(self.block(cid)) if is_node(cid) else None
        if links is None:
            raise BlobUnknown(f"no folder {cid} at {self._url}", hint="add the folder to this node first")
        return links

    def put_directory(self, links: Iterable[Link]) -> str:
        """Refused with BlobError: a folder is added there with Kubo's own tools, and read here all the same."""
        count = len(tuple(links))
        raise BlobError(f"a folder of {count} names cannot be kept through this node", hint=f"add it at {self._url}")

    def has(self, cid: str) -> bool:
        """Whether that node holds the root block of this CID; bytes are checked by `get`. Raises BlobUnreachable."""
        digest_of(cid)
        try:
            self._ask("block/stat", {"arg": cid, "offline": "true"})
        except BlobUnknown:
            return False
        return True

    def block(self, cid: str) -> bytes:
        """One block, as `BlobStore.block` gives it. Raises BlobUnknown, BlobCorrupt, BlobUnreachable."""
        data = self._ask("block/get", {"arg": cid, "offline": "true"})
        if sha256(data).digest() != digest_of(cid):
            raise BlobCorrupt(f"{self._url} answered the block {cid} with {len(data)} bytes that do not hash to it")
        return data

    def pin(self, cid: str, wanted: bool = True) -> None:
        """Have that node keep a file, or no longer, which lets it collect the file. Raises BlobUnknown."""
        if not self.has(cid):
            raise BlobUnknown(f"no file {cid} at {self._url}", hint="add the file to this node first")
        if wanted or cid in self.pinned():
            self._json("pin/add" if wanted else "pin/rm", {"arg": cid})

    def pinned(self) -> list[str]:
        """Every file pinned there that has a CID of ours, in order: other users' folders and blocks are left out."""
        keys = self._json("pin/ls", {"type": "recursive"}).get("Keys", {})
        return sorted(cid for cid in keys if _is_ours(cid))

    def __iter__(self) -> Iterator[str]:
        """Every file kept, in order: what is pinned. A Kubo node lists its blocks, but not which of them are files."""
        return iter(self.pinned())

    def _json(self, command: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        answer = self._ask(command, query or {})
        try:
            told = json.loads(answer)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise self._unreachable(f"answered {command} with {answer[:200]!r}")
        return told

    def _ask(self, command: str, query: dict[str, str], body: bytes = b"", content_type: str | None = None) -> bytes:
        # They take as long to import as the store does, and hardly any node has such a neighbour.
        import urllib.error
        import urllib.request
        from http.client import HTTPException

        request = urllib.request.Request(
            f"{self._url}/api/v0/{command}?{urlencode(query)}",
            data=body,
            headers={} if content_type is None else {"Content-Type": content_type},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                data: bytes = answer.read(self._limit + 1)
        except urllib.error.HTTPError as problem:
            with problem:
                said = _message(problem.read(10_000))
            # Kubo answers 500 to everything and says "ipld: could not find …"; our own nodes answer 404.
            if (
                "could not find" in said
                or "not found" in said
                or (problem.code == 404 and "no such command" not in said)
            ):
                raise BlobUnknown(
                    f"no file {query.get('arg', '')} at {self._url}", hint="add the file to this node first"
                ) from None
            raise self._unreachable(f"answered {command} with HTTP {problem.code}: {said}") from None
        except (OSError, HTTPException) as problem:  # HTTPException: what answers does not speak HTTP
            raise self._unreachable(f"cannot be reached: {problem!r}") from None
        if len(data) > self._limit:
            raise BlobTooLarge(f"{self._url} answered {command} with more than {self._limit} bytes")
        return data

    def _unreachable(self, what: str) -> BlobUnreachable:
        return BlobUnreachable(
            f"the Kubo node at {self._url} {what}",
            hint="is it running, and is this the address of its RPC (Addresses.API, usually port 5001)?",
        )


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["Message"])[:300]
    except (ValueError, KeyError, TypeError):
        return body[:300].decode(errors="replace").strip()


def _is_ours(cid: str) -> bool:
    try:
        digest_of(cid)
    except BlobError:
        return False
    return True
