"""`mz fees`: what a payment divides into, what the platform earned, and dividing it."""

from __future__ import annotations

import click

from chain.cli import money
from chain.cli.money import account, told
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.primitives import ZERO_ADDRESS

NOBODY = bytes.fromhex("00" * 18 + "dead")


@click.group(cls=Branch)
def fees() -> None:
    """See what a payment divides into and what the platform earned."""


@fees.command()
@click.argument("gross", metavar="AMOUNT")
@click.option("--token", default="MZ", help="MZ, ETH, or a token's address (MZ).")
@click.option("--to", metavar="ACCOUNT", help="Who is paid; instances of templates owe their author a share.")
@click.pass_obj
def quote(session: Session, gross: str, token: str, to: str | None) -> None:
    """What a payment of AMOUNT through the Till divides into: fee, author's share, net, and the fee in MZ instead."""
    from chain.economy import fees as facts

    client = session.client()
    currency = money.currency(client, token)
    receiver = NOBODY if to is None else account(session, to)
    found = facts.quote(client, client.platform, currency.parse(gross), receiver, currency.address)
    burned = currency.address == client.platform.mz
    rows = [
        ("the payer pays", currency.show(found.gross)),
        ("fee, which burns" if burned else "fee", currency.show(found.fee)),
        ("share of the template's author", currency.show(found.share)),
        ("the receiver gets", currency.show(found.net)),
    ]
    if not burned:
        rows.append(
            ("fee in MZ instead, which burns", amount(found.fee_in_mz) if found.fee_in_mz else "no fresh price")
        )
    if found.payee != ZERO_ADDRESS:
        rows.append(("the author's payee", shown(found.payee)))
    data = {
        "token": shown(found.token),
        "gross": str(found.gross),
        "fee": str(found.fee),
        "share": str(found.share),
        "payee": shown(found.payee),
        "net": str(found.net),
        "fee_in_mz": str(found.fee_in_mz),
    }
    told(session, rows, data)


@fees.command()
@click.pass_obj
def revenue(session: Session) -> None:
    """What trades in other currencies than MZ brought the platform, by quarter, and what waits to be swept."""
    from chain.economy import fees as facts

    client = session.client()
    earned = facts.revenue(client, client.platform)
    waiting = facts.unswept(client, client.platform)
    if session.json:
        session.screen.data(
            {
                "quarters": [
                    {"token": shown(one.token), "quarter": one.quarter, "amount": str(one.amount)} for one in earned
                ],
                "unswept": {shown(token): str(value) for token, value in waiting.items()},
            }
        )
        return
    known = {token: money.currency(client, token) for token in waiting}
    rows = [(str(one.quarter), shown(one.token), known[one.token].show(one.amount)) for one in earned]
    rows += [("not swept yet", shown(token), known[token].show(value)) for token, value in waiting.items()]
    session.screen.table(("quarter", "token", "revenue"), rows)


@fees.command()
@click.option("--token", default="ETH", help="ETH, or a token's address (ETH).")
@click.pass_obj
def sweep(session: Session, token: str) -> None:
    """Divide the revenue that waits: half to the buyback, half to the vault. Anyone may."""
    from chain.economy import fees as facts

    client = session.client(acting=True)
    currency = money.currency(client, token)
    swept, mined = facts.sweep(client, client.platform, currency.address, client.wallet.first)
    rows = [("to the buyback", currency.show(swept.to_buyback)), ("to the vault", currency.show(swept.to_vault))]
    data = {
        "token": shown(swept.token),
        "to_buyback": str(swept.to_buyback),
        "to_vault": str(swept.to_vault),
    }
    told(session, rows, data, mined)
