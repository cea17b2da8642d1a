"""Which source units a set of Solidity sources needs, found as solc finds them.

Everything is read here and handed to the compiler as text, so solc opens no file itself: the input is complete before
the compiler starts (which makes its digest a cache key), and a stranger's source cannot make it read other files.
Import paths follow https://docs.soliditylang.org/en/v0.8.37/path-resolution.html.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Comments and strings come first, so that `import` inside of them is not taken for a statement.
_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[A-Za-z_$][\w$]*|;", re.DOTALL)


def closure(sources: Mapping[str, str], remappings: Sequence[str], libraries: Path | None) -> dict[str, str]:
    """`sources` and all they import, by source unit name; what is not under `libraries` is left for solc to report."""
    found = dict(sources)
    waiting = list(sources)
    while waiting:
        importer = waiting.pop()
        for path in import_paths(found[importer]):
            name = unit_name(path, importer, remappings)
            if name in found:
                continue
            text = _read(name, libraries)
            if text is not None:
                found[name] = text
                waiting.append(name)
    return found


def import_paths(text: str) -> Iterator[str]:
    """The path of each import statement, as written."""
    inside = False
    for token in _TOKEN.findall(text):
        if token == "import":
            inside = True
        elif token == ";":
            inside = False
        elif inside and token[0] in "\"'":
            yield token[1:-1]
            inside = False


def unit_name(path: str, importer: str, remappings: Sequence[str]) -> str:
    """The source unit that `path` means inside `importer`: relative paths resolved, then remapped."""
    name = path
    if path.startswith(("./", "../")):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))
    best_prefix, best_target = "", ""
    for remapping in remappings:
        prefix, _, target = remapping.partition("=")
        if name.startswith(prefix) and len(prefix) >= len(best_prefix):  # the longest wins, of equals the last
            best_prefix, best_target = prefix, target
    return best_target + name[len(best_prefix) :] if best_prefix else name


def _read(name: str, libraries: Path | None) -> str | None:
    """Text of a library unit; None for anything that is not a Solidity file below `libraries`."""
    if libraries is None or not name.endswith(".sol") or name.startswith(("/", "../")) or "/../" in name:
        return None
    try:
        return (libraries / name).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
