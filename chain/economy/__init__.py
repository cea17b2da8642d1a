"""What commands and pages say about the token: supply, burned, and where the first 100,000,000 MZ went (T1).

Read from the chain each time; nothing is kept here.
"""

from __future__ import annotations

from chain.client import Client, Platform
from chain.model import Record
from chain.primitives import Address, Wei

TRANCHES = ("founders", "institutions", "public_offering", "private_placement", "crowdfunding")
"""Table 11-1, in the order of the contract's `Tranche`."""


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
