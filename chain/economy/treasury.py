"""What the sale raised and how it is used, the vault of five keys, and shares in an income (T6, T8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from chain.client import Client, Mined, Platform
from chain.client.client import Who
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, Wei

Use = Literal["technology", "promotion", "distribution", "reserve"]
USES: tuple[Use, ...] = ("technology", "promotion", "distribution", "reserve")
"""Section 11.3 of the whitepaper, in the order of the contract's `Use`."""


class Fund(Record):
    """One use of what was raised, in wei: `due` waits, `pulled` has been fetched."""

    use: Use
    percent: int
    recipient: Address
    due: Wei
    pulled: Wei


class VaultStatus(Record):
    """The treasury. `replacement` zero: no key is being replaced; `ready` in Unix seconds."""

    ether: Wei
    mz: Wei
    seats: tuple[Address, ...]
    seat_set: int
    nonce: int
    seat: int
    replacement: Address
    ready: int


class ShareStatus(Record):
    """A holder of shares in an income; amounts in the currency's smallest unit, shares with 18 decimals."""

    shares: Address
    name: str
    symbol: str
    currency: Address
    supply: int
    income: int
    holder: Address
    held: int
    claimable: int


def fund_use(client: Client, platform: Platform) -> list[Fund]:
    """The four uses."""
    funds = client.contract("FundUse", platform.fund_use)
    pulled = dict.fromkeys(range(len(USES)), 0)
    for event in funds.events("Pulled"):
        pulled[event.arguments["use"]] += event.arguments["amount"]
    return [
        Fund(
            use=use,
            percent=funds.call("partOf", number, 100),
            recipient=funds.call("recipientOf", number),
            due=funds.call("due", number),
            pulled=pulled[number],
        )
        for number, use in enumerate(USES)
    ]


def pull(client: Client, platform: Platform, use: Use, sender: Who) -> tuple[Wei, Mined]:
    """Send what waits for a use to its recipient; anyone may."""
    funds = client.contract("FundUse", platform.fund_use)
    mined = funds.send("pull", USES.index(use), sender=sender)
    (event,) = funds.events_in(mined, "Pulled")
    amount: Wei = event.arguments["amount"]
    return amount, mined


def vault(client: Client, platform: Platform) -> VaultStatus:
    """What the treasury has, who signs for it, and whether a key is being replaced."""
    contract = client.contract("Vault", platform.vault)
    rotation = contract.call("rotation")
    return VaultStatus(
        ether=client.balance(platform.vault),
        mz=client.contract("MZ", platform.mz).call("balanceOf", platform.vault),
        seats=tuple(contract.call("seats")),
        seat_set=contract.call("seatSet"),
        nonce=contract.call("nonce"),
        seat=rotation["seat"],
        replacement=rotation["replacement"],
        ready=rotation["ready"],
    )


def shares(client: Client, address: Address, holder: Address) -> ShareStatus:
    """What a holder has of shares in an income."""
    contract = client.contract("Shares", address)
    return ShareStatus(
        shares=address,
        name=contract.call("name"),
        symbol=contract.call("symbol"),
        currency=contract.call("currency"),
        supply=contract.call("totalSupply"),
        income=contract.call("income"),
        holder=holder,
        held=contract.call("balanceOf", holder),
        claimable=contract.call("claimable", holder),
    )


def shares_of(client: Client, platform: Platform, holder: Address) -> list[ShareStatus]:
    """Every share issued here that an account holds or has something to claim of."""
    issued = client.contract("SharesIssuer", platform.shares).events("SharesIssued")
    found = (shares(client, event.arguments["shares"], holder) for event in issued)
    return [one for one in found if one.held or one.claimable]


def issue_shares(
    client: Client,
    platform: Platform,
    name: str,
    symbol: str,
    currency: Address,
    parts: Mapping[Address, int],
    sender: Who,
) -> tuple[Address, Mined]:
    """Issue shares in an income (T8): what each first holder gets, with 18 decimals; there are never more."""
    issuer = client.contract("SharesIssuer", platform.shares)
    mined = issuer.send("issue", name, symbol, currency, list(parts), list(parts.values()), sender=sender)
    (event,) = issuer.events_in(mined, "SharesIssued")
    made: Address = event.arguments["shares"]
    return made, mined


def claim_shares(client: Client, address: Address, sender: Who, to: Address = ZERO_ADDRESS) -> tuple[int, Mined]:
    """Take the whole income of the sender's shares, to another account if one is given."""
    contract = client.contract("Shares", address)
    receiver = client.address_of(sender) if to == ZERO_ADDRESS else to
    mined = contract.send("claim", receiver, sender=sender)
    (event,) = contract.events_in(mined, "IncomeClaimed")
    amount: int = event.arguments["amount"]
    return amount, mined
