"""What a yuan is: the feed's answers, who reports, and a report (T2)."""

from __future__ import annotations

from chain.client import Client, Mined, Platform
from chain.client.client import Who
from chain.errors import EconomyError
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, checksum


class Report(Record):
    """The last word of one reporter; `observed_at` 0: none yet."""

    reporter: Address
    price: int
    observed_at: int
    fresh: bool


class Price(Record):
    """What one whole unit of a currency costs, in yuan with 18 decimals. Times in Unix seconds; round 0: no answer."""

    currency: Address
    round: int
    price: int
    updated_at: int
    fresh_until: int
    fresh: bool
    reports: tuple[Report, ...]


def price(client: Client, platform: Platform, currency: Address = ZERO_ADDRESS) -> Price:
    """The feed's answer and the reports behind it; the zero address is ether."""
    feed = client.contract("YuanFeed", platform.feed)
    number, answer = feed.call("latest", currency)
    now, age = client.timestamp(), feed.call("MAX_AGE")
    reports = []
    for reporter in feed.call("reporters"):
        said, seen = feed.call("reportOf", currency, reporter)
        reports.append(
            Report(
                reporter=reporter,
                price=said,
                observed_at=seen,
                fresh=bool(said) and seen + age >= now,
            )
        )
    return Price(
        currency=currency,
        round=number,
        price=answer["price"],
        updated_at=answer["updatedAt"],
        fresh_until=answer["freshUntil"],
        fresh=bool(answer["price"]) and now <= answer["freshUntil"],
        reports=tuple(reports),
    )


def report(client: Client, platform: Platform, price: int, sender: Who, *, currency: Address = ZERO_ADDRESS) -> Mined:
    """Say what one whole unit of a currency costs, seen now; reporters only. Raises EconomyError for others."""
    feed = client.contract("YuanFeed", platform.feed)
    reporters = feed.call("reporters")
    if client.address_of(sender) not in reporters:
        raise EconomyError(
            f"{checksum(client.address_of(sender))} is no reporter of the yuan feed",
            hint=f"reporters: {', '.join(checksum(one) for one in reporters)}",
        )
    # Seen at the newest block: the chain's clock is what the feed compares with, and never ahead of the next block.
    seen = client.timestamp()
    _, last = feed.call("reportOf", currency, client.address_of(sender))
    if seen <= last:
        raise EconomyError(
            "this reporter has spoken in the newest block already", hint="report again after the next block"
        )
    return feed.send("report", currency, price, seen, sender=sender)
