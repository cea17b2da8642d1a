"""The platform's story, played on a chain with real transactions: what `mz demo` shows.

Strangers publish templates, a creator uses one, a reader pays, and everything that must be refused is tried. Every
figure is read from balances and the supply before and after, never from what a contract says about itself. What the
figures must be is worked out elsewhere, in `rules`.

    roll out ─► publish ─► register a work, use the template ─► sell a licence ─► count ─► try what must fail
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chain import abi
from chain.cli.rules import PERCENT, UNIT, Terms
from chain.client import Client, Mined
from chain.errors import TransactionFailed
from chain.model import Record
from chain.primitives import Address, Hash32, Wei, keccak
from chain.registry.bundle import Bundle
from chain.registry.library import Library
from chain.registry.offers import Offer, Wish
from chain.wallet import Account

# Uneven on purpose: neither fee nor share comes out whole, so both roundings show.
PRICE: Wei = 12 * UNIT + 345_678_901_234_567_891
SHARE_BPS = 250
LICENCE_PRICE: Wei = 3 * UNIT + 333_333_333_333_333_333
RAISED_PRICE: Wei = 99 * UNIT
ALLOWANCE: Wei = 1_000 * UNIT

AUTHORED = "copyright-licence"
UNUSED = "tip-jar"
WORK = b"The first chapter of a book that exists only in this demonstration.\n"
ORDER_ONE_USE = abi.encode([{"type": "uint8"}, {"type": "uint32"}], [0, 1])  # ICopyrightLicence.Kind.Use, once

# A transaction that must be refused is sent all the same, so that the chain refuses it in a block and not a client
# beforehand. This much gas is more than any of them needs.
GAS_TO_BE_REFUSED = 3_000_000

REFUSALS = {
    "use on terms other than those published": "TemplatesTermsMismatch",
    "use at a price that was raised in flight": "TemplatesTermsMismatch",
    "use a retired version": "TemplatesVersionRetired",
    "bring other bytecode for a published hash": "TemplatesCodeMismatch",
    "buy without an allowance": "ERC20InsufficientAllowance",
    "buy at a price that was raised in flight": "LicencePriceMismatch",
}

Tell = Callable[[str], None]
"""Is told each step as it begins."""


class Cast(Record):
    """Who takes part: the founders, and four who have no more to do with them than anybody."""

    founders: Account
    author: Account
    stranger: Account
    creator: Account
    reader: Account

    @classmethod
    def of(cls, accounts: tuple[Account, ...]) -> Cast:
        """The account that rolled out, and four that have no seat or role anywhere."""
        founders, *_, author, stranger, creator, reader = accounts[:9]
        return cls(founders=founders, author=author, stranger=stranger, creator=creator, reader=reader)

    def roles(self) -> dict[str, Account]:
        """Everybody by role."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class Unused(Record):
    """A template that nobody used, and what its payee received since."""

    template: str
    author: Address
    uses: int
    earned: Wei


class Refusal(Record):
    """What was tried, and the error by which the chain refused it."""

    attempt: str
    error: str
    transaction: Hash32


class Story(Record):
    """What happened. Amounts are in wei of MZ."""

    terms: Terms
    allocations: Mapping[str, Wei]
    supply_start: Wei
    template: Offer
    work: int
    claimed_at: int  # seconds since 1970
    instance: Address
    creator_spent: Wei
    author_paid_on_use: Wei
    burned_on_use: Wei
    reader_spent: Wei
    creator_paid: Wei
    author_paid_on_trade: Wei
    burned_on_trade: Wei
    burned: Wei
    unused: tuple[Unused, ...]
    unused_earned: Wei
    supply_end: Wei
    refused: tuple[Refusal, ...]
    moved_by_refused: Wei


STEPS = 9  # that are told, the two before `play` included


class Stage:
    """The chain, the cast and the contracts, while the story is played."""

    def __init__(self, client: Client, cast: Cast, bundles: Mapping[str, Bundle], tell: Tell) -> None:
        self.client, self.cast, self.bundles, self.tell = client, cast, bundles, tell
        self.library = Library(client)
        platform = client.platform
        self.mz = client.contract("MZ", platform.mz)
        self.till = client.contract("Till", platform.till)
        self.templates = client.contract("Templates", platform.templates)
        self.notary = client.contract("Notary", platform.notary)
        self.works = client.contract("Works", platform.works)

    def has(self, who: Account | Address) -> Wei:
        """MZ of an account, what waits for it in the Till included."""
        address = who.address if isinstance(who, Account) else who
        held: Wei = self.mz.call("balanceOf", address)
        waiting: Wei = self.till.call("credit", self.mz.address, address)
        return held + waiting

    def supply(self) -> Wei:
        """MZ that exist."""
        supply: Wei = self.mz.call("totalSupply")
        return supply


