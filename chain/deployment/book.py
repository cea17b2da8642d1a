"""The deployment manifest of one chain: what was deployed where, from which code, in a file written after every step.

    <data>/deployments/<chain id>.json

It belongs to one genesis block: a chain that was made anew under the same number is another chain.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from chain.client import Platform
from chain.errors import DeploymentError
from chain.model import Record
from chain.primitives import Hash32

FORMAT = "mzchain-deployment-2"


class Entry(Record):
    """One contract. Hex strings: the file is for people and other programs, too."""

    contract: str  # its artifact
    address: str
    fingerprint: str  # keccak-256 of creation code and encoded arguments
    code_hash: str  # keccak-256 of the code on chain when it was deployed
    arguments: str


class Intent(Record):
    """A contract that is about to be created: written down before its transaction is sent."""

    name: str
    entry: Entry


class _Heading(Record):
    format: str


class _Document(Record):
    format: str
    chain_id: int
    genesis: str
    began: int
    contracts: dict[str, Entry]
    intent: Intent | None = None


class Book:
    """The manifest of the chain with this id and genesis hash; `folder` None keeps it in memory.

    `began` is when the first roll-out began, in Unix seconds: times in the parameters may count from it.
    """

    def __init__(self, folder: Path | None, chain_id: int, genesis: Hash32, now: int) -> None:
        """Reads what is there; raises DeploymentError when it is about another chain or damaged."""
        self.began = now
        self.path = folder / f"{chain_id}.json" if folder is not None else None
        self._chain_id = chain_id
        self._genesis = "0x" + genesis.hex()
        self._entries: dict[str, Entry] = {}
        self.intent: Intent | None = None
        if self.path is not None and self.path.exists():
            self._entries = self._read(self.path)

    def get(self, name: str) -> Entry | None:
        """The contract recorded under a platform name."""
        return self._entries.get(name)

    def put(self, name: str, entry: Entry) -> None:
        """Record a contract; it is on disk when this returns."""
        self._entries[name] = entry
        self.intent = None
        self._save()

    def intend(self, intent: Intent | None) -> None:
        """Record what is about to be created, or that nothing is; it is on disk when this returns."""
        if intent != self.intent:
            self.intent = intent
            self._save()

    def entries(self) -> dict[str, Entry]:
        """All contracts recorded so far, by platform name."""
        return dict(self._entries)

    def platform(self) -> Platform | None:
        """All addresses, or None as long as one is missing."""
        known = {name: entry.address for name, entry in self._entries.items()}
        if not set(Platform.__struct_fields__) <= set(known):
            return None
        return Platform.from_json(known)

    def _save(self) -> None:
        if self.path is not None:
            _write(self.path, self._encode())

    def _read(self, path: Path) -> dict[str, Entry]:
        try:
            data = path.read_bytes()
            heading = msgspec.json.decode(data, type=_Heading)
            document = msgspec.json.decode(data, type=_Document) if heading.format == FORMAT else None
        except (OSError, msgspec.MsgspecError) as problem:
            raise DeploymentError(
                f"the deployment manifest {path} cannot be read: {problem}",
                hint="restore it from a backup; without it the platform would be rolled out a second time",
            ) from problem
        if document is None:
            raise DeploymentError(
                f"{path} has the format {heading.format!r}, this version reads {FORMAT!r}",
                hint="use the version of mz that wrote it, or start a new chain with another --data-dir",
            )
        if (document.chain_id, document.genesis) != (self._chain_id, self._genesis):
            raise DeploymentError(
                f"{path} is about chain {document.chain_id} with genesis {document.genesis}, "
                f"this is chain {self._chain_id} with genesis {self._genesis}",
                hint="another chain had this number: move the file away to roll out on this one, "
                "or connect to the chain it is about",
            )
        self.began = document.began
        self.intent = document.intent
        return document.contracts

    def _encode(self) -> bytes:
        document = _Document(
            format=FORMAT,
            chain_id=self._chain_id,
            genesis=self._genesis,
            began=self.began,
            contracts=self._entries,
            intent=self.intent,
        )
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _write(path: Path, data: bytes) -> None:
    """The old or the new file whole, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
