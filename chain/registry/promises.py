"""Does the contract have what its manifest promises? Every call that a manifest names, held against the ABI."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from chain.abi import canonical
from chain.errors import ParameterError
from chain.registry.expressions import Expression, find, fits, parse_expression, type_of
from chain.registry.findings import Finding
from chain.registry.interfaces import INTERFACES
from chain.registry.tables import Action, Deed, Manifest, Parameter, Payment, State, Text

_PLACE = re.compile(r"\{([^{}]*)\}")
_ON_PAYMENT, _ON_HOLD = INTERFACES["instance"].functions
_CALLBACKS = {"payment": _ON_PAYMENT, "hold": _ON_HOLD}
_ADDRESSES, _TRUTH = ("address", "address[]"), ("bool",)
_WORD = re.compile(r"address|bool|u?int[0-9]*|bytes[0-9]+")

_ABI = Sequence[Mapping[str, Any]]
_Types = Mapping[str, str]


def promises(manifest: Manifest, abi: _ABI) -> Iterator[Finding]:
    """A finding for each promise that the contract does not keep."""
    parameters = _types(manifest.parameters)
    if manifest.initialiser is not None:
        yield from _change("initialiser", manifest.initialiser, abi, parameters)
    if manifest.currency is not None:
        yield from _view("currency", manifest.currency.view, abi, {}, ("address",))
    for action in manifest.actions:
        yield from _action(action, abi)
    for state in manifest.states:
        yield from _state(state, abi)


def call_types(parameters: Iterable[Parameter]) -> _Types:
    """Canonical ABI type by name, as calls take them."""
    return {parameter.name: canonical(parameter.to_abi()) for parameter in parameters}


_types = call_types


def _action(action: Action, abi: _ABI) -> Iterator[Finding]:
    place, types = f"action {action.name}", _types(action.arguments)
    for party in action.parties:
        if party != "anyone":
            yield from _view(f"{place}, who", party, abi, types, (*_ADDRESSES, *_TRUTH))
    if action.when is not None:
        yield from _view(f"{place}, when", action.when, abi, types, _TRUTH)
    for number, deed in enumerate(action.all_deeds, 1):
        where = f"{place}, step {number}" if action.steps else place
        yield from _deed(where, deed, abi, types)
    for step in action.steps:
        if step.when is not None:
            yield from _view(f"{place}, step, when", step.when, abi, types, _TRUTH)
        yield from _places(f"{place}, step, label", step.label, set(types))
    for argument in action.arguments:
        yield from _options(f"{place}, {argument.name}", argument, abi, types)
    yield from _places(f"{place}, label", action.label, set(types))


def _deed(place: str, deed: Deed, abi: _ABI, types: _Types) -> Iterator[Finding]:
    if deed.function is not None:
        yield from _change(place, deed.function, abi, types)
    for kind, payment in (("payment", deed.payment), ("hold", deed.hold)):
        if payment is None:
            continue
        if not any(item["type"] == "function" and _spelled(item) == _CALLBACKS[kind] for item in abi):
            yield Finding(rule="function", place=place, reason=f"is a {kind}, but there is no {_CALLBACKS[kind]}")
        yield from _payment(f"{place}, {kind}", payment, abi, types)
    if deed.transfer is not None:
        yield from _token(f"{place}, transfer", deed.transfer.token, abi, types)
        yield from _amount(f"{place}, transfer", deed.transfer.amount, abi, types)
        yield from _value(f"{place}, transfer to", deed.transfer.to, abi, types, ("address",))
    if deed.approve is not None:
        yield from _token(f"{place}, approve", deed.approve.token, abi, types)
        yield from _amount(f"{place}, approve", deed.approve.amount or deed.approve.id or "0", abi, types)
        yield from _value(f"{place}, approve spender", deed.approve.spender, abi, types, ("address",))


def _payment(place: str, payment: Payment, abi: _ABI, types: _Types) -> Iterator[Finding]:
    yield from _token(place, payment.token, abi, types)
    yield from _amount(place, payment.amount, abi, types)
    if payment.ref is not None:
        yield from _ref(place, payment.ref, abi, types)
    for text in payment.data or ():
        yield from _value(f"{place}, data", text, abi, types, None)


def _state(state: State, abi: _ABI) -> Iterator[Finding]:
    place, types = f"state {state.name}", _types(state.arguments)
    item = _found(state.view, abi)
    yield from _view(place, state.view, abi, types, None)
    if state.when is not None:
        yield from _view(f"{place}, when", state.when, abi, types, _TRUTH)
    if state.deadline is not None:
        yield from _amount(f"{place}, deadline", state.deadline, abi, types)
    if state.pot is not None:
        yield from _token(f"{place}, pot", state.pot.token, abi, types)
        yield from _ref(f"{place}, pot", state.pot.ref, abi, types)
    for argument in state.arguments:
        yield from _options(f"{place}, {argument.name}", argument, abi, types)
    if item is None:
        return
    outputs = output_names(item)
    if not outputs or not all(outputs):
        yield Finding(rule="state", place=place, reason=f"{state.view} has outputs without a name")
    for key, named in (("a unit is", state.units), ("words are", state.choices)):
        for name in sorted(set(named) - set(outputs)):
            reason = f"{key} given for {name}, which {state.view} does not return"
            yield Finding(rule="state", place=place, reason=reason)
    yield from _places(f"{place}, sentence", state.sentence, {*outputs, *types})
    if state.otherwise is not None:
        yield from _places(f"{place}, otherwise", state.otherwise, {*outputs, *types})


def output_names(item: Mapping[str, Any]) -> list[str]:
    """What a view's outputs are called; a single one without a name, such as a public variable's, by the function's."""
    names = [str(output.get("name", "")) for output in item["outputs"]]
    return [str(item["name"])] if names == [""] else names


