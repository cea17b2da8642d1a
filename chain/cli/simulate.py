"""`mz simulate economy`: eight quarters of real contracts on a chain of their own, counted to the wei."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli.screen import amount
from chain.cli.session import Session
from chain.cli.tree import Branch

if TYPE_CHECKING:
    from chain.economy.simulation import Outcome, Quarter

TEMPLATE = "tip-jar"
QUARTERS = 8


@click.group(cls=Branch)
def simulate() -> None:
    """Play the economy through years in seconds."""


@simulate.command()
@click.option(
    "--quarters", type=click.IntRange(1, QUARTERS), default=QUARTERS, help="How many (8, as many as buybacks)."
)
@click.option("--seed", type=int, default=1, help="Who pays whom, and how much (1).")
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), help="Also draw the figures into this SVG file."
)
@click.pass_obj
def economy(session: Session, quarters: int, seed: int, plot: Path | None) -> int:
    """Play quarters of the whole economy on a throw-away chain: supply, burn, revenue, price bands.

    The sale, trades in MZ and ether, template uses, sweeps, buyback auctions, fund use, vesting and shares, all with
    the real contracts. Every balance is compared with a ledger kept beside them; exit status 1 if one differs by a wei.
    """
    from chain.economy import plot as drawing

    with session.screen.progress(quarters + 3) as steps:
        outcome = perform(quarters, seed, steps.next)
    if plot is not None:
        plot.write_text(drawing.svg(outcome), encoding="utf-8")
        session.screen.say(f"drawn into {plot}")
    if session.json:
        session.screen.data(document(outcome))
    else:
        show(session, outcome)
    for difference in outcome.differences:
        session.screen.say(f"WRONG {difference}")
    if outcome.differences:
        session.screen.say(f"the ledger does not balance: {len(outcome.differences)} figures differ")
        return 1
    session.screen.say("the ledger balances to the wei")
    return 0


def perform(quarters: int, seed: int, tell: Any) -> Outcome:
    """All of it in this process; nothing is left behind."""
    from chain.economy.simulation import Simulation, Template, begin_at
    from chain.launch.dev import dev
    from chain.launch.platform import deploy, publish, shipped_bundles
    from chain.registry.library import Library

    with dev(platform=False) as client:
        tell("rolling out the platform on a chain of its own")
        start = begin_at(client)
        deploy(client, client.accounts, None)
        publish(client, client.accounts, [one for one in shipped_bundles() if one.manifest.name == TEMPLATE])
        library = Library(client)
        offer = library.show(TEMPLATE)
        template = Template(
            price=offer.price,
            share_bps=offer.share_bps,
            payee=offer.payee,
            use=lambda user: library.use(offer.id, {}, sender=user).instance,
        )
        return Simulation(client, client.accounts, template, start, seed=seed).run(quarters, tell)


def document(outcome: Outcome) -> dict[str, Any]:
    """As JSON has it: amounts are decimal strings in wei."""
    return {
        "quarters": [_quarter(quarter) for quarter in outcome.quarters],
        "supply_start": str(outcome.supply_start),
        "supply_end": str(outcome.supply_end),
        "burned_fees": str(outcome.burned_fees),
        "burned_buyback": str(outcome.burned_buyback),
    }


def show(session: Session, outcome: Outcome) -> None:
    """Tables and bars for people."""
    from chain.economy import plot as drawing

    def whole(value: int, unit: str) -> str:
        return f"{value / 10**18:,.2f} {unit}"

    def yuan(quarter: Quarter, price: int) -> str:
        return f"{price / 10**27 * quarter.yuan_per_ether / 10**18:.4f}"

    screen = session.screen
    screen.table(
        ("quarter", "burned as fees", "bought back", "supply", "revenue", "lot", "spent", "price band, yuan", "paid"),
        [
            (
                quarter.quarter,
                whole(quarter.burned_fees, "MZ"),
                whole(quarter.burned_buyback, "MZ"),
                whole(quarter.supply_end, "MZ"),
                whole(quarter.revenue, "ETH"),
                whole(quarter.budget, "ETH"),
                whole(quarter.spent, "ETH"),
                f"{yuan(quarter, quarter.band_low)} to {yuan(quarter, quarter.band_high)}",
                f"{yuan(quarter, quarter.price_low)} to {yuan(quarter, quarter.price_high)}",
            )
            for quarter in outcome.quarters
        ],
        title=f"MZ economy, {len(outcome.quarters)} quarters",
    )
    screen.line("")
    screen.table(("figure", "lowest", "over the quarters", "highest"), drawing.text(outcome))
    screen.line("")
    screen.table(
        ("MZ", "amount"),
        [
            ("supply at the start", amount(outcome.supply_start)),
            ("burned as fees", amount(outcome.burned_fees)),
            ("bought back and burned", amount(outcome.burned_buyback)),
            ("supply at the end", amount(outcome.supply_end)),
        ],
    )


def _quarter(quarter: Quarter) -> dict[str, Any]:
    import msgspec

    counts = ("quarter", "uses", "trades")
    fields = msgspec.structs.asdict(quarter)
    return {name: value if name in counts else str(value) for name, value in fields.items()}
