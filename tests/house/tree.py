"""The files that a commit would hold, for the tests beside this file."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PICTURES = frozenset({".png", ".jpg", ".webp", ".ico", ".woff2"})


@cache
def files() -> tuple[Path, ...]:
    """Tracked files and new ones that are not ignored; without git everything that is not installed or built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())
    skipped = {".git", ".solcx", ".mz", "node_modules", "build", "dist"}
    return tuple(path for path in ROOT.rglob("*") if path.is_file() and not _is_within(path, skipped))


def texts(*suffixes: str) -> dict[str, str]:
    """Text files by path from the root; all of them, or those with one of the suffixes."""
    chosen = (path for path in files() if (path.suffix in suffixes if suffixes else path.suffix not in _PICTURES))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in chosen}


def _is_within(path: Path, skipped: set[str]) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(
        part in skipped or part.startswith((".venv", "__pycache__")) or part.endswith("_cache") for part in parts
    )
