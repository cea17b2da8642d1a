"""A data folder that nobody serves any more, looked at as `mz db verify` does."""

from __future__ import annotations

from pathlib import Path

from chain.launch import NodeOptions, open_offline, verify_chain
from chain.launch.verifying import Verified


def verified(folder: Path) -> Verified:
    """Everything executed again and compared, also the index once it is level; raises at the first difference."""
    with open_offline(NodeOptions(data_dir=folder)) as offline:
        offline.index.start()
        return verify_chain(offline, lambda done, total: None)


def head_of(folder: Path) -> bytes:
    """The hash of its newest block."""
    with open_offline(NodeOptions(data_dir=folder)) as offline:
        return bytes(offline.store.head.hash)
