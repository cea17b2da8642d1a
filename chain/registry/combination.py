"""Several templates in one transaction, wired to each other, behind one interface: `combination.toml`.

All addresses are foretold before anything is signed. Clones and whole code carry their parameters in their code, and so
in their address; what the registry's first call to an instance says is not part of it. A circle of parts therefore
closes through a part's `init`, or through an upgradeable part, whose parameters all travel in that call.
"""

from __future__ import annotations

import difflib
import re
import secrets
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from chain import abi
from chain.client.client import Who
from chain.errors import ManifestError
from chain.model import Record
from chain.primitives import Address, Hash32, Wei, checksum
from chain.registry.bundle import Bundle
from chain.registry.library import Library
from chain.registry.offers import Offer, Use, Wish
from chain.registry.parameters import read_local, values_of
from chain.registry.permit import signed_allowance
from chain.registry.refusals import refusals
from chain.registry.tables import Parameter, Text
from chain.registry.units import Scene

FILE_NAME = "combination.toml"
MOST = 16
_PART = re.compile(r"[a-z][A-Za-z0-9_]{0,31}")
_REFERENCE = re.compile(r"\{([^{}]+)\}")


class Init(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The registry's call to a new part, for a template without an initialiser of its own."""

    function: str
    arguments: tuple[Any, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One template to use; a value `{other}` stands for the address of another part."""

    name: str
    template: str
    version: int | None = None
    values: Mapping[str, Any] = {}
    init: Init | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole combination.toml."""

    name: str
    parts: tuple[Part, ...] = msgspec.field(name="part")


class Combination(Record):
    """A plan that is ready to be paid: every part verified, every address known."""

    plan: Plan
    wishes: Mapping[str, Wish]
    bundles: Mapping[str, Bundle]

    @property
    def price(self) -> Wei:
        """Of all parts together."""
        return sum(wish.price for wish in self.wishes.values())

    @property
    def fee(self) -> Wei:
        """Burned of it."""
        return sum(wish.fee for wish in self.wishes.values())

    @property
    def addresses(self) -> dict[str, Address]:
        """Where each part will be."""
        return {name: wish.instance for name, wish in self.wishes.items()}


def read_plan(data: bytes) -> Plan:
    """Raises ManifestError naming the place."""
    try:
        plan = msgspec.convert(tomllib.loads(data.decode("utf-8")), Plan)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as problem:
        raise ManifestError(f"{FILE_NAME}: {problem}", hint="docs/templates.md shows one") from problem
    names = [part.name for part in plan.parts]
    if not 0 < len(names) <= MOST:
        raise ManifestError(f"{FILE_NAME}: {len(names)} parts, a transaction combines 1 to {MOST}")
    for name in names:
        if not _PART.fullmatch(name) or names.count(name) > 1:
            raise ManifestError(f"{FILE_NAME}: part {name!r} is there twice, or no name such as shopTill")
    for part in plan.parts:
        for wanted in _wanted(part.values) | _wanted(part.init.arguments if part.init is not None else ()):
            if wanted not in names:
                close = difflib.get_close_matches(wanted, names, n=1)
                hint = f"did you mean {close[0]}?" if close else f"there is {', '.join(names)}"
                raise ManifestError(f"{FILE_NAME}, {part.name}: there is no part {wanted}", hint=hint)
    return plan


def prepare(library: Library, plan: Plan, *, sender: Who) -> Combination:
    """Foretell every address and encode every parameter, in the order in which parts depend on each other.

    Raises ManifestError for a circle that nothing closes, and what `Library.prepare` raises.
    """
    salts = {part.name: secrets.token_bytes(32) for part in plan.parts}
    offers = {part.name: library.show(part.template, part.version) for part in plan.parts}
    user = library.client.address_of(sender)
    known = {
        part.name: _foretold(library, offers[part.name], salts[part.name], user)
        for part in plan.parts
        if offers[part.name].upgradeable
    }
    wishes: dict[str, Wish] = {}
    waiting = {part.name: part for part in plan.parts}
    while waiting:
        ready = [part for part in waiting.values() if _wanted(part.values) <= set(known)]
        if not ready:
            raise ManifestError(
                f"{FILE_NAME}: {', '.join(waiting)} need each other's address before they have one",
                hint="tell one of them in its `init`, or use an upgradeable template for it",
            )
        for part in ready:
            wishes[part.name] = library.prepare(
                offers[part.name].id,
                _filled(part.values, known),
                sender=sender,
                version=offers[part.name].version,
                salt=salts[part.name],
            )
            known[part.name] = wishes[part.name].instance
            del waiting[part.name]
    bundles = {name: library.bundle(offer) for name, offer in offers.items()}
    for part in plan.parts:
        if part.init is not None:
            wish = wishes[part.name]
            if wish.init:
                raise ManifestError(f"{FILE_NAME}, {part.name}: {part.template} has an initialiser of its own")
            scene = Scene(user=user, read=read_local, named=library.named, now=library.client.timestamp())
            call = _call(part, bundles[part.name], known, scene)
            wishes[part.name] = msgspec.structs.replace(wish, init=call)
    ordered = {part.name: wishes[part.name] for part in plan.parts}
    return Combination(plan=plan, wishes=ordered, bundles=bundles)


def carry_out(library: Library, combination: Combination, *, sender: Who) -> dict[str, Use]:
    """Pay for all parts and make them in one transaction; all or none. An allowance is signed for exactly the price.

    Raises TemplateRefused with the name of the contract's error in `data`.
    """
    client, registry = library.client, library.registry
    mz = client.contract("MZ", library.platform.mz)
    wishes = [wish.to_abi() for wish in combination.wishes.values()]
    with refusals():
        if mz.call("allowance", client.address_of(sender), registry.address) >= combination.price:
            mined = registry.send("compose", wishes, sender=sender)
        else:
            permit = signed_allowance(client, mz, sender, registry.address, combination.price)
            mined = registry.send("composeWithPermit", wishes, permit, sender=sender)
    used = {event.arguments["instance"]: event.arguments for event in registry.events_in(mined, "Used")}
    return {
        name: Use(
            offer=wish.offer,
            user=wish.user,
            instance=wish.instance,
            paid=used[wish.instance]["paid"],
            burned=used[wish.instance]["burned"],
            transaction_hash=mined.transaction_hash,
        )
        for name, wish in combination.wishes.items()
    }


def _foretold(library: Library, offer: Offer, salt: Hash32, user: Address) -> Address:
    """A proxy's address depends on neither parameters nor call."""
    wish = {"id": offer.id, "version": offer.version, "agreed": offer.agreed, "salt": salt}
    found: Address = library.registry.call("predict", wish | {"code": b"", "args": b"", "init": b""}, user)
    return found


def _call(part: Part, bundle: Bundle, known: Mapping[str, Address], scene: Scene) -> bytes:
    assert part.init is not None  # the caller looked
    item = abi.entry(bundle.artifact.abi, "function", part.init.function, len(part.init.arguments))
    inputs = [
        Parameter(name=one["name"] or f"arg{i}", type=one["type"], label=Text(en=one["name"] or f"argument {i + 1}"))
        for i, one in enumerate(item["inputs"])
    ]
    given = {p.name: _filled(value, known) for p, value in zip(inputs, part.init.arguments, strict=True)}
    values = values_of(inputs, given, scene=scene)
    return abi.encode_call(bundle.artifact.abi, part.init.function, list(values.values()))


def _wanted(value: Any) -> set[str]:
    """The parts that a value names."""
    if isinstance(value, str):
        return set(_REFERENCE.findall(value))
    if isinstance(value, Mapping):
        return set().union(*map(_wanted, value.values()))
    return set().union(*map(_wanted, value)) if isinstance(value, list | tuple) else set()


def _filled(value: Any, known: Mapping[str, Address]) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: checksum(known[found[1]]), value)
    if isinstance(value, Mapping):
        return {name: _filled(inner, known) for name, inner in value.items()}
    return [_filled(inner, known) for inner in value] if isinstance(value, list | tuple) else value
