"""Solidity source in, artifacts out, always with the same settings.

The settings are part of what we publish: with the same source they give the same bytes on every machine, in every
folder, with the native and the WebAssembly build of the compiler. brownie-config.yaml and foundry.toml repeat them.
Not responsible for getting a compiler (`install`) or for writing files (`build`).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from chain.artifacts import Artifact
from chain.errors import CompilationFailed, CompilerUnavailable
from chain.model import Record
from chain.solidity.imports import closure

SOLC_VERSION = "0.8.37"
SOLC_LONG_VERSION = "0.8.37+commit.f401782d"
EVM_VERSION = "prague"
OPTIMIZER_RUNS = 200
REMAPPINGS = ("@openzeppelin=node_modules/@openzeppelin",)

_OUTPUTS = (
    "abi",
    "evm.bytecode.linkReferences",
    "evm.bytecode.object",
    "evm.deployedBytecode.immutableReferences",
    "evm.deployedBytecode.object",
    "metadata",
    "storageLayout",
)


class Compilation(Record):
    """What one run of solc gave: artifacts by `path.sol:Name`, its warnings as it formats them, the input's digest.

    Both are about the sources that were given, not about the libraries they import.
    """

    artifacts: dict[str, Artifact]
    warnings: tuple[str, ...]
    digest: str


class Job(Record):
    """A complete standard-JSON input and the digest that names it; equal digests mean equal artifacts."""

    document: dict[str, Any]
    digest: str


def prepare(
    sources: Mapping[str, str], *, libraries: Path | None = None, remappings: Sequence[str] = REMAPPINGS
) -> Job:
    """Collects the imports of `sources` from below `libraries`; artifacts are asked for `sources` only."""
    units = closure(sources, remappings, libraries)
    document = {
        "language": "Solidity",
        "sources": {name: {"content": units[name]} for name in sorted(units)},
        "settings": {
            "evmVersion": EVM_VERSION,
            "optimizer": {"enabled": True, "runs": OPTIMIZER_RUNS},
            "outputSelection": {name: {"*": list(_OUTPUTS)} for name in sorted(sources)},
            "remappings": list(remappings),
        },
    }
    canonical = json.dumps([SOLC_LONG_VERSION, document], sort_keys=True, separators=(",", ":"))
    return Job(document=document, digest=hashlib.sha256(canonical.encode()).hexdigest())


class Compiler(Record):
    """An installed solc 0.8.37 that passed the canary."""

    executable: Path
    kind: Literal["native", "wasm"]

    def compile(
        self, sources: Mapping[str, str], *, libraries: Path | None = None, remappings: Sequence[str] = REMAPPINGS
    ) -> Compilation:
        """Compiles sources by unit name; imports that are not among them are read from below `libraries`.

        Raises CompilationFailed with solc's own text, CompilerUnavailable when solc itself does not work.
        """
        return self.run(prepare(sources, libraries=libraries, remappings=remappings))

    def run(self, job: Job) -> Compilation:
        """Compiles a prepared job; raises as `compile` does."""
        return compilation(job, self._solc(job.document))

    def _solc(self, document: dict[str, Any]) -> dict[str, Any]:
        import solcx  # brings `requests` along, a fifth of a second that an unchanged build need not spend
        from solcx.exceptions import ContractsNotFound, SolcError

        with tempfile.TemporaryDirectory(prefix="mz-solc-") as empty:
            try:
                # the base path is an empty folder: whatever is not in the document does not exist
                output: dict[str, Any] = solcx.compile_standard(document, base_path=empty, solc_binary=self.executable)
            except ContractsNotFound as problem:
                raise CompilationFailed("there is nothing to compile: no Solidity sources were given") from problem
            except SolcError as problem:
                if problem.error_dict:
                    errors = [error for error in problem.error_dict if error["severity"] == "error"]
                    text = "\n\n".join(map(_text, errors)).replace(empty, "the sources given")
                    raise CompilationFailed(text) from problem
                raise self._broken(problem.stderr_data or "no output") from problem
            except (OSError, ValueError, subprocess.SubprocessError) as problem:
                raise self._broken(problem) from problem
        return output

    def _broken(self, reason: object) -> CompilerUnavailable:
        return CompilerUnavailable(
            f"solc does not work: {str(reason).strip()}",
            hint=f"remove {self.executable} and run the command again: it is then installed anew",
        )


def compilation(job: Job, output: Mapping[str, Any]) -> Compilation:
    """What solc's standard-JSON output says when the job went well."""
    artifacts = {
        f"{source}:{name}": _artifact(source, name, contract, job.digest)
        for source, contracts in output.get("contracts", {}).items()
        for name, contract in contracts.items()
    }
    asked_for = job.document["settings"]["outputSelection"]
    warnings = tuple(
        _text(problem)
        for problem in output.get("errors", ())
        if problem.get("sourceLocation", {}).get("file") in (None, *asked_for)
    )
    return Compilation(artifacts=artifacts, warnings=warnings, digest=job.digest)


def _artifact(source: str, name: str, contract: dict[str, Any], digest: str) -> Artifact:
    code, runtime = contract["evm"]["bytecode"], contract["evm"]["deployedBytecode"]
    if code["linkReferences"]:
        libraries = sorted(library for group in code["linkReferences"].values() for library in group)
        raise CompilationFailed(
            f"{source}:{name} calls functions of libraries that are deployed on their own: {', '.join(libraries)}",
            hint="make the functions of these libraries internal, then they become part of the contract",
        )
    places = runtime.get("immutableReferences", {}).values()
    return Artifact(
        name=name,
        source=source,
        abi=tuple(contract["abi"]),
        bytecode=bytes.fromhex(code["object"]),
        runtime=bytes.fromhex(runtime["object"]),
        immutables=tuple(sorted((place["start"], place["length"]) for group in places for place in group)),
        layout=contract.get("storageLayout") or {},
        metadata=contract["metadata"],
        compiler=SOLC_LONG_VERSION,
        digest=digest,
    )


def _text(problem: Mapping[str, Any]) -> str:
    return str(problem.get("formattedMessage") or problem["message"]).strip()
