"""`mz funds`, `mz vault`, `mz shares`: what was raised and its uses, the treasury, and shares in an income."""

from __future__ import annotations

from typing import Any, cast

import click

from chain.cli import money
from chain.cli.money import account, moment, told
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.economy.treasury import USES, Use
from chain.primitives import ZERO_ADDRESS


@click.group(cls=Branch)
def funds() -> None:
    """See what the sale raised is used for, and send it there."""


@funds.command(name="status")
@click.pass_obj
def funds_status(session: Session) -> None:
    """The four uses: who receives what, what waits, what was sent."""
    from chain.economy import treasury as facts

    client = session.client()
    found = facts.fund_use(client, client.platform)
    if session.json:
        session.screen.data(
            [
                {
                    "use": one.use,
                    "percent": one.percent,
                    "recipient": shown(one.recipient),
                    "due": str(one.due),
                    "pulled": str(one.pulled),
                }
                for one in found
            ]
        )
        return
    session.screen.table(
        ("use", "part", "recipient", "waits", "sent"),
        [
            (one.use, f"{one.percent} %", shown(one.recipient), amount(one.due, "ETH"), amount(one.pulled, "ETH"))
            for one in found
        ],
    )


@funds.command()
@click.argument("use", type=click.Choice(USES))
@click.pass_obj
def pull(session: Session, use: str) -> None:
    """Send what waits for a USE to its recipient. Anyone may; the recipient is fixed."""
    from chain.economy import treasury as facts

    client = session.client(acting=True)
    sent, mined = facts.pull(client, client.platform, cast(Use, use), client.wallet.first)
    told(session, [(f"sent for {use}", amount(sent, "ETH"))], {"use": use, "sent": str(sent)}, mined)


@click.group(cls=Branch)
def vault() -> None:
    """See the treasury of five keys."""


@vault.command(name="status")
@click.pass_obj
def vault_status(session: Session) -> None:
    """What the treasury has, who signs, and whether a key is being replaced."""
    from chain.economy import treasury as facts

    client = session.client()
    found = facts.vault(client, client.platform)
    rows = [
        ("vault", shown(client.platform.vault)),
        ("ether", amount(found.ether, "ETH")),
        ("MZ", amount(found.mz)),
        *((f"seat {number}", shown(seat)) for number, seat in enumerate(found.seats)),
        ("payments and proposals so far", str(found.nonce)),
    ]
    if found.replacement != ZERO_ADDRESS:
        rows.append((f"seat {found.seat} is to be", f"{shown(found.replacement)} from {moment(found.ready)} on"))
    data: dict[str, Any] = {
        "vault": shown(client.platform.vault),
        "ether": str(found.ether),
        "mz": str(found.mz),
        "seats": [shown(seat) for seat in found.seats],
        "seat_set": found.seat_set,
        "nonce": found.nonce,
        "rotation": None
        if found.replacement == ZERO_ADDRESS
        else {"seat": found.seat, "replacement": shown(found.replacement), "ready": found.ready},
    }
    told(session, rows, data)


@click.group(cls=Branch)
def shares() -> None:
    """See shares in an income, and claim what they earned."""


@shares.command(name="list")
@click.argument("holder", metavar="[ACCOUNT]", required=False)
@click.pass_obj
def list_shares(session: Session, holder: str | None) -> None:
    """The shares ACCOUNT holds (--from if none is named) and what can be claimed of each."""
    from chain.economy import treasury as facts

    client = session.client()
    who = account(session, holder or session.settings.sender or "dev0")
    found = facts.shares_of(client, client.platform, who)
    if session.json:
        session.screen.data(
            [
                {
                    "shares": shown(one.shares),
                    "name": one.name,
                    "symbol": one.symbol,
                    "currency": shown(one.currency),
                    "supply": str(one.supply),
                    "income": str(one.income),
                    "held": str(one.held),
                    "claimable": str(one.claimable),
                }
                for one in found
            ]
        )
        return
    rows = []
    for one in found:
        currency = money.currency(client, one.currency)
        held = f"{amount(one.held, one.symbol)} of {amount(one.supply, one.symbol)}"
        rows.append((one.name, shown(one.shares), held, currency.show(one.income), currency.show(one.claimable)))
    session.screen.table(("shares", "address", "held", "income so far", "to claim"), rows)


@shares.command()
@click.argument("address", metavar="SHARES")
@click.option("--to", metavar="ACCOUNT", help="Who receives it; you, if not given.")
@click.pass_obj
def claim(session: Session, address: str, to: str | None) -> None:
    """Take the whole income of your shares in the contract SHARES."""
    from chain.economy import treasury as facts

    client = session.client(acting=True)
    place, sender = account(session, address), client.wallet.first
    currency = money.currency(client, facts.shares(client, place, sender.address).currency)
    receiver = account(session, to) if to else ZERO_ADDRESS
    taken, mined = facts.claim_shares(client, place, sender, receiver)
    data = {"shares": shown(place), "currency": shown(currency.address), "claimed": str(taken)}
    told(session, [("claimed", currency.show(taken))], data, mined)
