"""Do instances answer to the interfaces that their template declares? Asked of the chain, not of the ABI."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chain import abi
from chain.client import Client, connect
from chain.errors import ChainError, ContractReverted, ExecutionError
from chain.primitives import Address, checksum, keccak, to_hex
from chain.registry.bundle import Bundle
from chain.registry.interfaces import INTERFACES, NEVER, interface_id
from chain.registry.library import Library
from chain.registry.reports import Step, TestReport

_ASKED = [{"type": "bytes4"}]
_TRUTH = [{"type": "bool"}]
_SUPPORTS = keccak(b"supportsInterface(bytes4)")[:4]
_ERC165 = bytes.fromhex("01ffc9a7")
_MOST_INSTANCES = 3


def answers(client: Client, bundle: Bundle, address: Address) -> list[Step]:
    """One step per declared interface, asked of one instance."""
    declared = bundle.manifest.interfaces
    if not declared:
        return [Step(name="interfaces", outcome="skipped", detail="the template declares none")]
    steps = []
    for name in declared:
        wrong = _wrong(client, name, address)
        steps.append(Step(name=f"interface {name}", outcome="failed" if wrong else "passed", detail=wrong))
    return steps


def answers_everywhere(urls: Sequence[str], which: str, version: int | None) -> TestReport:
    """The published version on each node of a list: same chain, same terms, bundle there and true, instances answer.

    One step per node; a node that cannot be asked is a failed one. Without any that has the template the report names
    no bundle, and so can be attached to nothing.
    """
    steps: list[Step] = []
    about = ("", "")
    expected: tuple[int, bytes, bytes] | None = None
    for url in urls:
        name = f"node {url}"
        try:
            client = connect(url)
            library = Library(client)
            offer = library.show(which, version)
            bundle = library.bundle(offer)
            seen = (client.chain_id, library.registry.address, offer.agreed)
            if expected is not None and seen != expected:
                steps.append(Step(name=name, outcome="failed", detail="it has another chain, registry or version"))
                continue
            expected = seen
            about = (bundle.manifest.version, bundle.cid)
            uses = library.registry.events("Used", {"id": offer.id, "version": offer.version})
            made = [event.arguments["instance"] for event in uses[-_MOST_INSTANCES:]]
            if not made and not offer.brings_code:
                made = [offer.implementation]
            asked = [step for address in made for step in answers(client, bundle, address)]
            failed = [f"{step.name}: {step.detail}" for step in asked if step.outcome == "failed"]
            told = f"{offer.name} version {offer.version}, bundle verified, {len(made)} contracts asked"
            steps.append(Step(name=name, outcome="failed" if failed else "passed", detail="; ".join(failed) or told))
        except ChainError as problem:
            steps.append(Step(name=name, outcome="failed", detail=problem.message))
    return TestReport(
        template=which, source_version=about[0], bundle=about[1], steps=tuple(steps), made_at=int(time.time())
    )


def _wrong(client: Client, name: str, address: Address) -> str:
    """What is wrong with one interface at one address; empty when nothing is."""
    wanted = interface_id(name)
    if wanted is not None:
        for asked, truth in ((_ERC165, True), (NEVER, False), (wanted, True)):
            found = _supports(client, address, asked)
            if found is not truth:
                said = "does not answer" if found is None else f"answers {str(found).lower()}"
                return f"{checksum(address)} {said} when asked for {to_hex(asked)}"
    if name in INTERFACES:
        code = client.code(address)
        missing = [f for f in INTERFACES[name].functions if not _reaches(client, address, code, f)]
        if missing:
            return f"{checksum(address)} has no {', '.join(missing)}"
    return ""


def _supports(client: Client, address: Address, asked: bytes) -> bool | None:
    try:
        # EIP-165 allows 30,000 gas, beyond what a call of this size costs.
        returned = client.call(address, _SUPPORTS + abi.encode(_ASKED, [asked]), gas=60_000)
        return bool(abi.decode(_TRUTH, returned)[0])
    except ChainError:
        return None


def _reaches(client: Client, address: Address, code: bytes, function: str) -> bool:
    """Whether a function is there. Called with nothing it may refuse, but not as if it did not exist."""
    selector = keccak(function.encode())[:4]
    if selector in code:
        return True
    words = function.count(",") + 1 if "()" not in function else 0
    try:
        client.call(address, selector + bytes(32 * max(words, 1)))
        return True
    except ContractReverted as problem:
        # A dispatcher that knows no such function reverts with nothing at all.
        return problem.data not in (None, "0x")
    except ExecutionError:
        return False
