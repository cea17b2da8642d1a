"""`template.toml`: everything a page, a command or a check needs to know about a template (docs/templates.md).

Responsible for what can be said about a manifest alone: known keys, types, names, bounds, defaults. Whether the
contract has the functions that it names is `check`; values that users give are `parameters`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

import msgspec

from chain.errors import InvalidParams, ManifestError, ParameterError
from chain.model import Record
from chain.primitives import Address, Wei, address_from
from chain.registry.units import UNITS, amount, bounds, parse

FILE_NAME = "template.toml"
MAX_BYTES = 64 * 1024
MAX_SHARE_BPS = 1_000
MAX_PRICE: Wei = 2**96 - 1
PLATFORM_NAMES = ("till", "mz", "templates", "works", "notary")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_LABEL = re.compile(r"[a-z][a-z0-9-]*")
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SIGNATURE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\(([a-z0-9]+(,[a-z0-9]+)*)?\)")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.-]+)?")
_LICENCE = re.compile(r"[A-Za-z0-9.+() -]{1,80}")
_CONTRACT = re.compile(r"([A-Za-z0-9_./-]+\.sol):([A-Za-z_$][A-Za-z0-9_$]*)")


class _Table(Record, forbid_unknown_fields=True):
    """A TOML table with no other keys than these."""


class Text(_Table):
    """Words for people; English is always there."""

    en: str
    zh: str | None = None


class Choice(_Table):
    """One of the values that alone are accepted."""

    value: int | str
    en: str
    zh: str | None = None


class Terms(_Table):
    """What `publish` proposes; what counts is on the chain."""

    price: str
    share_bps: int
    payee: str | None = None

    @property
    def price_wei(self) -> Wei:
        """Price of one use in wei of MZ."""
        return amount(self.price)

    @property
    def payee_address(self) -> Address | None:
        """Who receives price and share; None: whoever publishes."""
        return None if self.payee is None else address_from(self.payee)


class Parameter(_Table):
    """A value that a person decides; bounds and default are written in the unit's own words."""

    name: str
    type: str
    label: Text
    unit: str | None = None
    help: Text | None = None
    default: str | None = None
    min: str | None = None
    max: str | None = None
    choices: tuple[Choice, ...] = ()


class Payment(_Table):
    """Pays through the Till; `amount` is a view of the instance, or the name of an argument."""

    token: Literal["mz"]
    amount: str


class Action(_Table):
    """Something a person can do with an instance."""

    name: str
    label: Text
    who: str
    when: str | None = None
    function: str | None = None
    payment: Payment | None = None
    arguments: tuple[Parameter, ...] = msgspec.field(name="argument", default=())


class State(_Table):
    """Something an instance says about itself."""

    name: str
    view: str
    sentence: Text
    units: Mapping[str, str] = {}
    deadline: str | None = None
    otherwise: Text | None = None
    arguments: tuple[Parameter, ...] = msgspec.field(name="argument", default=())


class Manifest(_Table):
    """A whole template.toml."""

    name: str
    version: str
    licence: str
    kind: Literal["clone", "code"]
    contract: str
    title: Text
    summary: Text
    terms: Terms
    constructor: tuple[str, ...] = ()
    initialiser: str | None = None
    parameters: tuple[Parameter, ...] = msgspec.field(name="parameter", default=())
    actions: tuple[Action, ...] = msgspec.field(name="action", default=())
    states: tuple[State, ...] = msgspec.field(name="state", default=())

    @property
    def source(self) -> str:
        """The file that holds the contract, relative to the template's folder."""
        return self.contract.rpartition(":")[0]

    @property
    def contract_name(self) -> str:
        """The contract inside that file."""
        return self.contract.rpartition(":")[2]

    @property
    def name_word(self) -> bytes:
        """The name as the registry contract has it: ASCII, padded with zeros to 32 bytes."""
        return self.name.encode().ljust(32, b"\0")


