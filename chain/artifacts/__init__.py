"""Compiled contracts, template bundles and the page, found in the checkout or inside the wheel.

Responsible for the `Artifact` record, its file format and where such files lie. Not responsible for making them:
`chain.solidity.build` compiles, `chain.registry` makes bundles.
"""

from __future__ import annotations

import difflib
import os
from functools import lru_cache
from pathlib import Path

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


_KEPT = 256  # of decoded files: a roll-out asks for each of some twenty contracts half a dozen times


def names() -> list[str]:
    """What `load` knows: `Till` for a platform contract, `copyright-licence/CopyrightLicence` for a template's."""
    folder = artifacts_folder()
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names if name.endswith(".json"))
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in files)


def load(name: str) -> Artifact:
    """The compiled contract called `name`; raises NotBuilt without a build, ArtifactUnknown without such a contract.

    As the file is now; nobody may change what is inside, others are given the same.
    """
    path = artifacts_folder() / f"{name}.json"
    try:
        found = path.stat()
    except (OSError, ValueError):
        raise _unknown(name) from None
    return _load(name, path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=_KEPT)
def _load(name: str, path: Path, modified: int, size: int) -> Artifact:
    if name not in names():  # elsewhere on this disk, or in other letters
        raise _unknown(name)
    return decode(path.read_bytes(), name=str(path))


def _unknown(name: str) -> ArtifactUnknown:
    known = names()
    inside = [one for one in known if one.rpartition("/")[2] == name]  # of a template, which has it in its folder
    close = inside or difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
    return ArtifactUnknown(f"no compiled contract is called {name!r}", hint=hint)