def play(stage: Stage) -> Story:
    """All of it, in order. Raises ChainError when a step that must succeed does not."""
    cast = stage.cast
    stage.tell("counting the five allocations of the one and only issue of MZ")
    allocations = allocated(stage)
    supply_start = stage.supply()

    stage.tell("strangers and founders publish templates on equal terms")
    offer = publish(stage, AUTHORED, cast.author, price=PRICE, share_bps=SHARE_BPS)
    # The founders' own were published in the roll-out; nobody is going to use them either.
    idle = [publish(stage, UNUSED, cast.stranger), *stage.library.list(cast.founders)]

    stage.tell("the creator registers a work")
    before_idle = {one.id: stage.has(one.payee) for one in idle}
    work, claimed_at = register(stage, cast.creator)

    stage.tell("the creator uses the template and pays its author")
    before = measure(stage)
    instance = use(stage, offer, work)
    after_use = measure(stage)

    stage.tell("a reader buys a licence from the instance")
    buy(stage, instance)
    after_trade = measure(stage)

    stage.tell("trying what must be refused")
    refused = refusals(stage, offer, idle[0], instance, work)
    end = measure(stage)

    stage.tell("counting what unused templates have earned, and the supply")
    unused = tuple(count_unused(stage, one, before_idle[one.id]) for one in idle)
    return Story(
        terms=Terms(price=PRICE, share_bps=SHARE_BPS, fee_bps=stage.till.call("feeBps"), licence_price=LICENCE_PRICE),
        allocations=allocations,
        supply_start=supply_start,
        template=offer,
        work=work,
        claimed_at=claimed_at,
        instance=instance,
        creator_spent=before["creator"] - after_use["creator"],
        author_paid_on_use=after_use["author"] - before["author"],
        burned_on_use=before["supply"] - after_use["supply"],
        reader_spent=after_use["reader"] - after_trade["reader"],
        creator_paid=after_trade["creator"] - after_use["creator"],
        author_paid_on_trade=after_trade["author"] - after_use["author"],
        burned_on_trade=after_use["supply"] - after_trade["supply"],
        burned=supply_start - end["supply"],
        unused=unused,
        unused_earned=sum(one.earned for one in unused),
        supply_end=end["supply"],
        refused=tuple(refused),
        moved_by_refused=sum(abs(end[name] - after_trade[name]) for name in end),
    )


def publish(stage: Stage, name: str, author: Account, **terms: Any) -> Offer:
    """Upload the bundle and publish it as the author's own, on the given terms or those the manifest proposes."""
    return stage.library.publish(stage.bundles[name], sender=author, **terms)


def allocated(stage: Stage) -> dict[str, Wei]:
    """What each tranche received in the transaction that made MZ, in the order of the table.

    Counted from the token's transfers and confirmed by balances: what the receivers did not have right afterwards is
    told as a tranche that no table knows.
    """
    transfers = stage.mz.events("Transfer", {"from": stage.client.platform.genesis})
    amounts = {f"tranche {number}": one.arguments["value"] for number, one in enumerate(transfers, start=1)}
    if len(transfers) == len(PERCENT):
        amounts = dict(zip(PERCENT, amounts.values(), strict=True))
    block = transfers[0].block_number if transfers else "latest"
    held = sum(stage.mz.call("balanceOf", to, block=block) for to in {one.arguments["to"] for one in transfers})
    missing = stage.mz.call("totalSupply", block=block) - held
    return amounts | ({"elsewhere": missing} if missing else {})


def register(stage: Stage, creator: Account) -> tuple[int, int]:
    """Anchor a commitment, then claim the work with it: number of the work and the time that counts."""
    content, salt = hashlib.sha256(WORK).digest(), keccak(WORK)
    commitment = stage.works.call("commitmentOf", content, creator.address, salt)
    stage.notary.send("anchor", commitment, sender=creator)
    stage.works.send("registerCommitted", content, salt, sender=creator)
    work: int = stage.works.call("workOf", content, creator.address)
    evidence: Mapping[str, Any] = stage.works.call("evidence", work)
    return work, evidence["claimedAt"]


