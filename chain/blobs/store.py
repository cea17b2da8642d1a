"""`BlobStore`: files kept under their CID, written atomically, checked on every read.

    <folder>/<profile>/<two characters>/<cid>
    <folder>/directories/<two characters>/<cid>

The profile is part of the path, because the same file has another CID under another profile. Directories are kept as
their nodes. What is read is hashed again: a damaged or exchanged file is an error, never content.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from chain.blobs.cid import DEFAULT_PROFILE, PROFILES, Profile, block_of, cid_of, cid_of_node, digest_of
from chain.blobs.directory import Link, directory_block, links_of
from chain.errors import BlobCorrupt, BlobTooLarge, BlobUnknown

MAX_BLOB = 64 * 1024 * 1024  # bytes
_DIRECTORIES = "directories"


class BlobStore:
    """Content-addressed files in a folder, or in memory when the folder is None. Safe to use from several threads."""

    def __init__(self, folder: Path | None, *, limit: int = MAX_BLOB) -> None:
        self._folder = folder
        self._limit = limit
        self._memory: dict[tuple[str, str], bytes] = {}
        self._pins: set[str] = set()

    def put(self, data: bytes, profile: Profile = DEFAULT_PROFILE) -> str:
        """Keep `data` and return its CID; it is on disk when this returns. Raises BlobTooLarge above the limit."""
        if len(data) > self._limit:
            raise BlobTooLarge(
                f"the file has {len(data)} bytes, this store takes at most {self._limit}",
                hint="make the file smaller, or raise the blob limit in the node's settings",
            )
        cid = cid_of(data, profile)
        if self._folder is None:
            self._memory[profile.name, cid] = bytes(data)
            return cid
        path = self._path(self._folder, profile.name, cid)
        if not path.is_file() or path.read_bytes() != data:  # a damaged copy is replaced
            _write(path, data)
        return cid

    def put_directory(self, links: Iterable[Link]) -> str:
        """Keep a directory of these links and return its CID. Raises BlobTooLarge."""
        block = directory_block(links)
        cid = cid_of_node(block)
        if self._folder is None:
            self._memory[_DIRECTORIES, cid] = block
        elif self._read(_DIRECTORIES, cid) != block:
            _write(self._path(self._folder, _DIRECTORIES, cid), block)
        return cid

    def directory(self, cid: str) -> tuple[Link, ...]:
        """What stands in a directory, by name. Raises BlobUnknown, also for a file, or BlobCorrupt."""
        digest_of(cid)
        block = self._read(_DIRECTORIES, cid)
        if block is None:
            raise BlobUnknown(f"no folder {cid} here", hint="add the folder to this node first")
        if cid_of_node(block) != cid:
            raise BlobCorrupt(f"the stored folder {cid} is damaged", hint="add the folder again")
        return links_of(block) or ()

    def get(self, cid: str) -> bytes:
        """The file of a CID. Raises BlobUnknown, or BlobCorrupt when the bytes no longer hash to it."""
        digest_of(cid)
        for profile in PROFILES.values():
            data = self._read(profile.name, cid)
            if data is None:
                continue
            if cid_of(data, profile) != cid:
                where = "memory" if self._folder is None else str(self._path(self._folder, profile.name, cid))
                raise BlobCorrupt(
                    f"the stored file {cid} is damaged: its {len(data)} bytes hash to {cid_of(data, profile)}",
                    hint=f"remove {where} and add the original file again",
                )
            return data
        raise BlobUnknown(f"no file {cid} here", hint="add the file to this node first, or ask a node that has it")

    def has(self, cid: str) -> bool:
        """Whether a file or folder is kept under this CID; its bytes are checked only when they are read."""
        digest_of(cid)
        if self._folder is None:
            return any((name, cid) in self._memory for name in (*PROFILES, _DIRECTORIES))
        return any(self._path(self._folder, name, cid).is_file() for name in (*PROFILES, _DIRECTORIES))

    def block(self, cid: str) -> bytes:
        """One block: a small file itself, a leaf or node of a large one's tree, or a folder. Raises BlobUnknown,
        BlobCorrupt."""
        digest_of(cid)
        if self._read(_DIRECTORIES, cid) is not None:
            return directory_block(self.directory(cid))
        for profile in PROFILES.values():
            for known in (cid, *(other for other in self if other != cid and self._is_tree(other))):
                if not self.has(known):
                    continue
                found = block_of(self.get(known), cid, profile)
                if found is not None:
                    return found
        raise BlobUnknown(f"no block {cid} here", hint="add the file it is part of to this node first")

    def pin(self, cid: str, wanted: bool = True) -> None:
        """Mark a file as to be kept, or no longer; BlobUnknown for one that is not here. Nothing is removed by this."""
        if not self.has(cid):
            raise BlobUnknown(f"no file {cid} here", hint="add the file to this node first")
        if self._folder is None:
            (self._pins.add if wanted else self._pins.discard)(cid)
            return
        mark = self._folder / "pins" / cid
        if wanted:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def pinned(self) -> list[str]:
        """Every file that is marked as to be kept, in order."""
        if self._folder is None:
            return sorted(self._pins)
        return sorted(path.name for path in (self._folder / "pins").glob("b*"))

    @staticmethod
    def _is_tree(cid: str) -> bool:
        return cid.startswith("bafybei")  # dag-pb; a raw leaf is a file of one block

    def __iter__(self) -> Iterator[str]:
        """Every file's CID kept here, in order."""
        if self._folder is None:
            return iter(sorted({cid for name, cid in self._memory if name in PROFILES}))
        return iter(sorted({path.name for name in PROFILES for path in self._folder.glob(f"{name}/??/b*")}))

    def _read(self, profile: str, cid: str) -> bytes | None:
        if self._folder is None:
            return self._memory.get((profile, cid))
        try:
            return self._path(self._folder, profile, cid).read_bytes()
        except FileNotFoundError:
            return None

    @staticmethod
    def _path(folder: Path, profile: str, cid: str) -> Path:
        # The last characters spread evenly; every CID begins alike. The very last one carries only two bits of it.
        return folder / profile / cid[-3:-1] / cid


def _write(path: Path, data: bytes) -> None:
    """Write beside the target, fsync, rename, fsync the folder: a crash leaves the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
