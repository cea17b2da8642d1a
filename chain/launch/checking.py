"""What a node on loopback does for an author: compile a template's files and look at them, as `mz template check` does.

Left out is what runs code of the author's outside a chain (the folder's own tests) and what needs tools of a developer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chain.errors import BundleError, ManifestError
from chain.pages import Checked

if TYPE_CHECKING:
    from chain.registry.bundle import Bundle

_BUNDLE = ".bundle"


def check_files(files: Mapping[str, bytes], say: Callable[[str], None], before: bytes | None = None) -> Checked:
    """Steps and bundle of a folder's files by path, or of a single bundle file. `before` is the bundle of the version
    that an upgradeable one follows.

    Raises BundleError or ManifestError for what is no template at all, CheckFailed for a bundle that breaks a rule.
    """
    from chain.registry.bundle import open_bundle

    earlier = None if before is None else open_bundle(before)
    names = list(files)
    if len(names) == 1 and names[0].endswith(_BUNDLE):
        return _bundle(files[names[0]], say, earlier)
    return _folder(_inside(files), say, earlier)


def _bundle(data: bytes, say: Callable[[str], None], before: Bundle | None) -> Checked:
    from chain.registry.bundle import open_bundle
    from chain.registry.compiling import verify_bundle
    from chain.registry.inspection import upgrade_safety

    bundle = open_bundle(data)
    steps = [(rule, "passed", "") for rule in bundle.report.rules]
    match = verify_bundle(bundle, say)
    same = match.exact
    detail = "its sources give exactly its code" if same else "its sources do not give the code it carries"
    storage = upgrade_safety(bundle, before)
    steps += [("compile", "passed" if same else "failed", detail), (storage.name, storage.outcome, storage.detail)]
    return Checked(steps=steps, bundle=data)


def _folder(files: Mapping[str, bytes], say: Callable[[str], None], before: Bundle | None) -> Checked:
    from chain.registry.archive import check_path
    from chain.registry.inspection import inspect
    from chain.registry.manifest import FILE_NAME, read_manifest

    if FILE_NAME not in files:
        raise BundleError(f"{FILE_NAME} is missing", hint="choose the folder that holds it")
    try:
        manifest = read_manifest(files[FILE_NAME])
    except ManifestError as problem:
        return Checked(steps=[("manifest", "failed", _sentence(problem))], bundle=None)
    with TemporaryDirectory(prefix="mz-check-") as parent:
        folder = Path(parent) / manifest.name
        for path, data in files.items():
            check_path(path)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        found = inspect(folder, say=say, before=before, tests=False, tools=False)
    steps = [(step.name, step.outcome, step.detail) for step in found.report.steps]
    return Checked(steps=steps, bundle=None if found.bundle is None else found.bundle.data)


def _inside(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without the folder's own name, which browsers put before each path, and without what no bundle holds."""
    tops = {path.partition("/")[0] for path in files}
    inside = {path.partition("/")[2]: data for path, data in files.items()} if len(tops) == 1 else dict(files)
    found = inside if all(inside) else dict(files)
    return {path: data for path, data in found.items() if not _left_out(path)}


def _left_out(path: str) -> bool:
    segments = path.split("/")
    return any(one.startswith((".", "__")) for one in segments) or segments[0] in ("test", "tests")


def _sentence(problem: ManifestError) -> str:
    return problem.message if problem.hint is None else f"{problem.message}; {problem.hint}"
