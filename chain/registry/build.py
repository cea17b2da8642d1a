"""`python -m chain.registry.build`: makes `build/bundles/<name>.bundle` of every `templates/<name>/`.

Runs after `chain.solidity.build`, whose artifacts it packs. A bundle is written only when its bytes change.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chain import artifacts
from chain.errors import ChainError, NotBuilt
from chain.registry.bundle import make_bundle, open_bundle
from chain.registry.manifest import FILE_NAME, read_manifest

SUFFIX = ".bundle"


def build(templates: Path, output: Path) -> list[Path]:
    """The bundles of all template folders below `templates`, written to `output`; leftovers there are removed.

    Raises ManifestError, CheckFailed, BundleError, NotBuilt or ArtifactUnknown for the first folder that cannot be one.
    """
    output.mkdir(parents=True, exist_ok=True)
    made = []
    for file in sorted(templates.glob(f"*/{FILE_NAME}")):
        manifest = read_manifest(file.read_bytes())
        artifact = artifacts.load(f"{file.parent.name}/{manifest.contract_name}")
        data = make_bundle(file.parent, artifact)
        path = output / f"{manifest.name}{SUFFIX}"
        if not path.is_file() or path.read_bytes() != data:
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(data)
            fresh.replace(path)
        made.append(path)
    for path in output.glob(f"*{SUFFIX}"):
        if path not in made:
            path.unlink()
    return made


def main() -> int:
    """Command line of the module; everything it says goes to stderr."""
    try:
        root = artifacts.checkout()
        if root is None:
            raise NotBuilt("there is no checkout to build: this is an installed package, its bundles are inside")
        for path in build(root / "templates", artifacts.output_folder() / "bundles"):
            bundle = open_bundle(path.read_bytes())
            _tell(f"{bundle.manifest.name} {bundle.manifest.version}: {len(bundle.data)} bytes, {bundle.cid}")
    except ChainError as problem:
        _tell(problem.message)
        if problem.hint:
            _tell(f"next: {problem.hint}")
        return problem.exit_status
    return 0


def _tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    sys.exit(main())
