"""A command line run in this process, as a user far from any checkout would type it."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from chain.cli.main import main
from chain.cli.session import Session
from chain.wallet import Keystore


@dataclass
class Said:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return msgspec.json.decode(self.out)


class Terminal(io.StringIO):
    """Standard input at which somebody sits."""

    def isatty(self):
        return True


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """An empty working folder and none of the caller's own settings."""
    import os

    for variable in [name for name in os.environ if name.startswith("MZ_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mz(place, monkeypatch, capsys):
    """Run `mz` with these words; `typed` is stdin, on a terminal if `terminal`."""

    # Trying a password is made expensive on purpose; tests/unit/wallet looks at that.
    cheap = property(lambda session: Keystore(session.settings.data_dir / "keystore", scrypt_n=2))
    monkeypatch.setattr(Session, "keystore", cheap)

    def run(*words: str, typed: str = "", terminal: bool = False, **environ: str) -> Said:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", (Terminal if terminal else io.StringIO)(typed))
            for name, value in environ.items():
                patch.setenv(name, value)
            capsys.readouterr()
            status = main(list(words))
            written = capsys.readouterr()
        return Said(status, written.out, written.err)

    return run
