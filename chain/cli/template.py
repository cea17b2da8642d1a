"""`mz template`: find, publish and use contract templates.

Everything goes through the library over JSON-RPC, as any program's would; the platform's own templates have no other
way in. Prices are in MZ, `2.5` or `2.5 MZ`; in JSON amounts are decimal strings in wei of MZ.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.errors import BlobError, BundleError, ManifestError, UsageError

if TYPE_CHECKING:
    from chain.registry.bundle import Bundle
    from chain.registry.library import Library
    from chain.registry.offers import Offer


@click.group(cls=Branch)
def template() -> None:
    """List, show, publish and use contract templates."""


@template.command(name="list")
@click.option("--author", metavar="ACCOUNT", help="Only templates of this author.")
@click.pass_obj
def find(session: Session, author: str | None) -> None:
    """The templates published on this chain, in their newest versions."""
    offers = _library(session).list(author)
    if session.json:
        session.screen.data([describe(offer) for offer in offers])
        return
    if not offers:
        session.screen.say("nothing is published here yet; publish your own with: mz template publish FOLDER")
        return
    session.screen.table(("template", "version", "price per use", "share of trades", "author"), list(_rows(offers)))


@template.command()
@click.argument("name")
@click.option("--version", type=click.IntRange(1), help="Instead of the newest.")
@click.pass_obj
def show(session: Session, name: str, version: int | None) -> None:
    """What the template NAME does, asks and has earned. NAME may be 0xAUTHOR/NAME or the template's id."""
    library = _library(session)
    offer = library.show(name, version)
    earned = library.earnings(offer.id)
    try:
        bundle = library.bundle(offer)
    except (BlobError, BundleError) as problem:
        # The terms are on the chain and true; only what the bundle says cannot be shown.
        session.screen.say(f"bundle: {problem.message}")
        bundle = None
    if session.json:
        session.screen.data(
            {
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
        ("id", "0x" + offer.id.hex()),
    ]
    session.screen.table((offer.name, ""), facts)
    if bundle is not None and bundle.manifest.parameters:
        session.screen.line("")
        session.screen.table(
            ("parameter", "meaning", "unit", "default"),
            [(one.name, one.label.en, one.unit or one.type, _default(one)) for one in bundle.manifest.parameters],
        )


@template.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--price", metavar="MZ", help="Of one use, instead of what the manifest proposes.")
@click.option("--share-bps", type=click.IntRange(0, 1000), help="Of every trade, in basis points.")
@click.option("--payee", metavar="ACCOUNT", help="Who is paid; you, if not given.")
@click.pass_obj
def publish(session: Session, source: Path, price: str | None, share_bps: int | None, payee: str | None) -> None:
    """Publish the template in SOURCE, a folder or a bundle file, as the next version of your template of that name.

    A folder is compiled first. Terms are for good: another price is another version.
    """
    from chain.registry.units import amount as wei

    bundle = _bundle(session, source)
    proposed = bundle.manifest.terms
    price_wei = proposed.price_wei if price is None else wei(price)
    share = proposed.share_bps if share_bps is None else share_bps
    library = _library(session, acting=True)
    sender = library.client.wallet.first
    session.confirm(
        f"publish {bundle.manifest.name} as {shown(sender.address)} at {amount(price_wei)} per use "
        f"and {percent(share)} of every trade?"
    )
    offer = library.publish(bundle, sender=sender, price=price_wei, share_bps=share, payee=payee)
    if session.json:
        session.screen.data(describe(offer))
        return
    session.screen.line(f"0x{offer.id.hex()}")
    session.screen.say(f"published {offer.name} version {offer.version} at {amount(offer.price)} per use")


@template.command()
@click.argument("name")
@click.option("--set", "given", multiple=True, metavar="PARAMETER=VALUE", help="A parameter; may be repeated.")
@click.option("--version", type=click.IntRange(1), help="Instead of the newest.")
@click.pass_obj
def use(session: Session, name: str, given: tuple[str, ...], version: int | None) -> None:
    """Pay for one use of the template NAME and get an instance of your own.

    `mz template show NAME` lists the parameters. The price and everything the code may do is fixed before you pay.
    """
    library = _library(session, acting=True)
    sender = library.client.wallet.first
    wish = library.prepare(name, _values(given), sender=sender, version=version)
    session.confirm(
        f"pay {amount(wish.offer.price)} for {wish.offer.name} version {wish.offer.version} as {shown(sender.address)}?"
    )
    used = library.carry_out(wish, sender=sender)
    if session.json:
        session.screen.data(
            {
                "instance": shown(used.instance),
                "template": describe(used.offer),
                "paid": str(used.paid),
                "author_paid": str(used.author_paid),
                "burned": str(used.burned),
                "transaction": used.transaction_hash,
            }
        )
        return
    session.screen.line(shown(used.instance))
    session.screen.say(
        f"paid {amount(used.paid)}: {amount(used.author_paid)} to the author, {amount(used.burned)} burned"
    )


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


def _rows(offers: Iterable[Offer]) -> Iterable[tuple[str, str, str, str, str]]:
    for offer in offers:
        version = f"{offer.version} (retired)" if offer.retired else str(offer.version)
        yield offer.name, version, amount(offer.price), percent(offer.share_bps), shown(offer.author)


def _library(session: Session, *, acting: bool = False) -> Library:
    from chain.registry.library import Library

    return Library(session.client(acting=acting))


def _values(given: Iterable[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(f"not a parameter: {one}", hint="write --set name=value")
        if name in values:
            raise UsageError(f"{name} is given twice", hint="give each parameter once")
        values[name] = value
    return values


def _bundle(session: Session, source: Path) -> Bundle:
    from chain.registry.bundle import open_bundle

    if source.is_dir():
        return open_bundle(_compiled(session, source))
    try:
        data = source.read_bytes()
    except OSError as problem:
        raise BundleError(f"cannot read {source}: {problem.strerror}") from problem
    return open_bundle(data)


def _compiled(session: Session, folder: Path) -> bytes:
    """A bundle made from a folder. The manifest is read first: no compiler is fetched for one that is broken."""
    from chain.artifacts import sources_folder
    from chain.registry.bundle import make_bundle, read_folder
    from chain.registry.manifest import FILE_NAME, read_manifest
    from chain.solidity import ensure_solc

    files = read_folder(folder)
    if FILE_NAME not in files:
        raise BundleError(f"there is no {FILE_NAME} in {folder}", hint="docs/templates.md says what a folder holds")
    manifest = read_manifest(files[FILE_NAME])
    sources = {path: data.decode() for path, data in files.items() if path.endswith(".sol")}
    session.screen.say(f"compiling {manifest.name}")
    compilation = ensure_solc(progress=session.screen.say).compile(sources, libraries=sources_folder())
    for warning in compilation.warnings:
        session.screen.say(warning)
    if manifest.contract not in compilation.artifacts:
        raise ManifestError(
            f"contract = {manifest.contract!r}: the sources have no such contract",
            hint=f"they have: {', '.join(sorted(compilation.artifacts))}",
        )
    return make_bundle(folder, compilation.artifacts[manifest.contract])


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _parameter(one: Any) -> dict[str, Any]:
    return {"name": one.name, "type": one.type, "unit": one.unit, "label": one.label.en, "default": one.default}


def _default(one: Any) -> str:
    if one.default is None:
        return "must be given"
    return one.default or "empty"
