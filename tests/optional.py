"""Tools that a user may lack: a test that needs one skips with its reason, and fails where everything is required."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def require(name: str, in_checkout: Path | None = None) -> str:
    """Path of a program, from the checkout or the PATH; skips (or fails under MZ_REQUIRE_ALL=1) without it."""
    if in_checkout is not None and (ROOT / in_checkout).exists():
        return str(ROOT / in_checkout)
    found = shutil.which(name)
    if found is not None:
        return found
    reason = f"{name} is not installed"
    if os.environ.get("MZ_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def anvil() -> list[str]:
    """The command that starts anvil. By default it writes the state of every block into the home folder, megabytes
    each, and leaves them there when it is killed: a test run would fill a disk."""
    return [require("anvil", Path("node_modules/.bin/anvil")), "--prune-history", "64"]
