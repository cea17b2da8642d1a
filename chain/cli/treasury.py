"""`mz funds` and `mz shares`: what was raised and its uses, and shares in an income."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import click

from chain.cli import money
from chain.cli.money import account, told
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.economy.treasury import USES, Use
from chain.errors import UsageError
from chain.primitives import ZERO_ADDRESS, Address


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
def shares() -> None:
    """Issue shares in an income, see them, and claim what they earned."""


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


@shares.command()
@click.argument("name")
@click.argument("symbol")
@click.argument("holders", nargs=-1, required=True, metavar="ACCOUNT=AMOUNT...")
@click.option("--token", default="ETH", help="Currency of the income: ETH, MZ or a token's address (ETH).")
@click.pass_obj
def issue(session: Session, name: str, symbol: str, holders: Sequence[str], token: str) -> None:
    """Issue shares in an income, such as `mz shares issue "Film 12" FILM12 dev5=60 dev6=40`.

    There are never more of them. What is paid to the contract of the shares belongs to whoever holds them then.
    """
    from chain.economy import treasury as facts

    client = session.client(acting=True)
    currency = money.currency(client, token)
    parts: dict[Address, int] = {}
    for given in holders:
        who, _, quantity = given.rpartition("=")
        if not who or (place := account(session, who)) in parts:
            raise UsageError(f"{given!r} is not one more holder and an amount", hint="write it like dev5=60")
        parts[place] = money.Currency(ZERO_ADDRESS, symbol, 18).parse(quantity)
    total = amount(sum(parts.values()), symbol)
    session.confirm(f"issue {total} to {len(parts)} holders, whose income is in {currency.symbol}?")
    made, mined = facts.issue_shares(
        client, client.platform, name, symbol, currency.address, parts, client.wallet.first
    )
    told(
        session,
        [("shares", shown(made)), ("issued", total), ("pay the income to", shown(made))],
        {"shares": shown(made), "currency": shown(currency.address), "supply": str(sum(parts.values()))},
        mined,
    )
