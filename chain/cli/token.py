"""`mz token`: MZ, who has it, what burned, and what vests."""

from __future__ import annotations

import click

from chain.cli.money import account, moment, mz, span, told
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Branch


@click.group(cls=Branch)
def token() -> None:
    """Look at MZ, move it, and see what burned and what vests."""


@token.command()
@click.pass_obj
def show(session: Session) -> None:
    """Supply, where the issue went, and what burned of it for which cause."""
    from chain import economy

    client = session.client()
    platform = client.platform
    supply, causes = economy.supply(client, platform), economy.burned_by_cause(client, platform)
    issue = economy.allocations(client, platform)
    rows = [
        ("token", shown(platform.mz)),
        ("minted, once", amount(supply.minted)),
        ("burned", amount(supply.burned)),
        *((f"  {_CAUSE_TEXT[cause]}", amount(value)) for cause, value in causes.items()),
        ("supply", amount(supply.current)),
        *(
            (f"issued to {one.tranche.replace('_', ' ')}", f"{amount(one.amount)} at {shown(one.recipient)}")
            for one in issue
        ),
    ]
    data = {
        "token": shown(platform.mz),
        "minted": str(supply.minted),
        "supply": str(supply.current),
        "burned": str(supply.burned),
        "burned_by_cause": {cause: str(value) for cause, value in causes.items()},
        "allocations": [
            {"tranche": one.tranche, "recipient": shown(one.recipient), "amount": str(one.amount)} for one in issue
        ],
    }
    told(session, rows, data)


@token.command()
@click.argument("who", metavar="[ACCOUNT]", required=False)
@click.pass_obj
def balance(session: Session, who: str | None) -> None:
    """MZ and ether of ACCOUNT, of --from if none is named."""
    from chain import economy

    client = session.client()
    address = account(session, who or session.settings.sender or "dev0")
    held, ether = economy.balance(client, client.platform, address), client.balance(address)
    rows = [("account", shown(address)), ("MZ", amount(held)), ("ether", amount(ether, "ETH"))]
    told(session, rows, {"account": shown(address), "mz": str(held), "ether": str(ether)})


@token.command()
@click.argument("to", metavar="ACCOUNT")
@click.argument("quantity", metavar="AMOUNT")
@click.pass_obj
def transfer(session: Session, to: str, quantity: str) -> None:
    """Send AMOUNT of MZ to ACCOUNT: directly, so without a fee, and without escrow or origin."""
    client = session.client(acting=True)
    value, receiver = mz(client.platform).parse(quantity), account(session, to)
    sender = client.wallet.first
    session.confirm(f"send {amount(value)} from {shown(sender.address)} to {shown(receiver)}?")
    mined = client.contract("MZ", client.platform.mz).send("transfer", receiver, value, sender=sender)
    data = {"from": shown(sender.address), "to": shown(receiver), "amount": str(value)}
    told(session, [("sent", amount(value)), ("to", shown(receiver))], data, mined)


@token.command()
@click.option("--limit", type=click.IntRange(1), default=50, help="The newest so many (50).")
@click.pass_obj
def burns(session: Session, limit: int) -> None:
    """What burned, the newest first, and why."""
    from chain import economy

    client = session.client()
    found = economy.burns(client, client.platform)[::-1][:limit]
    if session.json:
        session.screen.data(
            [
                {
                    "block": burn.block_number,
                    "transaction": burn.transaction_hash,
                    "cause": burn.cause,
                    "amount": str(burn.amount),
                }
                for burn in found
            ]
        )
        return
    rows = [
        (burn.block_number, _CAUSE_TEXT[burn.cause], amount(burn.amount), "0x" + burn.transaction_hash.hex())
        for burn in found
    ]
    session.screen.table(("block", "cause", "burned", "transaction"), rows)


@token.command()
@click.option("--limit", type=click.IntRange(1), default=50, help="The first so many (50).")
@click.pass_obj
def holders(session: Session, limit: int) -> None:
    """Who has MZ, most first."""
    from chain import economy

    client = session.client()
    found = economy.holders(client, client.platform)
    names = {address: name for name, address in client.platform.names().items()}
    supply = sum(holder.amount for holder in found)
    if session.json:
        session.screen.data([{"address": shown(one.address), "amount": str(one.amount)} for one in found[:limit]])
        return
    rows = [
        (shown(one.address), names.get(one.address, ""), amount(one.amount), percent(one.amount * 10_000 // supply))
        for one in found[:limit]
    ]
    session.screen.table(("holder", "which", "MZ", "of the supply"), rows)
    if len(found) > limit:
        session.screen.say(f"{len(found) - limit} more; --limit shows them")


@token.command()
@click.pass_obj
def vesting(session: Session) -> None:
    """The tranches of the issue that vest: terms, what was released, what is due."""
    from chain import economy

    client = session.client()
    found = economy.vestings(client, client.platform)
    if session.json:
        session.screen.data(
            [
                {
                    "tranche": one.tranche,
                    "address": shown(one.address),
                    "beneficiary": shown(one.beneficiary),
                    "start": one.start,
                    "cliff": one.cliff,
                    "length": one.length,
                    "total": str(one.total),
                    "released": str(one.released),
                    "due": str(one.due),
                }
                for one in found
            ]
        )
        return
    session.screen.table(
        ("tranche", "beneficiary", "starts", "cliff", "length", "total", "released", "due now"),
        [
            (
                one.tranche.replace("_", " "),
                shown(one.beneficiary),
                moment(one.start),
                span(one.cliff),
                span(one.length),
                amount(one.total),
                amount(one.released),
                amount(one.due),
            )
            for one in found
        ],
    )


@token.command()
@click.argument("tranche")
@click.pass_obj
def release(session: Session, tranche: str) -> None:
    """Take what is due of a vesting TRANCHE of the issue (founders, institutions, …); its beneficiary only."""
    from chain.economy import token as steps

    client = session.client(acting=True)
    schedule, mined = steps.release(client, client.platform, tranche.replace("-", "_"), client.wallet.first)
    vested = client.contract("Vesting", schedule.address)
    (event,) = vested.events_in(mined, "Released")
    released = event.arguments["amount"]
    rows = [("released", amount(released)), ("to", shown(schedule.beneficiary))]
    told(session, rows, {"released": str(released), "to": shown(schedule.beneficiary)}, mined)


_CAUSE_TEXT = {
    "use": "fees of template uses",
    "trade": "fees of trades",
    "buyback": "bought back",
    "sale": "not sold in the sale",
    "holder": "by holders themselves",
}
