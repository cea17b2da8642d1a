"""The token: supply, where the issue went (T1), what burned and why, who holds it, and what vests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

from chain.client import Client, Mined, Platform
from chain.client.client import Who
from chain.errors import EconomyError
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, Hash32, Wei, checksum

TRANCHES = ("founders", "institutions", "public_offering", "private_placement", "crowdfunding")
"""Table 11-1, in the order of the contract's `Tranche`."""

Cause = Literal["use", "trade", "buyback", "sale", "holder"]
CAUSES: tuple[Cause, ...] = ("use", "trade", "buyback", "sale", "holder")
"""Fees of template uses and of trades, bought back, not sold in the sale, and burned by a holder's own will."""


class Supply(Record):
    """In wei of MZ; `burned` is what has been destroyed since the beginning."""

    minted: Wei
    current: Wei

    @property
    def burned(self) -> Wei:
        """Destroyed for good."""
        return self.minted - self.current


class Allocation(Record):
    """One line of table 11-1 as it was carried out."""

    tranche: str
    recipient: Address
    amount: Wei


class Burn(Record):
    """MZ destroyed in one transaction for one cause."""

    block_number: int
    transaction_hash: Hash32
    cause: Cause
    amount: Wei


class Holder(Record):
    """An account with MZ."""

    address: Address
    amount: Wei


class Vesting(Record):
    """A schedule of the issue. Times in Unix seconds, `cliff` and `length` in seconds, amounts in wei of MZ."""

    tranche: str
    address: Address
    beneficiary: Address
    start: int
    cliff: int
    length: int
    total: Wei
    released: Wei
    due: Wei


def supply(client: Client, platform: Platform) -> Supply:
    """How much MZ there is and how much there was."""
    mz = client.contract("MZ", platform.mz)
    return Supply(minted=mz.call("SUPPLY"), current=mz.call("totalSupply"))


def allocations(client: Client, platform: Platform) -> list[Allocation]:
    """Who received the issue, from the events of the genesis transaction."""
    genesis = client.contract("Genesis", platform.genesis)
    return [
        Allocation(
            tranche=TRANCHES[event.arguments["tranche"]],
            recipient=event.arguments["recipient"],
            amount=event.arguments["amount"],
        )
        for event in genesis.events("Allocated")
    ]


def balance(client: Client, platform: Platform, account: Address) -> Wei:
    """MZ of an account, in wei."""
    held: Wei = client.contract("MZ", platform.mz).call("balanceOf", account)
    return held


def burns(client: Client, platform: Platform) -> list[Burn]:
    """Everything that ever burned, in order of blocks; one line for each transaction and cause.

    What the platform's contracts do not account for in a transaction, a holder has burned.
    """
    burned: dict[tuple[int, Hash32], Wei] = defaultdict(int)
    for event in client.contract("MZ", platform.mz).events("Transfer", {"to": ZERO_ADDRESS}):
        burned[event.block_number, event.transaction_hash] += event.arguments["value"]
    causes: dict[tuple[Hash32, Cause], Wei] = defaultdict(int)
    for cause, transaction, amount in _accounted(client, platform):
        causes[transaction, cause] += amount
    found = []
    for (block, transaction), amount in sorted(burned.items(), key=lambda item: item[0][0]):
        left = amount
        for cause in CAUSES:
            part = left if cause == "holder" else min(causes.get((transaction, cause), 0), left)
            left -= part
            if part:
                found.append(Burn(block_number=block, transaction_hash=transaction, cause=cause, amount=part))
    return found


def burned_by_cause(client: Client, platform: Platform) -> dict[Cause, Wei]:
    """Totals of `burns`, every cause named; their sum is what is missing from the supply."""
    totals: dict[Cause, Wei] = dict.fromkeys(CAUSES, 0)
    for burn in burns(client, platform):
        totals[burn.cause] += burn.amount
    return totals


def holders(client: Client, platform: Platform) -> list[Holder]:
    """Everyone who has MZ, most first; told from the transfers alone, so every block is read."""
    amounts: dict[Address, Wei] = defaultdict(int)
    for event in client.contract("MZ", platform.mz).events("Transfer"):
        amounts[event.arguments["from"]] -= event.arguments["value"]
        amounts[event.arguments["to"]] += event.arguments["value"]
    amounts.pop(ZERO_ADDRESS, None)
    found = [Holder(address=address, amount=amount) for address, amount in amounts.items() if amount]
    return sorted(found, key=lambda holder: (-holder.amount, holder.address))


def vestings(client: Client, platform: Platform) -> list[Vesting]:
    """The tranches of the issue that vest."""
    factory = client.contract("Vestings", platform.vestings)
    return [
        _vesting(client, platform, one.tranche, one.recipient)
        for one in allocations(client, platform)
        if factory.call("isVesting", one.recipient)
    ]


def release(client: Client, platform: Platform, tranche: str, sender: Who) -> tuple[Vesting, Mined]:
    """The beneficiary takes what is due of a tranche; its state before, and the transaction."""
    known = {vesting.tranche: vesting for vesting in vestings(client, platform)}
    if tranche not in known:
        raise EconomyError(f"{tranche!r} does not vest on this chain", hint=f"these do: {', '.join(known) or 'none'}")
    schedule = known[tranche]
    if client.address_of(sender) != schedule.beneficiary:
        raise EconomyError(
            f"only {checksum(schedule.beneficiary)} may release {tranche}, not {checksum(client.address_of(sender))}",
            hint="act as the beneficiary with --from",
        )
    if not schedule.due:
        raise EconomyError(
            f"nothing of {tranche} is due yet", hint="`mz token vesting` shows the cliff and what is due"
        )
    return schedule, client.contract("Vesting", schedule.address).send("release", platform.mz, sender=sender)


def _accounted(client: Client, platform: Platform) -> Iterator[tuple[Cause, Hash32, Wei]]:
    """What the platform's contracts say they have burned."""
    for event in client.contract("Templates", platform.templates).events("Used"):
        yield "use", event.transaction_hash, event.arguments["burned"]
    for event in client.contract("Till", platform.till).events("Settled"):
        yield "trade", event.transaction_hash, event.arguments["burned"]
    for event in client.contract("Buyback", platform.buyback).events("Filled"):
        yield "buyback", event.transaction_hash, event.arguments["burned"]
    sale = client.contract("PublicSale", platform.sale)
    if sale.call("terms")["unsoldTo"] == ZERO_ADDRESS:
        for event in sale.events("Finalised"):
            yield "sale", event.transaction_hash, event.arguments["unsold"]


def _vesting(client: Client, platform: Platform, tranche: str, address: Address) -> Vesting:
    schedule = client.contract("Vesting", address)
    terms, released = schedule.call("terms"), schedule.call("released", platform.mz)
    return Vesting(
        tranche=tranche,
        address=address,
        beneficiary=terms["beneficiary"],
        start=terms["start"],
        cliff=terms["cliff"],
        length=terms["length"],
        total=balance(client, platform, address) + released,
        released=released,
        due=schedule.call("due", platform.mz),
    )
