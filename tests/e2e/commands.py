"""`mz` as a person runs it, but in this process: each start of its own costs a second, nearly all of it for imports."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from chain.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def mz(*words: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Ended:
    """Runs it in a folder with nobody at the keyboard, and with these MZ_* variables only."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(cwd)
        patch.setattr(sys, "stdin", io.StringIO(""))
        for name in [name for name in os.environ if name.startswith("MZ_")]:
            patch.delenv(name)
        for name, value in {"NO_COLOR": "1", **(environ or {})}.items():
            patch.setenv(name, value)
        status = main(words)
    return Ended(status, out.getvalue(), err.getvalue())