def read_manifest(data: bytes) -> Manifest:
    """The manifest in a file's bytes; raises ManifestError naming the place inside it and what would be right."""
    if len(data) > MAX_BYTES:
        raise ManifestError(f"{FILE_NAME} has {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise ManifestError(f"{FILE_NAME} is not UTF-8: {problem}") from problem
    except RecursionError as problem:
        raise ManifestError(f"{FILE_NAME} is nested too deeply") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ManifestError(f"{FILE_NAME} is not TOML: {problem}", hint="correct the line that it names") from problem
    for stranger in _strangers(document, Manifest, ""):
        raise stranger
    try:
        manifest = msgspec.convert(document, Manifest)
    except msgspec.ValidationError as problem:
        reason, _, place = str(problem).partition(" - at ")
        where = place.strip("`").removeprefix("$").removeprefix(".") or "the top level"
        raise ManifestError(
            f"{FILE_NAME}, {where}: {reason[:1].lower()}{reason[1:]}", hint="docs/templates.md lists every key"
        ) from problem
    for place, reason in _faults(manifest):
        raise ManifestError(f"{FILE_NAME}, {place}: {reason}", hint="docs/templates.md says what may stand there")
    return manifest


def _strangers(value: Any, kind: Any, place: str) -> Iterator[ManifestError]:
    """An error for each key that the records do not have; types are left to the conversion."""
    if isinstance(kind, type) and issubclass(kind, _Table):
        if not isinstance(value, dict):
            return
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        for key, inner in value.items():
            where = f"{place}.{key}" if place else key
            if key not in fields:
                close = difflib.get_close_matches(key, fields, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(fields)}"
                yield ManifestError(f"{FILE_NAME}, {where}: unknown key", hint=hint)
            else:
                yield from _strangers(inner, fields[key], where)
        return
    for option in get_args(kind):
        if isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _strangers(inner, option, f"{place}[{index}]")
        else:
            yield from _strangers(value, option, place)


def _faults(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Place and reason of everything that is well typed and yet wrong."""
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
    if manifest.initialiser is not None and not _is_plain(manifest.initialiser):
        yield "initialiser", f"{manifest.initialiser!r} is not a function without arguments, such as open()"
    yield from _text_faults("title", manifest.title, 60)
    yield from _text_faults("summary", manifest.summary, 400)
    yield from _terms_faults(manifest.terms)
    yield from _parameter_faults("parameter", manifest.parameters)
    yield from _action_faults(manifest.actions)
    yield from _state_faults(manifest.states)


def _text_faults(place: str, text: Text, most: int) -> Iterator[tuple[str, str]]:
    for language, words in (("en", text.en), ("zh", text.zh)):
        if words is not None and not 0 < len(words) <= most:
            yield f"{place}.{language}", f"has {len(words)} characters, 1 to {most} are allowed"


def _terms_faults(terms: Terms) -> Iterator[tuple[str, str]]:
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


def _parameter_faults(place: str, parameters: tuple[Parameter, ...]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, parameter in enumerate(parameters):
        where = f"{place}[{index}]"
        if not _IDENTIFIER.fullmatch(parameter.name):
            yield f"{where}.name", f"{parameter.name!r} is not a Solidity identifier"
        if parameter.name in seen:
            yield f"{where}.name", f"{parameter.name!r} is there twice"
        seen.add(parameter.name)
        try:
            least, most = bounds(parameter.type)
        except ParameterError as problem:
            yield f"{where}.type", problem.message
            continue
        yield from _unit_faults(where, parameter.type, parameter.unit)
        yield from _bound_faults(where, parameter, least, most)
        yield from _text_faults(f"{where}.label", parameter.label, 60)


def _unit_faults(where: str, kind: str, unit: str | None) -> Iterator[tuple[str, str]]:
    if unit is None:
        return
    if unit not in UNITS:
        close = difflib.get_close_matches(unit, UNITS, n=1, cutoff=0.5)
        yield f"{where}.unit", f"{unit!r} is no unit; " + (f"did you mean {close[0]}?" if close else _one_of(UNITS))
    elif not UNITS[unit].fits(kind):
        yield f"{where}.unit", f"{unit} is written into {UNITS[unit].types}, not into {kind}"


def _bound_faults(where: str, parameter: Parameter, least: int | None, most: int | None) -> Iterator[tuple[str, str]]:
    given: dict[str, Any] = {}
    for key, text in (("min", parameter.min), ("max", parameter.max), ("default", parameter.default)):
        if text is None:
            continue
        if key != "default" and least is None:
            yield f"{where}.{key}", f"bounds are for integers, not for {parameter.type}"
            return
        try:
            # "user" stands for whoever acts: known only then.
            given[key] = parse(parameter.type, parameter.unit, text, user=bytes(20))
        except ParameterError as problem:
            yield f"{where}.{key}", problem.message
            return
    low, high = given.get("min", least), given.get("max", most)
    if low is not None and high is not None and low > high:
        yield f"{where}.min", f"{parameter.min} is more than {parameter.max or 'the type holds'}"
    if "default" in given and low is not None and high is not None and not low <= given["default"] <= high:
        yield f"{where}.default", f"{parameter.default} is outside the bounds"
    values = []
    for index, choice in enumerate(parameter.choices):
        try:
            values.append(parse(parameter.type, parameter.unit, str(choice.value), user=bytes(20)))
        except ParameterError as problem:
            yield f"{where}.choices[{index}].value", problem.message
    if len(set(values)) != len(values):
        yield f"{where}.choices", "the same value is there twice"
    if values and "default" in given and given["default"] not in values:
        yield f"{where}.default", f"{parameter.default} is none of the choices"


def _action_faults(actions: tuple[Action, ...]) -> Iterator[tuple[str, str]]:
    yield from _label_faults("action", [action.name for action in actions])
    for index, action in enumerate(actions):
        where = f"action[{index}]"
        if (action.function is None) == (action.payment is None):
            yield where, "exactly one of function and payment must be there"
        if action.who != "anyone" and not _is_plain(action.who):
            yield f"{where}.who", f"{action.who!r} is neither anyone nor a view such as owner()"
        if action.when is not None and not _is_plain(action.when):
            yield f"{where}.when", f"{action.when!r} is not a view without arguments, such as isOpen()"
        if action.function is not None and not _SIGNATURE.fullmatch(action.function):
            yield f"{where}.function", f"{action.function!r} is not a signature such as redeem(uint8,bytes32)"
        if action.payment is not None:
            names = {argument.name for argument in action.arguments}
            if not _SIGNATURE.fullmatch(action.payment.amount) and action.payment.amount not in names:
                yield f"{where}.payment.amount", f"{action.payment.amount!r} is neither a view nor an argument"
        yield from _parameter_faults(f"{where}.argument", action.arguments)


def _state_faults(states: tuple[State, ...]) -> Iterator[tuple[str, str]]:
    yield from _label_faults("state", [state.name for state in states])
    for index, state in enumerate(states):
        where = f"state[{index}]"
        if not _SIGNATURE.fullmatch(state.view):
            yield f"{where}.view", f"{state.view!r} is not a signature such as prices()"
        for name, unit in state.units.items():
            if unit not in UNITS:
                yield f"{where}.units.{name}", f"{unit!r} is no unit; {_one_of(UNITS)}"
        if state.deadline is not None and not _is_plain(state.deadline):
            yield f"{where}.deadline", f"{state.deadline!r} is not a view without arguments"
        if (state.deadline is None) != (state.otherwise is None):
            yield where, "deadline and otherwise belong together"
        yield from _parameter_faults(f"{where}.argument", state.arguments)


def _label_faults(place: str, names: list[str]) -> Iterator[tuple[str, str]]:
    for index, name in enumerate(names):
        if not _LABEL.fullmatch(name):
            yield f"{place}[{index}].name", f"{name!r} is not made of a-z 0-9 -, beginning with a letter"
        if name in names[:index]:
            yield f"{place}[{index}].name", f"{name!r} is there twice"


def _is_plain(signature: str) -> bool:
    return signature.endswith("()") and _IDENTIFIER.fullmatch(signature[:-2]) is not None


def _one_of(names: Mapping[str, Any]) -> str:
    return f"there are {', '.join(names)}"
