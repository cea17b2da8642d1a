"""Contracts compiled for tests, each source kept under the digest of everything it is made of.

A changed source costs the compilation of what reaches it and nothing else, and what `make build` has made of it is not
made again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec

from chain.artifacts import Artifact, decode, encode
from chain.solidity.build import units
from chain.solidity.compiler import REMAPPINGS, Compilation, Job, prepare
from chain.solidity.imports import import_paths, unit_name

SOURCES = ("contracts", "templates", "tests/contracts/solidity")


class Shelf:
    """A folder of compiled contracts: one folder inside for each source and all it imports, as they were."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root

    def wanted(self) -> dict[str, Path]:
        """Where the contracts of each source under `root` belong."""
        texts: dict[str, str | None] = {}

        def text(unit: str) -> str | None:
            if unit not in texts:
                path = self.root / unit
                texts[unit] = path.read_text("utf-8") if path.is_file() else None
            return texts[unit]

        paths = [path for folder in SOURCES for path in sorted((self.root / folder).rglob("*.sol"))]
        units = [path.relative_to(self.root).as_posix() for path in paths]
        return {unit: self.folder / digest(unit, text) for unit in units}

    def job(self) -> Job | None:
        """One compilation of all that is missing; None when nothing is."""
        missing = [unit for unit, place in self.wanted().items() if not place.is_dir()]
        sources = {unit: (self.root / unit).read_text("utf-8") for unit in missing}
        return prepare(sources, libraries=self.root) if sources else None

    def put(self, job: Job, compilation: Compilation) -> None:
        """Keeps what was asked for."""
        places = self.wanted()
        for unit in job.document["settings"]["outputSelection"]:
            _keep(places[unit], [one for one in compilation.artifacts.values() if one.source == unit])

    def stock(self) -> None:
        """Keeps what `make build` has made of sources that are still what they were."""
        places = self.wanted()
        for source, artifacts in _built(self.root).items():
            if not places[source].is_dir():
                _keep(places[source], artifacts)

    def artifacts(self, compile: Callable[[Job], Compilation]) -> dict[str, Artifact]:
        """All contracts by name; what is missing is compiled and kept."""
        job = self.job()
        if job is not None:
            self.put(job, compile(job))
        every = [artifact for place in self.wanted().values() for artifact in _kept(place)]
        found = {artifact.name: artifact for artifact in every}
        assert len(found) == len(every), "two contracts have the same name"
        return found


def digest(unit: str, text: Callable[[str], str | None]) -> str:
    """Names a source by itself, everything it imports, the compiler and its settings."""
    waiting, seen = [unit], {unit}
    while waiting:
        importer = waiting.pop()
        fresh = set(_imports(importer, text(importer) or "")) - seen
        seen |= fresh
        waiting += fresh
    told = hashlib.sha256(prepare({unit: ""}).digest.encode())
    for name in sorted(seen):
        told.update(f"\0{name}\0{text(name)}".encode())
    return told.hexdigest()


@cache
def _imports(importer: str, text: str) -> tuple[str, ...]:
    return tuple(unit_name(path, importer, REMAPPINGS) for path in import_paths(text))


def _built(root: Path) -> dict[str, list[Artifact]]:
    """By source, as it is called in the checkout; a template's are named from its own folder."""
    found: dict[str, list[Artifact]] = {}
    for unit in units(root):
        digest = prepare(unit.sources, libraries=root).digest
        for path in sorted((root / "build" / "artifacts" / unit.prefix).glob("*.json")):
            artifact = decode(path.read_bytes(), name=path.name)
            if artifact.digest == digest:
                name = f"{unit.name}/{artifact.source}" if unit.prefix else artifact.source
                found.setdefault(name, []).append(msgspec.structs.replace(artifact, source=name))
    return found


@cache
def _kept(place: Path) -> tuple[Artifact, ...]:
    return tuple(_read(place))


def _read(place: Path) -> Iterator[Artifact]:
    for path in sorted(place.iterdir()):
        yield decode(path.read_bytes(), name=path.name)


def _keep(place: Path, artifacts: list[Artifact]) -> None:
    """Whole or not at all: other workers may be reading, or writing the same."""
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    fresh.mkdir(parents=True, exist_ok=True)
    for artifact in artifacts:
        (fresh / f"{artifact.name}.json").write_bytes(encode(artifact))
    try:
        fresh.rename(place)
    except OSError:
        for path in fresh.iterdir():
            path.unlink()
        fresh.rmdir()
