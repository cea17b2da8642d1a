"""`mz template use|compose`: pay for templates and get instances of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chain.cli.asking import asked, is_asking, values_of_flags
from chain.cli.browsing import describe, library_of
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Leaf

if TYPE_CHECKING:
    from chain.registry.library import Library
    from chain.registry.offers import Wish
    from chain.registry.units import Scene


@click.command(cls=Leaf)
@click.argument("name")
@click.option("--set", "given", multiple=True, metavar="PARAMETER=VALUE", help="A parameter; may be repeated.")
@click.option("--version", type=click.IntRange(1), help="Instead of the newest.")
@click.option("--replaces", metavar="INSTANCE", help="One of yours; the new one is recorded as its successor.")
@click.pass_obj
def use(session: Session, name: str, given: tuple[str, ...], version: int | None, replaces: str | None) -> None:
    """Pay for one use of the template NAME and get an instance of your own.

    On a terminal, parameters that are not given are asked for. Price, fee, gas and address are shown before you sign,
    and everything the code may do is fixed then.
    """
    from chain.registry.tenures import Tenures

    library = library_of(session, acting=True)
    sender = library.client.wallet.first
    values = _asked(session, library, name, version, values_of_flags(given))
    wish = library.prepare(name, values, sender=sender, version=version)
    if not (session.json and session.yes):
        _show_wish(session, library, wish)
    session.confirm(
        f"pay {amount(wish.price)} for {wish.offer.name} version {wish.offer.version} as {shown(sender.address)}?"
    )
    if replaces is None:
        used = library.carry_out(wish, sender=sender)
    else:
        used = Tenures(library).replace(library.client.address_of(replaces), wish, sender=sender)
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


@click.command(cls=Leaf)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the interface's files.")
@click.pass_obj
def compose(session: Session, file: Path, out: Path | None) -> None:
    """Use several templates in one transaction, wired as FILE (a combination.toml) says; all of them or none.

    `--out` gets one interface over all parts: NAME.json (ABI), NAME.py and NAME.ts.
    """
    import json

    from chain.registry import combination, interface
    from chain.registry.gas import gas_of_all

    plan = combination.read_plan(file.read_bytes())
    library = library_of(session, acting=True)
    sender = library.client.wallet.first
    session.screen.say(f"preparing {len(plan.parts)} templates")
    prepared = combination.prepare(library, plan, sender=sender)
    if not session.json:
        session.screen.table(
            ("part", "template", "version", "price", "address"),
            [
                (part, wish.offer.name, wish.offer.version, amount(wish.price), shown(wish.instance))
                for part, wish in prepared.wishes.items()
            ],
            aside=True,
        )
        session.screen.say(f"gas: {_gas(library, gas_of_all(library, list(prepared.wishes.values())))}")
    session.confirm(
        f"pay {amount(prepared.price)} ({amount(prepared.fee)} of it burns) for all as {shown(sender.address)}?"
    )
    used = combination.carry_out(library, prepared, sender=sender)
    parts = {name: (one.instance, prepared.bundles[name]) for name, one in used.items()}
    written = []
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        texts = {
            "json": json.dumps(interface.abi_of(parts), indent=2) + "\n",
            "py": interface.python_of(plan.name, parts),
            "ts": interface.typescript_of(plan.name, parts),
        }
        for ending, text in texts.items():
            path = out / f"{plan.name}.{ending}"
            path.write_text(text, encoding="utf-8")
            written.append(path)
    if session.json:
        session.screen.data(
            {
                "name": plan.name,
                "parts": {name: shown(one.instance) for name, one in used.items()},
                "paid": str(sum(one.paid for one in used.values())),
                "burned": str(sum(one.burned for one in used.values())),
                "transaction": next(iter(used.values())).transaction_hash,
                "files": written,
            }
        )
        return
    for name, one in used.items():
        session.screen.line(f"{name} {shown(one.instance)}")
    for path in written:
        session.screen.say(f"wrote {path}")


def _asked(session: Session, library: Library, name: str, version: int | None, given: dict[str, str]) -> dict[str, str]:
    if not is_asking(session):
        return given
    bundle, user = library.bundle(library.show(name, version)), library.client.wallet.first.address
    return asked(session, bundle.manifest.parameters, given, lambda values: library.scene(bundle, user, values))


def _gas(library: Library, gas: int) -> str:
    if not gas:
        return "nobody can say: the use would be refused as things are"
    return f"about {gas:,}, {amount(gas * int(library.client.rpc('eth_gasPrice'), 16), 'ETH')} at today's price"


def _show_wish(session: Session, library: Library, wish: Wish) -> None:
    """What is about to be signed."""
    from chain.registry.gas import gas_of
    from chain.registry.parameters import shown_values

    bundle = library.bundle(wish.offer)
    scene: Scene = library.scene(bundle, wish.user, wish.values)
    rows = [(p.label.en, shown_values([p], wish.values, scene)[p.name]) for p in bundle.manifest.parameters]
    rows += [
        ("price", f"{amount(wish.price)}, of which {amount(wish.fee)} burn as the fee"),
        ("share of trades", percent(wish.offer.share_bps)),
        ("gas", _gas(library, gas_of(library, wish))),
        ("address", shown(wish.instance)),
    ]
    session.screen.table((f"{wish.offer.name} version {wish.offer.version}", ""), rows, aside=True)
