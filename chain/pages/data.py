"""The index door: `GET /data/v1/<list>`, lists and series for people, with opaque cursors, filters and CSV.

    /data/v1/<list>?…&limit=50&cursor=…   {head, items, prev, next, total}; cursor=last is the oldest page
    /data/v1/<list>.csv                   the same rows, up to 10,000 at once; `X-Next-Cursor` goes on after them
    /data/v1/gallery?q=…                  templates by words in name, title and summary; kind, price, sort
    /data/v1/address/<a>                  what is known about an address
    /data/v1/earnings?author=…            what an author's templates brought, by template and per bucket of time
    /data/v1/series/<burns|trades>        sums per bucket of time, at most 400 of them
    /data/v1/block-at?time=…              the newest block not after a time

What is asked here could be found with JSON-RPC and patience; the door only makes it fast.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from chain.errors import ChainError, InvalidParams, StoreError, UnknownBlock
from chain.pages.answer import Answer, json_answer
from chain.pages.cursor import DEFAULT_LIMIT, MAX_LIMIT, Cursor, decode_cursor, encode_cursor
from chain.pages.earnings import earned
from chain.pages.gallery import Bundles, Gallery
from chain.pages.lists import LISTS, Asked, Listed
from chain.primitives import Hash32, address_from, checksum, to_hex
from chain.store import Lists, Window

PLACES = 1 << 24  # positions within one block, as the index counts them
MAX_CSV = 10_000
MAX_BUCKETS = 400
MAX_PARAMETERS = 20
_HOUR = 3600
_DAY = 24  # hours
_STEPS = (1, 6, _DAY, _DAY * 7, _DAY * 30, _DAY * 365)  # hours

Read = Callable[[], tuple[Lists, tuple[int, Hash32]]]
Platform = Callable[[], Mapping[str, str] | None]


class Data:
    """Answers from the index; `platform` tells the addresses of the platform's contracts, None where there are none."""

    def __init__(self, read: Read, platform: Platform = lambda: None, bundles: Bundles | None = None) -> None:
        self._read = read
        self._platform = platform
        self._gallery = None if bundles is None else Gallery(bundles)

    def answer(self, path: str, query: str, known_tag: str) -> Answer:
        """`path` is what follows `/data/v1/`."""
        try:
            return self._answer(path, query, known_tag)
        except UnknownBlock as gone:
            return json_answer({"error": gone.message, "hint": gone.hint, "fresh": gone.data}, 410)
        except StoreError as problem:
            return json_answer({"error": problem.message, "hint": problem.hint}, 503)
        except ChainError as problem:
            return json_answer({"error": problem.message, "hint": problem.hint}, 400)

    def _answer(self, path: str, query: str, known_tag: str) -> Answer:
        lists, head = self._read()
        tag = f'W/"{head[1].hex()[:24]}-{sha256(f"{path}?{query}".encode()).hexdigest()[:12]}"'
        headers = {"cache-control": "no-cache", "etag": tag, "x-content-type-options": "nosniff"}
        if tag in known_tag:
            return Answer(status=304, headers=headers)
        pairs = parse_qsl(query, keep_blank_values=False, max_num_fields=MAX_PARAMETERS)
        asked = dict(pairs)
        platform = self._platform() or {}
        name, _, rest = path.partition("/")
        shown_head = {"number": head[0], "hash": to_hex(head[1])}
        if name == "address" and rest:
            body: Any = _address(lists, rest)
        elif name == "series":
            body = _series(lists, rest, asked, platform)
        elif path == "block-at":
            body = {"block": lists.block_at(_number(asked, "time", None))}
        elif path == "earnings":
            body = _earnings(Asked(lists=lists, window=Window(), query=asked, platform=platform))
        elif path == "gallery" and self._gallery is not None:
            body = self._found(self._gallery, Asked(lists=lists, window=Window(), query=asked, platform=platform))
        elif path.removesuffix(".csv") in LISTS:
            as_csv = path.endswith(".csv")
            listed, limit = _listed(lists, path.removesuffix(".csv"), asked, platform, as_csv)
            newer, older = _cursors(lists, listed)
            if as_csv:
                kind = {
                    "content-type": "text/csv; charset=utf-8",
                    "content-disposition": f'attachment; filename="{path}"',
                }
                more = {"x-next-cursor": older} if older else {}
                return Answer(headers=headers | kind | more, body=_csv(listed))
            body = {"items": listed.items, "prev": newer, "next": older, "total": listed.total, "limit": limit}
        else:
            return json_answer(
                {"error": f"there is no list {path[:60]!r}", "hint": f"there are {', '.join(LISTS)}"}, 404
            )
        answer = json_answer({"head": shown_head, **body})
        return Answer(headers={**answer.headers, **headers}, body=answer.body)

    def _found(self, gallery: Gallery, asked: Asked) -> dict[str, Any]:
        """Templates by `q`, `author`, `kind`, `price=free|paid` and `most` (wei of MZ), in the order `sort`."""
        limit = max(1, min(asked.number("limit") or DEFAULT_LIMIT, MAX_LIMIT))
        items, total = gallery.find(
            asked.lists,
            asked.contract("templates"),
            asked.query.get("q", "")[:200],
            author=asked.address("author"),
            kind=asked.query.get("kind"),
            free={"free": True, "paid": False}.get(asked.query.get("price", "")),
            most=asked.amount("most"),
            sort=asked.query.get("sort", "uses"),
            limit=limit,
            offset=asked.number("offset") or 0,
        )
        return {"items": items, "total": total, "limit": limit}


