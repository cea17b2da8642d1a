"""Templates by words: what `GET /data/v1/gallery?q=…` finds in names, titles and summaries, the most used first.

The index knows names, terms and uses; titles and summaries are in the bundles. A bundle never changes, so each is
opened once; the list is read again only when something was published or retired.
"""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Mapping
from typing import Any, Protocol

from chain.blobs import cids_with_digest
from chain.errors import BlobError
from chain.model import Record
from chain.pages import in_words
from chain.pages.in_words import Item
from chain.primitives import Address, Hash32, checksum
from chain.store import WHOLE, Lists, Window
from chain.store.ledger import PUBLISHED, RETIRED

MAX_MANIFEST = 64 * 1024  # bytes
_MANIFEST = b"template.toml"
_BLOCK = 512  # bytes, of a tar archive
_WANTED = {"title", "summary", "kind"}
_LISTS = re.compile(r"^[ \t]*\[\[", re.MULTILINE)
_NOTHING: Mapping[str, Any] = {}


class Bundles(Protocol):
    """Where bundles are."""

    def get(self, cid: str, /) -> bytes:
        """Raises BlobError."""


class _Entry(Record):
    """The newest open version of one template; `words` is what is searched."""

    place: int
    template: Hash32
    author: str
    item: Item
    words: str


class Gallery:
    """The open templates of one chain. Safe to use from several threads."""

    def __init__(self, bundles: Bundles) -> None:
        self._bundles = bundles
        self._turn = threading.Lock()
        self._state: tuple[Any, ...] | None = None
        self._entries: list[_Entry] = []
        self._told: dict[Hash32, Mapping[str, Any]] = {}

    def find(
        self,
        lists: Lists,
        registry: Address,
        words: str,
        *,
        author: Address | None = None,
        kind: str | None = None,
        free: bool | None = None,
        most: int | None = None,
        sort: str = "uses",
        limit: int,
        offset: int,
    ) -> tuple[list[Item], int]:
        """A page of what has all words, and how many there are in all. By uses and then newest first, or by `sort`:
        `newest`, `price` (the cheapest first). `free` False: only what costs something; `most`: at
        most so many wei of MZ."""
        wanted = words.lower().split()
        by = None if author is None else checksum(author)
        found = [
            entry
            for entry in self._current(lists, registry)
            if all(word in entry.words for word in wanted)
            and by in (None, entry.author)
            and kind in (None, entry.item["kind"])
            and free in (None, entry.item["price"] == "0")
            and (most is None or int(entry.item["price"]) <= most)
        ]
        counts = lists.counts("uses", registry)  # a question for each would take most of the time
        uses = {entry.template: counts.get(registry + entry.template, 0) for entry in found}
        match sort:
            case "newest":
                found.sort(key=lambda entry: -entry.place)
            case "price":
                found.sort(key=lambda entry: (int(entry.item["price"]), -entry.place))
            case _:
                found.sort(key=lambda entry: (-uses[entry.template], -entry.place))
        return [e.item | {"uses": uses[e.template]} for e in found[offset : offset + limit]], len(found)

    def _current(self, lists: Lists, registry: Address) -> list[_Entry]:
        where = {"address": registry, "topic0": (PUBLISHED, RETIRED)}
        newest = lists.logs(Window(limit=1), where).rows
        # Place and block hash of the newest event: other siblings of the chain have others.
        state = (registry, newest[0][0], newest[0][10]) if newest else (registry,)
        with self._turn:
            if state != self._state:
                self._entries = self._read(lists, where)
                self._state = state
            return self._entries

    def _read(self, lists: Lists, where: Mapping[str, Any]) -> list[_Entry]:
        versions: dict[Hash32, dict[bytes, tuple[tuple[Any, ...], Item]]] = {}
        for row in reversed(lists.logs(WHOLE, where).rows):
            template, version = row[6], row[7]
            if row[5] == RETIRED:
                versions.get(template, {}).pop(version, None)
            elif (item := in_words.version(row)) is not None:
                versions.setdefault(template, {})[version] = row, item
        newest = [max(open_.values(), key=lambda one: one[1]["version"]) for open_ in versions.values() if open_]
        return [self._entry(row, item) for row, item in newest]

    def _entry(self, row: tuple[Any, ...], item: Item) -> _Entry:
        told = self._words(row[9][32:64])
        title, summary = told.get("title") or _NOTHING, told.get("summary") or _NOTHING
        texts = [item["name"], *title.values(), *summary.values(), item["author"]]
        return _Entry(
            place=row[0],
            template=row[6],
            author=item["author"],
            item=item | {"title": title, "summary": summary, "kind": told.get("kind")},
            words=" ".join(texts).lower(),
        )

    def _words(self, manifest: Hash32) -> Mapping[str, Any]:
        """Title, summary and kind in a bundle's manifest; nothing for a bundle that is not here, or is none."""
        if manifest not in self._told:
            for cid in cids_with_digest(manifest):
                try:
                    self._told[manifest] = _told(self._bundles.get(cid))
                    break
                except BlobError:
                    continue
        return self._told.get(manifest, _NOTHING)


def _told(bundle: bytes) -> Mapping[str, Any]:
    """A stranger wrote it: whatever is not as it should be is left out."""
    try:
        document = _document(_manifest_in(bundle).decode("utf-8"))
    except (ValueError, RecursionError):
        return _NOTHING
    told: dict[str, Any] = {}
    for name, most in (("title", 60), ("summary", 400)):
        table = document.get(name)
        if isinstance(table, dict):
            told[name] = {key: text[:most] for key in ("en", "zh") if isinstance(text := table.get(key), str)}
    if document.get("kind") in ("clone", "code", "upgradeable"):
        told["kind"] = document["kind"]
    return told


def _manifest_in(bundle: bytes) -> bytes:
    """The manifest's bytes; ValueError for what is no archive or has none.

    Only names and sizes in the headers are looked at: whoever uses a template opens all of its bundle, and that checks
    everything.
    """
    offset = 0
    while bundle[offset : offset + 1] not in (b"", b"\0"):
        name, size = bundle[offset : offset + 100].rstrip(b"\0"), bundle[offset + 124 : offset + 136].rstrip(b" \0")
        if not size.isdigit():
            break
        start, length = offset + _BLOCK, int(size, 8)
        if name == _MANIFEST:
            return bundle[start : start + min(length, MAX_MANIFEST)]
        offset = start + -(-length // _BLOCK) * _BLOCK
    raise ValueError("no manifest")


def _document(text: str) -> dict[str, Any]:
    """What a manifest says, read no further than needed: TOML in Python is slow, and parameters are most of it.

    A name stands once in a document. So when all that is wanted stands before the first list of tables, that is all.
    """
    if (lists := _LISTS.search(text)) is not None:
        try:
            opening = tomllib.loads(text[: lists.start()])
        except tomllib.TOMLDecodeError:  # cut inside a text
            opening = {}
        if opening.keys() >= _WANTED:
            return opening
    return tomllib.loads(text)
