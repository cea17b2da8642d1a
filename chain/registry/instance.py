"""`Instance`: what a template's manifest lets people do with a contract made from it, and what it says about itself.

What an action would do, its transactions, money and gas, is `moves`; all of it at one look is `overview`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from chain import abi
from chain.client import Contract, Mined
from chain.client.client import Who
from chain.errors import ParameterError, TemplateRefused
from chain.primitives import Address, checksum
from chain.registry.bundle import Bundle
from chain.registry.expressions import THIS, USER, Expression, parse_expression
from chain.registry.moves import ETHER, TOKEN, Move, Parties, Prepared, Spent, send
from chain.registry.offers import Use
from chain.registry.parameters import read_local, shown_value, values_of
from chain.registry.pots import Holding, holding
from chain.registry.promises import output_names
from chain.registry.tables import Action, Approve, Choice, Deed, Parameter, Payment, State, Step, Text, Transfer
from chain.registry.units import Money, Scene, show

if TYPE_CHECKING:
    from chain.registry.library import Library


class Instance:
    """A contract made from a template. Actions and states are those of its manifest; `contract` is the rest."""

    def __init__(self, library: Library, address: Address, bundle: Bundle, use: Use | None = None) -> None:
        self.address = address
        self.bundle = bundle
        self.use = use  # how it was made, when that was just now
        self.contract: Contract = library.client.contract(bundle.artifact, address)
        self._library = library

    @classmethod
    def at(cls, library: Library, address: Address) -> Instance:
        """A contract that was made here, by its address alone; raises TemplateUnknown for others."""
        return cls(library, address, library.bundle(library.origin(address)))

    def do(self, action: str, values: Mapping[str, Any] | None = None, *, sender: Who, ref: bytes = bytes(32)) -> Mined:
        """Carry out an action with values in its units' words, every step of it; the last transaction's receipt.

        A payment or deposit goes through the Till, with an allowance of exactly its amount. `ref` is the payer's own
        reference where the action has none. Raises ParameterError for unknown actions and values, TemplateRefused
        when the action's `when` or all its steps' say no, ContractReverted when the contracts refuse.
        """
        return self._do(self._prepare(action, values, sender, ref), sender)[-1]

    def prepare(
        self, action: str, values: Mapping[str, Any] | None = None, *, sender: Who, ref: bytes = bytes(32)
    ) -> Prepared:
        """What `do` would send and pay, with nothing sent: for whoever wants to see it before they sign.

        Raises as `do` does, and TemplateRefused for others than those who may do it.
        """
        ready = self._prepare(action, values, sender, ref)
        parties = self._parties(ready.action, ready.values, ready.scene)
        if not parties.includes_user:
            named = ", ".join(checksum(one) for one in parties.accounts if any(one))
            raise TemplateRefused(
                f"{checksum(self._library.client.address_of(sender))} is not one of those who may {action}",
                hint=f"it is for {named}" if named else f"the contract decides it: {', '.join(ready.action.parties)}",
                data="who",
            )
        moves = [
            move
            for deed in ready.action.all_deeds
            if self._is_due(ready, deed) and (move := self._move(ready, deed)) is not None
        ]
        if not moves:
            raise TemplateRefused(f"every step of {action} is done already", data="when")
        return msgspec.structs.replace(ready, moves=tuple(moves))

    def carry_out(self, prepared: Prepared, *, sender: Who) -> list[Mined]:
        """Send a prepared action; the receipt of each transaction.

        Each is made anew when its turn comes, as the ones before may have changed what it needs. Raises
        TemplateRefused, before that transaction is signed, when it would pay another amount than was prepared.
        """
        if self._library.client.address_of(sender) != prepared.scene.user:
            raise TemplateRefused("this was prepared for another account", data="who")
        return self._do(prepared, sender, prepared.require_agreed)

    def may(self, action: str, user: Who, values: Mapping[str, Any] | None = None) -> bool:
        """Whether `user` is one of those who may do it, and it can be done now, as the contract itself says."""
        chosen: Action = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        scene = self.scene(user)
        typed = values_of(chosen.arguments, values or {}, scene=scene)
        return self._is_now(chosen, typed, scene) and self._parties(chosen, typed, scene).includes_user

    def parties(self, action: str, values: Mapping[str, Any] | None = None, *, user: Who | None = None) -> Parties:
        """Who may do an action, as the contract says now. Only the arguments that decide it have to be given."""
        chosen: Action = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        scene = self.scene(user)
        needed = {name for party in chosen.parties if party != "anyone" for name in parse_expression(party).names}
        return self._parties(chosen, _only(chosen.arguments, needed, values or {}, scene), scene)

    def is_now(self, action: str, values: Mapping[str, Any] | None = None, *, user: Who | None = None) -> bool:
        """Whether an action can be done now, whoever does it. Only the arguments that decide it have to be given."""
        chosen: Action = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        scene = self.scene(user)
        needed = set() if chosen.when is None else set(parse_expression(chosen.when).names)
        return self._is_now(chosen, _only(chosen.arguments, needed, values or {}, scene), scene)

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
        named = self._library.named
        return Scene(user=acting, read=read_local, named=named, now=client.timestamp(), money=self._currency)

    # --- inside -------------------------------------------------------------------------------------------------------

    @cached_property
    def _currency(self) -> Money:
        currency = self.bundle.manifest.currency
        if currency is None:
            return Money()
        return self._money(self.contract.call(parse_expression(currency.view).name))

    def _money(self, token: Address) -> Money:
        return self._library.money(token)

    def _is_now(self, action: Action, typed: Mapping[str, Any], scene: Scene) -> bool:
        return action.when is None or bool(self._value(action.when, typed, scene))

    def _parties(self, action: Action, typed: Mapping[str, Any], scene: Scene) -> Parties:
        found = [True if party == "anyone" else self._value(party, typed, scene) for party in action.parties]
        accounts = [one for some in found if not isinstance(some, bool) for one in _each(some)]
        return Parties(
            anyone="anyone" in action.parties,
            accounts=tuple(dict.fromkeys(accounts)),
            includes_user=any(one is True for one in found) or scene.user in accounts,
        )

    def _prepare(self, action: str, values: Mapping[str, Any] | None, sender: Who, ref: bytes) -> Prepared:
        chosen: Action = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        scene = self.scene(sender)
        typed = values_of(chosen.arguments, values or {}, scene=scene)
        if not self._is_now(chosen, typed, scene):
            raise TemplateRefused(f"{action} cannot be done now", hint=f"{chosen.when} says no", data="when")
        return Prepared(action=chosen, values=typed, scene=scene, ref=ref)

    def _do(self, prepared: Prepared, sender: Who, agree: Callable[[Move], None] = lambda move: None) -> list[Mined]:
        done = []
        for deed in prepared.action.all_deeds:
            if not self._is_due(prepared, deed) or (move := self._move(prepared, deed)) is None:
                continue
            agree(move)
            done.append(send(self._library, move, sender))
        if not done:
            raise TemplateRefused(f"every step of {prepared.action.name} is done already", data="when")
        return done

    def _is_due(self, prepared: Prepared, deed: Deed) -> bool:
        when = None if deed is prepared.action else getattr(deed, "when", None)
        return when is None or bool(self._value(when, prepared.values, prepared.scene))

    def _move(self, prepared: Prepared, deed: Deed) -> Move | None:
        """The transaction of a deed; None for an approval that is there already."""
        typed, scene = prepared.values, prepared.scene
        label = (deed if isinstance(deed, Step) else prepared.action).label
        if deed.function is not None:
            call = parse_expression(deed.function)
            given = tuple(self._inputs(call, typed, scene))
            return Move(label=label, contract=self.contract, function=call.name, arguments=given)
        payment = deed.payment if deed.payment is not None else deed.hold
        if payment is not None:
            return self._pay(prepared, label, payment, "hold" if deed.hold is not None else "payAndCall")
        moved = deed.transfer if deed.transfer is not None else deed.approve
        assert moved is not None  # the manifest has exactly one deed
        address = self._token(moved.token, typed, scene)
        token = self._library.client.contract(TOKEN, address)
        if isinstance(moved, Transfer):
            to, amount = (self._value(text, typed, scene) for text in (moved.to, moved.amount))
            spent = Spent(token=address, gross=amount, money=self._money(address), how="transfer")
            return Move(label=label, contract=token, function="transfer", arguments=(to, amount), spent=spent)
        return self._approve(label, token, moved, typed, scene)

    def _approve(
        self, label: Text, token: Contract, wanted: Approve, typed: Mapping[str, Any], scene: Scene
    ) -> Move | None:
        spender = self._value(wanted.spender, typed, scene)
        what = self._value(wanted.id if wanted.id is not None else wanted.amount or "0", typed, scene)
        if wanted.id is not None:
            if token.call("getApproved", what) == spender:
                return None
        elif token.call("allowance", scene.user, spender) >= what:
            return None
        return Move(label=label, contract=token, function="approve", arguments=(spender, what))

    def _pay(self, prepared: Prepared, label: Text, payment: Payment, function: Literal["payAndCall", "hold"]) -> Move:
        arguments, typed, scene = prepared.action.arguments, prepared.values, prepared.scene
        till = self._library.client.contract("Till", self._library.platform.till)
        token = self._token(payment.token, typed, scene)
        gross = self._value(payment.amount, typed, scene)
        ref = prepared.ref if payment.ref is None else self._word(arguments, payment.ref, typed, scene)
        wanted = (token, gross, self.address, ref, self._data(arguments, payment, typed, scene))
        spent = Spent(token=token, gross=gross, money=self._money(token), how=function)
        return Move(label=label, contract=till, function=function, arguments=wanted, spent=spent)

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
        found: Address = ETHER if text == "eth" else self._value(text, typed, scene)
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


def _each(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def _only(
    arguments: tuple[Parameter, ...], needed: set[str], values: Mapping[str, Any], scene: Scene
) -> dict[str, Any]:
    """The values of some arguments; the others need not be known."""
    wanted = [one for one in arguments if one.name in needed]
    return values_of(wanted, {name: value for name, value in values.items() if name in needed}, scene=scene)


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
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(known) or 'none'}"
        raise ParameterError(f"the template has no {kind} {name}", hint=hint)
    return known[name]
