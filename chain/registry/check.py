"""What publishing runs: does the contract have what its manifest says, and can it keep what a user is promised?

Pure: everything it looks at is given, so the same bundle has the same report on every machine. It says which code a
template is, not that its author is honest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from chain.abi import canonical, signature
from chain.artifacts import Artifact
from chain.errors import CheckFailed
from chain.model import Record
from chain.primitives import keccak
from chain.registry.findings import Finding
from chain.registry.interfaces import INTERFACES, interface_id
from chain.registry.opcodes import code_bytes, forbidden_in
from chain.registry.promises import promises
from chain.registry.tables import Manifest

FORMAT = "mzchain-check-1"
MAX_INITCODE = 49_152  # bytes, EIP-3860
MAX_RUNTIME = 24_576  # bytes, EIP-170


class Report(Record, forbid_unknown_fields=True):
    """The result that goes into a bundle as check.json. Hashes are keccak-256 in hex."""

    format: str
    template: str
    version: str
    compiler: str
    input_digest: str  # hex SHA-256 of the compiler's whole input
    initcode_bytes: int  # without constructor arguments
    runtime_bytes: int
    initcode_hash: str
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def same_facts(self, other: Report) -> bool:
        """Whether both are about the same code; the rules may have grown since one was made."""
        return msgspec.structs.replace(self, rules=(), findings=()) == msgspec.structs.replace(
            other, rules=(), findings=()
        )

    def require(self) -> None:
        """Raise CheckFailed with every finding, unless there is none."""
        if self.findings:
            lines = "\n".join(f"  {finding}" for finding in self.findings)
            raise CheckFailed(
                f"{self.template} cannot be published:\n{lines}",
                hint="correct the contract or template.toml and check again",
                data=list(self.findings),
            )


RULES = ("artifact", "size", "opcodes", "constructor", "interface", "function", "state", "text")


def check(manifest: Manifest, artifact: Artifact, files: Mapping[str, bytes]) -> Report:
    """Everything that is wrong with a template, or a report without findings. `files` are its folder's."""
    return Report(
        format=FORMAT,
        template=manifest.name,
        version=manifest.version,
        compiler=artifact.compiler,
        input_digest=artifact.digest,
        initcode_bytes=len(artifact.bytecode),
        runtime_bytes=len(artifact.runtime),
        initcode_hash=keccak(artifact.bytecode).hex(),
        rules=RULES,
        findings=tuple(_findings(manifest, artifact, files)),
    )


def _findings(manifest: Manifest, artifact: Artifact, files: Mapping[str, bytes]) -> Iterator[Finding]:
    yield from _artifact(manifest, artifact, files)
    yield from _sizes(manifest, artifact)
    for offset, name in forbidden_in(artifact.runtime):
        reason = f"{name} lets an instance become something else"
        if offset >= code_bytes(artifact.runtime):
            # About one compilation in four hundred has such a hash; nobody can say which of them was sought.
            reason += "; it is in the metadata's hash, where a jump could land: change a comment and compile again"
        yield Finding(rule="opcodes", place=f"byte {offset}", reason=reason)
    yield from _constructor(manifest, artifact)
    yield from _interfaces(manifest, artifact)
    yield from promises(manifest, artifact.abi)


def _artifact(manifest: Manifest, artifact: Artifact, files: Mapping[str, bytes]) -> Iterator[Finding]:
    if manifest.source not in files:
        yield Finding(rule="artifact", place="contract", reason=f"{manifest.source} is not in the folder")
    compiled = f"{artifact.source}:{artifact.name}"
    if compiled != manifest.contract:
        yield Finding(rule="artifact", place="contract", reason=f"{manifest.contract} is named, {compiled} compiled")
    if not artifact.bytecode or not artifact.runtime:
        yield Finding(rule="artifact", place="contract", reason=f"{artifact.name} is abstract or an interface")


def _sizes(manifest: Manifest, artifact: Artifact) -> Iterator[Finding]:
    arguments = 32 * len(manifest.constructor)
    if len(artifact.bytecode) + arguments > MAX_INITCODE:
        reason = f"creation code has {len(artifact.bytecode) + arguments} bytes, the chain takes {MAX_INITCODE}"
        yield Finding(rule="size", place="contract", reason=reason)
    if len(artifact.runtime) > MAX_RUNTIME:
        reason = f"the contract has {len(artifact.runtime)} bytes, the chain takes {MAX_RUNTIME}"
        yield Finding(rule="size", place="contract", reason=reason)


def _constructor(manifest: Manifest, artifact: Artifact) -> Iterator[Finding]:
    item = next((item for item in artifact.abi if item["type"] == "constructor"), {})
    found = [canonical(parameter) for parameter in item.get("inputs", ())]
    expected = ["address"] * len(manifest.constructor)
    if manifest.kind == "code":
        expected += [canonical(parameter.to_abi()) for parameter in manifest.parameters]
    if found != expected:
        reason = f"takes ({', '.join(found)}), the manifest says ({', '.join(expected)})"
        yield Finding(rule="constructor", place="constructor", reason=reason)
    if item.get("stateMutability") == "payable":
        yield Finding(rule="constructor", place="constructor", reason="is payable, but nobody can send it anything")


def _interfaces(manifest: Manifest, artifact: Artifact) -> Iterator[Finding]:
    functions = {signature(item) for item in artifact.abi if item["type"] == "function"}
    wanted = {name: INTERFACES[name].functions for name in manifest.interfaces if name in INTERFACES}
    if any(interface_id(name) is not None for name in manifest.interfaces):
        wanted["erc165"] = INTERFACES["erc165"].functions
    for name, needed in wanted.items():
        for missing in sorted(set(needed) - functions):
            reason = f"{INTERFACES[name].name} is declared, but there is no {missing}"
            yield Finding(rule="interface", place="interfaces", reason=reason)