def use(stage: Stage, offer: Offer, work: int) -> Address:
    """The creator's own instance of the template, for the work."""
    return stage.library.use(
        offer.id, {"work": work, "perUse": LICENCE_PRICE}, sender=stage.cast.creator, version=offer.version
    ).instance


def buy(stage: Stage, instance: Address) -> None:
    """One licence for the reader: an allowance for exactly its price, then the payment through the Till."""
    stage.mz.send("approve", stage.till.address, LICENCE_PRICE, sender=stage.cast.reader)
    pay(stage, instance, LICENCE_PRICE, stage.cast.reader)


def pay(stage: Stage, instance: Address, gross: Wei, payer: Account, *, gas: int | None = None) -> Mined:
    """Order one use of the work at this price."""
    return stage.till.send(
        "payAndCall", stage.mz.address, gross, instance, keccak(b"demo"), ORDER_ONE_USE, sender=payer, gas=gas
    )


def measure(stage: Stage) -> dict[str, Wei]:
    """What the three have, and the supply."""
    return {
        "author": stage.has(stage.cast.author),
        "creator": stage.has(stage.cast.creator),
        "reader": stage.has(stage.cast.reader),
        "supply": stage.supply(),
    }


def count_unused(stage: Stage, offer: Offer, before: Wei) -> Unused:
    """How often a template was used, and what came in at its payee since."""
    uses = stage.templates.events("Used", {"id": offer.id})
    return Unused(template=offer.name, author=offer.author, uses=len(uses), earned=stage.has(offer.payee) - before)


def refusals(stage: Stage, offer: Offer, coded: Offer, instance: Address, work: int) -> list[Refusal]:
    """Every attempt of `REFUSALS`, each as a transaction that the chain puts into a block and refuses."""
    cast, library = stage.cast, stage.library
    wish = library.prepare(offer.id, {"work": work, "perUse": LICENCE_PRICE}, sender=cast.creator)
    jar = library.prepare(coded.id, {}, sender=cast.creator)
    # Allowances are in order, so that nothing but the rule in question can be the reason.
    stage.mz.send("approve", stage.templates.address, ALLOWANCE, sender=cast.creator)
    cheaper = msgspec.structs.replace(offer, price=offer.price // 2).agreed
    attempts = [
        _attempt(stage, 0, lambda gas: _use(stage, wish, gas, agreed=cheaper)),
    ]
    dearer = publish(stage, AUTHORED, cast.author, price=RAISED_PRICE, share_bps=SHARE_BPS)
    attempts.append(_attempt(stage, 1, lambda gas: _use(stage, wish, gas, version=dearer.version)))
    library.retire(offer.id, offer.version, sender=cast.author)
    attempts.append(_attempt(stage, 2, lambda gas: _use(stage, wish, gas)))
    attempts.append(_attempt(stage, 3, lambda gas: _use(stage, jar, gas, code=jar.code + b"\0")))
    attempts.append(_attempt(stage, 4, lambda gas: pay(stage, instance, LICENCE_PRICE, cast.reader, gas=gas)))
    stage.mz.send("approve", stage.till.address, ALLOWANCE, sender=cast.reader)
    licence = stage.client.contract(f"{AUTHORED}/CopyrightLicence", instance)
    licence.send("setPrices", RAISED_PRICE, 0, 0, 0, sender=cast.creator)
    attempts.append(_attempt(stage, 5, lambda gas: pay(stage, instance, LICENCE_PRICE, cast.reader, gas=gas)))
    return attempts


def _use(stage: Stage, wish: Wish, gas: int, **instead: Any) -> Mined:
    return stage.templates.send("use", {**wish.to_abi(), **instead}, sender=stage.cast.creator, gas=gas)


def _attempt(stage: Stage, number: int, act: Callable[[int], Mined]) -> Refusal:
    attempt = list(REFUSALS)[number]
    try:
        mined = act(GAS_TO_BE_REFUSED)
    except TransactionFailed as refusal:
        return Refusal(attempt=attempt, error=refusal.name or refusal.message, transaction=refusal.transaction_hash)
    return Refusal(attempt=attempt, error="", transaction=mined.transaction_hash)
