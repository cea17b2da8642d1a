"""`mz buyback`: the quarterly auctions that buy MZ and burn them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from chain.cli import money
from chain.cli.money import Currency, moment, mz, price, told
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.errors import UsageError
from chain.primitives import keccak

PATIENCE_SECONDS = 600


@click.group(cls=Branch)
def buyback() -> None:
    """Open a round, sell to it, and check every round from its events."""


@buyback.command()
@click.pass_obj
def status(session: Session) -> None:
    """Where the buyback stands: rounds, what is offered now at which price, what is late."""
    from chain.economy import buyback as facts

    client = session.client()
    found = facts.status(client, client.platform)
    late = dict(zip(("round", "report", "record"), found.overdue, strict=True))
    if session.json:
        session.screen.data(
            {
                "round": found.round,
                "opened": found.opened,
                "closes": found.closes,
                "next_opening": found.next_opening,
                "ended": found.ended,
                "vault": shown(found.vault),
                "auditor": shown(found.auditor),
                "overdue": late,
                "currencies": [
                    {
                        "token": shown(one.token),
                        "minimum": str(one.minimum),
                        "here": str(one.here),
                        "round": one.round,
                        "budget": str(one.budget),
                        "spent": str(one.spent),
                        "bought": str(one.bought),
                        "anchor": str(one.anchor),
                        "price": str(one.price),
                    }
                    for one in found.offers
                ],
            }
        )
        return
    rows = [
        ("rounds so far", f"{found.round} of 8" + (", ended" if found.ended else "")),
        ("latest round", f"{moment(found.opened)} to {moment(found.closes)}" if found.round else "none yet"),
        ("next may open", "never" if found.round == 8 else moment(found.next_opening)),
        ("late", ", ".join(what for what, is_late in late.items() if is_late) or "nothing"),
    ]
    session.screen.table(("what", "which"), rows)
    session.screen.line("")
    offers = []
    for one in found.offers:
        currency = money.currency(client, one.token)
        offers.append(
            (
                currency.symbol,
                currency.show(one.here),
                f"{currency.show(one.spent)} of {currency.show(one.budget)}" if one.round else "never offered",
                amount(one.bought),
                price(one.anchor, currency.symbol) if one.anchor else "",
                price(one.price, currency.symbol) if one.price else "not offered now",
            )
        )
    session.screen.table(("currency", "here", "spent of its last lot", "bought", "anchor", "price of one MZ"), offers)


@buyback.command(name="open")
@click.pass_obj
def open_round(session: Session) -> None:
    """Open the next round with all that is there; anyone may, 90 days after the last one."""
    from chain.economy import buyback as facts

    client = session.client(acting=True)
    mined = facts.start(client, client.platform, client.wallet.first)
    contract = client.contract("Buyback", client.platform.buyback)
    (opened,) = contract.events_in(mined, "RoundOpened")
    lots = [
        (event.arguments, money.currency(client, event.arguments["currency"]))
        for event in contract.events_in(mined, "LotOpened")
    ]
    number, closes = opened.arguments["round"], opened.arguments["closes"]
    rows = [("round", str(number)), ("closes", moment(closes))]
    rows += [
        (
            f"offered in {currency.symbol}",
            f"{currency.show(lot['budget'])} around {price(lot['anchor'], currency.symbol)}",
        )
        for lot, currency in lots
    ]
    data = {
        "round": number,
        "closes": closes,
        "lots": [
            {"currency": shown(lot["currency"]), "budget": str(lot["budget"]), "anchor": str(lot["anchor"])}
            for lot, _ in lots
        ],
    }
    told(session, rows, data, mined)


@buyback.command()
@click.argument("quantity", metavar="MZ")
@click.option("--for", "wanted", default="ETH", metavar="TOKEN", help="ETH, or a token's address (ETH).")
@click.option(
    "--minimum", metavar="AMOUNT", help="The least you want for them; what the present price gives, if not given."
)
@click.option(
    "--deadline",
    metavar="SECONDS",
    type=click.IntRange(1),
    default=PATIENCE_SECONDS,
    help="Do not sell later than this from now (600).",
)
@click.pass_obj
def fill(session: Session, quantity: str, wanted: str, minimum: str | None, deadline: int) -> None:
    """Sell MZ to the buyback at the present price, which rises until the round closes. They burn."""
    from chain.economy import buyback as facts

    client = session.client(acting=True)
    currency = money.currency(client, wanted)
    value, sender = mz(client.platform).parse(quantity), client.wallet.first
    offered = client.contract("Buyback", client.platform.buyback).call("priceOf", currency.address)
    lot = client.contract("Buyback", client.platform.buyback).call("lotOf", currency.address)
    worth = min(value * offered // facts.PRICE_UNIT, lot["budget"] - lot["spent"])
    least = worth if minimum is None else currency.parse(minimum)
    session.confirm(f"sell up to {amount(value)} for about {currency.show(worth)}, at least {currency.show(least)}?")
    until = max(client.timestamp(), int(time.time())) + deadline
    sold, mined = facts.fill(client, client.platform, currency.address, value, least, until, sender)
    rows = [
        ("sold and burned", amount(sold.burned)),
        ("received", currency.show(sold.paid)),
        ("price of one MZ", price(sold.price, currency.symbol)),
    ]
    data = {
        "currency": shown(currency.address),
        "burned": str(sold.burned),
        "paid": str(sold.paid),
        "price": str(sold.price),
    }
    told(session, rows, data, mined)


@buyback.command()
@click.option("--token", default="ETH", help="ETH, or a token's address (ETH).")
@click.pass_obj
def forward(session: Session, token: str) -> None:
    """After the last round: send what is left, or came later, to the vault. Anyone may; it can go nowhere else."""
    from chain.economy import buyback as facts

    client = session.client(acting=True)
    currency = money.currency(client, token)
    sent, mined = facts.forward(client, client.platform, currency.address, client.wallet.first)
    told(
        session,
        [("to the vault", currency.show(sent))],
        {"token": shown(currency.address), "forwarded": str(sent)},
        mined,
    )


@buyback.command()
@click.argument("record")
@click.pass_obj
def attest(session: Session, record: str) -> None:
    """Publish the half-yearly RECORD, auditor only: the keccak-256 of a file, or 32 bytes in hex."""
    from chain.economy import buyback as facts

    digest = _digest(record)
    client = session.client(acting=True)
    session.confirm(f"publish 0x{digest.hex()} as the record, as {shown(client.wallet.first.address)}?")
    mined = facts.attest(client, client.platform, digest, client.wallet.first)
    told(session, [("record", "0x" + digest.hex())], {"record": digest}, mined)


@buyback.command()
@click.pass_obj
def audit(session: Session) -> int:
    """Work every round out again from events alone; exit status 1 if anything differs from the rules."""
    from chain.economy import buyback as facts
    from chain.economy.audit import audit as work_out

    client = session.client()
    with session.screen.progress(2) as steps:
        steps.next("reading the events")
        history = facts.history(client, client.platform)
        steps.next("working the rounds out again")
        found = work_out(history)
    if session.json:
        session.screen.data(
            {
                "rounds": [
                    {
                        "round": one.round,
                        "opened": one.opened,
                        "currency": shown(one.currency),
                        "budget": str(one.budget),
                        "anchor": str(one.anchor),
                        "spent": str(one.spent),
                        "burned": str(one.bought),
                        "fills": one.fills,
                    }
                    for one in found.rounds
                ],
                "mismatches": list(found.mismatches),
            }
        )
    else:
        known: dict[bytes, Currency] = {}
        rows: list[tuple[Any, ...]] = []
        for one in found.rounds:
            currency = known.setdefault(one.currency, money.currency(client, one.currency))
            band = f"{price(one.lowest, '')}to {price(one.highest, currency.symbol)}" if one.fills else "no sale"
            rows.append(
                (
                    one.round,
                    currency.symbol,
                    currency.show(one.budget),
                    currency.show(one.spent),
                    amount(one.bought),
                    one.fills,
                    band,
                )
            )
        session.screen.table(("round", "in", "offered", "spent", "burned", "sales", "price of one MZ"), rows)
    for mismatch in found.mismatches:
        session.screen.say(f"WRONG {mismatch}")
    burned = sum(one.bought for one in found.rounds)
    if found.mismatches:
        session.screen.say(f"{len(found.mismatches)} differences between the events and the rules")
        return 1
    rounds = len(history.openings)
    many = f"{rounds} round{'' if rounds == 1 else 's'}"
    session.screen.say(f"{many}, {amount(burned)} burned: every figure is what the rules say")
    return 0


def _digest(record: str) -> bytes:
    if record[:2].lower() == "0x":
        try:
            digest = bytes.fromhex(record[2:])
        except ValueError:
            digest = b""
        if len(digest) != 32:
            raise UsageError(f"{record} is no hash of 32 bytes", hint="give 64 hex digits after 0x, or a file")
        return digest
    path = Path(record)
    if not path.is_file():
        raise UsageError(f"there is no file {record}", hint="give the record's file, or its hash in hex")
    return keccak(path.read_bytes())
