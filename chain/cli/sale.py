"""`mz sale`: the public sale."""

from __future__ import annotations

from typing import cast

import click

from chain.cli.money import account, ether, moment, mz, told
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.economy.sale import SALE_TRANCHES, Tranche
from chain.errors import EconomyError

SLIPPAGE_BPS = 50


@click.group(cls=Branch)
def sale() -> None:
    """Buy MZ in the public sale, claim it, or have the ether back."""


@sale.command()
@click.option("--buyer", metavar="ACCOUNT", help="Whose purchases to show; --from if none is named.")
@click.pass_obj
def status(session: Session, buyer: str | None) -> None:
    """How far the sale is, and what an account has in it."""
    from chain.economy import sale as facts

    client = session.client()
    found = facts.status(client, client.platform)
    who = account(session, buyer or session.settings.sender or "dev0")
    mine = facts.purchase(client, client.platform, who)
    sold, offered = sum(found.sold), sum(found.caps)
    rows = [
        ("state", found.state + (", finalised" if found.finalised else "")),
        ("window", f"{moment(found.opens)} to {moment(found.closes)}"),
        ("price", f"{amount(found.mz_per_yuan)} for a yuan"),
        ("one ether buys", amount(found.per_ether) if found.per_ether else "no fresh price: `mz feed status`"),
        *(
            (name.replace("-", " "), f"{amount(found.sold[number])} of {amount(found.caps[number])} sold")
            for number, name in enumerate(SALE_TRANCHES)
        ),
        ("sold in all", f"{amount(sold)}, {percent(sold * 10_000 // offered)} of {amount(offered)}"),
        ("soft cap", amount(found.soft_cap)),
        ("raised", amount(found.raised, "ETH")),
        (f"{shown(who)} has", f"{amount(mine.bought)} for {amount(mine.paid, 'ETH')}, not claimed or refunded yet"),
    ]
    data = {
        "state": found.state,
        "opens": found.opens,
        "closes": found.closes,
        "mz_per_yuan": str(found.mz_per_yuan),
        "mz_per_ether": str(found.per_ether),
        "soft_cap": str(found.soft_cap),
        "caps": dict(zip(SALE_TRANCHES, map(str, found.caps), strict=True)),
        "sold": dict(zip(SALE_TRANCHES, map(str, found.sold), strict=True)),
        "raised": str(found.raised),
        "finalised": found.finalised,
        "proceeds": shown(found.proceeds),
        "unsold_to": shown(found.unsold_to),
        "buyer": shown(who),
        "bought": str(mine.bought),
        "paid": str(mine.paid),
    }
    told(session, rows, data)


@sale.command()
@click.argument("value", metavar="ETHER")
@click.option("--tranche", type=click.Choice(SALE_TRANCHES), default=SALE_TRANCHES[0], help="Which part of the issue.")
@click.option(
    "--minimum", metavar="MZ", help="The least you want for it; half a per cent below the quote if not given."
)
@click.pass_obj
def buy(session: Session, value: str, tranche: str, minimum: str | None) -> None:
    """Buy MZ for ETHER at the present price. They can be claimed when the sale has succeeded."""
    from chain.economy import sale as facts

    client = session.client(acting=True)
    paid, sender = ether().parse(value), client.wallet.first
    quoted = facts.quote(client, client.platform, paid)
    if not quoted:
        raise EconomyError("nobody knows what ether costs just now", hint="`mz feed status` shows who should report")
    part = cast(Tranche, tranche)
    found = facts.status(client, client.platform)
    number = SALE_TRANCHES.index(part)
    expected = min(quoted, found.caps[number] - found.sold[number])
    least = mz(client.platform).parse(minimum) if minimum else expected * (10_000 - SLIPPAGE_BPS) // 10_000
    session.confirm(f"pay up to {amount(paid, 'ETH')} for about {amount(expected)}, at least {amount(least)}?")
    bought, mined = facts.buy(client, client.platform, part, paid, least, sender)
    rows = [("bought", amount(bought.bought)), ("paid", amount(bought.paid, "ETH"))]
    told(session, rows, {"tranche": tranche, "bought": str(bought.bought), "paid": str(bought.paid)}, mined)


@sale.command()
@click.option("--to", metavar="ACCOUNT", help="Who receives them; you, if not given.")
@click.pass_obj
def claim(session: Session, to: str | None) -> None:
    """Take the MZ you bought, once the sale has succeeded."""
    from chain.economy import sale as facts

    client = session.client(acting=True)
    sender = client.wallet.first
    taken, mined = facts.claim(client, client.platform, sender, account(session, to) if to else sender.address)
    told(session, [("claimed", amount(taken))], {"claimed": str(taken)}, mined)


@sale.command()
@click.option("--to", metavar="ACCOUNT", help="Who receives it; you, if not given.")
@click.pass_obj
def refund(session: Session, to: str | None) -> None:
    """Take back exactly the ether you paid, once the sale has failed."""
    from chain.economy import sale as facts

    client = session.client(acting=True)
    sender = client.wallet.first
    taken, mined = facts.refund(client, client.platform, sender, account(session, to) if to else sender.address)
    told(session, [("refunded", amount(taken, "ETH"))], {"refunded": str(taken)}, mined)


@sale.command()
@click.pass_obj
def finalise(session: Session) -> None:
    """Once the sale is over: send what was raised and what was not sold where the terms say. Anyone may, once."""
    from chain.economy import sale as facts

    client = session.client(acting=True)
    mined = facts.finalise(client, client.platform, client.wallet.first)
    (event,) = client.contract("PublicSale", client.platform.sale).events_in(mined, "Finalised")
    found = event.arguments
    rows = [
        ("the sale", "succeeded" if found["succeeded"] else "failed"),
        ("sold", amount(found["sold"])),
        ("raised", amount(found["raised"], "ETH")),
        ("not sold", amount(found["unsold"])),
    ]
    data = {
        "succeeded": found["succeeded"],
        "sold": str(found["sold"]),
        "raised": str(found["raised"]),
        "unsold": str(found["unsold"]),
    }
    told(session, rows, data, mined)
