"""Test reports: what was tried on one bundle, signed by whoever tried it, attached to a published version.

A report says what its signer saw. It is kept by content like a bundle; the registry tells its digest and who attached
it.
Nothing about a report is believed that is not recomputed here: digest, signature, and that it is about this bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from chain.blobs import cid_of, cids_with_digest, digest_of
from chain.client import Mined
from chain.client.client import Who
from chain.errors import BlobError, RegistryError
from chain.model import Record
from chain.primitives import Address, Hash32, checksum, to_hex
from chain.registry.library import Library
from chain.registry.offers import Offer
from chain.registry.refusals import refusals
from chain.version import VERSION
from chain.wallet import Signer, recovered

FORMAT = "mzchain-report-1"
OUTCOMES = ("passed", "failed", "skipped")
MAX_BYTES = 1024 * 1024


class Step(Record, forbid_unknown_fields=True):
    """One thing that was tried; `detail` says what was found, or why it was left out."""

    name: str
    outcome: str
    detail: str = ""


class TestReport(Record, forbid_unknown_fields=True):
    """What was tried on one bundle. Hashes are hex, times Unix seconds, gas is of whole transactions."""

    __test__ = False  # pytest would take it for a test

    template: str
    source_version: str
    bundle: str  # CID
    steps: tuple[Step, ...]
    gas: Mapping[str, int] = {}
    made_at: int = 0
    tool: str = f"mz v{VERSION}"
    format: str = FORMAT

    @property
    def passed(self) -> bool:
        """Whether nothing failed. What was skipped is said, and does not count as tried."""
        return all(step.outcome != "failed" for step in self.steps)


class Signed(Record, forbid_unknown_fields=True):
    """A report and the EIP-712 signature over it."""

    report: TestReport
    signer: str
    signature: str


class Badge(Record):
    """One attestation of a version, as anybody can check it. `problem` says why it should not be believed."""

    signer: Address
    report: Hash32
    passed: bool
    steps: Mapping[str, str]
    problem: str | None = None

    def __str__(self) -> str:
        who = checksum(self.signer)
        if self.problem is not None:
            return f"by {who}: {self.problem}"
        counts = [f"{n} {word}" for word in OUTCOMES if (n := list(self.steps.values()).count(word))]
        return f"by {who}: {', '.join(counts)}"


def sign(report: TestReport, account: Signer) -> bytes:
    """The signed report as it is kept: JSON."""
    signature = account.sign_typed_data(_words(report))
    signed = Signed(report=report, signer=checksum(account.address), signature=to_hex(signature))
    return msgspec.json.format(msgspec.json.encode(signed), indent=1) + b"\n"


def read_report(data: bytes) -> Signed:
    """A signed report; raises RegistryError unless it is one and its signature is its signer's."""
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"it has {len(data)} bytes, at most {MAX_BYTES} are read")
        signed = msgspec.json.decode(data, type=Signed)
        if signed.report.format != FORMAT:
            raise ValueError(f"its format is {signed.report.format!r}, not {FORMAT!r}")
        signer = recovered(_words(signed.report), bytes.fromhex(signed.signature.removeprefix("0x")))
    except (msgspec.MsgspecError, ValueError) as problem:
        raise RegistryError(f"this is no signed test report: {problem}") from problem
    if signer is None or checksum(signer) != signed.signer:
        raise RegistryError(f"the report is not signed by {signed.signer}", hint="somebody changed it: do not use it")
    return signed


def attach(library: Library, offer: Offer, data: bytes, *, sender: Who) -> Mined:
    """Keep a signed report with the node's files and attach its digest to a version, in the sender's name.

    Raises RegistryError when it is about another bundle.
    """
    signed = read_report(data)
    if signed.report.bundle not in cids_with_digest(offer.manifest):
        raise RegistryError(
            f"the report is about the bundle {signed.report.bundle}, {offer} is another one",
            hint="test the bundle that was published",
        )
    library.client.files.put(data)
    with refusals():
        return library.registry.send("attest", offer.id, offer.version, digest_of(cid_of(data)), sender=sender)


def badges(library: Library, offer: Offer) -> list[Badge]:
    """Every attestation of a version, the newest of each signer and report, in order."""
    found: dict[tuple[Address, Hash32], Badge] = {}
    for event in library.registry.events("Attested", {"id": offer.id, "version": offer.version}):
        signer, digest = event.arguments["signer"], event.arguments["report"]
        found[signer, digest] = _badge(library, offer, signer, digest)
    return list(found.values())


def _badge(library: Library, offer: Offer, signer: Address, digest: Hash32) -> Badge:
    def unbelieved(why: str) -> Badge:
        return Badge(signer=signer, report=digest, passed=False, steps={}, problem=why)

    for cid in cids_with_digest(digest):
        try:
            signed = read_report(library.client.files.get(cid))
        except BlobError:
            continue
        except RegistryError as problem:
            return unbelieved(problem.message)
        if signed.report.bundle not in cids_with_digest(offer.manifest):
            return unbelieved("the report is about another bundle")
        if signed.signer != checksum(signer):
            return unbelieved(f"the report was signed by {signed.signer}")
        steps = {step.name: step.outcome for step in signed.report.steps}
        return Badge(signer=signer, report=digest, passed=signed.report.passed, steps=steps)
    return unbelieved("nobody here has the report")


def _words(report: TestReport) -> dict[str, Any]:
    """What is signed: EIP-712, so that any wallet can show it. The digest is of the report's JSON, keys in order."""
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
            "TestReport": [
                {"name": "template", "type": "string"},
                {"name": "bundle", "type": "string"},
                {"name": "passed", "type": "bool"},
                {"name": "digest", "type": "bytes32"},
            ],
        },
        "primaryType": "TestReport",
        "domain": {"name": "MZ Chain test report", "version": "1"},
        "message": {
            "template": report.template,
            "bundle": report.bundle,
            "passed": report.passed,
            "digest": to_hex(sha256(msgspec.json.encode(report, order="deterministic")).digest()),
        },
    }
