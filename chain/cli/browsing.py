"""`mz template list|search|show|earnings`: what is published here, what it asks, and what it has brought."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from chain.cli.contract import find_address, named_address
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Leaf
from chain.errors import BlobError, BundleError

if TYPE_CHECKING:
    from chain.registry.library import Library
    from chain.registry.offers import Earnings, Offer
    from chain.registry.reports import Badge


@click.command(name="list", cls=Leaf)
@click.option("--author", metavar="ACCOUNT", help="Only templates of this author.")
@click.pass_obj
def find(session: Session, author: str | None) -> None:
    """The templates published on this chain, in their newest versions."""
    library = library_of(session)
    _tell(session, library.list(None if author is None else named_address(session, library.client, author)))


@click.command(cls=Leaf)
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def search(session: Session, words: tuple[str, ...]) -> None:
    """The templates whose name, title or summary has all WORDS, the most used first."""
    from chain.registry import search as finding

    _tell(session, finding.search(library_of(session), " ".join(words)))


@click.command(cls=Leaf)
@click.argument("name")
@click.option("--version", type=click.IntRange(1), help="Instead of the newest.")
@click.pass_obj
def show(session: Session, name: str, version: int | None) -> None:
    """What the template NAME does, asks and has earned. NAME may be 0xAUTHOR/NAME or the template's id."""
    library = library_of(session)
    offer = library.show(name, version)
    earned = library.earnings(offer.id)
    try:
        bundle = library.bundle(offer)
    except (BlobError, BundleError) as problem:
        # The terms are on the chain and true; only what the bundle says cannot be shown.
        session.screen.say(f"bundle: {problem.message}")
        bundle = None
    badges = badges_of(library, offer)
    if session.json:
        session.screen.data(
            {
                "badges": [badge_in_json(badge) for badge in badges],
                **describe(offer),
                "uses": earned.uses,
                "earned_on_uses": str(earned.from_uses),
                "burned_on_uses": str(earned.burned_on_uses),
                "trades": earned.trades,
                "title": bundle.manifest.title.en if bundle else None,
                "summary": bundle.manifest.summary.en if bundle else None,
                "parameters": [_parameter(one) for one in bundle.manifest.parameters] if bundle else [],
            }
        )
        return
    facts: list[tuple[str, str]] = []
    if bundle is not None:
        facts += [("title", bundle.manifest.title.en), ("summary", bundle.manifest.summary.en)]
    facts += [
        ("price", f"{amount(offer.price)} per use"),
        ("share", f"{percent(offer.share_bps)} of every trade an instance settles"),
        ("author", shown(offer.author)),
        ("paid to", shown(offer.payee)),
        ("version", f"{offer.version} of {offer.versions}" + (", retired" if offer.retired else "")),
        ("used", f"{_times(earned.uses)}, {amount(earned.from_uses)} earned; trades settled: {earned.trades}"),
        ("kind", offer.kind + (": its owner may upgrade it" if offer.upgradeable else "")),
        ("tested", "; ".join(map(str, badges)) or "nobody has attached a test report"),
        ("id", "0x" + offer.id.hex()),
    ]
    session.screen.table((offer.name, ""), facts)
    if bundle is not None and bundle.manifest.parameters:
        session.screen.line("")
        session.screen.table(
            ("parameter", "meaning", "unit", "default"),
            [(one.name, one.label.en, one.unit or one.type, _default(one)) for one in bundle.manifest.parameters],
        )


