"""Folders by their content: a UnixFS directory is one dag-pb node that names what is in it and how large that is.

The same bytes as `ipfs add -r --cid-version=1` makes, up to the size above which Kubo splits a directory.
Specifications: https://specs.ipfs.tech/unixfs/ · https://ipld.io/specs/codecs/dag-pb/spec/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chain.blobs.cid import field, raw_cid, text_of_cid, varint
from chain.errors import BlobCorrupt, BlobTooLarge
from chain.model import Record

MAX_DIRECTORY = 256 * 1024  # bytes of names and CIDs: Kubo's HAMTShardingSize
_DIRECTORY = b"\x08\x01"  # the UnixFS message of a directory: Type 1, nothing else


class Link(Record):
    """What stands in a directory under a name; `size` is in bytes, of all blocks below it."""

    name: str
    cid: str
    size: int


def directory_block(links: Iterable[Link]) -> bytes:
    """The node of a directory, its links in the order of their names' bytes. Raises BlobTooLarge."""
    ordered = sorted(links, key=lambda link: link.name.encode())
    weight = sum(len(link.name.encode()) + len(raw_cid(link.cid)) for link in ordered)
    if weight > MAX_DIRECTORY:
        raise BlobTooLarge(
            f"a folder of {len(ordered)} names, {weight} bytes with their CIDs: at most {MAX_DIRECTORY} are kept",
            hint="spread its files over several folders",
        )
    return b"".join(field(2, _link(link)) for link in ordered) + field(1, _DIRECTORY)


def directory_size(block: bytes, links: Iterable[Link]) -> int:
    """Bytes of a directory's node and of all blocks below it."""
    return len(block) + sum(link.size for link in links)


def links_of(block: bytes) -> tuple[Link, ...] | None:
    """What stands in a directory; None for the node of a file. Raises BlobCorrupt for what is no such node."""
    links: list[Link] = []
    data = b""
    try:
        for number, value in _fields(block):
            if number == 2:
                parts = dict(_fields(value))
                name, size = parts.get(2, b"").decode(), int.from_bytes(parts.get(3, b""), "big")
                links.append(Link(name=name, cid=text_of_cid(parts[1]), size=size))
            elif number == 1:
                data = value
    except (ValueError, KeyError, IndexError) as problem:
        raise BlobCorrupt(f"these {len(block)} bytes are no dag-pb node") from problem
    return tuple(links) if data[:2] == _DIRECTORY else None


def _link(link: Link) -> bytes:
    return field(1, raw_cid(link.cid)) + field(2, link.name.encode()) + b"\x18" + varint(link.size)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and value of each protobuf field: bytes as they are, numbers as big-endian bytes."""
    place = 0
    while place < len(message):
        tag, place = _number(message, place)
        kind = tag & 7
        value, place = _number(message, place)
        if kind == 2:
            if place + value > len(message):
                raise ValueError("a field is cut off")
            yield tag >> 3, message[place : place + value]
            place += value
        elif kind == 0:
            yield tag >> 3, value.to_bytes(8, "big")
        else:
            raise ValueError("neither bytes nor a number")


def _number(message: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = message[place + count]
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value, place + count + 1
    raise ValueError("a number has more than 63 bits")
