"""Files by content address: `/ipfs/<cid>` for readers, `/api/v0/` (add, cat, block, pin) for Kubo's clients.

Whatever anyone put into the store is served from the origin of the wallet page, so it is sandboxed: no scripts, no
requests, no sniffing, and only images and plain text are shown instead of downloaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Protocol
from urllib.parse import parse_qs, quote

import msgspec

from chain.blobs import DEFAULT_PROFILE, PROFILES, Link, Profile, is_node
from chain.errors import BlobCorrupt, BlobError, BlobTooLarge, BlobUnknown, BlobUnreachable, ChainError, InvalidRequest
from chain.pages.answer import Answer, json_answer, not_allowed, text_answer
from chain.pages.keeping import MAX_DEPTH, Keeping
from chain.pages.multipart import uploads
from chain.version import VERSION

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
# What would start with these is code for a browser, whatever its name says.
_ACTIVE = (b"<!doctype", b"<html", b"<script", b"<?xml", b"<svg", b"<!--", b"<head", b"<body", b"<iframe")


_COMMANDS = ("add", "cat", "block/get", "block/stat", "pin/add", "pin/ls", "pin/rm", "id", "version")


class BlobStore(Protocol):
    """What is needed of a store of files by content."""

    def get(self, cid: str, /) -> bytes:
        """Raises BlobUnknown, or another BlobError."""

    def put(self, data: bytes, profile: Profile = ..., /) -> str:
        """The CID. Raises BlobTooLarge."""

    def directory(self, cid: str, /) -> tuple[Link, ...]:
        """What stands in a folder. Raises BlobUnknown, also for a file."""

    def put_directory(self, links: Iterable[Link], /) -> str:
        """The CID of a folder of these. Raises BlobTooLarge."""

    def block(self, cid: str, /) -> bytes:
        """One block of a file's tree. Raises BlobUnknown."""

    def pin(self, cid: str, wanted: bool = ..., /) -> None:
        """Mark a file as to be kept, or not. Raises BlobUnknown."""

    def pinned(self) -> list[str]:
        """Every file so marked."""


