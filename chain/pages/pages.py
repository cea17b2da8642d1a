"""Which path is answered by what. A pure function of the request and what is in the folder and the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from chain.metrics import CONTENT_TYPE
from chain.pages.answer import PAGE_HEADERS, Answer, json_answer, not_allowed, text_answer
from chain.pages.checks import Checks
from chain.pages.data import Data
from chain.pages.files import StaticFiles
from chain.pages.ipfs import BlobStore, Ipfs
from chain.version import VERSION

_PLAIN_PAGE = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>MZ Chain</title>
<h1>MZ Chain node v{VERSION}</h1>
<p>JSON-RPC is answered on <code>POST /</code> at this address. Add it to a wallet as a custom network.</p>
</html>
"""

# Paths of the page's own: the same document, whose script reads the path. Everything else is a real 404.
SCREENS = frozenset(
    {"blocks", "txs", "pending", "block", "tx", "address", "tokens", "token"}
    | {"burns", "buybacks", "buyback", "economy", "sale"}
    | {"templates", "template", "use", "compose", "publish", "deal", "works", "me", "wallet"}
    | {"search", "settings", "help"}
)


class Pages:
    """The part of the node that browsers see. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path | None = None,
        blobs: BlobStore | None = None,
        health: Callable[[], Mapping[str, Any]] | None = None,
        metrics: Callable[[], str] | None = None,
        data: Data | None = None,
        checks: Checks | None = None,
    ) -> None:
        """`folder` holds the built page; `health` adds figures to `/healthz`, `metrics` is the text of `/metrics`,
        `data` answers below `/data/v1/`, `checks` at `/api/check` where authors may have their templates looked at."""
        self._files = StaticFiles(folder)
        self._ipfs = None if blobs is None else Ipfs(blobs)
        self._health = health
        self._metrics = metrics
        self._data = data
        self._checks = checks

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; header names are lower case, `target` is as it stood in the request line."""
        path, _, query = target.partition("?")
        path = unquote(path)
        known_tag = headers.get("if-none-match", "")
        if self._checks is not None and (path == "/api/check" or path.startswith("/api/check/")):
            return self._checks.answer(method, path.removeprefix("/api/check").removeprefix("/"), query, headers, body)
        if self._ipfs is not None and path.startswith("/ipfs/"):
            return self._ipfs.gateway(method, path.removeprefix("/ipfs/"), query, known_tag)
        if self._ipfs is not None and path.startswith("/api/v0/"):
            return self._ipfs.api(method, path.removeprefix("/api/v0/"), query, headers, body)
        if method not in ("GET", "HEAD"):
            return not_allowed("GET", "HEAD") if path != "/" else not_allowed("GET", "HEAD", "POST")
        if path == "/healthz":
            return json_answer({"status": "ok", **(self._health() if self._health is not None else {})})
        if path == "/metrics" and self._metrics is not None:
            return Answer(headers={"content-type": CONTENT_TYPE}, body=self._metrics().encode())
        if self._data is not None and path.startswith("/data/v1/"):
            return self._data.answer(path.removeprefix("/data/v1/"), query, known_tag)
        screen = path == "/" or (path.startswith("/") and path.split("/")[1] in SCREENS)
        host, _, port = headers.get("host", "").partition(":")
        if screen and host.lower() == "localhost":
            # Two names would be two origins, and what a browser keeps for one (a wallet) is not there for the other.
            place = f"http://127.0.0.1{':' + port if port else ''}{target}"
            return Answer(status=302, headers={"location": place, "cache-control": "no-store"})
        zipped = "gzip" in headers.get("accept-encoding", "")
        found = self._files.answer("/" if screen else path, known_tag, zipped=zipped)
        if found is not None:
            return found
        if path == "/":
            headers_ = PAGE_HEADERS | {"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"}
            return Answer(headers=headers_, body=_PLAIN_PAGE.encode())
        return text_answer("nothing here; JSON-RPC is answered on POST /", 404)
