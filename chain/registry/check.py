"""What publishing runs: does the contract have what its manifest says, and can it keep what a user is promised?

Pure: everything it looks at is given, so the same bundle has the same report on every machine. It says which code a
template is, not that its author is honest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from chain.abi import canonical, signature
from chain.artifacts import Artifact
from chain.errors import CheckFailed
from chain.model import Record
from chain.primitives import keccak
from chain.registry.manifest import Action, Manifest, Parameter, State, Text
from chain.registry.opcodes import forbidden_in

FORMAT = "mzchain-check-1"
MAX_INITCODE = 49_152  # bytes, EIP-3860
MAX_RUNTIME = 24_576  # bytes, EIP-170
_PLACE = re.compile(r"\{([^{}]*)\}")
_ON_PAYMENT = "onPayment(address,address,uint256,uint256,bytes32,bytes)"

_ABI = Mapping[str, Any]


class Finding(Record):
    """Something that is not as it must be; `rule` names the kind of fault."""

    rule: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason} [{self.rule}]"


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


RULES = ("artifact", "size", "opcodes", "constructor", "function", "state", "text")


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
        yield Finding(rule="opcodes", place=f"byte {offset}", reason=f"{name} lets an instance become something else")
    yield from _constructor(manifest, artifact)
    functions = {signature(item): item for item in artifact.abi if item["type"] == "function"}
    if manifest.initialiser is not None and manifest.initialiser not in functions:
        yield Finding(rule="function", place="initialiser", reason=_absent(manifest.initialiser, functions))
    for action in manifest.actions:
        yield from _action(action, functions)
    for state in manifest.states:
        yield from _state(state, functions)


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
        expected += [parameter.type for parameter in manifest.parameters]
    if found != expected:
        reason = f"takes ({', '.join(found)}), the manifest says ({', '.join(expected)})"
        yield Finding(rule="constructor", place="constructor", reason=reason)
    if item.get("stateMutability") == "payable":
        yield Finding(rule="constructor", place="constructor", reason="is payable, but nobody can send it anything")


def _action(action: Action, functions: Mapping[str, _ABI]) -> Iterator[Finding]:
    place = f"action {action.name}"
    arguments = [argument.type for argument in action.arguments]
    if action.who != "anyone":
        yield from _view(f"{place}, who", action.who, functions, ["address"])
    if action.when is not None:
        yield from _view(f"{place}, when", action.when, functions, ["bool"])
    if action.function is not None:
        yield from _function(place, action.function, functions, arguments)
    if action.payment is not None:
        if _ON_PAYMENT not in functions:
            yield Finding(rule="function", place=place, reason=f"is a payment, but there is no {_ON_PAYMENT}")
        named = {argument.name: argument for argument in action.arguments}.get(action.payment.amount)
        if named is None:
            wanted = f"{action.payment.amount.partition('(')[0]}({','.join(arguments)})"
            if wanted != action.payment.amount:
                reason = f"{action.payment.amount} does not take the action's arguments ({','.join(arguments)})"
                yield Finding(rule="function", place=f"{place}, payment", reason=reason)
            yield from _view(f"{place}, payment", action.payment.amount, functions, ["uint"])
        elif not named.type.startswith("uint"):
            reason = f"{named.name} is the amount, but a {named.type}"
            yield Finding(rule="function", place=f"{place}, payment", reason=reason)
    yield from _places(f"{place}, label", action.label, _names(action.arguments))


def _state(state: State, functions: Mapping[str, _ABI]) -> Iterator[Finding]:
    place = f"state {state.name}"
    yield from _function(place, state.view, functions, [argument.type for argument in state.arguments])
    item = functions.get(state.view)
    if item is None:
        return
    if item["stateMutability"] not in ("view", "pure"):
        yield Finding(rule="state", place=place, reason=f"{state.view} can change the state")
    outputs = [output.get("name", "") for output in item["outputs"]]
    if len(item["outputs"]) == 1 and not outputs[0]:
        outputs = [item["name"]]  # a public variable's getter: its own name says what it is
    if not outputs or not all(outputs):
        yield Finding(rule="state", place=place, reason=f"{state.view} has outputs without a name")
    for name in sorted(set(state.units) - set(outputs)):
        yield Finding(
            rule="state", place=place, reason=f"a unit is given for {name}, which {state.view} does not return"
        )
    if state.deadline is not None:
        yield from _view(f"{place}, deadline", state.deadline, functions, ["uint"])
    yield from _places(f"{place}, sentence", state.sentence, {*outputs, *_names(state.arguments)})


def _function(place: str, wanted: str, functions: Mapping[str, _ABI], arguments: list[str]) -> Iterator[Finding]:
    if wanted not in functions:
        yield Finding(rule="function", place=place, reason=_absent(wanted, functions))
        return
    found = [canonical(parameter) for parameter in functions[wanted]["inputs"]]
    if found != arguments:
        reason = f"{wanted} is called with ({','.join(arguments)})"
        yield Finding(rule="function", place=place, reason=reason)
    if functions[wanted]["stateMutability"] == "payable":
        yield Finding(rule="function", place=place, reason=f"{wanted} takes ether; payments go through the Till")


def _view(place: str, wanted: str, functions: Mapping[str, _ABI], outputs: list[str]) -> Iterator[Finding]:
    item = functions.get(wanted)
    if item is None:
        yield Finding(rule="function", place=place, reason=_absent(wanted, functions))
        return
    found = [canonical(output) for output in item["outputs"]]
    fits = len(found) == len(outputs) and all(f.startswith(o) for f, o in zip(found, outputs, strict=True))
    if not fits or item["stateMutability"] not in ("view", "pure"):
        reason = (
            f"{wanted} is {item['stateMutability']} and returns ({', '.join(found)}); a view of {outputs[0]} is needed"
        )
        yield Finding(rule="function", place=place, reason=reason)


def _places(place: str, text: Text, known: set[str]) -> Iterator[Finding]:
    for language, words in (("en", text.en), ("zh", text.zh)):
        for name in _PLACE.findall(words or ""):
            if name not in known:
                reason = f"{{{name}}} stands for nothing; there is {', '.join(sorted(known)) or 'no value'}"
                yield Finding(rule="text", place=f"{place}.{language}", reason=reason)


def _names(parameters: tuple[Parameter, ...]) -> set[str]:
    return {parameter.name for parameter in parameters}


def _absent(wanted: str, functions: Mapping[str, _ABI]) -> str:
    name = wanted.partition("(")[0]
    close = [other for other in functions if other.partition("(")[0].lower() == name.lower()]
    return f"the contract has no {wanted}" + (f"; it has {', '.join(close)}" if close else "")
