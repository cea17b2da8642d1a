"""`mz template instances|upgrade|retire|hand-over|accept|freeze`: what one has made, and what its owner can still do
with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chain.cli.browsing import describe, library_of
from chain.cli.contract import named_address
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Leaf
from chain.errors import UsageError

if TYPE_CHECKING:
    from chain.registry.tenures import Standing


@click.command(cls=Leaf)
@click.argument("name", required=False)
@click.option("--of", "user", metavar="ACCOUNT", help="Somebody else's; yours, if neither is given.")
@click.pass_obj
def instances(session: Session, name: str | None, user: str | None) -> None:
    """Your instances, or every instance of the template NAME, in the order of their making."""
    from chain.registry.tenures import Tenures

    library = library_of(session)
    tenures = Tenures(library)
    if name is not None:
        found = tenures.made_from(name)
    else:
        who = user or session.settings.sender or "dev0"  # no key is needed to look
        found = tenures.of(named_address(session, library.client, who))
    if session.json:
        session.screen.data([_standing(one) for one in found])
        return
    if not found:
        session.screen.say("there are none; make one with: mz template use NAME")
        return
    rows = [
        (shown(one.instance), one.name, one.version, one.state, shown(one.owner if any(one.owner) else one.made_by))
        for one in found
    ]
    session.screen.table(("instance", "template", "version", "state", "owner"), rows)


@click.command(cls=Leaf)
@click.argument("instance")
@click.option("--version", type=click.IntRange(2), help="Instead of the newest.")
@click.option("--data", default="0x", metavar="HEX", help="What the new version's `migrate` asks for.")
@click.pass_obj
def upgrade(session: Session, instance: str, version: int | None, data: str) -> None:
    """Move your upgradeable INSTANCE to a later version of its template, on that version's terms, with its data."""
    from chain.primitives import from_hex
    from chain.registry.tenures import Tenures

    library = library_of(session, acting=True)
    tenures, sender = Tenures(library), library.client.wallet.first
    given = from_hex(data, name="--data")
    wanted = tenures.quote_upgrade(library.client.address_of(instance), sender=sender, version=version, data=given)
    session.confirm(
        f"pay {amount(wanted.price)} ({amount(wanted.fee)} of it burns) to move from version {wanted.from_version} "
        f"to {wanted.offer.version}, with {percent(wanted.offer.share_bps)} of every trade from then on?"
    )
    done = tenures.upgrade(wanted, sender=sender, data=given)
    if session.json:
        session.screen.data(
            {
                "instance": shown(done.instance),
                "template": describe(done.offer),
                "from_version": done.from_version,
                "paid": str(done.price),
                "burned": str(done.fee),
                "transaction": done.transaction_hash,
            }
        )
        return
    session.screen.line(shown(done.instance))
    session.screen.say(f"version {done.from_version} → {done.offer.version}, paid {amount(done.price)}")


@click.command(cls=Leaf)
@click.argument("what", metavar="NAME|INSTANCE")
@click.argument("number", metavar="[VERSION]", type=click.IntRange(1), required=False)
@click.pass_obj
def retire(session: Session, what: str, number: int | None) -> None:
    """End new uses of VERSION of your template NAME, or end your INSTANCE. Neither can be undone.

    Instances of a retired version live on. An instance that ends sends its funds where its own rules send them.
    """
    from chain.registry.tenures import Tenures

    library = library_of(session, acting=True)
    sender = library.client.wallet.first
    if len(what) == 42 and what.startswith("0x"):
        if number is not None:
            raise UsageError("an instance has no versions to retire", hint="leave the version out")
        session.confirm(f"end the instance {what} for good?")
        mined = Tenures(library).retire(library.client.address_of(what), sender=sender)
        _done(session, {"instance": what, "transaction": mined.transaction_hash}, f"{what} has ended")
        return
    if number is None:
        raise UsageError("which version?", hint=f"mz template retire {what} VERSION; `mz template show` counts them")
    session.confirm(f"take no new uses of {what} version {number}, for good?")
    offer = library.retire(what, number, sender=sender)
    _done(session, describe(offer), f"{offer.name} version {offer.version} takes no new uses")


@click.command("hand-over", cls=Leaf)
@click.argument("instance")
@click.argument("to", metavar="ACCOUNT")
@click.pass_obj
def hand_over(session: Session, instance: str, to: str) -> None:
    """Offer your INSTANCE to ACCOUNT, who owns it once it is accepted there.

    Until then it is yours, and another offer takes the place of this one. What the instance itself knows about owners
    and payees is its own business.
    """
    from chain.registry.tenures import Tenures

    library = library_of(session, acting=True)
    address, heir = library.client.address_of(instance), named_address(session, library.client, to)
    session.confirm(f"offer {shown(address)} to {shown(heir)}?")
    mined = Tenures(library).offer(address, heir, sender=library.client.wallet.first)
    told = {"instance": shown(address), "offered_to": shown(heir), "transaction": mined.transaction_hash}
    _done(session, told, f"offered; {shown(heir)} takes it with: mz template accept {shown(address)}")


@click.command(cls=Leaf)
@click.argument("instance")
@click.pass_obj
def accept(session: Session, instance: str) -> None:
    """Take the INSTANCE that its owner has offered you."""
    from chain.registry.tenures import Tenures

    library = library_of(session, acting=True)
    address, sender = library.client.address_of(instance), library.client.wallet.first
    mined = Tenures(library).accept(address, sender=sender)
    told = {"instance": shown(address), "owner": shown(sender.address), "transaction": mined.transaction_hash}
    _done(session, told, f"{shown(address)} is yours")


@click.command(cls=Leaf)
@click.argument("instance")
@click.pass_obj
def freeze(session: Session, instance: str) -> None:
    """Give up upgrades of your INSTANCE for good: its code stays what it is, and the Till takes deposits for it."""
    from chain.registry.tenures import Tenures

    library = library_of(session, acting=True)
    address = library.client.address_of(instance)
    Tenures(library).check_movable(address, sender=library.client.wallet.first)
    session.confirm(f"never upgrade {shown(address)} again?")
    mined = Tenures(library).freeze(address, sender=library.client.wallet.first)
    _done(session, {"instance": shown(address), "transaction": mined.transaction_hash}, f"{shown(address)} is frozen")


def _done(session: Session, data: dict[str, Any], words: str) -> None:
    if session.json:
        session.screen.data(data)
    else:
        session.screen.say(words)


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "instance": shown(one.instance),
        "template": one.name,
        "id": one.id,
        "version": one.version,
        "state": one.state,
        "made_by": shown(one.made_by),
        "block": one.made_at_block,
        "paid": str(one.paid),
        "owner": shown(one.owner) if any(one.owner) else None,
        "offered_to": shown(one.heir) if any(one.heir) else None,
        "successor": shown(one.successor) if any(one.successor) else None,
        "share_bps": one.share_bps,
        "upgradeable": one.upgradeable,
    }