def _listed(
    lists: Lists, name: str, asked: Mapping[str, str], platform: Mapping[str, str], as_csv: bool
) -> tuple[Listed, int]:
    limit = _number(asked, "limit", MAX_CSV if as_csv else DEFAULT_LIMIT)
    limit = max(1, min(limit, MAX_CSV if as_csv else MAX_LIMIT))
    window = _window(lists, name, asked, limit)
    return LISTS[name](Asked(lists=lists, window=window, query=asked, platform=platform)), limit


def _window(lists: Lists, name: str, asked: Mapping[str, str], limit: int) -> Window:
    text = asked.get("cursor")
    if text == "last":
        return Window(limit=limit, direction="last")
    if text is not None:
        cursor = decode_cursor(text)
        _still_there(lists, cursor)
        return cursor.window(limit)
    if "before" in asked:  # a block's number: that block is the newest that is shown
        number = min(_number(asked, "before", 0), 2**38)
        return Window(limit=limit, key=(number + 1 if name == "blocks" else (number + 1) * PLACES,))
    return Window(limit=limit)


def _still_there(lists: Lists, cursor: Cursor) -> None:
    if cursor.block is None:
        return
    found = lists.block_hash(cursor.block)
    if found is None or not found.hex().startswith(cursor.seen):
        key = tuple(cursor.key)
        fresh = None if found is None else encode_cursor(cursor.direction, key, (cursor.block, found))
        raise UnknownBlock(
            f"block {cursor.block}, up to which this list was read, was replaced by another",
            hint="go on with `fresh`, or begin anew without a cursor",
            data=fresh,
        )


def _cursors(lists: Lists, listed: Listed) -> tuple[str | None, str | None]:
    keys = listed.rows.keys
    if not keys:
        return None, None

    def block_of(key: tuple[Any, ...]) -> tuple[int, bytes] | None:
        if not listed.placed:
            return None
        number = key[0] // PLACES
        found = lists.block_hash(number)
        return None if found is None else (number, found)

    newer = encode_cursor("after", keys[0], block_of(keys[0])) if listed.rows.newer else None
    older = encode_cursor("before", keys[-1], block_of(keys[-1])) if listed.rows.older else None
    return newer, older


