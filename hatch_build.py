"""What goes into a wheel besides Python: compiled contracts and their types, bundles, page and importable Solidity, as
`chain/_data/`.

An editable installation gets nothing: a checkout finds its own `build/`. A source distribution carries the finished
`build/` along, so that a wheel made from it needs no compiler and no Node.js either.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = ("artifacts", "bundles", "page", "types")


class Builder(BuildHookInterface[Any]):
    """Called by hatchling for `wheel` and `sdist`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs the build where there is something to build, and tells hatchling where each file goes."""
        if version == "editable":
            return
        root = Path(self.root)
        if (root / "PKG-INFO").is_file():  # an unpacked source distribution
            data = {name: root / "build" / name for name in (*BUILT, "sources")}
        else:
            self._run("chain.solidity.build")
            self._run("chain.registry.build")
            data = {name: root / "build" / name for name in BUILT} | self._importable(root)
        missing = [str(path) for path in data.values() if not path.exists()]
        if missing:
            raise FileNotFoundError(f"{missing[0]} is not there; run `make wheel`, which builds it first")
        target = "build" if self.target_name == "sdist" else "chain/_data"
        build_data["force_include"].update({str(path): f"{target}/{name}" for name, path in data.items()})

    def _importable(self, root: Path) -> dict[str, Path]:
        """What a template may import: our contracts and OpenZeppelin's, without its mocks and its own build output."""
        folder = root / "node_modules" / "@openzeppelin" / "contracts"
        sources = [path for path in folder.rglob("*.sol") if "mocks" not in path.relative_to(folder).parts]
        found = {
            f"sources/{path.relative_to(root).as_posix()}": path for path in sorted([*sources, folder / "package.json"])
        }
        return found | {"sources/contracts": root / "contracts"}

    def _run(self, module: str) -> None:
        subprocess.run([sys.executable, "-m", module], cwd=self.root, check=True)
