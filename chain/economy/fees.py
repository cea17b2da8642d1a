"""What a trade divides into, and what the platform earned of trades in other currencies (T3, T4)."""

from __future__ import annotations

from collections import defaultdict

from chain.client import Client, Mined, Platform
from chain.client.client import Who
from chain.model import Record
from chain.primitives import Address, Wei


class Quote(Record):
    """A payment of `gross` to somebody, in the token's smallest unit; `fee_in_mz` is 0 without a fresh price."""

    token: Address
    gross: int
    fee: int
    share: int
    payee: Address  # of the share; zero when there is none
    net: int
    fee_in_mz: Wei


class Revenue(Record):
    """What the Till earned of trades in one token during one quarter; fees in MZ burn and are no revenue."""

    token: Address
    quarter: int  # as the Till counts: quarters of a mean year since 1970
    amount: int


class Swept(Record):
    """Revenue divided between the buyback and the vault."""

    token: Address
    to_buyback: int
    to_vault: int


def quote(client: Client, platform: Platform, gross: int, to: Address, token: Address) -> Quote:
    """What a payment of `gross` of `token` to `to` would divide into now."""
    till = client.contract("Till", platform.till)
    fee, share, payee, net = till.call("quote", gross, to)
    in_mz: Wei = till.call("feeInMZ", token, gross)
    return Quote(token=token, gross=gross, fee=fee, share=share, payee=payee, net=net, fee_in_mz=in_mz)


def tokens(client: Client, platform: Platform) -> list[Address]:
    """Every token that trades were settled in, MZ excepted, in order of their first trade."""
    settled = client.contract("Till", platform.till).events("Settled")
    return list(dict.fromkeys(event.arguments["token"] for event in settled if event.arguments["token"] != platform.mz))


def revenue(client: Client, platform: Platform) -> list[Revenue]:
    """Revenue by token and quarter, from the books that the Till keeps."""
    till = client.contract("Till", platform.till)
    blocks: dict[Address, set[int]] = defaultdict(set)
    for event in till.events("Settled"):
        blocks[event.arguments["token"]].add(event.block_number)
    found = []
    for token in tokens(client, platform):
        for quarter in sorted({till.call("currentQuarter", block=block) for block in blocks[token]}):
            amount = till.call("revenue", token, quarter)
            if amount:
                found.append(Revenue(token=token, quarter=quarter, amount=amount))
    return found


def unswept(client: Client, platform: Platform) -> dict[Address, int]:
    """Revenue that waits to be divided, by token."""
    till = client.contract("Till", platform.till)
    return {token: till.call("unswept", token) for token in tokens(client, platform)}


def sweep(client: Client, platform: Platform, token: Address, sender: Who) -> tuple[Swept, Mined]:
    """Divide what waits in a token; anyone may."""
    till = client.contract("Till", platform.till)
    mined = till.send("sweep", token, sender=sender)
    (event,) = till.events_in(mined, "Swept")
    facts = event.arguments
    return Swept(token=token, to_buyback=facts["toBuyback"], to_vault=facts["toVault"]), mined
