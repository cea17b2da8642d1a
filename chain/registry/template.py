"""`Template` and `Instance`: a template by name, and what its manifest lets people do with an instance of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain.abi import entry
from chain.client import Client, Contract, Mined, Platform
from chain.client.client import Who
from chain.errors import ParameterError, TemplateRefused
from chain.primitives import Address, checksum
from chain.registry.bundle import Bundle
from chain.registry.library import Library
from chain.registry.manifest import Action
from chain.registry.offers import Use
from chain.registry.parameters import encode_values, values_of
from chain.registry.permit import signed_allowance
from chain.registry.units import show


class Instance:
    """A contract made from a template. Actions and states are those of its manifest; `contract` is the rest."""

    def __init__(self, library: Library, address: Address, bundle: Bundle, use: Use | None = None) -> None:
        self.address = address
        self.bundle = bundle
        self.use = use  # how it was made, when that was just now
        self.contract: Contract = library.client.contract(bundle.artifact, address)
        self._library = library

    def do(self, action: str, values: Mapping[str, Any] | None = None, *, sender: Who, ref: bytes = bytes(32)) -> Mined:
        """Carry out an action with values in its units' words; a payment goes through the Till, signed for exactly it.

        Raises ParameterError for unknown actions and values, ContractReverted when the contracts refuse.
        """
        chosen = _named("action", action, {a.name: a for a in self.bundle.manifest.actions})
        user = self._library.client.address_of(sender)
        typed = values_of(chosen.arguments, values or {}, user=user)
        if chosen.payment is not None:
            return self._pay(chosen, chosen.payment.amount, typed, sender, ref)
        return self.contract.send(chosen.function or "", *typed.values(), sender=sender)

    def tell(
        self, state: str, values: Mapping[str, Any] | None = None, *, user: Who | None = None, language: str = "en"
    ) -> str:
        """The sentence of a state with its values filled in, in `en` or, where there is one, `zh`."""
        chosen = _named("state", state, {s.name: s for s in self.bundle.manifest.states})
        acting = bytes(20) if user is None else self._library.client.address_of(user)
        typed = values_of(chosen.arguments, values or {}, user=acting)
        answer = self.contract.call(chosen.view, *typed.values())
        outputs = entry(self.contract.abi, "function", chosen.view)["outputs"]
        found = {}
        for output, value in zip(outputs, answer if len(outputs) > 1 else [answer], strict=True):
            name = output.get("name") or chosen.view.partition("(")[0]
            found[name] = show(output["type"], chosen.units.get(name), value)
        for argument in chosen.arguments:
            found.setdefault(argument.name, show(argument.type, argument.unit, typed[argument.name]))
        words: str = chosen.sentence.zh if language == "zh" and chosen.sentence.zh else chosen.sentence.en
        for name, shown in found.items():
            words = words.replace(f"{{{name}}}", shown)
        return words

    def _pay(self, action: Action, amount: str, typed: Mapping[str, Any], sender: Who, ref: bytes) -> Mined:
        client, platform = self._library.client, self._library.platform
        gross = typed[amount] if amount in typed else self.contract.call(amount, *typed.values())
        # An argument that is the amount itself arrives as the payment's gross; the others travel in its data.
        data = encode_values([argument for argument in action.arguments if argument.name != amount], typed)
        mz, till = client.contract("MZ", platform.mz), client.contract("Till", platform.till)
        wanted = (platform.mz, gross, self.address, ref, data)
        if mz.call("allowance", client.address_of(sender), till.address) >= gross:
            return till.send("payAndCall", *wanted, sender=sender)
        permit = signed_allowance(client, mz, sender, till.address, gross)
        return till.send("payAndCallWithPermit", *wanted, permit, sender=sender)

    def __repr__(self) -> str:
        return f"<Instance of {self.bundle.manifest.name} at {checksum(self.address)}>"


class Template:
    """A published template, by name, `0xauthor/name` or id, before it is known on which chain."""

    def __init__(self, which: str, version: int | None = None) -> None:
        self.which = which
        self.version = version

    def use(self, client: Client, /, *, sender: Who, platform: Platform | None = None, **values: Any) -> Instance:
        """Pay one use and return the instance; `values` are the manifest's parameters in their units' words."""
        library = Library(client, platform)
        use = library.use(self.which, values, sender=sender, version=self.version)
        return Instance(library, use.instance, library.bundle(use.offer), use)

    def at(self, client: Client, address: Address | str, /, *, platform: Platform | None = None) -> Instance:
        """An instance made before; TemplateRefused when it was made from another template."""
        library = Library(client, platform)
        where = client.address_of(address)
        offer, wanted = library.origin(where), library.show(self.which, self.version)
        if offer.id != wanted.id:
            raise TemplateRefused(f"{checksum(where)} was made from {offer.name}, not from {self.which}")
        return Instance(library, where, library.bundle(offer))

    def __repr__(self) -> str:
        return f"<Template {self.which}{f' version {self.version}' if self.version else ''}>"


def _named(kind: str, name: str, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise ParameterError(f"the template has no {kind} {name}", hint=f"it has: {', '.join(known) or 'none'}")
    return known[name]
