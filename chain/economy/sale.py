"""The public sale: how far it is, what an account has in it, and a buyer's steps (T2)."""

from __future__ import annotations

from typing import Literal

from chain.client import Client, Mined, Platform
from chain.client.client import Who
from chain.errors import ContractReverted
from chain.model import Record
from chain.primitives import Address, Wei

Tranche = Literal["public-offering", "crowdfunding"]
SALE_TRANCHES: tuple[Tranche, ...] = ("public-offering", "crowdfunding")
"""In the order of the contract's `Tranche`."""

State = Literal["upcoming", "open", "succeeded", "failed"]


class SaleStatus(Record):
    """Times in Unix seconds; MZ and ether in wei. `per_ether` is what one ether buys now, 0 without a fresh price."""

    state: State
    opens: int
    closes: int
    mz_per_yuan: Wei
    soft_cap: Wei
    caps: tuple[Wei, ...]
    sold: tuple[Wei, ...]
    raised: Wei
    per_ether: Wei
    finalised: bool
    proceeds: Address
    unsold_to: Address


class Purchase(Record):
    """What a buyer has in the sale, not yet claimed or refunded."""

    paid: Wei
    bought: Wei


def status(client: Client, platform: Platform) -> SaleStatus:
    """Everything about the sale."""
    sale = client.contract("PublicSale", platform.sale)
    terms = sale.call("terms")
    state: State = "upcoming" if client.timestamp() < terms["opens"] else "open"
    if sale.call("succeeded"):
        state = "succeeded"
    elif sale.call("failed"):
        state = "failed"
    return SaleStatus(
        state=state,
        opens=terms["opens"],
        closes=terms["closes"],
        mz_per_yuan=terms["mzPerYuan"],
        soft_cap=terms["softCap"],
        caps=tuple(terms["caps"]),
        sold=tuple(sale.call("soldOf", number) for number in range(len(SALE_TRANCHES))),
        raised=sale.call("raised"),
        per_ether=quote(client, platform, 10**18),
        finalised=bool(sale.events("Finalised")),
        proceeds=terms["proceeds"],
        unsold_to=terms["unsoldTo"],
    )


def quote(client: Client, platform: Platform, ether: Wei) -> Wei:
    """MZ for so much ether at the present price, caps aside; 0 without a fresh price."""
    try:
        worth: Wei = client.contract("PublicSale", platform.sale).call("quote", ether)
    except ContractReverted as refusal:
        if refusal.name != "YuanFeedStale":
            raise
        return 0
    return worth


def purchase(client: Client, platform: Platform, buyer: Address) -> Purchase:
    """What `claim` or `refund` would give a buyer."""
    found = client.contract("PublicSale", platform.sale).call("purchaseOf", buyer)
    return Purchase(paid=found["paid"], bought=found["bought"])


def buy(
    client: Client, platform: Platform, tranche: Tranche, ether: Wei, minimum: Wei, sender: Who
) -> tuple[Purchase, Mined]:
    """Buy MZ of a tranche; what is beyond its cap comes back at once. What was bought, and the transaction."""
    sale = client.contract("PublicSale", platform.sale)
    mined = sale.send("buy", SALE_TRANCHES.index(tranche), minimum, sender=sender, value=ether)
    (event,) = sale.events_in(mined, "Bought")
    return Purchase(paid=event.arguments["paid"], bought=event.arguments["bought"]), mined


def claim(client: Client, platform: Platform, sender: Who, to: Address) -> tuple[Wei, Mined]:
    """After success: the MZ. How many, and the transaction."""
    return _take(client, platform, "claim", "PurchaseClaimed", sender, to)


def refund(client: Client, platform: Platform, sender: Who, to: Address) -> tuple[Wei, Mined]:
    """After failure: exactly the ether that was paid. How much, and the transaction."""
    return _take(client, platform, "refund", "PurchaseRefunded", sender, to)


def finalise(client: Client, platform: Platform, sender: Who) -> Mined:
    """Once the sale is over: send on what was raised and what was not sold; anyone may."""
    return client.contract("PublicSale", platform.sale).send("finalise", sender=sender)


def _take(client: Client, platform: Platform, function: str, event: str, sender: Who, to: Address) -> tuple[Wei, Mined]:
    sale = client.contract("PublicSale", platform.sale)
    mined = sale.send(function, to, sender=sender)
    (found,) = sale.events_in(mined, event)
    amount: Wei = found.arguments["amount"]
    return amount, mined
