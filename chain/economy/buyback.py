"""The buyback: its rounds, what is offered now, and the steps anyone can take (T5)."""

from __future__ import annotations

from chain.client import Client, Mined, Occurrence, Platform
from chain.client.client import Who
from chain.economy.audit import Fill, History, Income, Lot, Occasion, Opening
from chain.errors import ContractReverted
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, Hash32, Wei

PRICE_UNIT = 10**27
"""A price of one smallest unit for one wei of MZ: prices are units for one MZ, times 10^9."""


class Offer(Record):
    """One currency of the buyback. `price` is 0 when it is not offered now; amounts in the smallest unit."""

    token: Address
    minimum: int
    here: int
    round: int
    budget: int
    spent: int
    bought: Wei
    anchor: int
    price: int


class BuybackStatus(Record):
    """Times in Unix seconds. The three `overdue` say that a round, a report or a record is late."""

    round: int  # the latest, 0: none yet
    opened: int
    closes: int
    next_opening: int
    ended: bool
    vault: Address
    auditor: Address
    overdue: tuple[bool, bool, bool]
    offers: tuple[Offer, ...]


class Sold(Record):
    """MZ sold to the buyback, in wei, and what was paid for them in the currency's smallest unit."""

    currency: Address
    burned: Wei
    paid: int
    price: int


def status(client: Client, platform: Platform) -> BuybackStatus:
    """Where the buyback stands."""
    contract = client.contract("Buyback", platform.buyback)
    number, opened, next_opening = contract.call("latestRound")
    return BuybackStatus(
        round=number,
        opened=opened,
        closes=opened + contract.call("AUCTION") if number else 0,
        next_opening=next_opening,
        ended=contract.call("ended"),
        vault=contract.call("vault"),
        auditor=contract.call("auditor"),
        overdue=contract.call("overdue"),
        offers=tuple(_offer(client, platform, one["token"], one["minimum"]) for one in contract.call("currencies")),
    )


def start(client: Client, platform: Platform, sender: Who) -> Mined:
    """Open the next round with all there is; anyone may."""
    return client.contract("Buyback", platform.buyback).send("open", sender=sender)


def fill(
    client: Client, platform: Platform, currency: Address, amount: Wei, minimum: int, deadline: int, sender: Who
) -> tuple[Sold, Mined]:
    """Sell MZ at the present price, approving exactly `amount` first if that is not yet so."""
    mz = client.contract("MZ", platform.mz)
    contract = client.contract("Buyback", platform.buyback)
    if mz.call("allowance", client.address_of(sender), platform.buyback) < amount:
        mz.send("approve", platform.buyback, amount, sender=sender)
    mined = contract.send("fill", currency, amount, minimum, deadline, sender=sender)
    (event,) = contract.events_in(mined, "Filled")
    facts = event.arguments
    return Sold(currency=currency, burned=facts["burned"], paid=facts["paid"], price=facts["price"]), mined


def forward(client: Client, platform: Platform, currency: Address, sender: Who) -> tuple[int, Mined]:
    """After the last round: send what is there in a currency to the vault; anyone may."""
    contract = client.contract("Buyback", platform.buyback)
    mined = contract.send("forward", currency, sender=sender)
    (event,) = contract.events_in(mined, "Forwarded")
    amount: int = event.arguments["amount"]
    return amount, mined


def attest(client: Client, platform: Platform, record: Hash32, sender: Who) -> Mined:
    """The auditor publishes the hash of the half-yearly record."""
    return client.contract("Buyback", platform.buyback).send("attest", record, sender=sender)


def history(client: Client, platform: Platform) -> History:
    """Every event of the buyback, with the time of its block and the MZ that burned in its transaction."""
    contract = client.contract("Buyback", platform.buyback)
    times: dict[int, int] = {}

    def occasion(event: Occurrence) -> Occasion:
        block = event.block_number
        if block not in times:
            times[block] = int(client.rpc("eth_getBlockByNumber", hex(block), False)["timestamp"], 16)
        return Occasion(block=block, index=event.log_index, transaction=event.transaction_hash, time=times[block])

    burned: dict[Hash32, list[tuple[Address, Wei]]] = {}
    for event in client.contract("MZ", platform.mz).events("Transfer", {"to": ZERO_ADDRESS}):
        burned.setdefault(event.transaction_hash, []).append((event.arguments["from"], event.arguments["value"]))
    return History(
        openings=tuple(Opening(at=occasion(event), **event.arguments) for event in contract.events("RoundOpened")),
        lots=tuple(Lot(at=occasion(event), **event.arguments) for event in contract.events("LotOpened")),
        fills=tuple(Fill(at=occasion(event), **event.arguments) for event in contract.events("Filled")),
        incomes=tuple(
            Income(at=occasion(event), currency=event.arguments[currency], amount=event.arguments[amount])
            for source, name, currency, amount in (
                (contract, "ProfitDeclared", "currency", "added"),
                (client.contract("Till", platform.till), "Swept", "token", "toBuyback"),
            )
            for event in source.events(name)
        ),
        burned={transaction: tuple(found) for transaction, found in burned.items()},
    )


def _offer(client: Client, platform: Platform, token: Address, minimum: int) -> Offer:
    contract = client.contract("Buyback", platform.buyback)
    lot = contract.call("lotOf", token)
    try:
        price = contract.call("priceOf", token)
    except ContractReverted as refusal:
        if refusal.name != "BuybackClosed":
            raise
        price = 0
    here = (
        client.balance(platform.buyback)
        if token == ZERO_ADDRESS
        else client.contract("MZ", token).call("balanceOf", platform.buyback)
    )
    return Offer(
        token=token,
        minimum=minimum,
        here=here,
        round=lot["round"],
        budget=lot["budget"],
        spent=lot["spent"],
        bought=lot["bought"],
        anchor=lot["anchor"],
        price=price,
    )
