"""Every round of the buyback worked out again from its events alone, and what does not agree with its rules.

No contract is asked: whoever has the logs of the chain can do this. The arithmetic is written down here a second time
on purpose. Prices are smallest units of a currency for one MZ, times 10^9; amounts of MZ are wei.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from chain.model import Record
from chain.primitives import Address, Hash32, Wei, checksum

ROUNDS = 8
AUCTION = 72 * 3600  # seconds
PERIOD = 90 * 86_400  # seconds, from opening to opening
SMALLEST_PART = 100  # a sale is at least this part of its lot, or the rest
ONE = 10**27
BITS = 120
PER_SECOND = 0x10000471C2497D1849587C501BDC455  # the 259,200th root of 3 times 2^120
HIGHEST_ANCHOR = 2**120 - 1


class Occasion(Record):
    """Where on the chain an event is, and when its block was made (Unix seconds)."""

    block: int
    index: int
    transaction: Hash32
    time: int


class Opening(Record):
    """`RoundOpened`."""

    at: Occasion
    round: int
    opened: int
    closes: int


class Lot(Record):
    """`LotOpened`."""

    at: Occasion
    round: int
    currency: Address
    budget: int
    anchor: int


class Fill(Record):
    """`Filled`."""

    at: Occasion
    round: int
    currency: Address
    seller: Address
    burned: Wei
    paid: int
    price: int


class Income(Record):
    """Money that came with an event: the Till's `Swept`, the vault's `ProfitDeclared`."""

    at: Occasion
    currency: Address
    amount: int


class History(Record):
    """Everything that was said about the buyback; `burned` are the MZ that left the supply, per transaction and holder.

    `incomes` are those that leave an event. Ether and tokens may also be given without a word.
    """

    openings: tuple[Opening, ...]
    lots: tuple[Lot, ...]
    fills: tuple[Fill, ...]
    incomes: tuple[Income, ...]
    burned: Mapping[Hash32, tuple[tuple[Address, Wei], ...]]


class Result(Record):
    """One currency in one round, as the events tell it. `lowest` and `highest` are prices paid, 0 without a sale."""

    round: int
    opened: int
    currency: Address
    budget: int
    anchor: int
    spent: int
    bought: Wei
    fills: int
    lowest: int
    highest: int

    @property
    def next_anchor(self) -> int:
        """Where the currency's next auction begins from."""
        highest = min(self.anchor * 5 // 4, HIGHEST_ANCHOR)
        if self.spent * 10 < self.budget:
            return highest
        if self.spent * 2 < self.budget:
            return self.anchor
        return min(max(self.spent * ONE // max(self.bought, 1), self.anchor * 3 // 4), highest)


class Audit(Record):
    """What the events tell, and every way in which they contradict the rules; none: all is as it must be."""

    rounds: tuple[Result, ...]
    mismatches: tuple[str, ...]


def price_after(elapsed: int, anchor: int) -> int:
    """Half the anchor, times 3^(elapsed / 72 hours), in the contract's own steps."""
    factor, square = 1 << BITS, PER_SECOND
    while elapsed:
        if elapsed & 1:
            factor = factor * square >> BITS
        square = square * square >> BITS
        elapsed >>= 1
    return anchor * factor >> BITS + 1


def audit(history: History) -> Audit:
    """Go through all rounds in the order of the chain."""
    results: dict[tuple[int, Address], Result] = {}
    mismatches = [*_openings(history), *_lots(history, results), *_fills(history, results), *_burns(history)]
    mismatches += _budgets(history)
    # A lot's anchor follows from what the fills before it came to, so it is looked at when all of them are counted.
    mismatches += _anchors(results)
    return Audit(rounds=tuple(results[key] for key in sorted(results)), mismatches=tuple(mismatches))


def _openings(history: History) -> Iterator[str]:
    earlier = None
    for expected, opening in enumerate(history.openings, start=1):
        if opening.round != expected or expected > ROUNDS:
            yield f"round {opening.round} was opened where round {expected} of at most {ROUNDS} was due"
        if opening.opened != opening.at.time:
            yield f"round {opening.round} says it opened at {opening.opened}, its block is of {opening.at.time}"
        if opening.closes != opening.opened + AUCTION:
            yield f"round {opening.round} closes at {opening.closes}, not 72 hours after {opening.opened}"
        if earlier is not None and opening.opened < earlier.opened + PERIOD:
            yield f"round {opening.round} opened {opening.opened - earlier.opened} s after the one before, not 90 days"
        earlier = opening
        if not any(lot.round == opening.round for lot in history.lots):
            yield f"round {opening.round} offered nothing"


def _lots(history: History, results: dict[tuple[int, Address], Result]) -> Iterator[str]:
    opened = {opening.round: opening for opening in history.openings}
    for lot in history.lots:
        opening, key = opened.get(lot.round), (lot.round, lot.currency)
        if opening is None or opening.at.transaction != lot.at.transaction:
            yield f"round {lot.round} offered {checksum(lot.currency)} outside its opening"
        if key in results:
            yield f"round {lot.round} offered {checksum(lot.currency)} twice"
        results[key] = Result(
            round=lot.round,
            opened=opening.opened if opening is not None else lot.at.time,
            currency=lot.currency,
            budget=lot.budget,
            anchor=lot.anchor,
            spent=0,
            bought=0,
            fills=0,
            lowest=0,
            highest=0,
        )


def _fills(history: History, results: dict[tuple[int, Address], Result]) -> Iterator[str]:
    for fill in history.fills:
        name = f"round {fill.round}, sale {fill.at.block}/{fill.at.index}"
        lot = results.get((fill.round, fill.currency))
        if lot is None:
            yield f"{name}: {checksum(fill.currency)} was not offered"
            continue
        elapsed, rest = fill.at.time - lot.opened, lot.budget - lot.spent
        if not 0 <= elapsed <= AUCTION:
            yield f"{name}: {elapsed} s after the opening is outside the auction"
        price = price_after(max(elapsed, 0), lot.anchor)
        if fill.price != price:
            yield f"{name}: the price was {fill.price}, the rules say {price}"
        whole = fill.burned * price // ONE
        expected = (whole, fill.burned) if whole <= rest else (rest, -(-rest * ONE // price))
        if (fill.paid, fill.burned) != expected:
            yield f"{name}: {fill.paid} was paid for {fill.burned} wei of MZ, the rules say {expected[0]}"
        if fill.paid == 0 or (fill.paid * SMALLEST_PART < lot.budget and fill.paid != rest):
            yield f"{name}: {fill.paid} is less than a hundredth of the lot of {lot.budget}"
        if fill.paid > rest:
            yield f"{name}: {fill.paid} was paid, {rest} was left of the lot"
        results[fill.round, fill.currency] = msgspec.structs.replace(
            lot,
            spent=lot.spent + fill.paid,
            bought=lot.bought + fill.burned,
            fills=lot.fills + 1,
            lowest=min(lot.lowest or fill.price, fill.price),
            highest=max(lot.highest, fill.price),
        )


def _burns(history: History) -> Iterator[str]:
    """Each sale needs a burn of its own: the same one does not count twice."""
    left = {transaction: list(found) for transaction, found in history.burned.items()}
    for fill in history.fills:
        found = left.get(fill.at.transaction, [])
        if (fill.seller, fill.burned) in found:
            found.remove((fill.seller, fill.burned))
        else:
            yield (
                f"round {fill.round}, sale {fill.at.block}/{fill.at.index}: "
                f"{fill.burned} wei of MZ of {checksum(fill.seller)} did not leave the supply"
            )


def _budgets(history: History) -> Iterator[str]:
    """A lot is all there is: what came less what was paid. What was given without a word only ever adds to it."""
    given: dict[Address, int] = {}
    for lot in history.lots:
        before = (lot.at.block, lot.at.index)
        income = sum(
            one.amount
            for one in history.incomes
            if one.currency == lot.currency and (one.at.block, one.at.index) < before
        )
        paid = sum(
            one.paid for one in history.fills if one.currency == lot.currency and (one.at.block, one.at.index) < before
        )
        gifts = lot.budget - (income - paid)
        if gifts < given.get(lot.currency, 0):
            yield (
                f"round {lot.round}: the lot of {checksum(lot.currency)} is {lot.budget}, "
                f"at least {income - paid + given.get(lot.currency, 0)} was there"
            )
        given[lot.currency] = max(gifts, given.get(lot.currency, 0))


def _anchors(results: Mapping[tuple[int, Address], Result]) -> Iterator[str]:
    last: dict[Address, Result] = {}
    for key in sorted(results):
        result = results[key]
        before = last.get(result.currency)
        if before is not None and result.anchor != before.next_anchor:
            yield (
                f"round {result.round}: the anchor of {checksum(result.currency)} is {result.anchor}, "
                f"after round {before.round} the rules say {before.next_anchor}"
            )
        last[result.currency] = result