class Ipfs:
    """The gateway and the file API over one store."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def gateway(self, method: str, path: str, query: str, known_tag: str) -> Answer:
        """GET or HEAD of one file, by its CID or by its path below a folder's; a folder itself is a list in plain text.
        `?filename=` gives a file a name, `?download=true` has it saved."""
        if method not in ("GET", "HEAD"):
            return not_allowed("GET", "HEAD")
        try:
            cid = self._resolve(path.rstrip("/"))
            links = self._listed(cid)
            data = self._blobs.get(cid) if links is None else _listing(links)
        except (BlobUnknown, InvalidRequest) as problem:
            return text_answer(_sentence(problem), 404)
        except BlobCorrupt as problem:
            return text_answer(_sentence(problem), 500)
        except BlobUnreachable as problem:
            return text_answer(_sentence(problem), 502)
        except BlobError as problem:  # not a CID
            return text_answer(_sentence(problem), 400)
        tag = f'"{cid}"'
        headers = {
            "content-security-policy": SANDBOX,
            "etag": tag,
            "cache-control": "public, max-age=31536000, immutable",
            "cross-origin-resource-policy": "cross-origin",
            "referrer-policy": "no-referrer",
        }
        if tag in known_tag:
            return Answer(status=304, headers=headers)
        asked = parse_qs(query)
        kind = media_type(data) if links is None else "text/plain; charset=utf-8"
        shown = kind.startswith(("image/", "text/plain")) and asked.get("download") != ["true"]
        name = quote(asked.get("filename", [path.rstrip("/").rpartition("/")[2]])[0][:200], safe="")
        disposition = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"
        return Answer(headers=headers | {"content-type": kind, "content-disposition": disposition}, body=data)

    def api(self, method: str, command: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Kubo's RPC, the part that stores and reads files; only POST, as in Kubo."""
        if method != "POST":
            return not_allowed("POST")
        asked = parse_qs(query)
        try:
            match command:
                case "add":
                    return self._add(asked, headers, body)
                case "cat":
                    return self._cat(asked)
                case "block/get":
                    return self._block(asked)
                case "block/stat":
                    return self._block_stat(asked)
                case "pin/add" | "pin/rm":
                    return self._pin(asked, wanted=command == "pin/add")
                case "pin/ls":
                    return self._pinned(asked)
                case "id":
                    return json_answer(_identity())
                case "version":
                    return json_answer({"Version": VERSION, "Commit": "", "Repo": "0", "System": "mz", "Golang": ""})
        except BlobTooLarge as problem:
            return _api_error(problem, 413)
        except BlobUnknown as problem:
            return _api_error(problem, 404)
        except BlobCorrupt as problem:
            return _api_error(problem, 500)
        except BlobUnreachable as problem:
            return _api_error(problem, 502)
        except ChainError as problem:
            return _api_error(problem, 400)
        return text_answer(
            f"no such command here: {command[:80]}; this node has {', '.join(_COMMANDS)}",
            404,
        )

    def _add(self, asked: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes) -> Answer:
        for option in ("trickle", "nocopy", "inline"):
            if asked.get(option) == ["true"]:
                raise InvalidRequest(f"{option} is not supported by this node", hint="leave it out")
        if asked.get("cid-version", ["1"]) != ["1"]:
            raise InvalidRequest("this node gives CIDs of version 1", hint="leave cid-version out, or set it to 1")
        files = uploads(headers.get("content-type", ""), body)
        if not files:
            raise InvalidRequest("the form holds no file", hint="with curl: -F file=@NAME")
        keeping = Keeping(
            None if asked.get("only-hash") == ["true"] else self._blobs,
            _profile(asked),
            wrap=asked.get("wrap-with-directory") == ["true"],
        )
        added = keeping.add(files)
        if keeping.blobs is not None and asked.get("pin", ["true"]) == ["true"]:
            for one in added:
                if one.top:
                    self._blobs.pin(one.cid)
        lines = [msgspec.json.encode({"Name": one.path, "Hash": one.cid, "Size": str(one.size)}) for one in added]
        return Answer(headers={"content-type": "application/json"}, body=b"\n".join(lines) + b"\n")

    def _cat(self, asked: Mapping[str, list[str]]) -> Answer:
        cid = self._target(asked, "cat")
        if self._listed(cid) is not None:
            raise InvalidRequest("this dag node is a directory")  # Kubo's words
        data = self._blobs.get(cid)
        start, size = _whole(asked, "offset", 0), _whole(asked, "length", len(data))
        return _octets(data[start : start + size])

    def _block(self, asked: Mapping[str, list[str]]) -> Answer:
        return _octets(self._blobs.block(self._target(asked, "block/get")))

    def _block_stat(self, asked: Mapping[str, list[str]]) -> Answer:
        cid = self._target(asked, "block/stat")
        return json_answer({"Key": cid, "Size": len(self._blobs.block(cid))})

    def _target(self, asked: Mapping[str, list[str]], command: str) -> str:
        """The CID that the path in `arg` leads to."""
        path = asked.get("arg", [""])[0].removeprefix("/ipfs/").rstrip("/")
        if not path:
            raise InvalidRequest('argument "ipfs-path" is required', hint=f"POST /api/v0/{command}?arg=<cid>")
        return self._resolve(path)

    def _resolve(self, path: str) -> str:
        """What `<cid>/<name>/…` leads to. Raises InvalidRequest when a name is not there, BlobError."""
        cid, *names = path.split("/")
        if len(names) > MAX_DEPTH:
            raise InvalidRequest(f"a path of {len(names)} names; at most {MAX_DEPTH} are followed")
        for name in names:
            found = next((link.cid for link in self._listed(cid) or () if link.name == name), None)
            if found is None:
                raise InvalidRequest(f'no link named "{name[:80]}" under {cid}')
            cid = found
        return cid

    def _listed(self, cid: str) -> tuple[Link, ...] | None:
        """What stands in a folder; None for a file, and for what is not here."""
        if not is_node(cid):
            return None
        try:
            return self._blobs.directory(cid)
        except BlobUnknown:
            return None

    def _pin(self, asked: Mapping[str, list[str]], *, wanted: bool) -> Answer:
        cids = [argument.removeprefix("/ipfs/") for argument in asked.get("arg", [])]
        if not cids:
            raise InvalidRequest('argument "ipfs-path" is required', hint="POST /api/v0/pin/add?arg=<cid>")
        for cid in cids:
            if not wanted and cid not in self._blobs.pinned():
                raise InvalidRequest("not pinned or pinned indirectly")  # Kubo's words, which its clients compare
            self._blobs.pin(cid, wanted)
        return json_answer({"Pins": cids})

    def _pinned(self, asked: Mapping[str, list[str]]) -> Answer:
        """With `stream=true` one JSON object a line, as Kubo's own clients ask for it."""
        wanted = [argument.removeprefix("/ipfs/") for argument in asked.get("arg", [])]
        found = [cid for cid in self._blobs.pinned() if not wanted or cid in wanted]
        missing = [cid for cid in wanted if cid not in found]
        if missing:
            raise InvalidRequest(f"path '{missing[0]}' is not pinned")
        if asked.get("stream") == ["true"]:
            lines = [msgspec.json.encode({"Cid": cid, "Type": "recursive"}) + b"\n" for cid in found]
            return Answer(headers={"content-type": "application/json"}, body=b"".join(lines))
        return json_answer({"Keys": {cid: {"Type": "recursive"} for cid in found}})


