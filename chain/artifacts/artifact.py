"""One compiled contract: the record and its JSON form on disk.

The JSON uses the field names that ethers and other tools read (`abi`, `bytecode`, `deployedBytecode`), so a file can
be handed to them as it is. Responsible for the format only; where the files lie is `place`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chain.errors import NotBuilt
from chain.model import Record
from chain.primitives import to_hex

FORMAT = "mzchain-artifact-1"


class Artifact(Record):
    """A contract as solc 0.8.37 compiled it.

    `immutables` are (offset, length) in bytes inside `runtime`, where the constructor writes values that only the
    chain knows; they are zero in `runtime`. `metadata` is solc's JSON, whose hash ends the bytecode.
    """

    name: str
    source: str  # source unit name, relative to the root it was compiled under
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes  # creation code without constructor arguments; empty for interfaces and abstract contracts
    runtime: bytes
    immutables: tuple[tuple[int, int], ...]
    layout: dict[str, Any]
    metadata: str
    compiler: str
    digest: str  # hex SHA-256 of the compiler's whole input: sources, settings and version

    def matches(self, code: bytes) -> bool:
        """Whether `code`, as read from a chain, is this contract whatever its immutables were set to."""
        if not self.runtime or len(code) != len(self.runtime):
            return False
        masked = bytearray(code)
        for offset, length in self.immutables:
            masked[offset : offset + length] = bytes(length)
        return bytes(masked) == self.runtime


class _Document(msgspec.Struct, rename="camel"):
    """The file, field by field; a missing one is a damaged file."""

    format: str = msgspec.field(name="_format")
    contract_name: str
    source_name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: str
    deployed_bytecode: str
    immutables: tuple[tuple[int, int], ...]
    storage_layout: dict[str, Any]
    compiler: str
    digest: str
    metadata: str


def encode(artifact: Artifact) -> bytes:
    """The file's bytes; equal artifacts give equal bytes."""
    document = _Document(
        format=FORMAT,
        contract_name=artifact.name,
        source_name=artifact.source,
        abi=artifact.abi,
        bytecode=to_hex(artifact.bytecode),
        deployed_bytecode=to_hex(artifact.runtime),
        immutables=artifact.immutables,
        storage_layout=artifact.layout,
        compiler=artifact.compiler,
        digest=artifact.digest,
        metadata=artifact.metadata,
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def export(artifact: Artifact) -> bytes:
    """The file as Hardhat takes it, too: it wants link references, of which a contract of ours has none."""
    document = msgspec.json.decode(encode(artifact))
    document |= {"linkReferences": {}, "deployedLinkReferences": {}}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def decode(data: bytes, *, name: str) -> Artifact:
    """Inverse of `encode` and of `export`; raises NotBuilt naming `name` when the bytes are not such a file."""
    try:
        document = msgspec.json.decode(data, type=_Document)
        if document.format != FORMAT:
            raise ValueError(f"its format is {document.format!r}, not {FORMAT!r}")
        return Artifact(
            name=document.contract_name,
            source=document.source_name,
            abi=document.abi,
            bytecode=bytes.fromhex(document.bytecode.removeprefix("0x")),
            runtime=bytes.fromhex(document.deployed_bytecode.removeprefix("0x")),
            immutables=document.immutables,
            layout=document.storage_layout,
            metadata=document.metadata,
            compiler=document.compiler,
            digest=document.digest,
        )
    except (msgspec.MsgspecError, ValueError) as problem:
        raise NotBuilt(
            f"{name} is not a compiled contract: {problem}", hint="build it anew with `make clean build`"
        ) from problem
