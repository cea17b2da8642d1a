"""`Tenures`: what owners of instances do: upgrade, replace, retire, hand on; and which instances there are.

The registry keeps the owner of an instance that cannot be upgraded only once its maker claims it. That is done here
on the way: the proof is the salt and creation code of the transaction that made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain import abi
from chain.abi.types import named
from chain.client import Mined
from chain.client.client import Who
from chain.errors import BlobError, ParameterError, TemplateRefused, TemplateUnknown
from chain.model import Record
from chain.primitives import Address, Hash32, Wei, checksum, create2_address, from_hex, keccak, to_hex
from chain.registry.library import Library
from chain.registry.offers import Offer, Use, Wish
from chain.registry.permit import signed_allowance
from chain.registry.refusals import refusals

_NOBODY: Address = bytes(20)
_SALTED = [{"type": kind} for kind in ("address", "bytes32", "uint32", "bytes32")]


class Standing(Record):
    """One instance as the registry has it now."""

    instance: Address
    id: Hash32
    name: str
    version: int
    share_bps: int
    payee: Address
    made_by: Address
    made_at_block: int
    paid: Wei  # at its making, all of it
    owner: Address  # zero: not claimed by its maker
    heir: Address  # to whom it is offered
    upgradeable: bool
    retired: bool
    successor: Address

    @property
    def state(self) -> str:
        """In one word."""
        return "retired" if self.retired else "replaced" if self.successor != _NOBODY else "in use"


class Upgrade(Record):
    """An upgrade that happened, or is ready to be paid for."""

    offer: Offer
    instance: Address
    from_version: int
    price: Wei
    fee: Wei
    transaction_hash: Hash32 | None = None


class Tenures:
    """Instances of the templates of one registry."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._client = library.client
        self._registry = library.registry

    # --- finding ------------------------------------------------------------------------------------------------------

    def of(self, user: Who) -> list[Standing]:
        """The instances that an account made or owns, in the order of their making."""
        account = self._client.address_of(user)
        made = {event.arguments["instance"]: event for event in self._registry.events("Used", {"user": account})}
        taken = {e.arguments["instance"] for e in self._registry.events("OwnershipTransferred", {"to": account})}
        for event in self._registry.events("Used") if taken - set(made) else ():
            if event.arguments["instance"] in taken:
                made[event.arguments["instance"]] = event
        standings = [self._standing(event) for event in made.values()]
        return [s for s in standings if s.owner == account or (s.owner == _NOBODY and s.made_by == account)]

    def made_from(self, which: str | Hash32) -> list[Standing]:
        """Every instance of a template, in the order of their making."""
        offer = self._library.show(which)
        return [self._standing(event) for event in self._registry.events("Used", {"id": offer.id})]

    def show(self, instance: Address) -> Standing:
        """One instance; TemplateUnknown for a contract that was not made here."""
        offer = self._library.origin(instance)
        for event in self._registry.events("Used", {"id": offer.id}):
            if event.arguments["instance"] == instance:
                return self._standing(event)
        raise TemplateUnknown(f"nothing says who made {checksum(instance)}", hint="is the node's history complete?")

    # --- acting -------------------------------------------------------------------------------------------------------

    def claim(self, instance: Address, *, sender: Who) -> None:
        """Own an instance in the registry's eyes; nothing to do for who owns it already."""
        account = self._client.address_of(sender)
        if self._registry.call("ownerOf", instance) == account:
            return
        salt, creation = self._proof(instance, account)
        with refusals():
            self._registry.send("claim", instance, salt, creation, sender=sender)

    def quote_upgrade(
        self, instance: Address, *, sender: Who, version: int | None = None, data: bytes = b""
    ) -> Upgrade:
        """What an upgrade to a version (default: the newest) would cost; the version's bundle is verified.

        Raises TemplateRefused for an instance that stays as it is, and for others than its owner.
        """
        present = self._library.origin(instance)
        offer = self._library.show(present.id, version)
        self.check_movable(instance, sender=sender)
        if offer.version <= present.version:
            raise TemplateRefused(
                f"{checksum(instance)} is at version {present.version}, there is nothing later than {offer.version}",
                hint="upgrades lead to later versions only",
                data="TemplatesVersionNotLater",
            )
        self._library.bundle(offer)
        price = self._registry.call("priceOf", offer.id, offer.version, self._client.address_of(sender), data)
        return Upgrade(
            offer=offer,
            instance=instance,
            from_version=present.version,
            price=price,
            fee=self._registry.call("feeOn", price),
        )

    def check_movable(self, instance: Address, *, sender: Who) -> None:
        """Raise TemplateRefused when the sender cannot upgrade an instance; nothing is signed for that.

        Reasons come in the order in which they matter to a person. The registry itself looks for the owner first, and
        clones have none until somebody claims them.
        """
        present, account, shown = self._library.origin(instance), self._client.address_of(sender), checksum(instance)
        if not self._registry.call("isUpgradeable", instance):
            why = (
                f"{shown} is frozen: an owner gave up its upgrades for good"
                if present.upgradeable
                else f"{shown} was made from {present.name} version {present.version}, whose instances stay as they "
                "are: nobody can change their code or terms"
            )
            hint = f"its owner makes a successor instead: mz template use {present.name} --replaces {shown}"
            raise TemplateRefused(why, hint=hint, data="TemplatesNotUpgradeable")
        successor = self._registry.call("successorOf", instance)
        if self._registry.call("isRetired", instance) or successor != _NOBODY:
            ended = "has ended" if successor == _NOBODY else f"was replaced by {checksum(successor)}"
            raise TemplateRefused(f"{shown} {ended}, so it is not upgraded", data="TemplatesInstanceEnded")
        owner = self._registry.call("ownerOf", instance)
        if owner != account:
            raise TemplateRefused(
                f"{shown} belongs to {checksum(owner)}, not to {checksum(account)}",
                hint="only its owner upgrades or freezes it: act as that account with --from",
                data="TemplatesNotOwner",
            )

    def upgrade(self, wanted: Upgrade, *, sender: Who, data: bytes = b"") -> Upgrade:
        """Pay for an upgrade and carry it out; `data` is what the new version's `migrate` asks for.

        Raises TemplateRefused with the name of the contract's error in `data`.
        """
        self._allow(wanted.price, sender)
        with refusals():
            mined = self._registry.send(
                "upgrade", wanted.instance, wanted.offer.version, wanted.offer.agreed, data, sender=sender
            )
        (done,) = self._registry.events_in(mined, "InstanceUpgraded")
        return Upgrade(
            offer=wanted.offer,
            instance=wanted.instance,
            from_version=done.arguments["fromVersion"],
            price=done.arguments["paid"],
            fee=done.arguments["burned"],
            transaction_hash=mined.transaction_hash,
        )

    def replace(self, old: Address, wish: Wish, *, sender: Who) -> Use:
        """Make an instance and name it the successor of one of the sender's; claims the old one when need be."""
        self.claim(old, sender=sender)
        self._allow(wish.price, sender)
        with refusals():
            mined = self._registry.send("replace", old, wish.to_abi(), sender=sender)
        (used,) = [e for e in self._registry.events_in(mined, "Used") if e.arguments["instance"] == wish.instance]
        return Use(
            offer=wish.offer,
            user=wish.user,
            instance=wish.instance,
            paid=used.arguments["paid"],
            burned=used.arguments["burned"],
            transaction_hash=mined.transaction_hash,
        )

    def retire(self, instance: Address, *, sender: Who) -> Mined:
        """End an instance; it sends its funds where its own rules send them. Claims it when need be.

        Raises TemplateRefused with the name of the error in `data`: the registry's, or the instance's own when it owes
        somebody something.
        """
        self._check_end(instance)
        self.claim(instance, sender=sender)
        with refusals():
            return self._registry.send("retireInstance", instance, sender=sender)

    def _check_end(self, instance: Address) -> None:
        """Before anything is sent: whether its template has an end at all, and how it says no."""
        try:
            bundle = self._library.bundle(self._library.origin(instance))
        except BlobError:  # nobody here has it; the registry decides all the same
            return
        if not any(item.get("name") == "onRetire" for item in bundle.artifact.abi):
            raise TemplateRefused(
                f"instances of {bundle.manifest.name} cannot be ended by their owner",
                hint="its README says how it ends; a new instance can be its successor: mz template use --replaces",
                data="onRetire",
            )
        self._client.learn(bundle.artifact.abi)

    def freeze(self, instance: Address, *, sender: Who) -> Mined:
        """Give up upgrades for good. Raises TemplateRefused where there is nothing to give up."""
        self.check_movable(instance, sender=sender)
        with refusals():
            return self._registry.send("freeze", instance, sender=sender)

    def offer(self, instance: Address, to: Who, *, sender: Who) -> Mined:
        """Offer an instance to somebody, who has to accept it."""
        self.claim(instance, sender=sender)
        with refusals():
            return self._registry.send("transferOwnership", instance, self._client.address_of(to), sender=sender)

    def accept(self, instance: Address, *, sender: Who) -> Mined:
        """Take an instance that was offered."""
        with refusals():
            return self._registry.send("acceptOwnership", instance, sender=sender)

    def migration_data(self, offer: Offer, values: Mapping[str, Any] | bytes | str) -> bytes:
        """The bytes for `migrate`: as given, or from hex."""
        self._library.bundle(offer)
        if isinstance(values, bytes):
            return values
        if isinstance(values, str):
            return from_hex(values, name="migration data")
        raise ParameterError("migration data are bytes", hint="give them in hex, as `mz contract` or cast encodes them")

    # --- inside -------------------------------------------------------------------------------------------------------

    def _allow(self, price: Wei, sender: Who) -> None:
        """Let the registry take exactly the price, unless it may already."""
        mz = self._client.contract("MZ", self._library.platform.mz)
        account = self._client.address_of(sender)
        if mz.call("allowance", account, self._registry.address) >= price:
            return
        permit = signed_allowance(self._client, mz, sender, self._registry.address, price)
        signature = (permit["v"], permit["r"], permit["s"])
        mz.send("permit", account, self._registry.address, price, permit["deadline"], *signature, sender=sender)

    def _proof(self, instance: Address, account: Address) -> tuple[Hash32, Hash32]:
        """Salt and creation hash of the wish that made an instance, read from its transaction and tried here."""
        found = self.show(instance)
        uses = self._registry.events("Used", {"id": found.id, "user": account})
        made = next((event for event in uses if event.arguments["instance"] == instance), None)
        if made is None:
            raise TemplateRefused(
                f"{checksum(instance)} was made by {checksum(found.made_by)}, not by {checksum(account)}",
                hint="its maker can claim it, and then offer it",
                data="TemplatesNotMaker",
            )
        transaction = self._client.rpc("eth_getTransactionByHash", to_hex(made.transaction_hash))
        offer = self._library.show(found.id, made.arguments["version"])
        for wish in wishes_in(self._registry.abi, from_hex(transaction["input"], name="input")):
            if wish["id"] != offer.id or wish["version"] != offer.version:
                continue
            creation = keccak(_creation(offer, wish))
            salt = keccak(abi.encode(_SALTED, [account, offer.id, offer.version, wish["salt"]]))
            if create2_address(self._registry.address, salt, creation) == instance:
                return wish["salt"], creation
        raise TemplateRefused(
            f"the transaction that made {checksum(instance)} did not call the registry directly",
            hint="claim it from the contract that made it",
            data="TemplatesNotMaker",
        )

    def _standing(self, event: Any) -> Standing:
        instance = event.arguments["instance"]
        template, version, share_bps, payee = self._registry.call("origin", instance)
        return Standing(
            instance=instance,
            id=template,
            name=self._library.name_of(template),
            version=version,
            share_bps=share_bps,
            payee=payee,
            made_by=event.arguments["user"],
            made_at_block=event.block_number,
            paid=event.arguments["paid"],
            owner=self._registry.call("ownerOf", instance),
            heir=self._registry.call("pendingOwnerOf", instance),
            upgradeable=self._registry.call("isUpgradeable", instance),
            retired=self._registry.call("isRetired", instance),
            successor=self._registry.call("successorOf", instance),
        )


def wishes_in(registry: abi.Abi, data: bytes) -> list[Mapping[str, Any]]:
    """The wishes in a transaction to the registry; none for other call data."""
    for item in registry:
        if item["type"] != "function" or abi.selector(item) != data[:4]:
            continue
        values = named(item["inputs"], abi.decode(item["inputs"], data[4:]))
        if "wishes" in values:
            return list(values["wishes"])
        return [values["wish"]] if "wish" in values else []
    return []


def _creation(offer: Offer, wish: Mapping[str, Any]) -> bytes:
    """The whole creation code of an instance."""
    if offer.brings_code:
        return bytes(wish["code"]) + bytes(wish["args"])
    # OpenZeppelin's Clones: ERC-1167 with the arguments behind it, and ten bytes that return both.
    runtime = bytes.fromhex("363d3d373d3d3d363d73") + offer.implementation
    runtime += bytes.fromhex("5af43d82803e903d91602b57fd5bf3") + bytes(wish["args"])
    return bytes.fromhex("61") + len(runtime).to_bytes(2, "big") + bytes.fromhex("3d81600a3d39f3") + runtime
