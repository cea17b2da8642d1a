"""`Instance`: what a template's manifest lets people do with a contract made from it, and what it says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chain import abi
from chain.client import Contract, Mined
from chain.client.client import Who
from chain.errors import ParameterError, TemplateRefused
from chain.primitives import Address, checksum
from chain.registry.bundle import Bundle
from chain.registry.expressions import THIS, USER, Expression, parse_expression
from chain.registry.offers import Use
from chain.registry.parameters import read_local, shown_value, values_of
from chain.registry.permit import signed_allowance
from chain.registry.pots import Holding, holding
from chain.registry.promises import output_names
from chain.registry.tables import Action, Approve, Choice, Deed, Parameter, Payment, State, Transfer
from chain.registry.units import Money, Scene, show

if TYPE_CHECKING:
    from chain.registry.library import Library

_ETHER: Address = bytes(20)
_TOKEN_ABI: abi.Abi = [
    {
        "type": "function",
        "name": name,
        "inputs": [{"name": f"a{i}", "type": kind} for i, kind in enumerate(inputs)],
        "outputs": [{"name": "", "type": kind} for kind in outputs],
        "stateMutability": mutability,
    }
    for name, inputs, outputs, mutability in (
        ("symbol", (), ("string",), "view"),
        ("decimals", (), ("uint8",), "view"),
        ("allowance", ("address", "address"), ("uint256",), "view"),
        ("getApproved", ("uint256",), ("address",), "view"),
        # Some tokens answer nothing to these; what they answer is not read.
        ("approve", ("address", "uint256"), (), "nonpayable"),
        ("transfer", ("address", "uint256"), (), "nonpayable"),
    )
]


class Instance:
    """A contract made from a template. Actions and states are those of its manifest; `contract` is the rest."""

    def __init__(self, library: Library, address: Address, bundle: Bundle, use: Use | None = None) -> None:
        self.address = address
        self.bundle = bundle
        self.use = use  # how it was made, when that was just now
        self.contract: Contract = library.client.contract(bundle.artifact, address)
        self._library = library

    def do(self, action: str, values: Mapping[str, Any] | None = None, *, sender: Who, ref: bytes = bytes(32)) -> Mined:
        """Carry out an action with values in its units' words, every step of it; the last transaction's receipt.

        A payment or deposit goes through the Till, with an allowance of exactly its amount. `ref` is the payer's own
        reference where the action has none. Raises ParameterError for unknown actions and values, TemplateRefused
        when the action's `when` or all its steps' say no, ContractReverted when the contracts refuse.
        """
        chosen: Action = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        scene = self.scene(sender)
        typed = values_of(chosen.arguments, values or {}, scene=scene)
        if chosen.when is not None and not self._value(chosen.when, typed, scene):
            raise TemplateRefused(f"{action} cannot be done now", hint=f"{chosen.when} says no", data="when")
        mined = None
        for deed in chosen.all_deeds:
            when = getattr(deed, "when", None)
            if deed is chosen or when is None or self._value(when, typed, scene):
                mined = self._carry_out(chosen.arguments, deed, typed, sender, ref, scene) or mined
        if mined is None:
            raise TemplateRefused(f"every step of {action} is done already", data="when")
        return mined

    def may(self, action: str, user: Who, values: Mapping[str, Any] | None = None) -> bool:
        """Whether `user` is one of those who may do it, and it can be done now, as the contract itself says."""
        chosen: Action = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        scene = self.scene(user)
        typed = values_of(chosen.arguments, values or {}, scene=scene)
        if chosen.when is not None and not self._value(chosen.when, typed, scene):
            return False
        for party in chosen.parties:
            found = True if party == "anyone" else self._value(party, typed, scene)
            if found is True or found == scene.user or (isinstance(found, tuple) and scene.user in found):
                return True
        return False

    def options(self, action: str, argument: str, user: Who, values: Mapping[str, Any] | None = None) -> list[str]:
        """What to choose from for an argument with `options`, in its unit's words; `values` are those given so far."""
        chosen: Action = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        wanted: Parameter = _named("argument", argument, {a.name: a for a in chosen.arguments})
        if wanted.options is None:
            return []
        scene = self.scene(user)
        needed = set(parse_expression(wanted.options).names)
        known = values_of([a for a in chosen.arguments if a.name in needed], values or {}, scene=scene)
        return [shown_value(wanted, value, scene) for value in self._value(wanted.options, known, scene)]

    def tell(
        self, state: str, values: Mapping[str, Any] | None = None, *, user: Who | None = None, language: str = "en"
    ) -> str:
        """The sentence of a state with its values filled in, in `en` or, where there is one, `zh`.

        These are the author's words; what the Till guarantees about its money is `pot`.
        """
        chosen: State = _named("state", state, {s.name: s for s in self.bundle.manifest.states})
        scene = self.scene(user)
        typed = values_of(chosen.arguments, values or {}, scene=scene)
        found = self._outputs(chosen, typed, scene, language)
        for argument in chosen.arguments:
            found.setdefault(argument.name, shown_value(argument, typed[argument.name], scene))
        words = chosen.sentence.in_language(language)
        if chosen.deadline is not None and chosen.otherwise is not None:
            until = self._value(chosen.deadline, typed, scene)
            if until:
                end = "If nobody acts before {}: {}" if language != "zh" else "若在 {} 之前无人操作：{}"
                words += " " + end.format(show("uint256", "time", until), chosen.otherwise.in_language(language))
        for name, shown in found.items():
            words = words.replace(f"{{{name}}}", shown)
        return words

    def holds(self, state: str, values: Mapping[str, Any] | None = None, *, user: Who | None = None) -> bool:
        """Whether a state is the present one: its `when` says so, or it has none."""
        chosen: State = _named("state", state, {s.name: s for s in self.bundle.manifest.states})
        scene = self.scene(user)
        typed = values_of(chosen.arguments, values or {}, scene=scene)
        return chosen.when is None or bool(self._value(chosen.when, typed, scene))

    def pot(self, state: str, values: Mapping[str, Any] | None = None, *, user: Who | None = None) -> Holding | None:
        """What the Till holds for a state, by the Till's own books; None for a state without a pot."""
        chosen: State = _named("state", state, {s.name: s for s in self.bundle.manifest.states})
        if chosen.pot is None:
            return None
        scene = self.scene(user)
        typed = values_of(chosen.arguments, values or {}, scene=scene)
        token = self._token(chosen.pot.token, typed, scene)
        till = self._library.client.contract("Till", self._library.platform.till)
        ref = self._word(chosen.arguments, chosen.pot.ref, typed, scene)
        return holding(till, self.address, token, ref, scene.user, self._money(token), scene.now or 0)

    def scene(self, user: Who | None = None) -> Scene:
        """What texts depend on here: who acts, the newest block's time, the instance's currency."""
        client = self._library.client
        acting = None if user is None else client.address_of(user)
        return Scene(user=acting, read=read_local, now=client.timestamp(), money=self._currency)

    # --- inside -------------------------------------------------------------------------------------------------------

    @cached_property
    def _currency(self) -> Money:
        currency = self.bundle.manifest.currency
        if currency is None:
            return Money()
        return self._money(self.contract.call(parse_expression(currency.view).name))

    def _money(self, token: Address) -> Money:
        return self._library.money(token)

    def _carry_out(
        self,
        arguments: tuple[Parameter, ...],
        deed: Deed,
        typed: Mapping[str, Any],
        sender: Who,
        ref: bytes,
        scene: Scene,
    ) -> Mined | None:
        if deed.function is not None:
            call = parse_expression(deed.function)
            return self.contract.send(call.name, *self._inputs(call, typed, scene), sender=sender)
        if deed.payment is not None or deed.hold is not None:
            return self._pay(arguments, deed, typed, sender, ref, scene)
        moved = deed.transfer if deed.transfer is not None else deed.approve
        assert moved is not None  # the manifest has exactly one deed
        token = self._library.client.contract(_Token, self._token(moved.token, typed, scene))
        if isinstance(moved, Transfer):
            to, amount = (self._value(text, typed, scene) for text in (moved.to, moved.amount))
            return token.send("transfer", to, amount, sender=sender)
        return self._approve(token, moved, typed, sender, scene)

    def _approve(
        self, token: Contract, wanted: Approve, typed: Mapping[str, Any], sender: Who, scene: Scene
    ) -> Mined | None:
        spender = self._value(wanted.spender, typed, scene)
        what = self._value(wanted.id if wanted.id is not None else wanted.amount or "0", typed, scene)
        if wanted.id is not None:
            if token.call("getApproved", what) == spender:
                return None
        elif token.call("allowance", scene.user, spender) >= what:
            return None
        return token.send("approve", spender, what, sender=sender)

    def _pay(
        self,
        arguments: tuple[Parameter, ...],
        deed: Deed,
        typed: Mapping[str, Any],
        sender: Who,
        ref: bytes,
        scene: Scene,
    ) -> Mined:
        payment = deed.payment if deed.payment is not None else deed.hold
        assert payment is not None  # the caller looked
        client, platform = self._library.client, self._library.platform
        till = client.contract("Till", platform.till)
        token = self._token(payment.token, typed, scene)
        gross = self._value(payment.amount, typed, scene)
        if payment.ref is not None:
            ref = self._word(arguments, payment.ref, typed, scene)
        function = "payAndCall" if deed.payment is not None else "hold"
        wanted = (token, gross, self.address, ref, self._data(arguments, payment, typed, scene))
        if token == _ETHER:
            return till.send(function, *wanted, sender=sender, value=gross)
        held = client.contract(_Token, token)
        if held.call("allowance", scene.user, till.address) >= gross:
            return till.send(function, *wanted, sender=sender)
        if token == platform.mz:
            permit = signed_allowance(client, client.contract("MZ", platform.mz), sender, till.address, gross)
            return till.send(f"{function}WithPermit", *wanted, permit, sender=sender)
        held.send("approve", till.address, gross, sender=sender)
        return till.send(function, *wanted, sender=sender)

    def _data(
        self, arguments: tuple[Parameter, ...], payment: Payment, typed: Mapping[str, Any], scene: Scene
    ) -> bytes:
        """What stands as amount or reference arrives as such; everything else travels in the data."""
        names = payment.data
        if names is None:
            names = tuple(a.name for a in arguments if a.name not in (payment.amount, payment.ref))
        kinds = [self._described(arguments, name) for name in names]
        return abi.encode(kinds, [self._value(name, typed, scene) for name in names])

    def _described(self, arguments: tuple[Parameter, ...], text: str) -> Mapping[str, Any]:
        """A value's ABI type."""
        expression = parse_expression(text)
        if expression.is_call:
            found = abi.entry(self.contract.abi, "function", expression.name, len(expression.names))
            return dict(found["outputs"][0])
        for argument in arguments:
            if argument.name == expression.name:
                return argument.to_abi()
        return {"name": "", "type": "address" if expression.name in (USER, THIS) else "uint256"}

    def _word(self, arguments: tuple[Parameter, ...], text: str, typed: Mapping[str, Any], scene: Scene) -> bytes:
        return abi.encode([self._described(arguments, text)], [self._value(text, typed, scene)])

    def _token(self, text: str, typed: Mapping[str, Any], scene: Scene) -> Address:
        if text == "mz":
            return self._library.platform.mz
        found: Address = _ETHER if text == "eth" else self._value(text, typed, scene)
        return found

    def _value(self, text: str, typed: Mapping[str, Any], scene: Scene) -> Any:
        expression = parse_expression(text)
        if expression.is_call:
            return self.contract.call(expression.name, *self._inputs(expression, typed, scene), sender=scene.user)
        return self._atom(expression.name, typed, scene)

    def _inputs(self, call: Expression, typed: Mapping[str, Any], scene: Scene) -> list[Any]:
        return [self._atom(name, typed, scene) for name in call.arguments or ()]

    def _atom(self, name: str, typed: Mapping[str, Any], scene: Scene) -> Any:
        if name in typed:
            return typed[name]
        if name == USER:
            return bytes(20) if scene.user is None else scene.user
        return self.address if name == THIS else int(name)

    def _outputs(self, state: State, typed: Mapping[str, Any], scene: Scene, language: str) -> dict[str, str]:
        call = parse_expression(state.view)
        answer = self._value(state.view, typed, scene)
        item = abi.entry(self.contract.abi, "function", call.name, len(call.names))
        answers = answer if len(item["outputs"]) > 1 else [answer]
        found = {}
        for name, output, value in zip(output_names(item), item["outputs"], answers, strict=True):
            words = _words(state.choices.get(name, ()), value, language)
            found[name] = words or _shown(output, state.units.get(name), value, scene)
        return found

    def __repr__(self) -> str:
        return f"<Instance of {self.bundle.manifest.name} at {checksum(self.address)}>"


class _Token:
    """The part of ERC-20 and ERC-721 that is needed here, as `Client.contract` takes it."""

    name = "token"
    abi = _TOKEN_ABI
    bytecode = b""


def _words(choices: tuple[Choice, ...], value: Any, language: str) -> str | None:
    for choice in choices:
        if choice.value == value:
            return choice.zh if language == "zh" and choice.zh else choice.en
    return None


def _shown(output: Mapping[str, Any], unit: str | None, value: Any, scene: Scene) -> str:
    kind = str(output["type"])
    if kind.endswith("]"):
        inner = {**output, "type": kind[: kind.rindex("[")]}
        return ", ".join(_shown(inner, unit, one, scene) for one in value)
    if kind == "tuple":
        fields = zip(output["components"], value.values(), strict=True)
        return ", ".join(f"{field['name']}: {_shown(field, None, one, scene)}" for field, one in fields)
    return show(kind, unit, value, scene)


def _named(kind: str, name: str, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise ParameterError(f"the template has no {kind} {name}", hint=f"it has: {', '.join(known) or 'none'}")
    return known[name]
