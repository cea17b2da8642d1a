"""A folder's files as one byte string, the same on every machine: a plain POSIX tar without anything that varies.

Every field of a header is fixed but name and size: mode 644, owner 0, time 0, no links, no folders, paths sorted. So
the canonical form is checked by making it again from what was read. Anybody's `tar` can list and unpack it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chain.errors import BundleError

MAX_ARCHIVE = 4 * 1024 * 1024  # bytes
MAX_FILES = 256
MAX_PATH = 100  # bytes: the name field of a tar header
_BLOCK = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive of files by path; raises BundleError for a path or size that it does not take."""
    if not 0 < len(files) <= MAX_FILES:
        raise BundleError(f"{len(files)} files: a bundle has 1 to {MAX_FILES}")
    folded: dict[str, str] = {}
    for path in sorted(files):
        check_path(path)
        other = folded.setdefault(path.lower(), path)
        if other != path:
            raise BundleError(f"{other} and {path} are one file on some machines", hint="rename one of them")
    parts = [_header(path, len(files[path])) + _padded(files[path]) for path in sorted(files)]
    archive = b"".join(parts) + bytes(2 * _BLOCK)
    if len(archive) > MAX_ARCHIVE:
        raise BundleError(
            f"the bundle has {len(archive)} bytes, at most {MAX_ARCHIVE} are allowed",
            hint="a template carries its sources and a README; keep pictures and data elsewhere",
        )
    return archive


def unpack(archive: bytes) -> dict[str, bytes]:
    """Files by path; raises BundleError unless the bytes are exactly what `pack` makes of them."""
    if len(archive) > MAX_ARCHIVE:
        raise BundleError(f"the bundle has {len(archive)} bytes, at most {MAX_ARCHIVE} are read")
    files: dict[str, bytes] = {}
    offset = 0
    try:
        while archive[offset] != 0:
            path = archive[offset : offset + MAX_PATH].rstrip(b"\0").decode("ascii")
            size = int(archive[offset + 124 : offset + 135], 8)
            start = offset + _BLOCK
            files[path] = archive[start : start + size]
            offset = start + -(-size // _BLOCK) * _BLOCK
    except (IndexError, ValueError) as problem:
        raise BundleError(f"this is not a bundle: it breaks off or is damaged at byte {offset}") from problem
    if pack(files) != archive:
        raise BundleError("the bundle is not in canonical form: the same files make other bytes")
    return files


def check_path(path: str) -> None:
    """Raise BundleError unless `path` is relative, ASCII, without hidden names, `..` or other tricks."""
    segments = path.split("/")
    if len(path) > MAX_PATH or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise BundleError(
            f"{path!r} cannot be in a bundle",
            hint=f"paths are relative, at most {MAX_PATH} long, of A-Z a-z 0-9 . _ - and beginning with none of . -",
        )


def _header(path: str, size: int) -> bytes:
    """A ustar header (POSIX.1-1988) of a regular file."""
    head = bytearray(_BLOCK)
    head[0 : len(path)] = path.encode("ascii")
    head[100:108] = b"0000644\0"
    head[108:124] = b"0000000\0" * 2  # owner, group
    head[124:136] = b"%011o\0" % size
    head[136:148] = b"00000000000\0"  # seconds since 1970
    head[148:156] = b" " * 8
    head[156:157] = b"0"  # a regular file
    head[257:265] = b"ustar\x0000"
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)