def _options(place: str, argument: Parameter, abi: _ABI, types: _Types) -> Iterator[Finding]:
    if argument.options is not None:
        yield from _view(f"{place}, options", argument.options, abi, types, (f"{argument.type}[]",))


def _token(place: str, token: str, abi: _ABI, types: _Types) -> Iterator[Finding]:
    if token not in ("mz", "eth"):
        yield from _view(f"{place}, token", token, abi, types, ("address",))


def _amount(place: str, text: str, abi: _ABI, types: _Types) -> Iterator[Finding]:
    yield from _value(f"{place}, amount", text, abi, types, ("uint",))


def _ref(place: str, text: str, abi: _ABI, types: _Types) -> Iterator[Finding]:
    found = yield from _typed(f"{place}, ref", text, abi, types)
    if found is not None and not _WORD.fullmatch(found):
        yield Finding(rule="function", place=f"{place}, ref", reason=f"{text} is a {found}, not one word of 32 bytes")


def _value(place: str, text: str, abi: _ABI, types: _Types, kinds: tuple[str, ...] | None) -> Iterator[Finding]:
    found = yield from _typed(place, text, abi, types)
    if found is not None and kinds is not None and not _is_one(found, kinds):
        yield Finding(rule="function", place=place, reason=f"{text} is a {found}, {' or '.join(kinds)} is needed")


def _typed(place: str, text: str, abi: _ABI, types: _Types) -> Generator[Finding, None, str | None]:
    """Findings about a value; returns its type when there are none."""
    expression = _parsed(text)
    if expression is None:
        return None
    if not expression.is_call:
        return type_of(expression.name, types)
    findings = list(_view(place, text, abi, types, None))
    yield from findings
    item = _found(text, abi)
    if findings or item is None:
        return None
    if len(item["outputs"]) != 1:
        yield Finding(rule="function", place=place, reason=f"{text} returns {len(item['outputs'])} values, not one")
        return None
    return canonical(item["outputs"][0])


def _change(place: str, text: str, abi: _ABI, types: _Types) -> Iterator[Finding]:
    findings = list(_call(place, text, abi, types))
    yield from findings
    item = _found(text, abi)
    if not findings and item is not None and item["stateMutability"] == "payable":
        yield Finding(rule="function", place=place, reason=f"{text} takes ether; payments go through the Till")


def _view(place: str, text: str, abi: _ABI, types: _Types, outputs: tuple[str, ...] | None) -> Iterator[Finding]:
    findings = list(_call(place, text, abi, types))
    yield from findings
    item = _found(text, abi)
    if findings or item is None:
        return
    if item["stateMutability"] not in ("view", "pure"):
        rule = "state" if outputs is None and place.startswith("state") else "function"
        reason = f"{text} is {item['stateMutability']} and can change the state; a view is needed"
        yield Finding(rule=rule, place=place, reason=reason)
    elif outputs is not None:
        found = [canonical(output) for output in item["outputs"]]
        if len(found) != 1 or not _is_one(found[0], outputs):
            reason = f"{text} returns ({', '.join(found)}); a view of {' or '.join(outputs)} is needed"
            yield Finding(rule="function", place=place, reason=reason)


def _call(place: str, text: str, abi: _ABI, types: _Types) -> Iterator[Finding]:
    expression = _parsed(text)
    if expression is None:
        return
    item = find(abi, expression)
    if isinstance(item, str):
        yield Finding(rule="function", place=place, reason=item)
        return
    given = [type_of(name, types) for name in expression.arguments or ()]
    wanted = [canonical(parameter) for parameter in item["inputs"]]
    if not all(g is not None and fits(g, w) for g, w in zip(given, wanted, strict=True)):
        reason = f"{item['name']}({','.join(wanted)}) is called with ({', '.join(str(g) for g in given)})"
        yield Finding(rule="function", place=place, reason=reason)


def _found(text: str, abi: _ABI) -> Mapping[str, Any] | None:
    expression = _parsed(text)
    item = None if expression is None else find(abi, expression)
    return None if item is None or isinstance(item, str) else item


def _parsed(text: str) -> Expression | None:
    try:
        return parse_expression(text)
    except ParameterError:  # the manifest was read, so this is for those made by hand
        return None


def _is_one(found: str, kinds: tuple[str, ...]) -> bool:
    return found in kinds or ("uint" in kinds and found.startswith("uint") and "[" not in found)


def _spelled(item: Mapping[str, Any]) -> str:
    return f"{item['name']}({','.join(canonical(p) for p in item['inputs'])})"


def _places(place: str, text: Text, known: set[str]) -> Iterator[Finding]:
    for language, words in (("en", text.en), ("zh", text.zh)):
        for name in _PLACE.findall(words or ""):
            if name not in known:
                reason = f"{{{name}}} stands for nothing; there is {', '.join(sorted(known)) or 'no value'}"
                yield Finding(rule="text", place=f"{place}.{language}", reason=reason)
