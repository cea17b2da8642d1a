"""Where the build's output lies: `build/` of a checkout, or `chain/_data/` inside an installed wheel.

    artifacts/<Contract>.json                the platform's own contracts
    artifacts/<template>/<Contract>.json     a template's contracts
    bundles/                                 publishable templates, one file each
    page/                                    the static page that the node serves
    types/                                   typed sources of every ABI: an npm package, Python classes
    sources/                                 Solidity that others may import (wheel only; a checkout has it at its root)

Responsible for finding; the build writes, the rooms above read.
"""

from __future__ import annotations

from pathlib import Path

from chain.errors import NotBuilt

_PACKAGE = Path(__file__).resolve().parent.parent
_HINT = "run `make build` in the checkout"


def checkout() -> Path | None:
    """The root of the checkout this package runs from; None when it was installed from a wheel."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "contracts").is_dir() else None


def output_folder() -> Path:
    """Where the build's output is or would be; the folder need not exist."""
    root = checkout()
    return _PACKAGE / "_data" if root is None else root / "build"


def artifacts_folder() -> Path:
    """Compiled contracts; raises NotBuilt when there are none."""
    return _existing("artifacts", "compiled contracts")


def page_folder() -> Path:
    """The node's static page; raises NotBuilt when it was not built."""
    return _existing("page", "the page's files")


def bundles() -> list[Path]:
    """Prebuilt template bundles by file name; raises NotBuilt when there are none."""
    folder = _existing("bundles", "template bundles")
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def sources_folder() -> Path:
    """The folder whose `contracts/` and `node_modules/` Solidity sources may import; raises NotBuilt without one."""
    root = checkout()
    return _existing("sources", "Solidity sources") if root is None else root


def _existing(name: str, what: str) -> Path:
    folder = output_folder() / name
    if not folder.is_dir():
        raise NotBuilt(f"{what} are not there: {folder} does not exist", hint=_HINT)
    return folder
