"""`mz feed`: what a yuan is worth, and saying so."""

from __future__ import annotations

import click

from chain.cli import money
from chain.cli.money import moment, told
from chain.cli.screen import shown
from chain.cli.session import Session
from chain.cli.tree import Branch


@click.group(cls=Branch)
def feed() -> None:
    """See the yuan feed, and report to it."""


@feed.command()
@click.option("--token", default="ETH", help="ETH, or a token's address (ETH).")
@click.pass_obj
def status(session: Session, token: str) -> None:
    """The feed's answer for a currency, whether it is fresh, and what each reporter said last."""
    from chain.economy import feed as facts

    client = session.client()
    currency = money.currency(client, token)
    price = facts.price(client, client.platform, currency.address)
    if session.json:
        session.screen.data(
            {
                "currency": shown(price.currency),
                "round": price.round,
                "price": str(price.price),
                "updated_at": price.updated_at,
                "fresh_until": price.fresh_until,
                "fresh": price.fresh,
                "reports": [
                    {
                        "reporter": shown(one.reporter),
                        "price": str(one.price),
                        "observed_at": one.observed_at,
                        "fresh": one.fresh,
                    }
                    for one in price.reports
                ],
            }
        )
        return
    yuan = money.yuan()
    answer = f"{yuan.show(price.price)} for one {currency.symbol}" if price.round else "none yet"
    session.screen.table(
        ("what", "which"),
        [
            ("answer", answer + ("" if price.fresh or not price.round else ", stale")),
            ("round", str(price.round)),
            ("made", moment(price.updated_at)),
            ("counts until", moment(price.fresh_until)),
        ],
    )
    session.screen.line("")
    rows = [
        (
            shown(one.reporter),
            yuan.show(one.price) if one.observed_at else "nothing yet",
            moment(one.observed_at),
            "counts" if one.fresh else "too old" if one.observed_at else "",
        )
        for one in price.reports
    ]
    session.screen.table(("reporter", "said", "seen", ""), rows)


@feed.command()
@click.argument("price", metavar="YUAN")
@click.option("--token", default="ETH", help="ETH, or a token's address (ETH).")
@click.pass_obj
def report(session: Session, price: str, token: str) -> None:
    """Say that one whole unit of a currency costs YUAN now. Reporters only; three of them make an answer."""
    from chain.economy import feed as facts

    client = session.client(acting=True)
    currency, value = money.currency(client, token), money.yuan().parse(price)
    mined = facts.report(client, client.platform, value, client.wallet.first, currency=currency.address)
    now = facts.price(client, client.platform, currency.address)
    answer = money.yuan().show(now.price) if now.fresh else "none fresh yet: three reporters are needed"
    rows = [("reported", f"{money.yuan().show(value)} for one {currency.symbol}"), ("the feed's answer", answer)]
    told(session, rows, {"reported": str(value), "price": str(now.price), "fresh": now.fresh}, mined)