def _profile(asked: Mapping[str, list[str]]) -> Profile:
    """How files are to be cut: by Kubo's options, where they name one of the profiles known here."""
    if asked.get("raw-leaves", ["true"]) != ["true"]:
        raise InvalidRequest("this node keeps files in raw leaves", hint="leave raw-leaves out")
    chunker = asked.get("chunker", [f"size-{DEFAULT_PROFILE.chunk}"])[0]
    cut = next((profile for profile in PROFILES.values() if chunker == f"size-{profile.chunk}"), None)
    links = asked.get("max-file-links", [""])[0]
    if cut is None or links not in ("", str(cut.links)):
        known = " or ".join(f"size-{profile.chunk} with {profile.links} links" for profile in PROFILES.values())
        raise InvalidRequest(f"this node does not cut files by {chunker[:40]!r} {links[:40]}", hint=f"use {known}")
    return cut


def _listing(links: tuple[Link, ...]) -> bytes:
    """A folder as text: bytes below each name, and the name, with what cannot be printed left out."""
    names = ["".join(c for c in link.name if c.isprintable()) for link in links]
    return "".join(f"{link.size:>12}  {name}\n" for link, name in zip(links, names, strict=True)).encode()


def _whole(asked: Mapping[str, list[str]], name: str, otherwise: int) -> int:
    text = asked.get(name, [""])[0]
    if text and not text.isdecimal():
        raise InvalidRequest(f"{name} is a whole number, not {text[:40]!r}")
    return int(text) if text else otherwise


def _octets(data: bytes) -> Answer:
    return Answer(headers={"content-type": "application/octet-stream", "content-security-policy": SANDBOX}, body=data)


def _identity() -> dict[str, object]:
    """Kubo's shape. This node is in no IPFS network: its identifier is that of nobody's key, the same everywhere."""
    peer = _base58(b"\x00\x24\x08\x01\x12\x20" + sha256(b"mz").digest())
    agent = f"mz/{VERSION}"
    return {"ID": peer, "PublicKey": "", "Addresses": [], "AgentVersion": agent, "Protocols": []}


def _base58(data: bytes) -> str:
    """Bitcoin's alphabet, as peer identifiers are written."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def media_type(data: bytes) -> str:
    """From the bytes alone: known images, plain text, or something to save."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"\x00" in data[:4096] or start.startswith(_ACTIVE):
        return "application/octet-stream"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain; charset=utf-8"


def _sentence(problem: ChainError) -> str:
    return problem.message if problem.hint is None else f"{problem.message}; {problem.hint}"


def _api_error(problem: ChainError, status: int) -> Answer:
    """Kubo's shape of an error."""
    return json_answer({"Message": _sentence(problem), "Code": 0, "Type": "error"}, status)
