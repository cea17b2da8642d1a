"""Content identifiers: CIDv1, SHA-256, UnixFS with raw leaves in a balanced tree.

The same file has another CID under other chunk sizes, so the settings have a name and the name is kept with the file.
Specifications: https://specs.ipfs.tech/unixfs/ · https://specs.ipfs.tech/ipips/ipip-0499/ · multiformats/cid.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

from chain.errors import BlobError
from chain.model import Record
from chain.primitives import Hash32

_RAW = 0x55
_DAG_PB = 0x70
_SHA2_256 = b"\x12\x20"  # multihash: function code, digest length


class Profile(Record):
    """How a file is cut: bytes per leaf and links per node."""

    name: str
    chunk: int
    links: int


DEFAULT_PROFILE = Profile(name="ipfs-add-v1", chunk=256 * 1024, links=174)
"""`ipfs add --cid-version=1` as every Kubo since 0.4 does it."""

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        DEFAULT_PROFILE.name: DEFAULT_PROFILE,
        # IPIP-499; what Helia 7 does unless told otherwise
        "unixfs-v1-2025": Profile(name="unixfs-v1-2025", chunk=1024 * 1024, links=1024),
    }
)


class _Node(Record):
    cid: bytes
    stored: int  # bytes of this block and everything below it
    length: int  # bytes of the file below it


def cid_of(data: bytes, profile: Profile = DEFAULT_PROFILE) -> str:
    """The CIDv1 (base32) of a file."""
    return text_of_cid(_root(data, profile).cid)


def size_of(data: bytes, profile: Profile = DEFAULT_PROFILE) -> int:
    """Bytes of all blocks of a file's tree, as IPFS counts what lies below a link."""
    return _root(data, profile).stored


def cid_of_node(block: bytes) -> str:
    """The CIDv1 of a dag-pb node."""
    return text_of_cid(_cid(_DAG_PB, sha256(block).digest()))


def is_node(cid: str) -> bool:
    """Whether it belongs to a dag-pb node, so that a directory could be behind it."""
    return raw_cid(cid)[1] == _DAG_PB


def block_of(data: bytes, cid: str, profile: Profile = DEFAULT_PROFILE) -> bytes | None:
    """The block of this CID inside a file's tree, its leaves included; None when it is none of them."""
    wanted, view = raw_cid(cid), memoryview(data)
    level = []
    for start in range(0, max(len(view), 1), profile.chunk):
        leaf = _leaf(view[start : start + profile.chunk])
        if leaf.cid == wanted:
            return bytes(view[start : start + profile.chunk])
        level.append(leaf)
    while len(level) > 1:
        parents = []
        for start in range(0, len(level), profile.links):
            block = _block(level[start : start + profile.links])
            parent = _parent(level[start : start + profile.links])
            if parent.cid == wanted:
                return block
            parents.append(parent)
        level = parents
    return None


def digest_of(cid: str) -> Hash32:
    """The SHA-256 inside a CIDv1; raises BlobError when the text is not one of ours."""
    return raw_cid(cid)[4:]


def cids_with_digest(digest: Hash32) -> tuple[str, str]:
    """The two CIDs a digest can belong to: a file of one leaf, or a tree. A chain keeps only the digest."""
    return text_of_cid(_cid(_RAW, digest)), text_of_cid(_cid(_DAG_PB, digest))


def _root(data: bytes, profile: Profile) -> _Node:
    view = memoryview(data)
    level = [_leaf(view[i : i + profile.chunk]) for i in range(0, max(len(view), 1), profile.chunk)]
    while len(level) > 1:
        level = [_parent(level[i : i + profile.links]) for i in range(0, len(level), profile.links)]
    return level[0]


def _leaf(chunk: memoryview) -> _Node:
    return _Node(cid=_cid(_RAW, sha256(chunk).digest()), stored=len(chunk), length=len(chunk))


def _block(children: list[_Node]) -> bytes:
    """A dag-pb node whose Data field is a UnixFS file message without bytes of its own."""
    links = b"".join(
        field(2, field(1, child.cid) + field(2, b"") + b"\x18" + varint(child.stored)) for child in children
    )
    length = sum(child.length for child in children)
    sizes = b"".join(b"\x20" + varint(child.length) for child in children)
    return links + field(1, b"\x08\x02\x18" + varint(length) + sizes)


def _parent(children: list[_Node]) -> _Node:
    block, length = _block(children), sum(child.length for child in children)
    stored = len(block) + sum(child.stored for child in children)
    return _Node(cid=_cid(_DAG_PB, sha256(block).digest()), stored=stored, length=length)


def _cid(codec: int, digest: Hash32) -> bytes:
    return b"\x01" + bytes((codec,)) + _SHA2_256 + digest


def text_of_cid(cid: bytes) -> str:
    """A CID's bytes in base32."""
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def raw_cid(cid: str) -> bytes:
    """A CID's bytes; raises BlobError when the text is not one of ours."""
    hint = "expected a CIDv1 in base32 that begins with bafk or bafy, as `ipfs add --cid-version=1` prints it"
    try:
        raw = base64.b32decode(cid[1:].upper() + "=" * (-(len(cid) - 1) % 8))
    except (binascii.Error, ValueError):
        raise BlobError(f"not a CID: {cid[:80]!r}", hint=hint) from None
    # The round trip refuses upper case, stray padding bits and any other second spelling of the same bytes.
    if (
        len(raw) != 36
        or raw[0] != 1
        or raw[1] not in (_RAW, _DAG_PB)
        or raw[2:4] != _SHA2_256
        or text_of_cid(raw) != cid
    ):
        raise BlobError(f"not a SHA-256 file CID of version 1: {cid[:80]!r}", hint=hint)
    return raw


def field(number: int, value: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return bytes((number << 3 | 2,)) + varint(len(value)) + value


def varint(number: int) -> bytes:
    """A number as protobuf writes it: seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
