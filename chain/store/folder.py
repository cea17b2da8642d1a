"""The data folder around the database: who holds it, which format it has, what was acknowledged from it.

    format        one line, "mz chain store 2"
    lock          held with flock for as long as the process lives; names the holder's pid
    acknowledged  how many commits were acknowledged, beside the database that counts them itself
    truth/        the database
    index.sqlite  derived, may be deleted at any time

`acknowledged` is the witness against silent loss: RocksDB opens happily on an older state when its log or manifest was
truncated. It is written after each commit without waiting for the disk, so it can be older than the truth, never newer.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import zlib
from pathlib import Path

from chain.errors import DataFolderFormat, DataFolderLocked, ReadOnly, StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

logger = logging.getLogger(__name__)

COPY, PRUNED = "truth.copy", "truth.pruned"  # of a database while it is pruned
FORMAT_PREFIX = "mz chain store "
# What other rooms may have put there before the chain is first started.
NEIGHBOURS = frozenset({"keystore", "blobs", "mz.toml"})
_OURS = frozenset({"lock", "format.new"})


class Folder:
    """A data folder that this process holds; `close` gives it back."""

    def __init__(self, path: Path, newest: int) -> None:
        """Take the folder; `newest` is the latest format this version reads.

        Raises DataFolderFormat (foreign or newer; untouched), DataFolderLocked, or ReadOnly when a new folder cannot be
        made. A folder that exists and cannot be written is taken with `writable` False.
        """
        self.path = path
        self.writable = True
        self._acknowledged: int | None = None
        self._witness_failed = False
        _recognise(path, newest)
        self._lock = self._take()
        try:
            found = _recognise(path, newest)  # again, now that nobody else can be creating it
            self.fresh = found is None
            self.format = newest if found is None else found
            if self.fresh:
                self.set_format(newest)
            if self.writable:
                finish_pruning(path)
            self._acknowledged = self._open_witness()
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def truth(self) -> Path:
        """Where the database is."""
        return self.path / "truth"

    def set_format(self, number: int) -> None:
        """Record the format, replacing the file atomically. Raises ReadOnly when it cannot be written."""
        draft = self.path / "format.new"
        try:
            with draft.open("w", encoding="ascii") as file:
                file.write(f"{FORMAT_PREFIX}{number}\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path / "format")
            sync_folder(self.path)
        except OSError as problem:
            raise _unwritable(self.path, problem) from problem
        self.format = number

    def acknowledged(self) -> int:
        """Commits acknowledged by whoever held the folder before; 0 when unknown."""
        try:
            count, check = (self.path / "acknowledged").read_text("ascii").split()
        except (OSError, ValueError):
            return 0
        # A torn write after a power failure only makes the witness silent, not the folder unusable.
        return int(count) if count.isdigit() and check == _check(count) else 0

    def acknowledge(self, commits: int) -> None:
        """Note that this many commits have been acknowledged; never fails, the commit itself is on the disk."""
        if self._acknowledged is None:
            return
        count = f"{commits:020d}"
        try:
            _write_at_start(self._acknowledged, f"{count} {_check(count)}\n")
        except OSError as problem:
            if not self._witness_failed:
                logger.warning("cannot note acknowledged commits in %s: %s", self.path, problem)
            self._witness_failed = True

    def close(self) -> None:
        """Give the folder back; a second call does nothing."""
        if self._lock < 0:
            return
        if self._acknowledged is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._acknowledged)
            os.close(self._acknowledged)
            self._acknowledged = None
        os.close(self._lock)  # the lock goes with the descriptor
        self._lock = -1

    def _take(self) -> int:
        path = self.path / "lock"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            if not (self.path / "format").is_file():
                raise _unwritable(self.path, problem) from problem
            self.writable = False
            descriptor = self._open_unwritable_lock(path)
        try:
            _lock(descriptor)
        except BlockingIOError:
            os.lseek(descriptor, 0, os.SEEK_SET)
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise DataFolderLocked(
                f"the data folder {self.path} is in use by {who}",
                hint=f"stop that process first{f' (kill {holder})' if holder.isdigit() else ''}, "
                "talk to it with --rpc, or start this one with another --data-dir",
            ) from None
        except OSError as problem:
            os.close(descriptor)
            raise StoreError(
                f"the data folder {self.path} cannot be locked: {problem.strerror}",
                hint="put it on a local disk; network file systems often have no locks",
            ) from problem
        if self.writable:
            # Only for the words above: without room for it the second starter hears "another process".
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
                _write_at_start(descriptor, f"{os.getpid()}\n")
        return descriptor

    def _open_unwritable_lock(self, path: Path) -> int:
        try:
            return os.open(path, os.O_RDONLY)
        except OSError as problem:
            raise StoreError(
                f"the data folder {self.path} cannot be read: {problem.strerror}",
                hint="give this user the right to read it, or start as the user who made it",
            ) from problem

    def _open_witness(self) -> int | None:
        if not self.writable:
            return None
        try:
            return os.open(self.path / "acknowledged", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            logger.warning("cannot note acknowledged commits in %s: %s", self.path, problem)
            return None


def _recognise(path: Path, newest: int) -> int | None:
    """The format number of a folder that is ours, None for one that may become ours."""
    if not path.exists():
        return None
    if not path.is_dir():
        raise DataFolderFormat(f"{path} is not a folder", hint="give a folder with --data-dir")
    try:
        names = {entry.name for entry in path.iterdir()}
    except OSError as problem:
        raise StoreError(
            f"the data folder {path} cannot be read: {problem.strerror}",
            hint="give this user the right to read it, or start as the user who made it",
        ) from problem
    if "format" not in names:
        strangers = sorted(names - NEIGHBOURS - _OURS)
        if strangers:
            raise DataFolderFormat(
                f"{path} is not a data folder: it holds {', '.join(strangers[:3])}{' …' if len(strangers) > 3 else ''}",
                hint="give an empty or new folder with --data-dir; nothing was changed",
            )
        return None
    text = (path / "format").read_bytes()[:80].decode("ascii", "replace").strip()
    number = text.removeprefix(FORMAT_PREFIX)
    if number == text or not number.isdigit():
        raise DataFolderFormat(
            f"{path / 'format'} does not say a format of ours: {text!r}",
            hint="give another folder with --data-dir, or restore this one from a copy; nothing was changed",
        )
    if int(number) > newest:
        raise DataFolderFormat(
            f"{path} has format {number}, written by a newer version; this one reads up to {newest}",
            hint="upgrade with `pip install --upgrade mzchain`, or give another --data-dir; nothing was changed",
        )
    return int(number)


def _unwritable(path: Path, problem: OSError) -> ReadOnly:
    return ReadOnly(
        f"cannot write to the data folder {path}: {problem.strerror}",
        hint="free disk space or give this user the right to write there, or choose another --data-dir",
    )


def _check(count: str) -> str:
    return f"{zlib.crc32(count.encode('ascii')):08x}"


def _write_at_start(descriptor: int, text: str) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode("ascii"))


def finish_pruning(folder: Path) -> None:
    """Put a complete copy of the database in its place, and throw away one that is not: see `chain.store.pruning`."""
    if (folder / COPY).exists():
        shutil.rmtree(folder / COPY)
    if (folder / PRUNED).exists():
        if (folder / "truth").exists():
            shutil.rmtree(folder / "truth")
        (folder / PRUNED).rename(folder / "truth")
        sync_folder(folder)


def sync_folder(path: Path) -> None:
    """Make a rename in it survive a power failure."""
    if sys.platform == "win32":
        return  # folders cannot be synced there; the rename is journaled by NTFS
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """An exclusive lock that the system drops when the process dies; BlockingIOError when somebody has it."""
    if sys.platform == "win32":
        # Locked bytes cannot be read there, so the lock is on a byte far behind the pid.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as problem:
            raise BlockingIOError(problem.errno, problem.strerror) from problem
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
