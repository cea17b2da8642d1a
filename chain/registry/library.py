"""`Library`: publish, find, use and retire templates on one chain.

Nothing a node says about a template is taken on trust: the bundle is fetched by the digest on chain and verified, its
code is compared with what the registry deployed, and the hash of the terms is computed here before anything is paid.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from chain import abi
from chain.blobs import cids_with_digest
from chain.client import Client, Contract, Platform
from chain.client.client import Who
from chain.errors import (
    BlobUnknown,
    BundleError,
    ContractReverted,
    RegistryError,
    TemplateRefused,
    TemplateUnknown,
)
from chain.primitives import ZERO_HASH, Address, Hash32, Wei, checksum, create2_address, from_hex, keccak, to_hex
from chain.registry.bundle import Bundle, open_bundle
from chain.registry.earnings import earnings_of
from chain.registry.expressions import parse_expression
from chain.registry.money import money_of
from chain.registry.offers import Earnings, Offer, Use, Wish
from chain.registry.parameters import encode_values, pack_values, read_local, value_of, values_of
from chain.registry.permit import signed_allowance
from chain.registry.refusals import HINTS, refusals
from chain.registry.units import FindAccount, Money, Scene

_ID_AND_NAME = [{"type": "address"}, {"type": "bytes32"}]


class Library:
    """The template registry of the chain that `client` talks to.

    `named` finds the accounts that values may name; left out, they are those of the client's wallet.
    """

    def __init__(self, client: Client, platform: Platform | None = None, *, named: FindAccount | None = None) -> None:
        self.client = client
        self.named: FindAccount = _in_wallet(client) if named is None else named
        self.platform = platform if platform is not None else client.platform
        self.registry: Contract = client.contract("Templates", self.platform.templates)

    # --- finding ------------------------------------------------------------------------------------------------------

    def list(self, author: Who | None = None) -> list[Offer]:
        """The newest version of every template, or of one author's, in the order of first publication."""
        wanted = {} if author is None else {"author": self.client.address_of(author)}
        newest: dict[Hash32, tuple[str, int]] = {}
        for event in self.registry.events("Published", wanted):
            newest[event.arguments["id"]] = (_text(event.arguments["name"]), event.arguments["version"])
        found = self.registry.call_each("versionOf", [(template, version) for template, (_, version) in newest.items()])
        return [
            Offer.of(template, name, version, version, published)
            for (template, (name, version)), published in zip(newest.items(), found, strict=True)
        ]

    def show(self, which: str | Hash32, version: int | None = None) -> Offer:
        """One version (default: the newest) of a template given by id, name, or `0xauthor/name`.

        Raises TemplateUnknown when there is none, or when several authors have published under the name.
        """
        template, name = self._find(which)
        return self._offer(template, name, version)

    def bundle(self, offer: Offer) -> Bundle:
        """The bundle of a version, fetched by its digest, verified, and shown to be the code on chain.

        Raises BlobUnknown when nobody here has it, BundleError when it is something else.
        """
        data = self._fetch(offer)
        bundle = open_bundle(data)
        if bundle.digest != offer.manifest:
            raise BundleError(
                f"the bundle of {offer} has the digest {to_hex(bundle.digest)}, {to_hex(offer.manifest)} is published",
                hint="fetch it from another node",
            )
        self._check_code(offer, bundle)
        return bundle

    def name_of(self, template: Hash32) -> str:
        """A template's name by its id."""
        return self._find(template)[1]

    # --- authors ------------------------------------------------------------------------------------------------------

    def publish(
        self,
        bundle: Bundle,
        *,
        sender: Who,
        price: Wei | None = None,
        share_bps: int | None = None,
        payee: Who | None = None,
    ) -> Offer:
        """Upload the bundle and publish it as the next version of the sender's template of that name.

        Terms default to those the manifest proposes, the payee to the sender. Raises TemplateRefused.
        """
        proposed = bundle.manifest.terms
        if payee is None:
            payee = proposed.payee_address or sender
        terms = {
            "price": proposed.price_wei if price is None else price,
            "shareBps": proposed.share_bps if share_bps is None else share_bps,
            "payee": self.client.address_of(payee),
        }
        self.client.files.put(bundle.data)
        name = bundle.manifest.name_word
        with refusals():
            if bundle.manifest.kind != "code":
                function = "publishClone" if bundle.manifest.kind == "clone" else "publishUpgradeable"
                initcode = self._initcode(bundle)
                mined = self.registry.send(function, name, initcode, bundle.digest, terms, sender=sender)
            else:
                hashes = keccak(bundle.artifact.bytecode), _runtime_hash(bundle)
                mined = self.registry.send("publishCode", name, *hashes, bundle.digest, terms, sender=sender)
        (published,) = self.registry.events_in(mined, "Published")
        return self._offer(published.arguments["id"], bundle.manifest.name, published.arguments["version"])

    def retire(self, which: str | Hash32, version: int, *, sender: Who) -> Offer:
        """Take no new uses of a version; its instances live on. Raises TemplateRefused for others than the author."""
        offer = self.show(which, version)
        with refusals():
            self.registry.send("retire", offer.id, offer.version, sender=sender)
        return self.show(offer.id, version)

    def set_incentive(self, which: str | Hash32, version: int, quoter: Who | None, *, sender: Who) -> Offer:
        """Have a contract of the author's (`IQuoter`) asked what each user of a version pays; None: nobody any more.

        It can only lower the price. Raises TemplateRefused for others than the author, and what has no code.
        """
        offer = self.show(which, version)
        address = bytes(20) if quoter is None else self.client.address_of(quoter)
        if quoter is not None and not self.client.code(address):
            raise TemplateRefused(
                f"there is no contract at {checksum(address)}, so it cannot say what a use costs",
                hint="deploy the quoter first: contracts/registry/IQuoter.sol says what it answers",
            )
        with refusals():
            self.registry.send("setIncentive", offer.id, offer.version, address, sender=sender)
        return offer

    def earnings(self, which: str | Hash32) -> Earnings:
        """What a template has brought its payee at uses and at trades, in all versions."""
        template, name = self._find(which)
        offer = self._offer(template, name, None)
        till = self.client.contract("Till", self.platform.till)
        return earnings_of(self.registry, till, self.platform.mz, offer)

    # --- users --------------------------------------------------------------------------------------------------------

    def prepare(
        self,
        which: str | Hash32,
        values: Mapping[str, Any] | None = None,
        *,
        sender: Who,
        version: int | None = None,
        salt: Hash32 | None = None,
    ) -> Wish:
        """Everything about a use but paying it: verified bundle, encoded values, fee, the instance's address.

        Values are texts in the words of the manifest's units, or typed ones. Raises ParameterError, BundleError, or
        TemplateRefused when the version is retired or the chain's terms are not the ones shown here.
        """
        offer = self.show(which, version)
        bundle = self.bundle(offer)
        if offer.retired:
            raise TemplateRefused(
                f"{offer} is retired: its author takes no new uses",
                hint=HINTS["TemplatesVersionRetired"],
                data="TemplatesVersionRetired",
            )
        user = self.client.address_of(sender)
        parameters = bundle.manifest.parameters
        typed = values_of(parameters, values or {}, scene=self.scene(bundle, user, values or {}))
        args = self._arguments(bundle, typed)
        found = self.registry.call("agreedOf", offer.id, offer.version)
        if found != offer.agreed:
            raise TemplateRefused(
                f"{offer}: the chain says the terms hash to {to_hex(found)}, here they hash to {to_hex(offer.agreed)}",
                hint=HINTS["TemplatesTermsMismatch"],
                data="TemplatesTermsMismatch",
            )
        price = self.registry.call("priceOf", offer.id, offer.version, user, args)
        wish = Wish(
            offer=offer,
            user=user,
            values=typed,
            agreed=offer.agreed,
            salt=secrets.token_bytes(32) if salt is None else salt,
            code=bundle.artifact.bytecode if offer.brings_code else b"",
            args=args,
            init=_initialiser(bundle, typed),
            price=price,
            fee=self.registry.call("feeOn", price),
            instance=bytes(20),
        )
        with refusals():
            instance = self.registry.call("predict", wish.to_abi(), user)
        return Wish(**{field: getattr(wish, field) for field in wish.__struct_fields__} | {"instance": instance})

    def carry_out(self, wish: Wish, *, sender: Who) -> Use:
        """Pay a prepared use and make its instance. An allowance is signed for exactly the price, never more.

        Raises TemplateRefused with the name of the contract's error in `data`.
        """
        if self.client.address_of(sender) != wish.user:
            raise RegistryError(
                f"this use was prepared for {checksum(wish.user)}, not for {checksum(self.client.address_of(sender))}",
                hint="prepare it anew for the account that pays",
            )
        mz = self.client.contract("MZ", self.platform.mz)
        with refusals():
            if mz.call("allowance", wish.user, self.registry.address) >= wish.price:
                mined = self.registry.send("use", wish.to_abi(), sender=sender)
            else:
                permit = signed_allowance(self.client, mz, sender, self.registry.address, wish.price)
                mined = self.registry.send("useWithPermit", wish.to_abi(), permit, sender=sender)
        (used,) = [
            event for event in self.registry.events_in(mined, "Used") if event.arguments["instance"] == wish.instance
        ]
        return Use(
            offer=wish.offer,
            user=wish.user,
            instance=wish.instance,
            paid=used.arguments["paid"],
            burned=used.arguments["burned"],
            transaction_hash=mined.transaction_hash,
        )

    def use(
        self,
        which: str | Hash32,
        values: Mapping[str, Any] | None = None,
        *,
        sender: Who,
        version: int | None = None,
        salt: Hash32 | None = None,
    ) -> Use:
        """`prepare` and `carry_out` in one."""
        return self.carry_out(self.prepare(which, values, sender=sender, version=version, salt=salt), sender=sender)

    def origin(self, instance: Address) -> Offer:
        """The version an instance was made from; TemplateUnknown for a contract that was not made here."""
        template, version, _, _ = self.registry.call("origin", instance)
        if template == ZERO_HASH:
            raise TemplateUnknown(
                f"{checksum(instance)} was not made from a template of this registry",
                hint="its code may be a copy; only an origin says that it was paid for and is what was published",
            )
        return self.show(template, version)

    def scene(self, bundle: Bundle, user: Address, values: Mapping[str, Any]) -> Scene:
        """What parameters' texts depend on before there is an instance; its currency is one of the values."""
        scene = Scene(user=user, read=read_local, named=self.named, now=self.client.timestamp())
        currency = bundle.manifest.currency
        if currency is None or currency.parameter is None:
            return scene
        (chosen,) = [p for p in bundle.manifest.parameters if p.name == currency.parameter]
        if chosen.name not in values and chosen.default is None:
            return scene  # the missing value is said when all are read
        token = value_of(chosen, values.get(chosen.name), scene)
        return msgspec.structs.replace(scene, money=self.money(token))

    def money(self, token: Address) -> Money:
        """Symbol and decimals of a token, the zero address being ether; raises ParameterError when it does not say."""
        return Money() if token == self.platform.mz else money_of(self.client, token)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _find(self, which: str | Hash32) -> tuple[Hash32, str]:
        """Id and name of a template."""
        if isinstance(which, bytes) or (which.startswith("0x") and len(which) == 66):
            template = which if isinstance(which, bytes) else from_hex(which, length=32, name="template id")
            found = self.registry.events("Published", {"id": template})
            if not found:
                raise TemplateUnknown(f"no template {to_hex(template)} on this chain", hint="see `mz template list`")
            return template, _text(found[0].arguments["name"])
        author, slash, name = which.rpartition("/")
        word = name.encode().ljust(32, b"\0")
        if slash:
            return self._find(
                keccak(abi.encode(_ID_AND_NAME, [self.named(author) or self.client.address_of(author), word]))
            )
        templates = {
            event.arguments["id"]: event.arguments["author"]
            for event in self.registry.events("Published")
            if event.arguments["name"] == word
        }
        if len(templates) == 1:
            return next(iter(templates)), name
        if not templates:
            raise TemplateUnknown(f"no template is called {name!r} on this chain", hint="see `mz template list`")
        spelled = ", ".join(f"{checksum(author)}/{name}" for author in templates.values())
        raise TemplateUnknown(f"{len(templates)} authors have published {name!r}", hint=f"choose one: {spelled}")

    def _offer(self, template: Hash32, name: str, version: int | None) -> Offer:
        versions = self.registry.call("versionsOf", template)
        chosen = versions if version is None else version
        with refusals():
            try:
                found = self.registry.call("versionOf", template, chosen)
            except ContractReverted as problem:
                if problem.name != "TemplatesUnknown":
                    raise
                raise TemplateUnknown(
                    f"{name} has no version {chosen}", hint=f"there are versions 1 to {versions}"
                ) from problem
        return Offer.of(template, name, chosen, versions, found)

    def _fetch(self, offer: Offer) -> bytes:
        for cid in cids_with_digest(offer.manifest):
            try:
                return self.client.files.get(cid)
            except BlobUnknown:
                continue
        raise BlobUnknown(
            f"nobody here has the bundle of {offer}: {cids_with_digest(offer.manifest)[0]}",
            hint="ask the author for it and add it to the node; until then the template cannot be used safely",
        )

    def _check_code(self, offer: Offer, bundle: Bundle) -> None:
        """The registry's CREATE2 address commits to the creation code, so equality proves what instances will run."""
        if bundle.manifest.name != offer.name or bundle.manifest.kind != offer.kind:
            raise BundleError(f"the bundle of {offer} is about {bundle.manifest.name} ({bundle.manifest.kind})")
        if offer.brings_code:
            matches = keccak(bundle.artifact.bytecode) == offer.code_hash
        else:
            initcode_hash = keccak(self._initcode(bundle))
            expected = create2_address(self.registry.address, offer.salt, initcode_hash)
            matches = expected == offer.implementation and keccak(self.client.code(expected)) == offer.code_hash
        if not matches:
            raise BundleError(
                f"{offer}: the published code is not the one in its bundle", hint="do not use it; its author misleads"
            )

    def _arguments(self, bundle: Bundle, values: Mapping[str, Any]) -> bytes:
        """What stands behind an instance's creation code."""
        manifest = bundle.manifest
        if manifest.kind == "upgradeable":
            return b""  # a proxy carries nothing in its code: its initialiser is given everything
        if manifest.encoding == "packed":
            return pack_values(manifest.parameters, values)
        first = self._platform_addresses(bundle) if manifest.kind == "code" else ()
        return encode_values(manifest.parameters, values, first)

    def _initcode(self, bundle: Bundle) -> bytes:
        return bundle.artifact.bytecode + encode_values((), {}, self._platform_addresses(bundle))

    def _platform_addresses(self, bundle: Bundle) -> tuple[Address, ...]:
        addresses = self.platform.names()
        return tuple(addresses[name] for name in bundle.manifest.constructor)


def _in_wallet(client: Client) -> FindAccount:
    return lambda name: client.wallet[name].address if name in client.wallet else None


def _initialiser(bundle: Bundle, values: Mapping[str, Any]) -> bytes:
    """Call data of the manifest's initialiser, or none."""
    if bundle.manifest.initialiser is None:
        return b""
    call = parse_expression(bundle.manifest.initialiser)
    return abi.encode_call(bundle.artifact.abi, call.name, [values[name] for name in call.arguments or ()])


def _runtime_hash(bundle: Bundle) -> Hash32:
    """Zero, which means variable, when the constructor writes values into the code."""
    return ZERO_HASH if bundle.artifact.immutables else keccak(bundle.artifact.runtime)


def _text(word: bytes) -> str:
    return word.rstrip(b"\0").decode("ascii", errors="backslashreplace")
