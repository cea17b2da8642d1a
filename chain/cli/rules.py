"""What the rules say the figures of the story must be, worked out from the published terms alone.

Knows no contract and asks no node: the arithmetic is written down here a second time on purpose, so that a contract
that pays the wrong person or the wrong amount is found out. Amounts are in wei of MZ, rates in basis points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chain.model import Record
from chain.primitives import Wei

if TYPE_CHECKING:
    from chain.cli.story import Story

UNIT: Wei = 10**18
WHOLE = 10_000  # basis points
SUPPLY: Wei = 100_000_000 * UNIT
# Table 11-1 of the whitepaper (T1).
PERCENT = {
    "founders": 40,
    "institutions": 20,
    "public_offering": 10,
    "private_placement": 10,
    "crowdfunding": 20,
}
FEE_BOUNDS = (50, 100)


class Terms(Record):
    """What was published before anybody paid: the author's terms, the platform's fee, the creator's price."""

    price: Wei  # of one use of the template, gross
    share_bps: int  # of every trade, to the template's author
    fee_bps: int  # of every payment, burned
    licence_price: Wei  # of one licence, gross


class Check(Record):
    """One figure beside what it must be."""

    figure: str
    expected: Any
    found: Any

    @property
    def holds(self) -> bool:
        """Whether the figure is what the rules say."""
        return bool(self.expected == self.found)


def fee_on(gross: Wei, fee_bps: int) -> Wei:
    """The settlement fee, rounded up: no trade is too small for it."""
    return -(-gross * fee_bps // WHOLE)


def share_of(gross: Wei, share_bps: int) -> Wei:
    """The author's part of a trade, rounded down."""
    return gross * share_bps // WHOLE


def allocations() -> dict[str, Wei]:
    """The first distribution."""
    return {name: SUPPLY * percent // 100 for name, percent in PERCENT.items()}


def checks(story: Story, refusals: Mapping[str, str]) -> list[Check]:
    """Every figure of a story that was played; `refusals` maps each attempt to the error that must answer it."""
    return list(_checks(story, story.terms, refusals))


def differing(checked: Sequence[Check]) -> list[Check]:
    """The figures that are not what the rules say."""
    return [check for check in checked if not check.holds]


def _checks(story: Story, terms: Terms, refusals: Mapping[str, str]) -> Iterator[Check]:
    for name, expected in allocations().items():
        yield Check(figure=f"allocations.{name}", expected=expected, found=story.allocations.get(name))
    yield Check(figure="allocations", expected=sorted(PERCENT), found=sorted(story.allocations))
    yield Check(figure="supply_start", expected=SUPPLY, found=story.supply_start)
    least, most = FEE_BOUNDS
    yield Check(figure="fee_bps", expected=min(max(terms.fee_bps, least), most), found=terms.fee_bps)

    use_fee = fee_on(terms.price, terms.fee_bps)
    yield Check(figure="creator_spent", expected=terms.price, found=story.creator_spent)
    yield Check(figure="author_paid_on_use", expected=terms.price - use_fee, found=story.author_paid_on_use)
    yield Check(figure="burned_on_use", expected=use_fee, found=story.burned_on_use)

    trade_fee = fee_on(terms.licence_price, terms.fee_bps)
    share = share_of(terms.licence_price, terms.share_bps)
    yield Check(figure="reader_spent", expected=terms.licence_price, found=story.reader_spent)
    yield Check(figure="creator_paid", expected=terms.licence_price - trade_fee - share, found=story.creator_paid)
    yield Check(figure="author_paid_on_trade", expected=share, found=story.author_paid_on_trade)
    yield Check(figure="burned_on_trade", expected=trade_fee, found=story.burned_on_trade)

    yield Check(figure="burned", expected=use_fee + trade_fee, found=story.burned)
    yield Check(figure="unused_earned", expected=0, found=story.unused_earned)
    yield Check(figure="unused_uses", expected=0, found=sum(unused.uses for unused in story.unused))
    yield Check(figure="supply_end", expected=SUPPLY - use_fee - trade_fee, found=story.supply_end)
    found = {refusal.attempt: refusal.error for refusal in story.refused}
    for attempt, error in refusals.items():
        yield Check(figure=f"refused: {attempt}", expected=error, found=found.get(attempt))
    yield Check(figure="moved_by_refused", expected=0, found=story.moved_by_refused)
