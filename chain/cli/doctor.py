"""`mz doctor`: is everything here that the platform needs, and is it the fast variant?

Looks and reports; changes and installs nothing. A check that could not be made is a finding, not a crash.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import click
import msgspec

from chain.cli.session import Session
from chain.cli.tree import Leaf
from chain.errors import ChainError
from chain.settings import Settings

Verdict = Literal["ok", "warning", "missing"]

LOOPBACK = "127.0.0.1"
LEAST_PYTHON = (3, 11)
LEAST_DISK = 1 * 2**30  # bytes free: a node that cannot write turns read-only


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at. `missing` stops the platform, `warning` only slows or limits it."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@click.command(cls=Leaf)
@click.pass_obj
def doctor(session: Session) -> int:
    """Check that everything needed is here: exit status 1 if something that is needed is missing."""
    findings = list(examine(session.settings))
    if session.json:
        session.screen.data(findings)
    else:
        session.screen.table(
            ("check", "state", "found"), [(finding.name, finding.verdict, finding.found) for finding in findings]
        )
        for finding in findings:
            if finding.advice:
                session.screen.say(f"{finding.name}: {finding.advice}")
    return 1 if any(finding.verdict == "missing" for finding in findings) else 0


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, in the order in which a newcomer meets the need."""
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("python", _python),
        ("keccak", lambda: _library("keccak", "_pysha3", "safe-pysha3")),
        ("signatures", lambda: _library("signatures", "coincurve", "coincurve")),
        ("rlp", lambda: _library("rlp", "rusty_rlp", "rusty-rlp", optional="plain Python RLP is 5 times slower")),
        ("database", lambda: _library("database", "rocksdict", "rocksdict")),
        ("web server", lambda: _library("web server", "httptools", "httptools")),
        ("event loop", lambda: _library("event loop", "uvloop", "uvloop", optional="asyncio's own loop is slower")),
        ("contracts", _contracts),
        ("templates", _templates),
        ("node", _node),
        ("compiler", _compiler),
        ("data folder", lambda: _data_folder(settings.data_dir)),
        ("disk", lambda: _disk(settings.data_dir)),
        ("port", lambda: _port(settings.node.port)),
    ]
    for name, check in checks:
        try:
            yield check()
        except (ChainError, OSError, ImportError) as problem:
            yield Finding(name, "missing", str(problem), getattr(problem, "hint", None) or "")


def _python() -> Finding:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info >= LEAST_PYTHON:
        return Finding("python", "ok", found)
    return Finding("python", "missing", found, "install Python 3.11 or newer")


def _library(name: str, module: str, distribution: str, *, optional: str = "") -> Finding:
    from importlib.metadata import PackageNotFoundError, version

    try:
        importlib.import_module(module)
        return Finding(name, "ok", f"{distribution} {version(distribution)}")
    except (ImportError, PackageNotFoundError) as problem:
        verdict: Verdict = "warning" if optional else "missing"
        advice = f"pip install {distribution}" + (f" ({optional})" if optional else "")
        return Finding(name, verdict, str(problem), advice)


def _contracts() -> Finding:
    from chain import artifacts

    return Finding("contracts", "ok", f"{len(artifacts.names())} compiled")


def _templates() -> Finding:
    from chain import artifacts

    found = artifacts.bundles()
    if found:
        return Finding("templates", "ok", f"{len(found)} bundles")
    return Finding("templates", "missing", "no bundles", "make build")


def _node() -> Finding:
    from chain.solidity.node import find_node

    try:
        return Finding("node", "ok", str(find_node().executable))
    except ChainError as problem:
        # Only the compiler in WebAssembly needs it, and only those who compile need that.
        return Finding("node", "warning", problem.message, problem.hint or "")


def _compiler() -> Finding:
    from chain.solidity.install import EXECUTABLE, default_folder

    executable = default_folder() / EXECUTABLE
    if executable.is_file():
        return Finding("compiler", "ok", str(executable))
    return Finding("compiler", "warning", "not installed", "only compiling needs it; `make build` gets it by itself")


def _data_folder(folder: Path) -> Finding:
    if folder.exists() and not folder.is_dir():
        return Finding("data folder", "missing", f"{folder} is a file", "name another folder with --data-dir")
    existing = next(parent for parent in [folder, *folder.parents] if parent.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding("data folder", "missing", f"{existing} cannot be written to", "name another with --data-dir")
    state = "in use before" if (folder / "chain").exists() else "still empty"
    return Finding("data folder", "ok", f"{folder} ({state})")


def _disk(folder: Path) -> Finding:
    existing = next(parent for parent in [folder, *folder.parents] if parent.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 2**30:.1f} GiB free"
    if free >= LEAST_DISK:
        return Finding("disk", "ok", found)
    return Finding("disk", "warning", found, "a node that cannot write turns read-only; make room")


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as problem:
            advice = "another node may be running; `mz up --port 0` takes a free port"
            return Finding("port", "warning", f"{LOOPBACK}:{port}: {problem.strerror}", advice)
    return Finding("port", "ok", f"{LOOPBACK}:{port} is free")
