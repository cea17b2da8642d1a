"""The durable engine: RocksDB through rocksdict, with bounded memory and files.

Three measured facts shape this module. rocksdict holds the interpreter lock while a synced batch is written, so every
reader thread would stand still for the length of an fsync; its `flush_wal(sync=True)` lets it go, so `write` and `sync`
are separate calls. Opening a damaged database for writing may delete files that the damage made unreachable, so
`read_only` exists to look first. And rocksdict rewrites a file of its own even then, so looking is done through a
temporary folder of links: what must not be touched is not touched, and what cannot be written can still be read.

Values are compressed with LZ4 on the upper levels and Zstandard on the last one, where nearly all bytes end up.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rocksdict import (
    AccessType,
    BlockBasedOptions,
    Cache,
    DbClosedError,
    DBCompressionType,
    DBRecoveryMode,
    Options,
    Rdict,
    WriteBatch,
    WriteOptions,
)

from chain.errors import DataFolderCorrupt, StoreError
from chain.store.engine import Change, WriteFailed

logger = logging.getLogger(__name__)

BLOCK_CACHE_BYTES = 64 << 20
MEMTABLE_BYTES = 32 << 20  # two of them at most: one being filled, one being flushed
WAL_BYTES = 64 << 20
OPEN_FILES = 256

RESTORE_HINT = (
    "restore the folder from a copy made while the node was stopped, or start a new chain with another --data-dir; "
    "nothing was changed"
)


class RocksEngine:
    """One open database. rocksdict reports every problem as a plain `Exception`, hence the broad catches here."""

    def __init__(self, path: Path, *, create: bool = False, read_only: bool = False) -> None:
        """Raises DataFolderCorrupt when `read_only` cannot make sense of it, WriteFailed when writing cannot begin."""
        access = AccessType.read_only(error_if_log_file_exist=False) if read_only else AccessType.read_write()
        self._path = path
        self._closed = False
        self._links = _links_to(path) if read_only else None
        target = str(path) if self._links is None else self._links.name
        try:
            self._database = Rdict(target, _options(create=create), access_type=access)
        except Exception as problem:
            if read_only:
                if self._links is not None:
                    self._links.cleanup()
                raise _corrupt(path, problem, target) from problem
            raise WriteFailed(str(problem)) from problem
        self._synced = WriteOptions()
        self._synced.sync = True
        self._buffered = WriteOptions()

    def get(self, key: bytes) -> bytes | None:
        """The value or None; every block read is checked against its checksum."""
        try:
            value: bytes | None = self._database.get(key)
        except Exception as problem:
            raise self._unreadable(problem) from problem
        return value

    def write(self, changes: Sequence[Change], *, sync: bool) -> None:
        """One RocksDB batch, which is one record of its write-ahead log: a crash leaves all of it or nothing."""
        batch = WriteBatch(raw_mode=True)
        for key, value in changes:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        try:
            self._database.write(batch, self._synced if sync else self._buffered)
        except Exception as problem:
            raise WriteFailed(str(problem)) from problem

    def sync(self) -> None:
        """fdatasync of every log file that has unsynced bytes."""
        try:
            self._database.flush_wal(True)
        except Exception as problem:
            raise WriteFailed(str(problem)) from problem

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Pairs in key order. The iterator's status is asked at the end: a damaged block ends it silently."""
        try:
            cursor = self._database.iter()
            cursor.seek(prefix)
            while cursor.valid():
                key: bytes = cursor.key()
                if not key.startswith(prefix):
                    return
                yield key, cursor.value()
                cursor.next()
            cursor.status()
        except Exception as problem:
            raise self._unreadable(problem) from problem

    def close(self) -> None:
        """Flush what is in memory and close the files."""
        if self._closed:
            return
        self._closed = True
        try:
            self._database.close()
        except Exception as problem:
            # After a failed write the flush fails as well; everything acknowledged is in the log already.
            logger.warning("closing %s: %s", self._path, problem)
        if self._links is not None:
            self._links.cleanup()

    def _unreadable(self, problem: Exception) -> StoreError:
        if isinstance(problem, DbClosedError):
            return StoreError(f"the store in {self._path} is closed")
        return _corrupt(self._path, problem)


def _links_to(path: Path) -> tempfile.TemporaryDirectory[str] | None:
    """A temporary folder that shows the same files; None where links need special rights."""
    if sys.platform == "win32":
        return None
    try:
        links = tempfile.TemporaryDirectory(prefix="mz-look-", ignore_cleanup_errors=True)
        for file in path.resolve().iterdir():
            # Opened for writing in any mode, through a link as well; it only repeats what the options say.
            if file.name == "rocksdict-config.json":
                continue
            if not os.access(file, os.R_OK):
                raise PermissionError(f"no right to read {file}")
            Path(links.name, file.name).symlink_to(file)
    except OSError as problem:
        raise StoreError(
            f"the database in {path} cannot be looked at: {problem}",
            hint="check the rights of this user there, and the room in the folder for temporary files",
        ) from problem
    return links


def _corrupt(path: Path, problem: Exception, looked_at: str = "") -> DataFolderCorrupt:
    """In the database's own words, about the user's folder and not about the links it was looked at through."""
    words = " ".join(str(problem).split())
    if looked_at:
        words = words.replace(looked_at, str(path))
    return DataFolderCorrupt(f"the database in {path} is damaged: {words}", hint=RESTORE_HINT)


def _options(*, create: bool) -> Options:
    tables = BlockBasedOptions()
    tables.set_block_cache(Cache(BLOCK_CACHE_BYTES))
    tables.set_cache_index_and_filter_blocks(True)  # counted in the cache, so the bound above holds
    tables.set_pin_l0_filter_and_index_blocks_in_cache(True)
    tables.set_bloom_filter(10, False)
    tables.set_block_size(8 << 10)
    options = Options(raw_mode=True)
    options.create_if_missing(create)
    options.set_paranoid_checks(True)
    options.set_wal_recovery_mode(DBRecoveryMode.point_in_time())
    options.set_block_based_table_factory(tables)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_bottommost_compression_type(DBCompressionType.zstd())
    options.set_write_buffer_size(MEMTABLE_BYTES)
    options.set_max_write_buffer_number(2)
    options.set_max_total_wal_size(WAL_BYTES)
    options.set_max_open_files(OPEN_FILES)
    options.set_max_background_jobs(2)
    options.set_level_compaction_dynamic_level_bytes(True)
    options.set_bytes_per_sync(1 << 20)
    options.set_max_log_file_size(1 << 20)
    options.set_keep_log_file_num(2)
    options.set_stats_dump_period_sec(0)
    options.set_stats_persist_period_sec(0)
    return options
