"""`python -m chain.solidity.build`: compiles `contracts/` and every `templates/<name>/` of the checkout.

Each is a unit of its own: the platform's sources are named from the checkout's root, a template's from its own folder,
so that anybody who compiles the same folder elsewhere gets the same bytes. A unit whose complete input was compiled
before, and whose files are still what they were, costs nothing: an unchanged build needs no compiler. Typed sources of
every ABI follow (`chain.artifacts.types`).
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import msgspec

from chain.artifacts import Artifact, checkout, encode, types
from chain.errors import ChainError, CompilationFailed, NotBuilt
from chain.model import Record
from chain.solidity.compiler import Compilation, Job, prepare
from chain.solidity.install import ensure_solc
from chain.solidity.lock import locked

_MOST_COMPILERS = 4  # each takes up to 350 MB
_LEFT_OUT = frozenset({"test", "tests"})  # of a template: compiled by its tests, published by nobody

Progress = Callable[[str], None]


class Unit(Record):
    """Sources that are compiled together; `prefix` is the folder of their artifacts below `artifacts/`."""

    name: str
    prefix: str
    sources: dict[str, str]


class Outcome(Record):
    """What a build did: units compiled, units found unchanged, all warnings of those compiled."""

    compiled: tuple[str, ...]
    unchanged: tuple[str, ...]
    warnings: tuple[str, ...]


class _Stamp(Record):
    """What was written for a unit: its input's digest, and the SHA-256 of each file by path below `artifacts/`."""

    digest: str
    files: dict[str, str]


def build(root: Path, output: Path, progress: Progress) -> Outcome:
    """Compiles what changed under `root` into `output`/artifacts; raises CompilationFailed, CompilerUnavailable."""
    output.mkdir(parents=True, exist_ok=True)
    with locked(output / ".lock"):
        return _build(root, output, progress)


def units(root: Path) -> list[Unit]:
    """The platform and each template that has Solidity sources."""
    contracts = root / "contracts"
    found = [Unit(name="contracts", prefix="", sources=_sources(contracts, named_from=root))]
    for folder in sorted((root / "templates").glob("*/")):
        sources = _sources(folder, named_from=folder)
        found.append(Unit(name=f"templates/{folder.name}", prefix=f"{folder.name}/", sources=sources))
    return [unit for unit in found if unit.sources]


