"""A publishable template: manifest, sources, README, compiled contract and check report as one canonical archive.

    template.toml  README.md  *.sol …  artifact.json  check.json

Its SHA-256 tree digest is what goes on chain, so a buyer holds exactly what was checked. Nothing in a bundle is ever
executed here: Python is not even admitted.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from chain import artifacts
from chain.artifacts import Artifact
from chain.blobs import cid_of, digest_of
from chain.errors import BundleError, NotBuilt
from chain.model import Record
from chain.primitives import Hash32
from chain.registry import manifest as _manifest
from chain.registry.archive import MAX_ARCHIVE, check_path, pack, unpack
from chain.registry.check import Report, check
from chain.registry.manifest import Manifest, read_manifest

ARTIFACT_FILE = "artifact.json"
CHECK_FILE = "check.json"
README_FILE = "README.md"
_LEFT_OUT = frozenset({"test", "tests"})
_ADMITTED = (".sol", ".md", ".txt")
_ADMITTED_NAMES = frozenset({_manifest.FILE_NAME, "LICENSE", "LICENCE"})


class Bundle(Record, dict=True):
    """An opened bundle; `data` is the archive itself."""

    data: bytes
    manifest: Manifest
    artifact: Artifact
    report: Report
    files: Mapping[str, bytes]

    @cached_property
    def cid(self) -> str:
        """Its content address."""
        return cid_of(self.data)

    @property
    def digest(self) -> Hash32:
        """What the registry keeps as `manifest`: the SHA-256 inside the CID."""
        return digest_of(self.cid)

    @property
    def readme(self) -> str:
        """The README's text."""
        return self.files[README_FILE].decode("utf-8", errors="replace")


def make_bundle(folder: Path, artifact: Artifact) -> bytes:
    """The bundle of a template folder and its compiled contract.

    Raises ManifestError, CheckFailed with all findings, or BundleError for a file that cannot be in a bundle.
    """
    files = read_folder(folder)
    manifest = read_manifest(_required(files, _manifest.FILE_NAME))
    _required(files, README_FILE)
    if folder.resolve().name != manifest.name:
        raise BundleError(
            f"the template is called {manifest.name}, its folder {folder.resolve().name}", hint="rename the folder"
        )
    report = check(manifest, artifact, files)
    report.require()
    files[ARTIFACT_FILE] = artifacts.encode(artifact)
    files[CHECK_FILE] = _encode_report(report)
    return pack(files)


def open_bundle(data: bytes) -> Bundle:
    """Read and verify a bundle: canonical form, manifest, that it passes the check today, that its report is its own.

    Raises BundleError, ManifestError or CheckFailed. It does not compile: whether the artifact comes from the
    sources is not looked at here; that the chain runs this very artifact is what `Library.bundle` shows.
    """
    files = unpack(data)
    for path in files:
        _check_admitted(path, generated=True)
    manifest = read_manifest(_required(files, _manifest.FILE_NAME))
    _required(files, README_FILE)
    try:
        artifact = artifacts.decode(_required(files, ARTIFACT_FILE), name=ARTIFACT_FILE)
        report = msgspec.json.decode(_required(files, CHECK_FILE), type=Report)
    except (NotBuilt, msgspec.MsgspecError) as problem:
        raise BundleError(f"the bundle of {manifest.name} is damaged: {problem}") from problem
    sources = {path: content for path, content in files.items() if path not in (ARTIFACT_FILE, CHECK_FILE)}
    try:
        found = check(manifest, artifact, sources)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as problem:
        # The check reads an ABI that a stranger wrote; whatever is missing there ends here.
        raise BundleError(f"the ABI in the bundle of {manifest.name} is malformed: {problem!r}") from problem
    found.require()
    if not report.same_facts(found):
        raise BundleError(
            f"the check report in the bundle of {manifest.name} is about something else",
            hint="its author put it there by hand: do not use it",
        )
    return Bundle(data=data, manifest=manifest, artifact=artifact, report=report, files=files)


def read_folder(folder: Path) -> dict[str, bytes]:
    """A template folder's files by path, without hidden files and tests; BundleError for links and other kinds."""
    if not folder.is_dir():
        raise BundleError(f"there is no template folder {folder}", hint="give the folder that holds template.toml")
    files: dict[str, bytes] = {}
    total = 0
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")) and name not in _LEFT_OUT)
        for name in [*folders, *sorted(names)]:
            path = here / name
            shown = path.relative_to(folder).as_posix()
            if name.startswith("."):
                continue
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                raise BundleError(f"{shown} is a link or no regular file", hint="put the file itself there")
            _check_admitted(shown, generated=False)
            total += path.stat().st_size
            if total > MAX_ARCHIVE:
                raise BundleError(f"{folder} holds more than {MAX_ARCHIVE} bytes")
            files[shown] = path.read_bytes()
    return files


def _check_admitted(path: str, *, generated: bool) -> None:
    check_path(path)
    if path in (ARTIFACT_FILE, CHECK_FILE):
        if not generated:
            raise BundleError(f"{path} is made by the build, it cannot be in the folder", hint="remove it")
        return
    name = path.rpartition("/")[2]
    if path not in _ADMITTED_NAMES and not name.endswith(_ADMITTED):
        raise BundleError(
            f"{path} does not belong into a bundle",
            hint=f"a bundle has template.toml, LICENSE and files ending in {', '.join(_ADMITTED)}; tests go to tests/",
        )


def _required(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise BundleError(f"{name} is missing", hint="docs/templates.md says what a template folder holds")
    return files[name]


def _encode_report(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
