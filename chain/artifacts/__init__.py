"""Compiled contracts, template bundles and the page, found in the checkout or inside the wheel.

Responsible for the `Artifact` record, its file format and where such files lie. Not responsible for making them:
`chain.solidity.build` compiles, `chain.registry` makes bundles.
"""

from __future__ import annotations

import difflib

from chain.artifacts.artifact import Artifact, decode, encode, export
from chain.artifacts.place import artifacts_folder, bundles, checkout, output_folder, page_folder, sources_folder
from chain.errors import ArtifactUnknown

__all__ = [
    "Artifact",
    "bundles",
    "checkout",
    "decode",
    "encode",
    "export",
    "load",
    "names",
    "output_folder",
    "page_folder",
    "sources_folder",
]


def names() -> list[str]:
    """What `load` knows: `Till` for a platform contract, `copyright-licence/CopyrightLicence` for a template's."""
    folder = artifacts_folder()
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.json"))


def load(name: str) -> Artifact:
    """The compiled contract called `name`; raises NotBuilt without a build, ArtifactUnknown without such a contract."""
    known = names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
        raise ArtifactUnknown(f"no compiled contract is called {name!r}", hint=hint)
    path = artifacts_folder() / f"{name}.json"
    return decode(path.read_bytes(), name=str(path))
