"""Everything that is well typed in a manifest and yet wrong: names, bounds, units, calls, what belongs together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from chain.errors import InvalidParams, ParameterError
from chain.primitives import Wei
from chain.registry.expressions import THIS, USER, Expression, parse_expression
from chain.registry.interfaces import INTERFACES
from chain.registry.parameters import MOST_PACKED, value_of
from chain.registry.tables import (
    Action,
    Approve,
    Choice,
    Currency,
    Deed,
    Manifest,
    Parameter,
    Payment,
    State,
    Terms,
    Text,
    Transfer,
)
from chain.registry.units import UNITS, Scene, bounds, parse

MAX_SHARE_BPS = 1_000
MAX_PRICE: Wei = 2**96 - 1
PLATFORM_NAMES = ("till", "mz", "templates", "works", "notary")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_LABEL = re.compile(r"[a-z][a-z0-9-]*")
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.-]+)?")
_LICENCE = re.compile(r"[A-Za-z0-9.+() -]{1,80}")
_CONTRACT = re.compile(r"([A-Za-z0-9_./-]+\.sol):([A-Za-z_$][A-Za-z0-9_$]*)")
_TYPE = re.compile(r"([a-z0-9]+)(\[([1-9][0-9]{0,2})?\])?")
_FOUR_BYTES = re.compile(r"0x[0-9a-f]{8}")
# "user" stands for whoever acts, and "+30 days" for a moment: known only then.
_ANY = Scene(user=bytes(20), now=0)

_Fault = tuple[str, str]


def faults(manifest: Manifest) -> Iterator[_Fault]:
    """Place and reason of each."""
    if not _NAME.fullmatch(manifest.name):
        yield "name", f"{manifest.name!r} is not 1 to 32 characters a-z 0-9 -, beginning with a letter"
    if not _VERSION.fullmatch(manifest.version):
        yield "version", f"{manifest.version!r} is not like 1.0.0"
    if not _LICENCE.fullmatch(manifest.licence):
        yield "licence", f"{manifest.licence!r} is not an SPDX expression"
    found = _CONTRACT.fullmatch(manifest.contract)
    if found is None or PurePosixPath(found[1]).is_absolute() or ".." in PurePosixPath(found[1]).parts:
        yield "contract", f"{manifest.contract!r} is not File.sol:Contract inside the folder"
    for index, name in enumerate(manifest.constructor):
        if name not in PLATFORM_NAMES:
            yield f"constructor[{index}]", f"{name!r} is none of {', '.join(PLATFORM_NAMES)}"
    for index, name in enumerate(manifest.interfaces):
        if name not in INTERFACES and not _FOUR_BYTES.fullmatch(name):
            yield f"interfaces[{index}]", f"{name!r} is none of {', '.join(INTERFACES)} and not 0x and 4 bytes"
    yield from _text("title", manifest.title, 60)
    yield from _text("summary", manifest.summary, 400)
    yield from _terms(manifest.terms)
    yield from _parameters("parameter", manifest.parameters)
    if manifest.encoding == "packed":
        yield from _packing(manifest)
    yield from _initialiser(manifest)
    if manifest.currency is not None:
        yield from _currency(manifest.currency, manifest.parameters)
    yield from _actions(manifest.actions)
    yield from _states(manifest.states)
    if any(deed.hold for action in manifest.actions for deed in action.all_deeds):
        if not any(state.pot for state in manifest.states):
            yield "action", "money is held, so a state with its pot must say where it is"
        if manifest.kind == "upgradeable":
            yield "kind", "the Till holds no money for instances whose code can change"


def _text(place: str, text: Text, most: int) -> Iterator[_Fault]:
    for language, words in (("en", text.en), ("zh", text.zh)):
        if words is not None and not 0 < len(words) <= most:
            yield f"{place}.{language}", f"has {len(words)} characters, 1 to {most} are allowed"


def _terms(terms: Terms) -> Iterator[_Fault]:
    try:
        if terms.price_wei > MAX_PRICE:
            yield "terms.price", f"{terms.price} is more than the registry can hold"
    except ParameterError as problem:
        yield "terms.price", problem.message
    if not 0 <= terms.share_bps <= MAX_SHARE_BPS:
        yield "terms.share_bps", f"{terms.share_bps} is not between 0 and {MAX_SHARE_BPS} basis points"
    try:
        if terms.payee_address == bytes(20):
            yield "terms.payee", "nobody can spend what is paid to address 0"
    except InvalidParams as problem:
        yield "terms.payee", problem.message


def _packing(manifest: Manifest) -> Iterator[_Fault]:
    if manifest.kind != "clone":
        yield "encoding", "only clones read their parameters themselves, so only theirs can be packed"
    for index, parameter in enumerate(manifest.parameters):
        for part in (parameter, *parameter.fields):
            if part.element_type in ("string", "bytes"):
                yield f"parameter[{index}].type", f"{part.type} has no fixed size and cannot be packed"
        most = MOST_PACKED if parameter.items is None else parameter.items.max
        if parameter.type.endswith("[]") and (parameter.items is None or most is None or most > MOST_PACKED):
            yield f"parameter[{index}].items", f"a packed list says its `max`, at most {MOST_PACKED}"


def _initialiser(manifest: Manifest) -> Iterator[_Fault]:
    names = {parameter.name for parameter in manifest.parameters}
    given: tuple[str, ...] = ()
    if manifest.initialiser is not None:
        try:
            call = parse_expression(manifest.initialiser)
        except ParameterError:
            call = Expression(name="")
        if not call.is_call or set(call.names) - names:
            reason = f"{manifest.initialiser!r} is not a call such as open(), with parameters by name"
            yield "initialiser", reason
            return
        given = call.names
    missing = sorted(names - set(given))
    if manifest.kind == "upgradeable" and missing:
        yield "initialiser", f"proxies carry no parameters: it must be called with {', '.join(missing)} too"


def _currency(currency: Currency, parameters: tuple[Parameter, ...]) -> Iterator[_Fault]:
    if currency.parameter is None:
        if any(part.unit == "token" for p in parameters for part in (p, *p.fields)):
            yield "currency.parameter", "is needed: a parameter is in `token`"
    elif {p.name: p.type for p in parameters}.get(currency.parameter) != "address":
        yield "currency.parameter", f"{currency.parameter!r} is no parameter of type address"
    yield from _call("currency.view", currency.view, ())


def _parameters(place: str, parameters: tuple[Parameter, ...], *, outer: Parameter | None = None) -> Iterator[_Fault]:
    seen: set[str] = set()
    for index, parameter in enumerate(parameters):
        where = f"{place}[{index}]"
        if not _IDENTIFIER.fullmatch(parameter.name) or parameter.name in (USER, THIS):
            yield f"{where}.name", f"{parameter.name!r} is not a Solidity identifier, or stands for something else"
        if parameter.name in seen:
            yield f"{where}.name", f"{parameter.name!r} is there twice"
        seen.add(parameter.name)
        yield from _text(f"{where}.label", parameter.label, 60)
        if outer is not None and (parameter.is_list or parameter.fields or parameter.options):
            yield where, "a field is of an elementary type, without options"
            continue
        if not _TYPE.fullmatch(parameter.type):
            yield f"{where}.type", f"{parameter.type!r} is not an elementary ABI type, tuple, or a list of either"
            continue
        if parameter.options is not None:
            if not place.endswith("argument"):
                yield f"{where}.options", "there is no instance to ask yet"
            yield from _call(f"{where}.options", parameter.options, (p.name for p in parameters))
        if parameter.items is not None and not parameter.is_list:
            yield f"{where}.items", f"{parameter.type} is no list"
        if parameter.element_type == "tuple":
            if not parameter.fields:
                yield f"{where}.field", "a tuple has fields"
            if parameter.unit or parameter.min or parameter.max or parameter.choices or parameter.sum:
                yield where, "unit, min, max, sum and choices belong to the fields of a tuple"
            yield from _parameters(f"{where}.field", parameter.fields, outer=parameter)
            yield from _composed_default(where, parameter)
        else:
            if parameter.fields:
                yield f"{where}.field", f"{parameter.type} has no fields"
            yield from _elementary(where, parameter, outer)


def _elementary(where: str, parameter: Parameter, outer: Parameter | None) -> Iterator[_Fault]:
    kind = parameter.element_type
    try:
        least, most = bounds(kind)
    except ParameterError as problem:
        yield f"{where}.type", problem.message
        return
    yield from _unit(where, kind, parameter.unit)
    if parameter.unit is not None and (parameter.unit not in UNITS or not UNITS[parameter.unit].fits(kind)):
        return
    if parameter.sum is not None and not (parameter.is_list or (outer is not None and outer.is_list)):
        yield f"{where}.sum", "a sum is of the integers in a list"
    yield from _bounds(where, parameter, least, most)
    if parameter.is_list:
        yield from _composed_default(where, parameter)


def _composed_default(where: str, parameter: Parameter) -> Iterator[_Fault]:
    if parameter.default is None:
        return
    try:
        value_of(parameter, None, _ANY)
    except ParameterError as problem:
        yield f"{where}.default", problem.message


def _unit(where: str, kind: str, unit: str | None) -> Iterator[_Fault]:
    if unit is None:
        return
    if unit not in UNITS:
        close = difflib.get_close_matches(unit, UNITS, n=1, cutoff=0.5)
        yield f"{where}.unit", f"{unit!r} is no unit; " + (f"did you mean {close[0]}?" if close else _one_of(UNITS))
    elif not UNITS[unit].fits(kind):
        yield f"{where}.unit", f"{unit} is written into {UNITS[unit].types}, not into {kind}"


def _bounds(where: str, parameter: Parameter, least: int | None, most: int | None) -> Iterator[_Fault]:
    kind, given = parameter.element_type, dict[str, Any]()
    texts = [("min", parameter.min), ("max", parameter.max), ("sum", parameter.sum)]
    for key, text in [*texts, ("default", None if parameter.is_list else parameter.default)]:
        if text is None:
            continue
        if key != "default" and least is None:
            yield f"{where}.{key}", f"bounds are for integers, not for {kind}"
            return
        try:
            given[key] = parse(kind, parameter.unit, text, _ANY)
        except ParameterError as problem:
            yield f"{where}.{key}", problem.message
            return
    low, high = given.get("min", least), given.get("max", most)
    if low is not None and high is not None and low > high:
        yield f"{where}.min", f"{parameter.min} is more than {parameter.max or 'the type holds'}"
    moving = (parameter.default or "").startswith("+") or (parameter.min or "").startswith("+")
    inside = low is None or high is None or low <= given.get("default", low) <= high
    if not (inside or moving):
        yield f"{where}.default", f"{parameter.default} is outside the bounds"
    values = []
    for index, choice in enumerate(parameter.choices):
        try:
            values.append(parse(kind, parameter.unit, str(choice.value), _ANY))
        except ParameterError as problem:
            yield f"{where}.choices[{index}].value", problem.message
    if len(set(values)) != len(values):
        yield f"{where}.choices", "the same value is there twice"
    if values and "default" in given and given["default"] not in values:
        yield f"{where}.default", f"{parameter.default} is none of the choices"


def _actions(actions: tuple[Action, ...]) -> Iterator[_Fault]:
    yield from _labels("action", [action.name for action in actions])
    for index, action in enumerate(actions):
        where = f"action[{index}]"
        names = [argument.name for argument in action.arguments]
        for party in action.parties:
            if party != "anyone":
                yield from _call(f"{where}.who", party, names)
        if not action.parties:
            yield f"{where}.who", "nobody may do it"
        if action.when is not None:
            yield from _call(f"{where}.when", action.when, names)
        if bool(action.steps) == bool(action.deeds) or len(action.deeds) > 1:
            yield where, f"exactly one of {', '.join(_deeds(approve=False))} must be there, or steps"
        elif action.approve is not None:
            yield where, "an approval alone is no action: make it a step of one"
        else:
            yield from _deed(where, action, names)
        for number, step in enumerate(action.steps):
            place = f"{where}.step[{number}]"
            yield from _text(f"{place}.label", step.label, 120)
            if step.when is not None:
                yield from _call(f"{place}.when", step.when, names)
            if len(step.deeds) != 1:
                yield place, f"exactly one of {', '.join(_deeds(approve=True))} must be there"
            yield from _deed(place, step, names)
        yield from _parameters(f"{where}.argument", action.arguments)


def _deeds(*, approve: bool) -> tuple[str, ...]:
    return ("function", "payment", "hold", "transfer") + (("approve",) if approve else ())


def _deed(where: str, deed: Deed, names: list[str]) -> Iterator[_Fault]:
    if deed.function is not None:
        yield from _call(f"{where}.function", deed.function, names)
    if deed.payment is not None:
        yield from _payment(f"{where}.payment", deed.payment, names)
    if deed.hold is not None:
        yield from _payment(f"{where}.hold", deed.hold, names)
        if deed.hold.ref is None:
            yield f"{where}.hold.ref", "is missing: it names the pot"
    for key, moved in (("transfer", deed.transfer), ("approve", deed.approve)):
        if isinstance(moved, Transfer | Approve):
            yield from _token(f"{where}.{key}.token", moved.token, names)
    if deed.transfer is not None:
        if deed.transfer.token == "eth":
            yield f"{where}.transfer.token", "ether goes through the Till"
        yield from _value(f"{where}.transfer.amount", deed.transfer.amount, names)
        yield from _value(f"{where}.transfer.to", deed.transfer.to, names)
    if deed.approve is not None:
        if (deed.approve.amount is None) == (deed.approve.id is None):
            yield f"{where}.approve", "exactly one of amount and id must be there"
        for key in ("amount", "id", "spender"):
            if (text := getattr(deed.approve, key)) is not None:
                yield from _value(f"{where}.approve.{key}", text, names)


def _payment(where: str, payment: Payment, names: list[str]) -> Iterator[_Fault]:
    yield from _token(f"{where}.token", payment.token, names)
    yield from _value(f"{where}.amount", payment.amount, names)
    if payment.ref is not None:
        yield from _value(f"{where}.ref", payment.ref, names)
    for index, text in enumerate(payment.data or ()):
        yield from _value(f"{where}.data[{index}]", text, names)


def _token(where: str, token: str, names: Iterable[str]) -> Iterator[_Fault]:
    if token not in ("mz", "eth"):
        yield from _call(where, token, names, otherwise="mz, eth or a view such as token()")


def _states(states: tuple[State, ...]) -> Iterator[_Fault]:
    yield from _labels("state", [state.name for state in states])
    for index, state in enumerate(states):
        where = f"state[{index}]"
        names = [argument.name for argument in state.arguments]
        yield from _call(f"{where}.view", state.view, names)
        for name, unit in state.units.items():
            if unit not in UNITS:
                yield f"{where}.units.{name}", f"{unit!r} is no unit; {_one_of(UNITS)}"
        for name, choices in state.choices.items():
            yield from _words(f"{where}.choices.{name}", choices)
        if state.when is not None:
            yield from _call(f"{where}.when", state.when, names)
        if state.deadline is not None:
            yield from _value(f"{where}.deadline", state.deadline, names)
        if (state.deadline is None) != (state.otherwise is None):
            yield where, "deadline and otherwise belong together"
        if state.pot is not None:
            yield from _token(f"{where}.pot.token", state.pot.token, names)
            yield from _value(f"{where}.pot.ref", state.pot.ref, names)
        yield from _parameters(f"{where}.argument", state.arguments)


def _words(where: str, choices: tuple[Choice, ...]) -> Iterator[_Fault]:
    values = [choice.value for choice in choices]
    if len(set(values)) != len(values):
        yield where, "the same value is there twice"
    if not all(isinstance(value, int) for value in values):
        yield where, "values here are numbers: of an enum, or 0 and 1 of a bool"


def _labels(place: str, names: list[str]) -> Iterator[_Fault]:
    for index, name in enumerate(names):
        if not _LABEL.fullmatch(name):
            yield f"{place}[{index}].name", f"{name!r} is not made of a-z 0-9 -, beginning with a letter"
        if name in names[:index]:
            yield f"{place}[{index}].name", f"{name!r} is there twice"


def _call(
    where: str, text: str, names: Iterable[str], *, otherwise: str = "a call such as owner() or costOf(kind, quantity)"
) -> Iterator[_Fault]:
    try:
        expression = parse_expression(text)
    except ParameterError:
        expression = Expression(name=text)
    if not expression.is_call:
        yield where, f"{text!r} is not {otherwise}"
        return
    yield from _known(where, expression, names)


def _value(where: str, text: str, names: Iterable[str]) -> Iterator[_Fault]:
    try:
        expression = parse_expression(text)
    except ParameterError as problem:
        yield where, problem.message
        return
    yield from _known(where, expression, names)


def _known(where: str, expression: Expression, names: Iterable[str]) -> Iterator[_Fault]:
    known = [*names, USER, THIS]
    for name in expression.names:
        if name not in known and not name.isdigit():
            close = difflib.get_close_matches(name, known, n=1)
            yield (
                where,
                f"{name!r} stands for nothing here; "
                + (f"did you mean {close[0]}?" if close else f"there is {', '.join(known)}"),
            )


def _one_of(names: Mapping[str, Any]) -> str:
    return f"there are {', '.join(names)}"
