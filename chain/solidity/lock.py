"""One process at a time: an advisory lock on a file, released by the operating system even after a crash."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chain.errors import CompilerUnavailable


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds `path` exclusively, waiting for whoever holds it; OSError when it cannot be opened."""
    try:
        import fcntl  # not on Windows
    except ImportError as problem:
        raise CompilerUnavailable(
            "compiling needs a POSIX system", hint="on Windows run it inside the Windows Subsystem for Linux"
        ) from problem
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
