"""The unix socket: who may open its file may speak to the node, so the file is made for its owner only."""

from __future__ import annotations

import logging
import os
import socket
import stat
import sys
from pathlib import Path

from chain.errors import UsageError

logger = logging.getLogger(__name__)

MAX_PATH = 103 if sys.platform == "darwin" else 107  # bytes that fit into sockaddr_un


def fits(path: Path) -> bool:
    """Whether a unix socket can have this path."""
    return len(os.fsencode(path)) <= MAX_PATH


class Door:
    """A bound socket and the file it has made."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError when the path is too long, taken by a running process or by something else."""
        self.path = path
        if not fits(path):
            length = len(os.fsencode(path))
            raise UsageError(
                f"{path}: the path of a unix socket has room for {MAX_PATH} bytes, this one has {length}",
                hint="choose a data folder with a shorter path",
            )
        _clear(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.bind(os.fspath(path))
            path.chmod(0o600)  # nobody can connect before it listens, so there is no moment at which others could
            self._made = path.stat().st_ino
        except OSError as problem:
            self.socket.close()
            raise UsageError(f"{path}: the socket cannot be made: {problem.strerror or problem}") from problem

    def close(self) -> None:
        """Remove the file, unless another one has taken its place."""
        self.socket.close()
        try:
            if self.path.stat().st_ino == self._made:
                self.path.unlink()
        except FileNotFoundError:
            logger.debug("%s was gone already", self.path)


def _clear(path: Path) -> None:
    """Remove what a node that was killed has left behind."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise UsageError(f"{path} is no socket", hint="move it away: the node wants to listen there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise UsageError(f"{path}: another process listens there", hint="stop it first")
