"""Typed sources of every ABI, written by each build into `build/types/` and carried by the wheel.

    types/npm/<Contract>.js, .d.ts    an npm package (`npm install <folder>`), for viem, wagmi, ethers
    types/python/<Contract>.py        classes over `chain.Contract`

`mz contract types` writes single ones anywhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chain import artifacts
from chain.abi import python, typescript
from chain.version import VERSION

PACKAGE = "mzchain-abi"


def write(folder: Path) -> int:
    """Everything anew; how many contracts were written."""
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    written = list(_contracts())
    for name, module, abi in written:
        npm, own = fresh / "npm" / name, fresh / "python" / module
        for path in (npm, own):
            path.parent.mkdir(parents=True, exist_ok=True)
        npm.with_suffix(".js").write_text(typescript.script(npm.name, abi))
        npm.with_suffix(".d.ts").write_text(typescript.declaration(npm.name, abi))
        own.with_suffix(".py").write_text(python.module(own.name, abi))
    index = "".join(f'export * from "./{name}.js";\n' for name, _, _ in written if "/" not in name)
    (fresh / "npm" / "index.js").write_text(index)
    (fresh / "npm" / "index.d.ts").write_text(index)
    package = {
        "name": PACKAGE,
        "version": VERSION,
        "description": "ABIs of MZ Chain's contracts and templates, typed",
        "license": "MIT",
        "type": "module",
        "exports": {".": {"types": "./index.d.ts", "default": "./index.js"}, "./*": "./*.js"},
    }
    (fresh / "npm" / "package.json").write_bytes(msgspec.json.format(msgspec.json.encode(package), indent=2) + b"\n")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return len(written)


def _contracts() -> Iterator[tuple[str, str, tuple[dict[str, object], ...]]]:
    """Name of the artifact, path of its Python module, ABI; a template's folder becomes a package name."""
    for name in artifacts.names():
        artifact = artifacts.load(name)
        if artifact.abi:
            yield name, name.replace("-", "_"), artifact.abi
