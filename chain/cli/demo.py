"""`mz demo`: the story on a throw-away chain, its figures checked, told as it happens."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli.browsing import describe
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Leaf

if TYPE_CHECKING:
    from chain.cli.rules import Check
    from chain.cli.story import Cast, Story

FOLDER_PREFIX = "mz-demo-"


@click.command(cls=Leaf)
@click.pass_obj
def demo(session: Session) -> int:
    """Play the platform's story on a throw-away chain and check every figure.

    A stranger publishes a template and is paid when a creator uses it and when a reader buys from the creator; fees
    burn; what must be refused is refused. Everything goes over HTTP as signed transactions to a node of its own, on a
    free port and in a temporary folder; no other data is touched. Exit status 1 if any figure is not what the rules
    say.
    """
    from chain.cli import rules, story

    began = time.monotonic()
    cast, told = perform(session)
    checked = rules.checks(told, story.REFUSALS)
    wrong = rules.differing(checked)
    seconds = time.monotonic() - began
    if session.json:
        session.screen.data(
            {**document(told), "checks": [_check(one) for one in checked], "seconds": round(seconds, 1)}
        )
    else:
        show(session, cast, told, checked)
    for one in wrong:
        session.screen.say(f"WRONG {one.figure}: the rules say {one.expected}, the chain says {one.found}")
    if wrong:
        session.screen.say(f"{len(wrong)} of {len(checked)} figures are not what the rules say")
        return 1
    session.screen.say(f"all {len(checked)} figures are what the rules say ({seconds:.0f} s)")
    return 0


def perform(session: Session) -> tuple[Cast, Story]:
    """The story on a node of its own, which is gone afterwards."""
    from chain.cli import rollout, story
    from chain.cli.hosting import Host
    from chain.launch import NodeOptions

    with (
        tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX) as folder,
        session.screen.progress(story.STEPS) as steps,
    ):
        steps.next("starting a chain of its own")
        bundles = {bundle.manifest.name: bundle for bundle in rollout.shipped_bundles()}
        host = Host(NodeOptions(data_dir=Path(folder)), port=0)
        try:
            steps.next(f"rolling out the platform at {host.running.url}")
            client = rollout.deploy(host, lambda _: None)
            rollout.publish(host, client, list(bundles.values()), lambda _: None)
            cast = story.Cast.of(host.running.accounts)
            return cast, story.play(story.Stage(client, cast, bundles, steps.next))
        finally:
            host.stop()


def document(told: Story) -> dict[str, Any]:
    """The story as JSON has it: amounts are decimal strings in wei of MZ."""
    return {
        "allocations": {name: str(value) for name, value in told.allocations.items()},
        "supply_start": str(told.supply_start),
        "template": describe(told.template),
        "fee_bps": told.terms.fee_bps,
        "work": hex(told.work),
        "claimed_at": told.claimed_at,
        "instance": shown(told.instance),
        "creator_spent": str(told.creator_spent),
        "author_paid_on_use": str(told.author_paid_on_use),
        "burned_on_use": str(told.burned_on_use),
        "reader_spent": str(told.reader_spent),
        "creator_paid": str(told.creator_paid),
        "author_paid_on_trade": str(told.author_paid_on_trade),
        "burned_on_trade": str(told.burned_on_trade),
        "burned": str(told.burned),
        "unused": [
            {"template": one.template, "author": shown(one.author), "uses": one.uses, "earned": str(one.earned)}
            for one in told.unused
        ],
        "unused_earned": str(told.unused_earned),
        "supply_end": str(told.supply_end),
        "refused": [
            {"attempt": one.attempt, "error": one.error, "transaction": one.transaction} for one in told.refused
        ],
        "moved_by_refused": str(told.moved_by_refused),
    }


def show(session: Session, cast: Cast, told: Story, checked: Sequence[Check]) -> None:
    """The story for people: who got what, what was refused."""
    right = {check.figure: check.holds for check in checked}

    def row(what: str, who: str, value: int, figure: str) -> tuple[str, str, str, str]:
        return what, who, amount(value), "as the rules say" if right[figure] else "WRONG"

    screen, offer = session.screen, told.template
    screen.table(
        ("what happened", "who", "amount", "check"),
        [
            row("MZ is issued, once", "everybody", told.supply_start, "supply_start"),
            *(
                row("  allocated", name.replace("_", " "), value, f"allocations.{name}")
                for name, value in told.allocations.items()
            ),
            (
                f"publishes {offer.name}",
                "author",
                f"{amount(offer.price)} per use",
                f"{percent(offer.share_bps)} share",
            ),
            row("uses it for a work, pays", "creator", told.creator_spent, "creator_spent"),
            row("  receives for the use", "author", told.author_paid_on_use, "author_paid_on_use"),
            row("  burned", "fee", told.burned_on_use, "burned_on_use"),
            row("buys a licence, pays", "reader", told.reader_spent, "reader_spent"),
            row("  receives for the licence", "creator", told.creator_paid, "creator_paid"),
            row("  receives a share of the trade", "author", told.author_paid_on_trade, "author_paid_on_trade"),
            row("  burned", "fee", told.burned_on_trade, "burned_on_trade"),
            row("unused templates have earned", "founders, stranger", told.unused_earned, "unused_earned"),
            row("burned in all", "fee", told.burned, "burned"),
            row("MZ left", "everybody", told.supply_end, "supply_end"),
        ],
        title="MZ Chain, the story",
    )
    screen.line("")
    screen.table(
        ("refused", "error", "check"),
        [
            (one.attempt, one.error or "not refused", "refused" if right[f"refused: {one.attempt}"] else "WRONG")
            for one in told.refused
        ],
    )
    screen.line("")
    screen.table(
        ("role", "address"),
        [(role.replace("_", " "), shown(account.address)) for role, account in cast.roles().items()]
        + [("instance", shown(told.instance))],
    )


def _check(check: Check) -> dict[str, Any]:
    return {
        "figure": check.figure,
        "expected": _figure(check.expected),
        "found": _figure(check.found),
        "holds": check.holds,
    }


def _figure(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value