def _sources(folder: Path, *, named_from: Path) -> dict[str, str]:
    return {
        path.relative_to(named_from).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.sol"))
        if not any(part in _LEFT_OUT or part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    }


def _build(root: Path, output: Path, progress: Progress) -> Outcome:
    artifacts, stamps = output / "artifacts", output / "stamps"
    jobs = {unit.name: (unit, prepare(unit.sources, libraries=root)) for unit in units(root)}
    changed = {name: pair for name, pair in jobs.items() if not _is_current(pair, artifacts, stamps)}
    warnings: list[str] = []
    failures: list[CompilationFailed] = []
    artifacts.mkdir(exist_ok=True)
    for name, result in _compile(changed, progress):
        if isinstance(result, CompilationFailed):
            failures.append(result)
            continue
        unit, job = changed[name]
        files = _files(unit, result)
        for path, data in files.items():
            _replace(artifacts / path, data)
        hashes = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        _replace(_stamp_path(stamps, name), msgspec.json.encode(_Stamp(digest=job.digest, files=hashes)))
        warnings += result.warnings
    if failures:
        raise CompilationFailed("\n\n".join(failure.message for failure in failures), hint=failures[0].hint)
    _remove_leftovers(artifacts, stamps, jobs)
    return Outcome(
        compiled=tuple(name for name in jobs if name in changed),
        unchanged=tuple(name for name in jobs if name not in changed),
        warnings=tuple(warnings),
    )


def _is_current(pair: tuple[Unit, Job], artifacts: Path, stamps: Path) -> bool:
    unit, job = pair
    stamp = _read_stamp(_stamp_path(stamps, unit.name))
    if stamp is None or stamp.digest != job.digest:
        return False
    return all(_sha256(artifacts / path) == expected for path, expected in stamp.files.items())


def _compile(
    changed: dict[str, tuple[Unit, Job]], progress: Progress
) -> Iterator[tuple[str, Compilation | CompilationFailed]]:
    """Each unit's result as it comes, with as many compilers at once as there are processors."""
    if not changed:
        return
    compiler = ensure_solc(progress=progress)
    progress(f"compiling {', '.join(changed)} with the {compiler.kind} build of solc")
    begin = time.monotonic()
    with ThreadPoolExecutor(min(_MOST_COMPILERS, os.cpu_count() or 1)) as pool:
        waiting = {pool.submit(compiler.run, job): name for name, (_, job) in changed.items()}
        for count, future in enumerate(as_completed(waiting), start=1):
            name = waiting[future]
            line = f"[{count}/{len(changed)}] {name}"
            try:
                compilation = future.result()
            except CompilationFailed as problem:
                progress(f"{line}: failed ({time.monotonic() - begin:.1f} s)")
                yield name, problem
            else:
                progress(f"{line}: {len(compilation.artifacts)} contracts ({time.monotonic() - begin:.1f} s)")
                yield name, compilation


def _files(unit: Unit, compilation: Compilation) -> dict[str, bytes]:
    """Artifact files by path below `artifacts/`; names must be unique because deployments go by name."""
    chosen: dict[str, Artifact] = {}
    for artifact in compilation.artifacts.values():
        other = chosen.setdefault(artifact.name, artifact)
        if other is not artifact:
            raise CompilationFailed(
                f"{unit.name} has two contracts called {artifact.name}: in {other.source} and in {artifact.source}",
                hint="rename one of them",
            )
    return {f"{unit.prefix}{name}.json": encode(artifact) for name, artifact in chosen.items()}


def _remove_leftovers(artifacts: Path, stamps: Path, current: Iterable[str]) -> None:
    """Deletes artifacts of contracts and templates that no longer exist."""
    kept: set[str] = set()
    present = {_stamp_path(stamps, name) for name in current}
    for path in stamps.glob("*.json"):
        stamp = _read_stamp(path)
        if stamp is None or path not in present:
            path.unlink()
        else:
            kept.update(stamp.files)
    for path in artifacts.rglob("*.json"):
        if path.relative_to(artifacts).as_posix() not in kept:
            path.unlink()
    for folder in artifacts.glob("*/"):
        if not any(folder.iterdir()):
            folder.rmdir()


def _stamp_path(stamps: Path, unit: str) -> Path:
    return stamps / f"{unit.replace('/', '.')}.json"


def _read_stamp(path: Path) -> _Stamp | None:
    """None when there is no stamp or it is damaged: the unit is then compiled again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Stamp)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _replace(path: Path, data: bytes) -> None:
    """Writes a file so that a reader sees the old or the new one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.replace(path)


def main() -> int:
    """Command line of the module; progress and problems on stderr, exit status as `chain.errors` has it."""
    try:
        root = checkout()
        if root is None:
            raise NotBuilt("there is no checkout to build: this is an installed package, its contracts are compiled")
        begin = time.monotonic()
        outcome = build(root, root / "build", _tell)
        typed = root / "build" / "types"
        if outcome.compiled or not typed.is_dir():
            types.write(typed)
    except ChainError as problem:
        _tell(problem.message)
        if problem.hint:
            _tell(f"next: {problem.hint}")
        return problem.exit_status
    for warning in outcome.warnings:
        _tell(warning)
    counts = f"{len(outcome.compiled)} compiled, {len(outcome.unchanged)} unchanged"
    _tell(f"contracts and templates: {counts} ({time.monotonic() - begin:.1f} s)")
    return 0


def _tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
