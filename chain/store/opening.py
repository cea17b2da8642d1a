"""Opening a folder's database without making anything worse: look first, write only what is sound."""

from __future__ import annotations

import logging
from collections.abc import Callable

from chain.errors import DataFolderCorrupt, ReadOnly
from chain.primitives import bytes_to_int
from chain.store import layout
from chain.store.engine import Engine, WriteFailed
from chain.store.folder import Folder
from chain.store.rocks import RESTORE_HINT, RocksEngine

logger = logging.getLogger(__name__)


def open_engine(folder: Folder, write_hint: str, look: Callable[[Engine], object] | None) -> tuple[Engine, str | None]:
    """The engine, and why it may not be written; `look` raises when the records do not add up; None where
    this version cannot judge them.

    Looks without touching first: see `chain.store.rocks`.
    """
    truth, acknowledged = folder.truth, folder.acknowledged()
    if acknowledged == 0 and not any(truth.glob("*.sst")) and not (truth / "CURRENT").is_file():
        if not folder.writable:
            raise ReadOnly(f"the data folder {folder.path} is empty and cannot be written", hint=write_hint)
        return RocksEngine(truth, create=True), None
    if not (truth / "CURRENT").is_file():
        raise DataFolderCorrupt(f"the database in {truth} is damaged: CURRENT is missing", hint=RESTORE_HINT)
    looked = RocksEngine(truth, read_only=True)
    try:
        commits = bytes_to_int(looked.get(layout.COMMITS) or b"")
        if commits < acknowledged:
            raise DataFolderCorrupt(
                f"the database in {truth} is damaged: it ends at commit {commits} of {acknowledged} acknowledged ones",
                hint=RESTORE_HINT,
            )
        if look is not None:
            look(looked)
        if not folder.writable:
            return looked, f"{folder.path} cannot be written"
    except BaseException:
        looked.close()
        raise
    looked.close()
    try:
        return RocksEngine(truth), None
    except WriteFailed as problem:
        # For example a full disk: the contents are sound, so they are served as they are.
        logger.error("the data folder %s opens read-only: %s", folder.path, problem)
        return RocksEngine(truth, read_only=True), str(problem)