@click.command(cls=Leaf)
@click.argument("name", required=False)
@click.option("--author", metavar="ACCOUNT", help="All templates of this author; you, if neither is given.")
@click.option(
    "--by",
    type=click.Choice(["version", "instance", "payee", "what"]),
    default="version",
    show_default=True,
    help="What to add up by.",
)
@click.option("--history", is_flag=True, help="Every payment, in order.")
@click.pass_obj
def earnings(session: Session, name: str | None, author: str | None, by: str, history: bool) -> None:
    """What the template NAME, or all templates of an author, have brought: uses, upgrades and shares of trades."""
    library = library_of(session)
    if name is not None:
        ids = [library.show(name).id]
    else:
        who = author or session.settings.sender or "dev0"  # no key is needed to look
        ids = [offer.id for offer in library.list(named_address(session, library.client, who))]
    found = [library.earnings(template) for template in ids]
    if session.json:
        session.screen.data([_earned(one) for one in found])
        return
    if history:
        rows = [
            (p.block_number, e.name, p.version, p.what, shown(p.instance), _money(library, p.token, p.amount))
            for e in found
            for p in e.history
        ]
        session.screen.table(("block", "template", "version", "for", "instance", "earned"), rows)
        return
    rows_by = [
        (
            e.name,
            shown(key) if isinstance(key, bytes) else key,
            ", ".join(_money(library, t, v) for t, v in sums.items()),
        )
        for e in found
        for key, sums in e.by(by).items()
    ]
    session.screen.table(("template", by, "earned"), rows_by)
    totals: dict[bytes, int] = {}
    for one in found:
        for payment in one.history:
            totals[payment.token] = totals.get(payment.token, 0) + payment.amount
    session.screen.say("in all: " + (", ".join(_money(library, t, v) for t, v in totals.items()) or "nothing yet"))


def describe(offer: Offer) -> dict[str, Any]:
    """A published version as JSON has it."""
    return {
        "name": offer.name,
        "id": offer.id,
        "author": shown(offer.author),
        "version": offer.version,
        "versions": offer.versions,
        "price": str(offer.price),
        "share_bps": offer.share_bps,
        "payee": shown(offer.payee),
        "manifest": offer.manifest,
        "published_at": offer.published_at,
        "retired": offer.retired,
    }


def library_of(session: Session, *, acting: bool = False) -> Library:
    """The registry of the chain that `--rpc` names."""
    from chain.registry.library import Library

    client = session.client(acting=acting)
    return Library(client, named=lambda name: find_address(session, client, name))


def badges_of(library: Library, offer: Offer) -> list[Badge]:
    """Who vouches for a version with a test report."""
    from chain.registry.reports import badges

    return badges(library, offer)


def badge_in_json(badge: Badge) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "signer": shown(badge.signer),
        "report": badge.report,
        "passed": badge.passed,
        "problem": badge.problem,
        "steps": dict(badge.steps),
    }


def _tell(session: Session, offers: list[Offer]) -> None:
    if session.json:
        session.screen.data([describe(offer) for offer in offers])
        return
    if not offers:
        session.screen.say("nothing of that is published here; publish your own with: mz template publish FOLDER")
        return
    session.screen.table(("template", "version", "price per use", "share of trades", "author"), list(_rows(offers)))


def _earned(earned: Earnings) -> dict[str, Any]:
    return {
        "name": earned.name,
        "id": earned.id,
        "author": shown(earned.author),
        "uses": earned.uses,
        "from_uses": str(earned.from_uses),
        "burned_on_uses": str(earned.burned_on_uses),
        "trades": earned.trades,
        "from_trades": {shown(token): str(value) for token, value in earned.from_trades.items()},
        "history": [
            {
                "block": one.block_number,
                "transaction": one.transaction_hash,
                "for": one.what,
                "version": one.version,
                "instance": shown(one.instance),
                "payee": shown(one.payee),
                "token": shown(one.token),
                "amount": str(one.amount),
            }
            for one in earned.history
        ],
    }


def _money(library: Library, token: bytes, value: int) -> str:
    return library.money(token).show(value)


def _rows(offers: Iterable[Offer]) -> Iterable[tuple[str, str, str, str, str]]:
    for offer in offers:
        version = f"{offer.version} (retired)" if offer.retired else str(offer.version)
        yield offer.name, version, amount(offer.price), percent(offer.share_bps), shown(offer.author)


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _parameter(one: Any) -> dict[str, Any]:
    return {"name": one.name, "type": one.type, "unit": one.unit, "label": one.label.en, "default": one.default}


def _default(one: Any) -> str:
    if one.default is None:
        return "must be given"
    return one.default or "empty"