def _address(lists: Lists, text: str) -> dict[str, Any]:
    address = address_from(text, name="address")
    first, last = lists.edges(address)
    creation = lists.creation(address)
    token = lists.token(address)
    return {
        "address": checksum(address),
        "transactions": lists.count("transactions", address),
        "transfers": lists.count("transfers", address),
        "events": lists.count("events", address),
        "first": None if first is None else first // PLACES,
        "last": None if last is None else last // PLACES,
        "createdBy": None
        if creation is None
        else {"tx": to_hex(creation[0]), "from": checksum(creation[1]), "block": creation[2]},
        "token": None
        if token is None
        else {"kind": token[0], "transfers": token[2], "holders": token[3], "first": token[1] // PLACES},
    }


def _series(lists: Lists, name: str, asked: Mapping[str, str], platform: Mapping[str, str]) -> dict[str, Any]:
    """Buckets of equal length in time; every value is an exact sum of what the list of the same name holds."""
    sources: dict[str, list[tuple[int, int, int]]] = {}
    if "mz" not in platform:
        return {"step": _HOUR, "buckets": [], "names": []}
    mz = address_from(platform["mz"])
    if name == "burns":
        sources["all"] = lists.sums(mz, "burned")
        sources["minted"] = lists.sums(mz, "minted")
        if "templates" in platform:
            sources["uses"] = lists.sums(address_from(platform["templates"]), "use-burned")
        if "till" in platform:
            sources["trades"] = lists.sums(address_from(platform["till"]), "trade-burned")
        if "buyback" in platform:
            sources["buybacks"] = lists.sums(address_from(platform["buyback"]), "buyback-burned")
    elif name == "trades" and "till" in platform:
        till = address_from(platform["till"])
        for kind in lists.kinds(till):
            if kind.startswith(("trade:", "fee:")):
                sources[kind] = lists.sums(till, kind)
    elif name == "uses" and "templates" in platform:
        sources["paid"] = lists.sums(address_from(platform["templates"]), "use-paid")
    else:
        raise InvalidParams(f"there is no series {name[:40]!r}", hint="there are burns, trades and uses")
    return _buckets(sources, _number(asked, "step", 0) // _HOUR)


def _earnings(asked: Asked) -> dict[str, Any]:
    """By template in every currency; in buckets of whole days in MZ alone."""
    found = earned(asked)
    sources = {
        name: [(hour, n, total) for hour, (n, total) in sorted(hourly.items())] for name, hourly in found.hourly.items()
    }
    return {"templates": found.templates, "complete": found.complete, **_buckets(sources, 0, least=_DAY)}


def _buckets(sources: Mapping[str, list[tuple[int, int, int]]], step: int, *, least: int = 1) -> dict[str, Any]:
    """Sums by hour put together by `step` hours; 0: by the shortest of the usual steps that makes few enough."""
    hours = [hour for rows in sources.values() for hour, _, _ in rows]
    if not hours:
        return {"step": _HOUR, "buckets": [], "names": list(sources)}
    span = max(hours) - min(hours)
    step = step or next((step for step in _STEPS if step >= least and span // step < MAX_BUCKETS), _STEPS[-1])
    if span // step >= MAX_BUCKETS:
        raise InvalidParams(f"a step of {step} hours makes more than {MAX_BUCKETS} buckets", hint="take a longer step")
    buckets: defaultdict[int, dict[str, list[int]]] = defaultdict(dict)
    for source, rows in sources.items():
        for hour, n, total in rows:
            entry = buckets[hour // step].setdefault(source, [0, 0])
            entry[0] += n
            entry[1] += total
    return {
        "step": step * _HOUR,
        "names": list(sources),
        "buckets": [
            {
                "time": bucket * step * _HOUR,
                **{source: {"n": n, "total": str(total)} for source, (n, total) in values.items()},
            }
            for bucket, values in sorted(buckets.items())
        ],
    }


def _csv(listed: Listed) -> bytes:
    """RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    columns = list(dict.fromkeys(key for item in listed.items for key in item))
    writer = csv.writer(out)
    writer.writerow(columns)
    for item in listed.items:
        writer.writerow([_cell(item.get(column)) for column in columns])
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{key}={part}" for key, part in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not value[1:].isdecimal():
        return f"'{value}"
    return value


def _number(asked: Mapping[str, str], name: str, default: int | None) -> int:
    given = asked.get(name)
    if given is None:
        if default is None:
            raise InvalidParams(f"{name} is missing", hint=f"add ?{name}=…")
        return default
    if not given.isdecimal() or len(given) > 15:
        raise InvalidParams(f"{name} is a whole number, not {given[:40]!r}")
    return int(given)
