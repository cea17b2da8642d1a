"""From a template's folder to its compiled contract, and back: does the code in a bundle come from its sources?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from chain.artifacts import Artifact, sources_folder
from chain.errors import BundleError, ManifestError
from chain.model import Record
from chain.primitives import to_hex
from chain.registry.bundle import Bundle, read_folder
from chain.registry.manifest import FILE_NAME, Manifest, read_manifest

_Say = Callable[[str], None]


class Compiled(Record):
    """A folder's manifest, files and contract; `warnings` are the compiler's own words."""

    manifest: Manifest
    files: Mapping[str, bytes]
    artifact: Artifact
    warnings: tuple[str, ...]


def compile_folder(folder: Path, say: _Say) -> Compiled:
    """Compile a template folder. The manifest is read first: no compiler is fetched for one that is broken.

    Raises BundleError, ManifestError, CompilationFailed or CompilerUnavailable.
    """
    files = read_folder(folder)
    if FILE_NAME not in files:
        raise BundleError(f"there is no {FILE_NAME} in {folder}", hint="docs/templates.md says what a folder holds")
    return compile_files(files, say)


def compile_files(files: Mapping[str, bytes], say: _Say) -> Compiled:
    """As `compile_folder`, of files that were read already."""
    from chain.solidity import ensure_solc  # brings what only compiling needs

    manifest = read_manifest(files[FILE_NAME])
    sources = {path: data.decode() for path, data in files.items() if path.endswith(".sol")}
    say(f"compiling {manifest.name}")
    compilation = ensure_solc(progress=say).compile(sources, libraries=sources_folder())
    if manifest.contract not in compilation.artifacts:
        raise ManifestError(
            f"contract = {manifest.contract!r}: the sources have no such contract",
            hint=f"they have: {', '.join(sorted(compilation.artifacts))}",
        )
    artifact = compilation.artifacts[manifest.contract]
    return Compiled(manifest=manifest, files=files, artifact=artifact, warnings=compilation.warnings)


class Match(Record):
    """What a recompilation found; `differs` is empty when everything is the same."""

    creation: str  # `full`: to the last byte; `code`: all but the metadata hash; `none`
    runtime: str
    immutables: tuple[tuple[int, int], ...]  # offset and length of values that only the chain knows
    metadata: str  # hex of the metadata hash that the compiled code ends with
    differs: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the sources give exactly this code."""
        return self.creation == "full" and self.runtime == "full"


def verify_bundle(bundle: Bundle, say: _Say) -> Match:
    """Recompile a bundle's own sources and compare with the code it carries, which the registry has."""
    sources = {path: data for path, data in bundle.files.items() if path.endswith((".sol", ".toml", ".md"))}
    mine = compile_files(sources, say).artifact
    published = bundle.artifact
    differs = tuple(
        name
        for name in ("abi", "bytecode", "runtime", "immutables", "layout", "compiler")
        if _plain(getattr(mine, name)) != _plain(getattr(published, name))
    )
    return Match(
        creation=_compared(mine.bytecode, published.bytecode),
        runtime=_compared(mine.runtime, published.runtime),
        immutables=published.immutables,
        metadata=to_hex(_metadata(mine.runtime)),
        differs=differs,
    )


def matches_chain(artifact: Artifact, code: bytes) -> str:
    """How deployed code compares with an artifact: `full`, `code` or `none`; immutables may hold anything."""
    if artifact.matches(code):
        return "full"
    stripped = msgspec.structs.replace(artifact, runtime=_stripped(artifact.runtime))
    inside = tuple((offset, size) for offset, size in artifact.immutables if offset + size <= len(stripped.runtime))
    return "code" if msgspec.structs.replace(stripped, immutables=inside).matches(_stripped(code)) else "none"


def _compared(mine: bytes, theirs: bytes) -> str:
    if mine == theirs:
        return "full"
    return "code" if _stripped(mine) == _stripped(theirs) else "none"


def _metadata(code: bytes) -> bytes:
    """The CBOR that solc puts behind the code, without its length."""
    size = int.from_bytes(code[-2:], "big")
    return code[-size - 2 : -2] if len(code) > size + 2 else b""


def _stripped(code: bytes) -> bytes:
    """Code without solc's metadata: comments and paths change that hash, and nothing that runs."""
    metadata = _metadata(code)
    return code.replace(metadata, bytes(len(metadata))) if len(metadata) > 40 else code


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value) if not isinstance(value, bytes) else value
