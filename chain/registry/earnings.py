"""What a template has earned, from the events of the registry and the Till."""

from __future__ import annotations

from collections import defaultdict

from chain.client import Contract
from chain.primitives import Address, Wei
from chain.registry.offers import Earnings, Offer


def earnings_of(registry: Contract, till: Contract, offer: Offer) -> Earnings:
    """All versions of the template of `offer` together."""
    uses = registry.events("Used", {"id": offer.id})
    instances = {event.arguments["instance"] for event in uses}
    payees = {event.arguments["terms"]["payee"] for event in registry.events("Published", {"id": offer.id})}
    shares: defaultdict[Address, Wei] = defaultdict(int)
    trades = 0
    for settled in till.events("Settled") if instances else ():
        facts = settled.arguments
        # A direct payment names its instance as `to`. A released pot names it as `from`; but so does a trade in which
        # an instance is the customer, whose share belongs to somebody else.
        if facts["to"] in instances or (facts["from"] in instances and facts["payee"] in payees):
            trades += 1
            shares[facts["token"]] += facts["share"]
    paid = sum(event.arguments["paid"] for event in uses)
    burned = sum(event.arguments["burned"] for event in uses)
    return Earnings(
        id=offer.id,
        name=offer.name,
        author=offer.author,
        uses=len(uses),
        from_uses=paid - burned,
        burned_on_uses=burned,
        trades=trades,
        from_trades=dict(shares),
    )
