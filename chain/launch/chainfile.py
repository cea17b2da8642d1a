"""Chain files: blocks one after the other in RLP, as `geth export` writes them and `geth import` reads them.

A name that ends in `.gz` is compressed on export; on import the first bytes tell. Import goes through
`node.import_block` and nothing else, so a file can hold nothing that a peer could not have sent, and each block is
there whole or not at all: whatever stops an import, the same command goes on where it stopped.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from chain.errors import ChainError, DataFolderForeign, InvalidBlock, StoreError, UnknownBlock, UsageError
from chain.model import Record
from chain.node import Node
from chain.primitives import Hash32, bytes_to_int, keccak, rlp_decode
from chain.store import Store

LARGEST_BLOCK = 64 << 20  # bytes; real ones have a few hundred thousand
GZIP = b"\x1f\x8b"

Progress = Callable[[int, int], None]  # done, in all


class Imported(Record):
    """What became of a file's blocks."""

    imported: int
    known: int  # were part of the chain before
    branched: int  # stored beside the chain, which stayed as it was
    head: int
    head_hash: Hash32


class Exported(Record):
    """What was written."""

    first: int
    last: int
    size: int  # bytes


def import_chain(node: Node, path: Path, progress: Progress) -> Imported:
    """Verify and take every block of a file; `progress` hears bytes read of bytes in all.

    Raises InvalidBlock naming the first block that is none, DataFolderForeign for another chain's genesis, UsageError
    for a file that cannot be read. Blocks before that stay imported.
    """
    imported = known = branched = 0
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            for encoded in read_blocks(file, path):
                number, block_hash = _identify(encoded, path)
                if number == 0:
                    _check_genesis(node, block_hash, path)
                    known += 1
                elif _is_part(node, number, block_hash):
                    known += 1
                else:
                    _take(node, encoded, path, imported)
                    if _is_part(node, number, block_hash):
                        imported += 1
                    else:
                        branched += 1
                progress(file.tell(), size)
    except OSError as problem:
        raise UsageError(f"cannot read {path}: {problem.strerror or problem}", hint="name a chain file") from problem
    head = node.head()
    return Imported(imported=imported, known=known, branched=branched, head=head.number, head_hash=head.hash)


def export_chain(store: Store, path: Path, first: int, last: int | None, progress: Progress) -> Exported:
    """Write canonical blocks `first` to `last` (the head). The file appears when it is complete.

    Raises StoreError for a chain that development commands changed: nobody else could verify it; UnknownBlock for
    numbers that are not there.
    """
    if store.edits.marked:
        raise StoreError(
            "this chain was changed by development commands (setBalance, impersonation or the like): no other client "
            "would take its blocks",
            hint="export a chain that only transactions changed; `mz node start --no-dev` keeps one so",
        )
    newest = store.head.number if last is None else last
    if not 0 <= first <= newest <= store.head.number:
        raise UnknownBlock(
            f"blocks {first} to {newest} are not there", hint=f"the chain has blocks 0 to {store.head.number}"
        )
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as raw:
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0)) if path.suffix == ".gz" else raw
            for block in store.blocks(first, newest):
                file.write(block.encode())
                progress(block.number - first + 1, newest - first + 1)
            if file is not raw:
                file.close()
            raw.flush()
            os.fsync(raw.fileno())
            size = raw.tell()
        draft.replace(path)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {path}: {problem.strerror or problem}", hint="free disk space, or name another file"
        ) from problem
    return Exported(first=first, last=newest, size=size)


def read_blocks(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """The encoded blocks of a file, one after the other. Raises InvalidBlock for what cannot be one."""
    start = file.read(2)
    file.seek(0)
    stream = cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb")) if start == GZIP else file
    position = 0
    while True:
        try:
            head = stream.read(1)
            if not head:
                return
            encoded = _item(stream, head[0], position, path)
        except (EOFError, gzip.BadGzipFile) as problem:
            raise _broken(path, position, f"the compressed file is damaged or cut off: {problem}") from problem
        yield encoded
        position += len(encoded)


def _item(reader: BinaryIO, first: int, position: int, path: Path) -> bytes:
    """The list that begins with this byte, whole."""
    if first < 0xC0:
        raise _broken(path, position, f"expected a block, found byte {first:#04x}")
    prefix = bytes((first,))
    length = first - 0xC0
    if length > 55:
        width = length - 55
        prefix += (digits := reader.read(width))
        length = bytes_to_int(digits)
        if len(digits) < width:
            raise _broken(path, position, "the file is cut off")
    if length > LARGEST_BLOCK:
        raise _broken(path, position, f"a block of {length} bytes, at most {LARGEST_BLOCK} are read")
    body = reader.read(length)
    if len(body) < length:
        raise _broken(path, position, f"the file is cut off: {length} bytes expected, {len(body)} there")
    return prefix + body


def _identify(encoded: bytes, path: Path) -> tuple[int, Hash32]:
    """Number and hash of an encoded block, without decoding the rest of it."""
    try:
        start = _payload(encoded, 0)
        header = encoded[start : _payload(encoded, start) + _length(encoded, start)]
        fields = rlp_decode(header)
        return bytes_to_int(bytes(fields[8])), keccak(header)  # type: ignore[arg-type]  # checked by the clause below
    except (ValueError, IndexError, TypeError) as problem:
        raise InvalidBlock(f"{path}: malformed block: {problem}") from problem


def _payload(encoded: bytes, start: int) -> int:
    """Where the content of the list at `start` begins."""
    if encoded[start] < 0xC0:
        raise ValueError("a list is missing")
    return start + 1 + max(encoded[start] - 0xF7, 0)


def _length(encoded: bytes, start: int) -> int:
    """How long the content of the list at `start` is."""
    first = encoded[start]
    return first - 0xC0 if first <= 0xF7 else bytes_to_int(encoded[start + 1 : start + first - 0xF6])


def _is_part(node: Node, number: int, block_hash: Hash32) -> bool:
    return number <= node.head().number and node.header(number).hash == block_hash


def _take(node: Node, encoded: bytes, path: Path, before: int) -> None:
    try:
        node.import_block(encoded).result()
    except ChainError as problem:
        kept = f"{before} blocks before it were imported and stay; head is block {node.head().number}"
        problem.hint = f"{problem.hint}; {kept}" if problem.hint else kept
        raise


def _check_genesis(node: Node, block_hash: Hash32, path: Path) -> None:
    ours = node.header(0).hash
    if block_hash != ours:
        raise DataFolderForeign(
            f"{path} holds the chain with genesis 0x{block_hash.hex()}, this one has 0x{ours.hex()}",
            hint="name the folder of that chain, or make one with `mz node init --genesis FILE`",
        )


def _broken(path: Path, position: int, what: str) -> InvalidBlock:
    return InvalidBlock(
        f"{path}: byte {position}: {what}",
        hint="blocks before it are imported and stay; get the rest of the file and run the command again",
    )
