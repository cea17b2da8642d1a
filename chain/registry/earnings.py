"""What a template has earned, from the events of the registry and the Till."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from chain.client import Contract, Occurrence
from chain.primitives import Address, Wei
from chain.registry.offers import Earning, Earnings, Offer


def earnings_of(registry: Contract, till: Contract, mz: Address, offer: Offer) -> Earnings:
    """All versions of the template of `offer` together."""
    uses, upgrades = registry.events("Used", {"id": offer.id}), registry.events("InstanceUpgraded", {"id": offer.id})
    payees = {
        e.arguments["version"]: e.arguments["terms"]["payee"] for e in registry.events("Published", {"id": offer.id})
    }
    history = [
        _paid(event, what, payees, mz) for what, found in (("use", uses), ("upgrade", upgrades)) for event in found
    ]
    trades = list(_trades(till.events("Settled"), uses, upgrades, payees)) if uses else []
    shares: defaultdict[Address, Wei] = defaultdict(int)
    for trade in trades:
        shares[trade.token] += trade.amount
    return Earnings(
        id=offer.id,
        name=offer.name,
        author=offer.author,
        uses=len(uses),
        from_uses=sum(earning.amount for earning in history),
        burned_on_uses=sum(earning.burned for earning in history),
        trades=len(trades),
        from_trades=dict(shares),
        history=tuple(sorted([*history, *trades], key=lambda earning: (earning.block_number, earning.log_index))),
    )


def _paid(event: Occurrence, what: str, payees: Mapping[int, Address], mz: Address) -> Earning:
    facts = event.arguments
    return Earning(
        block_number=event.block_number,
        log_index=event.log_index,
        transaction_hash=event.transaction_hash,
        what=what,
        version=facts["version"],
        instance=facts["instance"],
        payee=payees[facts["version"]],
        token=mz,
        amount=facts["paid"] - facts["burned"],
        burned=facts["burned"],
    )


def _trades(
    settlements: list[Occurrence], uses: list[Occurrence], upgrades: list[Occurrence], payees: Mapping[int, Address]
) -> Iterator[Earning]:
    """The trades that instances settled, each on the terms of the version the instance had at that moment."""
    turns: defaultdict[Address, list[tuple[tuple[int, int], int]]] = defaultdict(list)
    for event in [*uses, *upgrades]:
        moment = (event.block_number, event.log_index)
        turns[event.arguments["instance"]].append((moment, event.arguments["version"]))
    for event in settlements:
        facts = event.arguments
        # A direct payment names its instance as `to`. A released pot names it as `from`; but so does a trade in which
        # an instance is the customer, whose share belongs to somebody else.
        instance = facts["to"] if facts["to"] in turns else facts["from"]
        if instance not in turns or (instance == facts["from"] and facts["payee"] not in payees.values()):
            continue
        moment = (event.block_number, event.log_index)
        version = max((turn for turn in turns[instance] if turn[0] <= moment), default=turns[instance][0])[1]
        yield Earning(
            block_number=event.block_number,
            log_index=event.log_index,
            transaction_hash=event.transaction_hash,
            what="trade",
            version=version,
            instance=instance,
            payee=facts["payee"],
            token=facts["token"],
            amount=facts["share"],
            burned=facts["burned"],
        )
