"""The static page: files of one folder, known by name from the start, so that no path leads out of it."""

from __future__ import annotations

import gzip
import mimetypes
from hashlib import sha256
from pathlib import Path

from chain.pages.answer import PAGE_HEADERS, Answer

# Stated here because the system's own table differs between machines.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_TEXTS = frozenset({".html", ".js", ".css", ".svg", ".json"})
_WORTH_ZIPPING = 1024  # bytes
_HASHED_FOLDER = "/assets/"  # the bundler puts a content hash into these names


class StaticFiles:
    """Files below a folder by their URL path; a folder that is not there has none."""

    def __init__(self, folder: Path | None) -> None:
        self._files: dict[str, Path] = {}
        self._zipped: dict[str, bytes] = {}  # by tag
        if folder is None or not folder.is_dir():
            return
        root = folder.resolve()
        for path in sorted(root.rglob("*")):
            # A link may point anywhere; what it points to must be inside as well.
            if path.is_file() and path.resolve().is_relative_to(root):
                self._files["/" + path.relative_to(root).as_posix()] = path

    def answer(self, path: str, known_tag: str, *, zipped: bool = False) -> Answer | None:
        """The file, `/` being index.html; 304 when the client already has it; None when there is none. `zipped`: the
        client takes gzip."""
        name = "/index.html" if path == "/" else path
        file = self._files.get(name)
        if file is None:
            return None
        try:
            body = file.read_bytes()
        except OSError:  # removed while we run
            return None
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        cache = "public, max-age=31536000, immutable" if name.startswith(_HASHED_FOLDER) else "no-cache"
        headers = PAGE_HEADERS | {"etag": tag, "cache-control": cache}
        if tag in known_tag:
            return Answer(status=304, headers=headers)
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = headers | {"content-type": _TYPES.get(file.suffix, guessed), "vary": "accept-encoding"}
        if zipped and file.suffix in _TEXTS and len(body) > _WORTH_ZIPPING:
            packed = self._zipped.get(tag)
            if packed is None:
                packed = self._zipped[tag] = gzip.compress(body, 9, mtime=0)
            return Answer(headers=headers | {"content-encoding": "gzip"}, body=packed)
        return Answer(headers=headers, body=body)
